//! # conv2d_weight_grad
//!
//! The weight's cotangent of a convolution: products of images and outputs, summed over places and batch.
//!
//! $$ \bar w_{o,c,p,q} = \sum_{b,i,j} x_{b,\,c,\,s_0 i + d_0 p - \pi_0,\; s_1 j + d_1 q - \pi_1} \; \bar y_{b,o,i,j} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `conv2d_input_grad`$(\bar z, g), \quad \bar g = $ `conv2d`$(x, \bar z)$ for $z$ of $x$ and $g$ |
//! | JVP | $ \dot z = $ the same op of $(\dot x, g)$ plus that of $(x, \dot g)$ |
//! | shape | `[b, c, h, w] × [b, o, h', w'] → [o, c / groups, kh, kw]`; `[kh, kw]` is an attribute |
//! | domain | all finite operands |
//! | numerics | the batch is summed in a fixed order: the same bits for any number of threads |
//! | source | linearity in $x$ and in $\bar y$: the transposes of the sum above |

use super::conv2d_batch;
use super::window::{channels_last, image_sizes};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, elementwise::sum_of};
use super::{conv2d::Conv2d, conv2d_input_grad::Conv2dInputGrad, conv2d_options::Sizes};
use crate::{Conv2dOptions, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::conv;

/// The cotangent of the weight from the images and the cotangent of the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2dWeightGrad {
    pub(crate) options: Conv2dOptions,
    pub(crate) kernel: [usize; 2],
}

impl Conv2dWeightGrad {
    /// The op whose output is as large as the weight `w`.
    pub(crate) fn like<F: Float>(options: Conv2dOptions, w: Var<'_, F>) -> Self {
        Self { options, kernel: [w.shape().dims()[2], w.shape().dims()[3]] }
    }

    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, x: Var<'t, F>, dy: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[x, dy])
    }

    fn sizes(&self, x: Shape, dy: Shape) -> Result<Sizes, Error> {
        let ([_, channels, ..], [_, out_channels, ..]) =
            (image_sizes(Self::NAME, x)?, image_sizes(Self::NAME, dy)?);
        self.options.check_groups(Self::NAME, channels, "a divisor of the input channels, at least 1")?;
        let [rows, columns] = self.kernel;
        let w = Shape::new([out_channels, channels / self.options.groups, rows, columns])?;
        let sizes = self.options.sizes(Self::NAME, x, w)?;
        sizes.expect_output(Self::NAME, dy)?;
        Ok(sizes)
    }
}

impl Primitive for Conv2dWeightGrad {
    const NAME: &'static str = "conv2d_weight_grad";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(self.sizes(x[0], x[1])?.w)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let sizes = self.sizes(x[0].shape(), x[1].shape()).expect("checked by shape");
        let (x, dy) = (channels_last(x[0]), channels_last(x[1]));
        Tensor::build(y, |dw| conv::weight_grad(on, &sizes.shape, x.data(), dy.data(), dw))
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "each element of {1} times the kernel {ct}, added where the kernel had been laid",
            _ => "the convolution of {0} with the kernel {ct}",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let ([x, dy], options) = (at.x(), self.options);
        [
            at.wants(0).then(|| Conv2dInputGrad::like(options, x).of(ct, dy)),
            at.wants(1).then(|| Conv2d { options }.of(x, ct)),
        ]
        .into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [x, dy] = at.x();
        sum_of([dx[0].map(|dx| self.of(dx, dy)), dx[1].map(|ddy| self.of(x, ddy))])
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        conv2d_batch::weight_grad(*self, at)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let sizes = self.sizes(x[0].shape(), x[1].shape()).expect("checked by shape");
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        sizes.for_each_product(|ix, iw, iy| {
            let at: usize = iw.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
            sums[at] += x[0][ix] * x[1][iy];
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(options, x, w): (Conv2dOptions, [usize; 4], [usize; 4])| {
            let y = options.sizes("conv2d", Shape::of(&x), Shape::of(&w)).expect("a convolution").y;
            let op = Self { options, kernel: [w[2], w[3]] };
            Sample::of(op, [draw.uniform(x, -2.0, 2.0), draw.uniform(y, -2.0, 2.0)])
        };
        super::conv2d::convolution_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let row = |values: &[f64]| Tensor::new([1, 1, 1, values.len()], values).expect("one row");
        let options = Conv2dOptions { stride: [1, 2], padding: [0, 1], dilation: [1, 2], groups: 1 };
        vec![Special {
            op: Self { options, kernel: [1, 2] },
            inputs: vec![row(&[1.0, 2.0, 3.0, 4.0, 5.0]), row(&[1.0, 1.0, 1.0])],
            value: row(&[6.0, 6.0]),
            gradients: vec![Some(row(&[0.0, 2.0, 0.0, 2.0, 0.0])), Some(row(&[2.0, 6.0, 4.0]))],
        }]
    }
}
