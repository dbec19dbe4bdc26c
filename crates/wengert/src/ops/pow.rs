//! # pow
//!
//! Power with a variable base and a variable exponent, elementwise.
//!
//! $$ y = a^b $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot b\, a^{b-1}, \quad \bar b = \bar y \odot a^b \ln a $, the latter by `pow_ln` |
//! | JVP | $ \dot y = b\, a^{b-1} \odot \dot a + a^b \ln a \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $a > 0$, or $a \le 0$ with an integer exponent; the slope by $b$ is NaN for $a < 0$ |
//! | kinks | $b = 0$: slope 0 by $a$, also at $a = 0$; $a = 0$ with $b \ge 0$: slope 0 by $b$ |
//! | numerics | NaN stays NaN also in `pow(NaN, 0)` and `pow(1, NaN)`, unlike IEEE 754 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.2 |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = pow(a, b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pow;

impl Binary for Pow {
    const NAME: &'static str = "pow";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(0.3, 2.0)], &[(-2.0, -0.2), (0.2, 2.5)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.if_nan(a, b.if_nan(b, a.pow(b)))
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        // a zero factor wins over an infinite one; as a `chain` it keeps the derivative by b, which a plain 0 would lose
        let p = a.pow(b - a.lit(1.0));
        a.if_nan(y, b.if_eq(a.lit(0.0), b.chain(p), p.chain(b)))
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        let zero = a.lit(0.0);
        let slope = Scalar::pow_ln(a, b, y);
        a.if_eq(zero, b.if_eq(zero, zero, slope), slope)
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        (b * a.ln()).exp()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 1.0, 0.0],
            [0.0, 2.0, 0.0, 0.0, 0.0],
            [0.0, 0.5, 0.0, INF, 0.0],
            [0.0, -1.0, INF, -INF, -INF],
            [-2.0, 3.0, -8.0, 12.0, NAN],
            [2.0, 3.0, 8.0, 12.0, 8.0 * std::f64::consts::LN_2],
            [-2.0, 0.5, NAN, NAN, NAN],
            [-1e-200, 3.0, 0.0, 0.0, NAN],
            [INF, -1.0, 0.0, 0.0, 0.0],
            [INF, 0.5, INF, 0.0, INF],
            [0.5, INF, 0.0, 0.0, 0.0],
            [-2.0, 0.0, 1.0, 0.0, NAN],
            [NAN, 2.0, NAN, NAN, NAN],
            [NAN, 0.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Pow);

impl<'t, F: Float> Var<'t, F> {
    /// This to the power `exponent`, a variable or a number; see [`crate::ops::pow`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_pow(self, exponent: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Pow, exponent)
    }

    /// As [`Var::try_pow`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(4.0);
    /// assert_eq!(x.pow(1.5).backward(&[x])[0].item(), 3.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pow(self, exponent: impl Operand<'t, F>) -> Self {
        self.binary(Pow, exponent)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn constant_exponents_have_exact_slopes_at_zero_at_every_order() {
        let tape = Tape::<f64>::new();
        for (exponent, stated) in [(0.0, [0.0, 0.0, 0.0]), (1.0, [1.0, 0.0, 0.0]), (2.0, [0.0, 2.0, 0.0])] {
            for exponent in [tape.constant(exponent), tape.leaf(exponent)] {
                let x = tape.leaf(0.0);
                let mut y = x.pow(exponent);
                for slope in stated {
                    y = y.grad(&[x])[0];
                    assert_eq!(y.item(), slope, "exponent {}", exponent.item());
                }
            }
        }
    }

    #[test]
    fn powers_of_zero_are_constant_in_the_exponent_at_every_order() {
        let tape = Tape::<f64>::new();
        for exponent in [0.3, 1.0, 2.0, 2.5] {
            let (a, b) = (tape.leaf([0.0, -0.0]), tape.leaf([exponent; 2]));
            let mut y = a.pow(b);
            for order in 1..=4 {
                y = y.sum().grad(&[b])[0];
                assert_eq!(y.value().to_vec(), [0.0, 0.0], "exponent {exponent}, order {order}");
            }
        }
        // ∂²/∂a∂b a^b = a^(b-1) (1 + b ln a), both ways round
        for exponent in [1.5, 2.0, 3.0] {
            let (a, b) = (tape.leaf(0.0), tape.leaf(exponent));
            let g = a.pow(b).grad(&[a, b]);
            assert_eq!((g[0].grad(&[b])[0].item(), g[1].grad(&[a])[0].item()), (0.0, 0.0), "{exponent}");
        }
        let (a, b) = (tape.leaf(0.0), tape.leaf(1.0));
        assert_eq!(a.pow(b).grad(&[b])[0].grad(&[a])[0].item(), f64::NEG_INFINITY);
    }

    #[test]
    fn the_mixed_second_derivative_survives_an_exponent_of_zero() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(2.0), tape.leaf(0.0));
        let g = a.pow(b).grad(&[a, b]);
        // ∂²/∂a∂b a^b = a^(b-1) (1 + b ln a)
        assert_eq!((g[0].grad(&[b])[0].item(), g[1].grad(&[a])[0].item()), (0.5, 0.5));
    }
}
