//! # logaddexp
//!
//! Logarithm of a sum of two exponentials, elementwise.
//!
//! $$ y = \ln(e^a + e^b) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot \sigma(a - b), \quad \bar b = \bar y \odot \sigma(b - a) $ |
//! | JVP | $ \dot y = \sigma(a - b) \odot \dot a + \sigma(b - a) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; an operand of −∞ adds nothing; of two, the value is −∞ and the gradients are 0 |
//! | kinks | none; two operands of ∞ share the gradient |
//! | numerics | $\max(a, b) + \ln(1 + e^{-\lvert a - b \rvert})$: `exp` cannot overflow; where the terms cancel, at values near 0, the error is a rounding of them |
//! | source | the chain rule: $e^a / (e^a + e^b) = \sigma(a - b)$ |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};
use std::f64::consts::LN_2;

/// `y = ln(exp(a) + exp(b))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogAddExp;

/// The slope by `a`: its share of the sum.
fn share<S: Scalar>(a: S, b: S) -> S {
    let (zero, inf) = (a.lit(0.0), a.lit(f64::INFINITY));
    // chosen before it is used: no line of any order computes with the NaN that two infinities differ by
    let difference = a.abs().if_eq(inf, a.if_eq(b, zero, a - b), a - b);
    let share = difference.sigmoid();
    a.if_eq(-inf, b.if_eq(-inf, zero, share), share)
}

impl Binary for LogAddExp {
    const NAME: &'static str = "logaddexp";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(-2.0, 2.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        let larger = a.if_gt(b, a, b);
        // of equal infinite operands the difference is NaN
        a.if_eq(b, a + a.lit(LN_2), larger + (-(a - b).abs()).exp().log1p())
    }

    fn da<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        share(a, b)
    }

    fn db<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        share(b, a)
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        (a.exp() + b.exp()).ln()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [5.0, 5.0, 5.0 + LN_2, 0.5, 0.5],
            [0.0, 0.0, LN_2, 0.5, 0.5],
            [-1000.0, -1000.0, LN_2 - 1000.0, 0.5, 0.5],
            [1000.0, 0.0, 1000.0, 1.0, 0.0],
            [-INF, -INF, -INF, 0.0, 0.0],
            [INF, INF, INF, 0.5, 0.5],
            [INF, 1.0, INF, 1.0, 0.0],
            [1.0, -INF, 1.0, 1.0, 0.0],
            [-INF, NAN, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(LogAddExp);

impl<'t, F: Float> Var<'t, F> {
    /// $\ln(e^x + e^b)$ of this and `b`, without overflow; see [`crate::ops::logaddexp`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_logaddexp(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(LogAddExp, b)
    }

    /// As [`Var::try_logaddexp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf(1000.0), tape.leaf(1000.0));
    /// assert_eq!(a.logaddexp(b).backward(&[a, b])[0].item(), 0.5);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn logaddexp(self, b: impl Operand<'t, F>) -> Self {
        self.binary(LogAddExp, b)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn two_operands_of_minus_infinity_have_gradients_of_zero_at_every_order() {
        const INF: f64 = f64::INFINITY;
        let tape = Tape::<f64>::new();
        // and what dominates another infinitely has a slope of 1, which is constant
        for (at, first) in [([-INF, -INF], 0.0), ([INF, -INF], 1.0), ([INF, 2.0], 1.0), ([2.0, -INF], 1.0)] {
            let (a, b) = (tape.leaf(at[0]), tape.leaf(at[1]));
            let mut y = a.logaddexp(b);
            for order in 1..=4 {
                let g = y.grad(&[a, b]);
                let expected = if order == 1 { first } else { 0.0 };
                assert_eq!(g[0].item(), expected, "{at:?}, order {order}");
                assert!(order == 1 || g[1].item() == 0.0, "{at:?}, order {order}: {}", g[1].item());
                y = g[0];
            }
        }
    }
}
