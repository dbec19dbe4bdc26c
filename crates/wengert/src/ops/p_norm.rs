//! # p_norm
//!
//! Size of a vector over axes, by powers of any exponent above 0.
//!
//! $$ y = \|x\|_p = \left( \sum_j |x_j|^p \right)^{1/p} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_j = \bar y\, u_j, \quad u_j = \operatorname{sign}(x_j) \left( \lvert x_j \rvert / y \right)^{p - 1} $ |
//! | JVP | $ \dot y = \sum_j u_j\, \dot x_j $ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | finite $p > 0$; 0 of nothing; an infinite element makes the value infinite and its own gradient NaN |
//! | kinks | at 0 the gradient is 0 and the second derivative NaN or infinite; by a single element 0 the gradient is 0 too, for $p < 1$ in place of two infinite slopes, and for other $p$ that are not even, derivatives of an order above $p$ are NaN, infinite or 0 |
//! | numerics | divided by the largest element: powers neither overflow nor all underflow, in the value and in $u$, which does not depend on the scale |
//! | source | the chain rule; $u_j = r_j^{p - 1} \left( \sum_k r_k^p \right)^{1/p - 1}$ for any $r$ proportional to $\lvert x \rvert$ |

use super::reduction::line_by_line;
use super::{Arity, Batch, Draw, Primitive, Sample, Special, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::reduce;

/// The norm of an exponent over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug)]
pub struct PNorm {
    axes: AxisSet,
    keepdim: bool,
    p: f64,
}

impl PartialEq for PNorm {
    /// The same norm, exponents by bits.
    fn eq(&self, other: &Self) -> bool {
        (self.axes, self.keepdim, self.p.to_bits()) == (other.axes, other.keepdim, other.p.to_bits())
    }
}

impl PNorm {
    /// The exponent, if the power is smooth at 0.
    fn even(&self) -> Option<i32> {
        (self.p % 2.0 == 0.0 && self.p <= f64::from(i32::MAX)).then_some(self.p as i32)
    }

    /// $u$, the local derivative.
    #[track_caller]
    fn slope<'t, F: Float>(&self, at: &Line<'t, F>) -> Var<'t, F> {
        let ([x], axes, p) = (at.x(), self.axes, self.p);
        let y = at.y().spread(axes, x.shape());
        if x.shape().is_empty() {
            return x.ratio(y);
        }
        // A constant, since the slope is the same at any scale.
        let largest =
            x.abs().max_over(axes, true).expect("there are elements").detach().broadcast_to(x.shape());
        let is_scale = largest.gt(0.0).and(largest.lt(f64::INFINITY));
        let r = x / is_scale.select(largest, 1.0);
        let (powers, slopes) = match self.even() {
            Some(p) => (r.powi(p), r.powi(p - 1)), // smooth at 0, which a power of the absolute value hides
            None => {
                let (powers, slopes) = (r.abs().pow(p), r.abs().pow(p - 1.0) * r.sign());
                if p < 1.0 {
                    let is_zero = r.eq(0.0); // infinitely steep on both sides
                    (is_zero.select(0.0, powers), is_zero.select(0.0, slopes))
                } else {
                    (powers, slopes)
                }
            }
        };
        let sum = powers.sum_over(axes).spread(axes, x.shape());
        // At 0 as the Euclidean norm, which has no second derivative either.
        let is_zero = sum.eq(0.0);
        let u = slopes * is_zero.select(1.0, sum).pow(1.0 / p - 1.0);
        is_zero.select(x.ratio(y), u)
    }
}

impl Primitive for PNorm {
    const NAME: &'static str = "p_norm";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(self.axes.reduced(x[0], self.keepdim))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = x[0].around_axes(self.axes);
        Tensor::build(y, |out| reduce::p_norm(on, sizes, x.data(), self.p, out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} ⊙ sign({{0}}) (|{{0}}| / {{y}})^{}, repeated over axes {:?}", self.p - 1.0, self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.spread(self.axes, at.input(0).shape()).chain(self.slope(at)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let shape = at.y().shape();
        dx[0].map(|dx| dx.chain(self.slope(at)).sum_over(self.axes).reshape(shape))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        line_by_line(&x[0], self.axes, y, |line| {
            line.iter().map(|v| v.abs().powf(self.p)).sum::<f64>().powf(1.0 / self.p)
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let away_from_zero: &[(f64, f64)] = &[(0.4, 2.0), (-2.0, -0.4)];
        let exponents = [3.0, 4.0, 1.5, 0.7].into_iter().cycle();
        let of = |((shape, axes, keepdim), p): ((Shape, _, _), f64)| {
            Sample::of(Self { axes, keepdim, p }, [draw.from_intervals(shape, away_from_zero)])
        };
        reduction_cases().into_iter().zip(exponents).map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let op = |p| Self { axes: AxisSet::all(1), keepdim: false, p };
        vec![
            Special::unary(op(3.0), [3.0, -4.0, 5.0], 6.0, [0.25, -4.0 / 9.0, 25.0 / 36.0]),
            Special::unary(op(3.0), [3e200, -4e200, 5e200], 6e200, [0.25, -4.0 / 9.0, 25.0 / 36.0]),
            Special::unary(op(0.5), [1.0, 0.0, -4.0], 9.0, [3.0, 0.0, -1.5]),
            Special::unary(op(4.0), [0.0, -2.0], 2.0, [0.0, -1.0]),
            Special::unary(op(1.5), [0.0, 0.0], 0.0, [0.0, 0.0]),
            Special::unary(op(0.5), [0.0, 0.0], 0.0, [0.0, 0.0]),
            Special::unary(op(4.0), [0.0, 0.0], 0.0, [0.0, 0.0]),
            Special::unary(op(3.0), [5e-324; 8], 1e-323, [0.25; 8]),
            Special::unary(op(3.0), [INF, -1.0], INF, [NAN, 0.0]),
            Special::unary(op(3.0), [NAN, 1.0], NAN, [NAN, NAN]),
            Special::unary(op(3.0), Tensor::zeros([0]), 0.0, Tensor::zeros([0])),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// The norm of exponent `p`, finite and above 0; users call `norm`.
    #[track_caller]
    pub(crate) fn p_norm_over(self, axes: AxisSet, keepdim: bool, p: f64) -> Self {
        self.op1(PNorm { axes, keepdim, p })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Norm, Tape, Tensor, grad, hessian};

    #[test]
    fn the_named_norms_are_those_of_their_exponents() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[3.0, -4.0], [0.0, 2.0]]);
        let pairs = [
            (0.0, Norm::L0),
            (1.0, Norm::L1),
            (2.0, Norm::L2),
            (f64::INFINITY, Norm::Inf),
            (f64::NEG_INFINITY, Norm::NegInf),
        ];
        for (p, named) in pairs {
            assert_eq!(x.norm_axes(1, Norm::P(p)).value(), x.norm_axes(1, named).value());
        }
        for p in [-1.0, f64::NAN, -0.5] {
            let refused = x.try_norm(Norm::P(p));
            assert!(matches!(refused, Err(Error::Attribute { op: "norm", name: "p", .. })));
        }
    }

    #[test]
    fn value_and_gradient_are_the_closed_form() {
        let x = [1.0_f64, -2.0, 0.0, 3.0];
        for p in [0.5, 1.5, 3.0, 4.0, 2.5, 40.0, 99.0] {
            let y = x.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(1.0 / p);
            let (value, g) = crate::value_and_grad(|x| x.norm(Norm::P(p)), &Tensor::from(x));
            assert!((value.item() / y - 1.0).abs() < 1e-14, "{p}");
            for (g, x) in g.to_vec().iter().zip(x) {
                let expected = if x == 0.0 { 0.0 } else { x.signum() * (x.abs() / y).powf(p - 1.0) };
                assert!((g - expected).abs() <= 1e-13 * expected.abs(), "{p}: {g} and {expected}");
            }
        }
    }

    #[test]
    fn powers_neither_overflow_nor_underflow() {
        let tape = Tape::<f64>::new();
        for c in [1e200, 1e-200] {
            let x = tape.leaf([c; 8]);
            let y = x.norm(Norm::P(3.0));
            assert!((y.item() / (2.0 * c) - 1.0).abs() < 1e-15, "{}", y.item());
            assert!(y.backward(&[x])[0].to_vec().iter().all(|g| (g - 0.25).abs() < 1e-15));
        }
    }

    #[test]
    fn a_cotangent_of_any_size_meets_an_operand_of_any_size() {
        let tape = Tape::<f32>::new();
        for (size, ct) in [(1e-30_f32, 1e-30_f64), (1e30, 1e30), (1e-40, 1.0), (1e-44, 1e-20)] {
            for p in [0.5, 1.5, 3.0, 4.0] {
                let x = tape.leaf([size, 2.0 * size]);
                let g = (x.norm(Norm::P(p)) * ct).backward(&[x])[0].to_vec();
                let y = (1.0 + 2.0_f64.powf(p)).powf(1.0 / p);
                for (g, r) in g.iter().zip([1.0, f64::from(2.0 * size) / f64::from(size)]) {
                    let expected = ct * (r / y).powf(p - 1.0);
                    assert!((f64::from(*g) / expected - 1.0).abs() < 1e-5, "{size} {ct} {p}: {g} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_second_derivative_at_zero_is_no_plausible_number() {
        for p in [0.5, 1.5, 3.0, 4.0] {
            let h = hessian(|x| x.norm(Norm::P(p)), &Tensor::from([0.0_f64, 0.0]));
            assert!(h.to_vec().iter().all(|v| !v.is_finite()), "{p}: {h}");
        }
    }

    #[test]
    fn an_even_exponent_is_smooth_at_a_single_zero() {
        let h = hessian(|x| x.norm(Norm::P(4.0)), &Tensor::from([0.0_f64, 2.0]));
        assert_eq!(h.to_vec(), [0.0; 4]);
        assert_eq!(grad(|x| x.norm(Norm::P(1.5)), &Tensor::from([0.0, -2.0])).to_vec(), [0.0, -1.0]);
    }
}
