//! # betaln
//!
//! Logarithm of the beta function, elementwise.
//!
//! $$ y = \ln \frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot (\psi(a) - \psi(a + b)), \quad \bar b = \bar y \odot (\psi(b) - \psi(a + b)) $ |
//! | JVP | $ \dot y = (\psi(a) - \psi(a + b)) \odot \dot a + (\psi(b) - \psi(a + b)) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $a, b \ge 0$; ∞ where one is 0, −∞ where one is ∞; NaN below and where one is 0 and the other ∞ |
//! | kinks | −0 counts as 0 |
//! | numerics | for large operands Stirling's series with its large terms taken together; where an operand is far larger than the other, its slope is a difference of nearly equal terms, with an error of a rounding of $\psi$ |
//! | source | NIST Digital Library of Mathematical Functions, section 5.12; Stirling's series, section 5.11 |

use super::elementwise::{Binary, binary_primitive};
use super::lgamma::ln_gamma;
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = lgamma(a) + lgamma(b) - lgamma(a + b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Betaln;

/// The slope by `a`.
fn share<S: Scalar>(a: S, b: S, y: S) -> S {
    let zero = a.lit(0.0);
    let slope = (a + zero).polygamma(0) - (a + b).polygamma(0);
    y.if_nan(y, a.if_eq(a.lit(f64::INFINITY), zero, slope))
}

impl Binary for Betaln {
    const NAME: &'static str = "betaln";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(0.3, 3.0)], &[(0.4, 4.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.betaln(b)
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        share(a, b, y)
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        share(b, a, y)
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 1.0, 0.0, -1.0, -1.0],
            [2.0, 3.0, -2.4849066497880004, -13.0 / 12.0, -7.0 / 12.0],
            [0.0, 1.0, INF, -INF, 0.0],
            [-0.0, 1.0, INF, -INF, 0.0],
            [0.0, 0.0, INF, NAN, NAN], // no limit of the slopes
            [INF, 1.0, -INF, 0.0, -INF],
            [-1.0, 1.0, NAN, NAN, NAN],
            [1.0, -0.5, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Betaln);

impl<'t, F: Float> Var<'t, F> {
    /// The logarithm of the beta function of this and `b`; see [`crate::ops::betaln`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_betaln(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Betaln, b)
    }

    /// As [`Var::try_betaln`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf(1.0), tape.leaf(1.0));
    /// assert_eq!(a.betaln(b).item(), 0.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn betaln(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Betaln, b)
    }
}
