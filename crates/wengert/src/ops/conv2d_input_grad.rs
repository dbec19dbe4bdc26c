//! # conv2d_input_grad
//!
//! The images' cotangent of a convolution: each output spread over its window.
//!
//! $$ \bar x = C_w^\top \bar y, \qquad C_w x = $$ `conv2d`$(x, w)$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar w = $ `conv2d_weight_grad`$(\bar z, g), \quad \bar g = $ `conv2d`$(\bar z, w)$ for $z = C_w^\top g$ |
//! | JVP | $ \dot z = C_{\dot w}^\top g + C_w^\top \dot g $ |
//! | shape | `[o, c / groups, kh, kw] × [b, o, h', w'] → [b, c, h, w]`; `[h, w]` is an attribute, as several sizes give `[h', w']` |
//! | domain | all finite operands; this is also transposed convolution |
//! | source | $\langle g, C_w v \rangle = \langle C_w^\top g, v \rangle$ is linear in $w$ and in $g$; its transposes are the other two ops |

use super::conv2d_batch;
use super::window::{build_channels_last, channels_last, image_sizes};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, elementwise::sum_of};
use super::{conv2d::Conv2d, conv2d_options::Sizes, conv2d_weight_grad::Conv2dWeightGrad};
use crate::{Conv2dOptions, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::conv::{self, PackedWeights, Weights};

/// The cotangent of the images from the weight and the cotangent of the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv2dInputGrad {
    pub(crate) options: Conv2dOptions,
    /// Height and width of the images.
    pub(crate) size: [usize; 2],
}

impl Conv2dInputGrad {
    /// The op whose output has `size` rows and columns.
    pub(crate) fn new(options: Conv2dOptions, size: [usize; 2]) -> Self {
        Self { options, size }
    }

    /// The op whose output is as large as the images `x`.
    pub(crate) fn like<F: Float>(options: Conv2dOptions, x: Var<'_, F>) -> Self {
        Self::new(options, [x.shape().dims()[2], x.shape().dims()[3]])
    }

    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, w: Var<'t, F>, dy: Var<'t, F>) -> Var<'t, F> {
        w.tape.apply(self, &[w, dy])
    }

    fn sizes(&self, w: Shape, dy: Shape) -> Result<Sizes, Error> {
        let [batch, ..] = image_sizes(Self::NAME, dy)?;
        let per_group = w.dims().get(1).copied().unwrap_or(0);
        let channels = per_group.checked_mul(self.options.groups).ok_or_else(|| Error::Attribute {
            op: Self::NAME,
            name: "groups",
            given: self.options.groups.to_string(),
            expected: "a divisor of the input channels",
        })?;
        let x = Shape::new([batch, channels, self.size[0], self.size[1]])?;
        let sizes = self.options.sizes(Self::NAME, x, w)?;
        sizes.expect_output(Self::NAME, dy)?;
        Ok(sizes)
    }
}

impl Primitive for Conv2dInputGrad {
    const NAME: &'static str = "conv2d_input_grad";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(self.sizes(x[0], x[1])?.x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let sizes = self.sizes(x[0].shape(), x[1].shape()).expect("checked by shape");
        let (w, dy) = (x[0].contiguous(), channels_last(x[1]));
        let w = PackedWeights::input_grad(on, &sizes.shape, Weights::row_major(&sizes.shape, w.data()));
        build_channels_last(y, |dx| conv::input_grad(on, &sizes.shape, dy.data(), &w, dx))
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "the correlation of {ct} with {1}, a sum over all places for each weight",
            _ => "the convolution of {ct} with the kernel {0}",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let ([w, dy], options) = (at.x(), self.options);
        [
            at.wants(0).then(|| Conv2dWeightGrad::like(options, w).of(ct, dy)),
            at.wants(1).then(|| Conv2d { options }.of(ct, w)),
        ]
        .into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [w, dy] = at.x();
        sum_of([dx[0].map(|dw| self.of(dw, dy)), dx[1].map(|ddy| self.of(w, ddy))])
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        conv2d_batch::input_grad(*self, at)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let sizes = self.sizes(x[0].shape(), x[1].shape()).expect("checked by shape");
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        sizes.for_each_product(|ix, iw, iy| {
            let at: usize = ix.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
            sums[at] += x[0][iw] * x[1][iy];
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(options, x, w): (Conv2dOptions, [usize; 4], [usize; 4])| {
            let y = options.sizes("conv2d", Shape::of(&x), Shape::of(&w)).expect("a convolution").y;
            let op = Self::new(options, [x[2], x[3]]);
            Sample::of(op, [draw.uniform(w, -2.0, 2.0), draw.uniform(y, -2.0, 2.0)])
        };
        super::conv2d::convolution_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let row = |values: &[f64]| Tensor::new([1, 1, 1, values.len()], values).expect("one row");
        let strided = Conv2dOptions { stride: [1, 2], ..Conv2dOptions::default() };
        let at = |width, w: &[f64], dy: &[f64], dx: &[f64], [dw, ddy]: [&[f64]; 2]| Special {
            op: Self::new(strided, [1, width]),
            inputs: vec![row(w), row(dy)],
            value: row(dx),
            gradients: vec![Some(row(dw)), Some(row(ddy))],
        };
        vec![
            at(3, &[2.0], &[1.0, 10.0], &[2.0, 0.0, 20.0], [&[11.0], &[2.0, 2.0]]),
            at(5, &[1.0, -1.0], &[1.0, 2.0], &[1.0, -1.0, 2.0, -2.0, 0.0], [&[3.0, 3.0], &[0.0, 0.0]]),
        ]
    }
}
