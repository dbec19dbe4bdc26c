//! # conv2d
//!
//! Two-dimensional convolution of images by kernels, as cross-correlation.
//!
//! $$ y_{b,o,i,j} = \sum_{c,p,q} x_{b,\,c,\,s_0 i + d_0 p - \pi_0,\; s_1 j + d_1 q - \pi_1} \; w_{o,c,p,q} $$
//!
//! with stride $s$, dilation $d$ and padding $\pi$; $x$ is 0 outside the image, and $c$ runs over the channels of the
//! group that $o$ is in.
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `conv2d_input_grad`$(w, \bar y), \quad \bar w = $ `conv2d_weight_grad`$(x, \bar y)$ |
//! | JVP | $ \dot y = \dot x * w + x * \dot w $ |
//! | shape | `[b, c, h, w] × [o, c / groups, kh, kw] → [b, o, h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$ |
//! | domain | all finite images and kernels; rows and columns that no window reaches have gradient 0 |
//! | source | linearity in $x$ and in $w$: the transposes of the sum above |

use super::conv2d_batch;
use super::conv2d_input_grad::Conv2dInputGrad;
use super::conv2d_weight_grad::Conv2dWeightGrad;
use super::window::{build_channels_last, channels_last};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, elementwise::sum_of};
use crate::{Conv2dOptions, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::conv::{self, Epilogue, PackedWeights, Weights};

/// `y = x * w`; operands are the images and the weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2d {
    pub(crate) options: Conv2dOptions,
}

impl Primitive for Conv2d {
    const NAME: &'static str = "conv2d";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(self.options.sizes(Self::NAME, x[0], x[1])?.y)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let sizes = self.options.sizes(Self::NAME, x[0].shape(), x[1].shape()).expect("checked by shape");
        let (x, w) = (channels_last(x[0]), x[1].contiguous());
        let w = PackedWeights::forward(on, &sizes.shape, Weights::row_major(&sizes.shape, w.data()));
        build_channels_last(y, |y| conv::forward(on, &sizes.shape, x.data(), &w, Epilogue::default(), y))
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "each element of {ct} times the kernel {1}, added where the kernel had been laid",
            _ => "the correlation of {0} with {ct}: for each weight, the sum over all places of input times adjoint",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let ([x, w], options) = (at.x(), self.options);
        [
            at.wants(0).then(|| Conv2dInputGrad::like(options, x).of(w, ct)),
            at.wants(1).then(|| Conv2dWeightGrad::like(options, w).of(x, ct)),
        ]
        .into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [x, w] = at.x();
        sum_of([dx[0].map(|dx| self.of(dx, w)), dx[1].map(|dw| self.of(x, dw))])
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        conv2d_batch::forward(self.options, at)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let sizes = self.options.sizes(Self::NAME, x[0].shape(), x[1].shape()).expect("checked by shape");
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        sizes.for_each_product(|ix, iw, iy| {
            let at: usize = iy.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
            sums[at] += x[0][ix] * x[1][iw];
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(options, x, w)| Sample::of(Self { options }, [uniform(draw, x), uniform(draw, w)]);
        convolution_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let row = |values: &[f64]| Tensor::new([1, 1, 1, values.len()], values).expect("one row");
        let op = |padding, dilation| Self {
            options: Conv2dOptions {
                stride: [1, 2],
                padding: [0, padding],
                dilation: [1, dilation],
                groups: 1,
            },
        };
        let x = row(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        vec![
            Special {
                op: op(0, 1),
                inputs: vec![x.clone(), row(&[1.0, -1.0])],
                value: row(&[-1.0, -1.0]),
                gradients: vec![Some(row(&[1.0, -1.0, 1.0, -1.0, 0.0])), Some(row(&[4.0, 6.0]))],
            },
            Special {
                op: op(1, 2),
                inputs: vec![x, row(&[1.0, 10.0])],
                value: row(&[20.0, 42.0, 4.0]),
                gradients: vec![Some(row(&[0.0, 11.0, 0.0, 11.0, 0.0])), Some(row(&[6.0, 6.0]))],
            },
        ]
    }
}

pub(crate) fn uniform(draw: &mut Draw, shape: [usize; 4]) -> Tensor<f64> {
    draw.uniform(shape, -2.0, 2.0)
}

/// Options, image and weight shapes at which convolution and its gradients are tested.
pub(crate) fn convolution_cases() -> Vec<(Conv2dOptions, [usize; 4], [usize; 4])> {
    let options = |stride, padding, dilation, groups| Conv2dOptions { stride, padding, dilation, groups };
    let plain = Conv2dOptions::default();
    vec![
        (plain, [1, 1, 1, 1], [1, 1, 1, 1]),
        (plain, [2, 1, 3, 2], [2, 1, 2, 2]),
        (plain, [1, 2, 2, 3], [2, 2, 1, 1]),
        (options([2, 1], [1, 0], [1, 1], 1), [1, 2, 3, 2], [2, 2, 2, 1]),
        (options([1, 2], [0, 1], [1, 2], 1), [1, 1, 1, 5], [1, 1, 1, 2]),
        (options([3, 3], [0, 0], [1, 1], 1), [1, 1, 4, 5], [1, 1, 1, 2]),
        (options([1, 1], [1, 1], [2, 2], 2), [1, 2, 2, 3], [4, 1, 2, 2]),
        (options([1, 1], [0, 0], [1, 1], 2), [1, 4, 1, 2], [2, 2, 1, 2]),
        (plain, [0, 1, 2, 2], [2, 1, 2, 1]),
        (plain, [1, 1, 2, 2], [0, 1, 1, 1]),
    ]
}

impl Conv2d {
    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, x: Var<'t, F>, w: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[x, w])
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// These images `[batch, channels, height, width]` convolved with the weight `w`; see [`crate::ops::conv2d`].
    ///
    /// The weight is `[out channels, channels / groups, kernel rows, kernel columns]`; a kernel is not flipped. A signal
    /// of one dimension is an image of height 1.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] and [`Error::ShapeMismatch`] for operands of other ranks or channels, [`Error::Attribute`] for
    /// a kernel larger than the padded image, a stride or dilation of 0, and groups that do not divide the channels;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_conv2d(self, w: Self, options: &Conv2dOptions) -> Result<Self, Error> {
        self.tape.try_apply(Conv2d { options: *options }, &[self, w])
    }

    /// As [`Var::try_conv2d`].
    ///
    /// ```
    /// use wengert::{Conv2dOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([1.0, 2.0, 3.0, 4.0, 5.0]).reshape([1, 1, 1, 5]));
    /// let w = tape.leaf(Tensor::from([1.0, -1.0]).reshape([1, 1, 1, 2]));
    /// let y = x.conv2d(w, &Conv2dOptions { stride: [1, 2], ..Conv2dOptions::default() });
    /// assert_eq!(y.value().to_vec(), [-1.0, -1.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, -1.0, 1.0, -1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv2d(self, w: Self, options: &Conv2dOptions) -> Self {
        or_panic(self.try_conv2d(w, options))
    }
}
