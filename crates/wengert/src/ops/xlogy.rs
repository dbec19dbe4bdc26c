//! # xlogy
//!
//! Product with a logarithm that is 0 where the factor is, elementwise.
//!
//! $$ y = a \ln b, \qquad y = 0 \text{ where } a = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot \ln b, \quad \bar b = \bar y \odot a / b $ |
//! | JVP | $ \dot y = \ln b \odot \dot a + (a / b) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $b \ge 0$; NaN below, but 0 for $a = 0$ |
//! | kinks | at $a = 0$, $b = 0$ both slopes are 0, a convention; at $a = 0$ the slope by $b$ is 0; below the domain the value is 0 for $a = 0$, and the slope by $a$ NaN |
//! | source | the product rule; at 0 the limit of $x \ln x$ |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = a ln(b)`, and 0 where `a` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Xlogy;

impl Binary for Xlogy {
    const NAME: &'static str = "xlogy";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(0.3, 2.0), (-2.0, -0.3)], &[(0.3, 3.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        b.if_nan(b, a.chain(b.ln()))
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        let (zero, edge, log) = (a.lit(0.0), b.lit(0.0), b.ln());
        y.if_nan(y, a.if_eq(zero, b.if_eq(edge, zero, log), log))
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        // b + 0 turns -0 into 0
        let base = b + b.lit(0.0);
        let at_zero = a.chain(b.lit(1.0) / base);
        // outside the domain the quotient is a plausible number, but y is NaN
        y.if_nan(y, a.if_eq(a.lit(0.0), at_zero, a / base))
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a * b.ln()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const LN_2: f64 = std::f64::consts::LN_2;
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0, 2.0, 0.0, LN_2, 0.0],
            [2.0, 2.0, 2.0 * LN_2, LN_2, 1.0],
            [1.0, 0.0, -INF, -INF, INF],
            [0.0, -1.0, 0.0, NAN, 0.0],
            [1.0, -1.0, NAN, NAN, NAN],
            [0.0, INF, 0.0, INF, 0.0],
            [0.0, NAN, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [1.0, -0.0, -INF, -INF, INF],
        ]
    }
}

binary_primitive!(Xlogy);

impl<'t, F: Float> Var<'t, F> {
    /// This times the logarithm of `b`, and 0 where this is 0; see [`crate::ops::xlogy`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_xlogy(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Xlogy, b)
    }

    /// As [`Var::try_xlogy`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// assert_eq!(x.xlogy(tape.constant([0.0, 1.0])).value().to_vec(), [0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn xlogy(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Xlogy, b)
    }
}
