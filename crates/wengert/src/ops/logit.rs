//! # logit
//!
//! Logarithm of the odds, the inverse of `sigmoid`, elementwise.
//!
//! $$ y = \ln \frac{x}{1 - x} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{x (1 - x)} $ |
//! | JVP | $ \dot y = \frac{1}{x (1 - x)} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $0 \le x \le 1$; ∓∞ at 0 and 1, where the slope is ∞; NaN beyond |
//! | kinks | −0 counts as 0 |
//! | numerics | from 1/4 to 3/4 it is $\ln(1 + (2 x - 1) / (1 - x))$, whose bits near 1/2 are all right |
//! | source | the quotient and chain rules |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ln(x / (1 - x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logit;

impl Unary for Logit {
    const NAME: &'static str = "logit";
    // Nearer to the poles, differences of the third derivative are too coarse for the fourth.
    const DOMAIN: &'static [(f64, f64)] = &[(0.08, 0.92)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let one = x.lit(1.0);
        let odds = x / (one - x);
        // odds less 1: near 1/2 the logarithm of the odds would cancel, and this does not
        let near = ((x + x - one) / (one - x)).log1p();
        x.if_ge(x.lit(0.25), x.lit(0.75).if_ge(x, near, odds.ln()), odds.ln())
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, one) = (x.lit(0.0), x.lit(1.0));
        // x + 0 turns -0 into 0; outside the domain y is NaN, and so are its derivatives of every order
        let slope = one / ((x + zero) * (one - x));
        x.if_ge(zero, one.if_ge(x, slope, y), y)
    }

    fn reference(&self, x: f64) -> f64 {
        x.ln() - (1.0 - x).ln()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.5, 0.0, 4.0],
            [0.25, -1.0986122886681098, 16.0 / 3.0],
            [1e-300, -690.7755278982137, 1e300],
            [0.0, -INF, INF],
            [-0.0, -INF, INF],
            [1.0, INF, INF],
            [-1.0, NAN, NAN],
            [2.0, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Logit);

impl<F: Float> Var<'_, F> {
    /// Logarithm of this over one minus this; see [`crate::ops::logit`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.5);
    /// assert_eq!((x.logit().item(), x.logit().backward(&[x])[0].item()), (0.0, 4.0));
    /// ```
    #[track_caller]
    pub fn logit(self) -> Self {
        self.op1(Logit)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn near_one_half_no_bit_is_lost() {
        let tape = Tape::<f64>::new();
        for distance in [1e-3_f64, 1e-8, 1e-14] {
            let x = 0.5 + distance;
            let d = 2.0 * (x - 0.5); // exact, and logit x = 2 artanh d
            let expected = 2.0 * (d + d.powi(3) / 3.0 + d.powi(5) / 5.0);
            let y = tape.leaf(x).logit().item();
            assert!((y - expected).abs() <= 4.0 * f64::EPSILON * expected, "{y} is not {expected}");
        }
    }
}
