//! # logsumexp
//!
//! Logarithm of the sum of exponentials over axes.
//!
//! $$ y_i = \ln \sum_j e^{x_{ij}}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_{ij} = w_{ij} \bar y_i, \quad w = \operatorname{softmax} x $ |
//! | JVP | $ \dot y_i = \sum_j w_{ij} \dot x_{ij} $ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | all reals; $-\infty$ of nothing and of $-\infty$ alone, where the gradient is 0 |
//! | numerics | $x - \max x$ keeps `exp` from overflowing |
//! | source | the chain rule: $\partial y_i / \partial x_{ij} = e^{x_{ij}} / \sum_k e^{x_{ik}}$ |

use super::reduction::{axis_forms, line_by_line};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::reduce;

/// The logarithm of the sum of exponentials over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSumExp {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Primitive for LogSumExp {
    const NAME: &'static str = "logsumexp";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(self.axes.reduced(x[0], self.keepdim))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = x[0].around_axes(self.axes);
        Tensor::build(y, |out| reduce::logsumexp(on, sizes, x.data(), out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("softmax({{0}}) ⊙ {{ct}}, the softmax and the repetition over axes {:?}", self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [x] = at.x();
        [Some(ct.spread(self.axes, x.shape()).chain(x.weights_over(self.axes)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let ([x], shape) = (at.x(), at.y().shape());
        dx[0].map(|dx| dx.chain(x.weights_over(self.axes)).sum_over(self.axes).reshape(shape))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        line_by_line(&x[0], self.axes, y, |line| line.iter().map(|v| v.exp()).sum::<f64>().ln())
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of =
            |(shape, axes, keepdim)| Sample::of(Self { axes, keepdim }, [draw.uniform(shape, -2.0, 2.0)]);
        reduction_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let op = Self { axes: AxisSet::all(1), keepdim: false };
        let of = |x: [f64; 2], y: f64, dx: [f64; 2]| Special::unary(op, x, y, dx);
        vec![
            of([0.0, 0.0], std::f64::consts::LN_2, [0.5, 0.5]),
            of([-INF, -INF], -INF, [0.0, 0.0]),
            of([1.0, -INF], 1.0, [1.0, 0.0]),
            of([1.0, INF], INF, [0.0, 1.0]),
            of([1e4, -1e4], 1e4, [1.0, 0.0]),
            of([NAN, 1.0], NAN, [NAN, NAN]),
            Special::unary(op, Tensor::zeros([0]), -INF, Tensor::zeros([0])),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn logsumexp_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        self.tape.try_apply(LogSumExp { axes, keepdim }, &[self])
    }

    /// The logarithm of the sum of exponentials of all elements, a scalar; see [`crate::ops::logsumexp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1000.0, 1000.0]);
    /// assert_eq!(x.logsumexp().item(), 1000.0 + 2.0_f64.ln());
    /// assert_eq!(x.logsumexp().backward(&[x])[0].to_vec(), [0.5, 0.5]);
    /// ```
    #[track_caller]
    pub fn logsumexp(self) -> Self {
        self.op1(LogSumExp { axes: AxisSet::all(self.rank()), keepdim: false })
    }
}

axis_forms! {
    "logsumexp", "The logarithm of the sum of exponentials",
    try_logsumexp_axes, logsumexp_axes, try_logsumexp_keepdim, logsumexp_keepdim, logsumexp_over, (), ""
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Tensor, hessian};

    #[test]
    fn stays_finite_at_large_logits() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([1e4, 1e4 + 1.0]);
        let expected = 1e4 + 1.0 + (-1.0_f32).exp().ln_1p();
        assert!((x.logsumexp().item() - expected).abs() <= 1e-3, "one rounding at 1e4");
        let g = x.logsumexp().backward(&[x])[0].to_vec();
        assert!((g[0] - 0.268_941_4).abs() < 1e-6 && (g[1] - 0.731_058_6).abs() < 1e-6, "{g:?}");
    }

    #[test]
    fn the_hessian_at_zero_is_exact() {
        let h = hessian(|x| x.logsumexp(), &Tensor::from([0.0, 0.0]));
        assert_eq!(h, Tensor::from([[0.25, -0.25], [-0.25, 0.25]]));
    }

    #[test]
    fn a_line_of_minus_infinity_has_zero_derivatives_at_order_two() {
        let h = hessian(|x| x.logsumexp(), &Tensor::from([f64::NEG_INFINITY; 2]));
        assert_eq!(h, Tensor::zeros([2, 2]));
    }
}
