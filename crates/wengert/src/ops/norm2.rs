//! # norm2
//!
//! Euclidean norm over axes.
//!
//! $$ y_i = \sqrt{\textstyle\sum_j x_{ij}^2}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_{ij} = \bar y_i\, x_{ij} / y_i $, with 0/0 = 0 |
//! | JVP | $ \dot y_i = \sum_j (x_{ij} / y_i)\, \dot x_{ij} $, with 0/0 = 0 |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | all reals; 0 of nothing; an infinite element makes the value infinite and its own gradient NaN |
//! | kinks | at 0 the gradient is 0, the subgradient of least norm; the second derivative there is NaN or infinite |
//! | numerics | scaled, so that squares neither overflow nor underflow |
//! | source | the chain rule: $\partial y / \partial x_j = 2 x_j / (2 \sqrt{\sum_k x_k^2})$ |

use super::reduction::line_by_line;
use super::{Arity, Batch, Draw, Primitive, Sample, Special, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::reduce;

/// The Euclidean norm over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Norm2 {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Norm2 {
    /// $x / y$, the local derivative.
    #[track_caller]
    fn direction<'t, F: Float>(&self, at: &Line<'t, F>) -> Var<'t, F> {
        let [x] = at.x();
        x.ratio(at.y().spread(self.axes, x.shape()))
    }
}

impl Primitive for Norm2 {
    const NAME: &'static str = "norm2";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(self.axes.reduced(x[0], self.keepdim))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = x[0].around_axes(self.axes);
        Tensor::build(y, |out| reduce::norm2(on, sizes, x.data(), out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} ⊙ {{0}} / {{y}}, repeated over axes {:?}", self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.spread(self.axes, at.input(0).shape()).chain(self.direction(at)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let shape = at.y().shape();
        dx[0].map(|dx| dx.chain(self.direction(at)).sum_over(self.axes).reshape(shape))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        line_by_line(&x[0], self.axes, y, |line| line.iter().map(|v| v * v).sum::<f64>().sqrt())
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        // A line of one element is |x|, which has its kink at 0.
        let away_from_zero: &[(f64, f64)] = &[(0.4, 2.0), (-2.0, -0.4)];
        let of = |(shape, axes, keepdim): (Shape, _, _)| {
            Sample::of(Self { axes, keepdim }, [draw.from_intervals(shape, away_from_zero)])
        };
        reduction_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self { axes: AxisSet::all(1), keepdim: false };
        vec![
            Special::unary(op, [3.0, -4.0], 5.0, [0.6, -0.8]),
            Special::unary(op, [0.0, 0.0], 0.0, [0.0, 0.0]),
            Special::unary(op, [-2.0, 0.0], 2.0, [-1.0, 0.0]),
            Special::unary(op, [3e200, 4e200], 5e200, [0.6, 0.8]),
            Special::unary(op, [f64::NAN, 0.0], f64::NAN, [f64::NAN, f64::NAN]),
            Special::unary(op, Tensor::zeros([0]), 0.0, Tensor::zeros([0])),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// The Euclidean norm over axes; users call `norm`.
    #[track_caller]
    pub(crate) fn norm2_over(self, axes: AxisSet, keepdim: bool) -> Self {
        self.op1(Norm2 { axes, keepdim })
    }
}
