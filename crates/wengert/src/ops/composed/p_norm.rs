//! # p_norm
//!
//! Size of a vector over axes, by powers of any exponent above 0.
//!
//! $$ \|x\|_p = \left( \sum_j |x_j|^p \right)^{1/p} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_j = \bar y \operatorname{sign}(x_j) \left( \lvert x_j \rvert / y \right)^{p - 1} $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | finite $p > 0$; 0 of nothing; an infinite element makes the value infinite and its own gradient NaN |
//! | kinks | at 0 the gradient is 0 and the second derivative NaN or infinite; by a single element 0 the gradient is 0 too, for $p < 1$ in place of two infinite slopes, and for other $p$ that are not even, derivatives of an order above $p$ are NaN, infinite or 0 |
//! | numerics | divided by the largest element, which no derivative sees, so that powers neither overflow nor all underflow |
//! | source | the chain rule; a factor taken out and put back changes nothing |

use super::{Composed, norm::Norm};
use crate::ops::Draw;
use crate::{AxisSet, Error, Float, Shape, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// The norm of exponent `p`, finite and above 0; users call `norm`.
    #[track_caller]
    pub(super) fn p_norm_over(self, axes: AxisSet, keepdim: bool, p: f64) -> Result<Self, Error> {
        let kept = axes.reduced(self.shape(), true);
        if axes.count(self.shape()) == 0 {
            return self.abs().sum_over(axes).try_reshape(axes.reduced(self.shape(), keepdim));
        }
        let largest = self.abs().max_over(axes, true)?.detach();
        let is_scale = largest.gt(0.0).and(largest.lt(f64::INFINITY));
        let scale = is_scale.select(largest, 1.0);
        let x = self / scale;
        let powers = if p % 2.0 == 0.0 && p <= f64::from(i32::MAX) {
            x.powi(p as i32) // smooth at 0, which a power of the absolute value hides
        } else if p < 1.0 {
            x.eq(0.0).select(0.0, x.abs().pow(p)) // infinitely steep on both sides of 0
        } else {
            x.abs().pow(p)
        };
        let sum = powers.sum_over(axes).try_reshape(kept)?;
        // At 0 the root is infinitely steep; the Euclidean norm has the same value and gradient there, and like this one
        // no second derivative.
        let is_zero = sum.eq(0.0);
        let root = is_zero.select(1.0, sum).pow(1.0 / p) * scale;
        is_zero.select(self.norm2_over(axes, true), root).try_reshape(axes.reduced(self.shape(), keepdim))
    }
}

/// Elements away from 0, of either sign.
fn samples(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let away_from_zero: &[(f64, f64)] = &[(0.4, 2.0), (-2.0, -0.4)];
    let mut of = |dims: &[usize]| vec![draw.from_intervals(Shape::of(dims), away_from_zero)];
    [&[2, 3][..], &[3, 1], &[1, 2], &[0, 2]].map(&mut of).into()
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "p_norm",
        f: |x| {
            let of = |p| x[0].norm_axes(-1, Norm::P(p));
            of(3.0) + of(4.0) + of(1.5) * of(0.7)
        },
        samples,
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::Norm;
    use crate::{Error, Tape, Tensor, grad, hessian};

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
        for p in [0.5, 1.5, 3.0, 4.0, 2.5] {
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
    fn every_gradient_at_zero_is_zero_and_of_nothing_the_value() {
        let tape = Tape::<f64>::new();
        for p in [0.5, 1.5, 3.0, 4.0] {
            assert_eq!(grad(|x| x.norm(Norm::P(p)), &Tensor::from([0.0; 3])).to_vec(), [0.0; 3], "{p}");
            assert_eq!(tape.leaf(Tensor::zeros([0])).norm(Norm::P(p)).item(), 0.0);
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
        assert_eq!(tape.leaf([5e-324; 8]).norm(Norm::P(3.0)).item(), 1e-323);
        assert_eq!(tape.leaf([f64::INFINITY, 1.0]).norm(Norm::P(3.0)).item(), f64::INFINITY);
        assert!(tape.leaf([f64::NAN, 1.0]).norm(Norm::P(3.0)).item().is_nan());
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
    }
}
