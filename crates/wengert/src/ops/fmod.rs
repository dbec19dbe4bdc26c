//! # fmod
//!
//! Remainder of a division truncated to an integer, elementwise.
//!
//! $$ y = a - b \operatorname{trunc}(a / b) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y, \quad \bar b = -\bar y \odot \operatorname{trunc}(a / b) $ |
//! | JVP | $ \dot y = \dot a - \operatorname{trunc}(a / b) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | finite $a$ and $b \ne 0$, also infinite; NaN else |
//! | kinks | where $a$ is a multiple of $b$ the value jumps; the slopes are those of the side away from 0; where $\lvert a \rvert < \lvert b \rvert$ the value is constant in $b$, and not even an infinite cotangent passes to it |
//! | numerics | the value is exact |
//! | source | the derivative between the jumps, where the quotient is constant |

use super::elementwise::{Binary, Passes, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = a - b trunc(a / b)`, exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fmod;

impl Binary for Fmod {
    const NAME: &'static str = "fmod";
    const DOMAIN: [&'static [(f64, f64)]; 2] =
        [&[(0.2, 0.8), (-0.8, -0.2), (2.5, 2.9), (-2.9, -2.5)], &[(1.0, 1.2), (1.0, 1.2), (-1.2, -1.0)]];
    // while the quotient is 0 the value is a, whatever the divisor
    const PASSES: [Passes; 2] = [Passes::UnlessZero, Passes::UnlessEitherIsZero];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.fmod(b)
    }

    fn da<S: Scalar>(&self, a: S, _b: S, y: S) -> S {
        y.if_nan(y, a.lit(1.0))
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        // a - y is a multiple of b: the quotient is rounded to it, and not truncated past it
        -((a - y) / b).round()
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a % b
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [5.0, 3.0, 2.0, 1.0, -1.0],
            [-5.0, 3.0, -2.0, 1.0, 1.0],
            [5.0, -3.0, 2.0, 1.0, 1.0],
            [-5.0, -3.0, -2.0, 1.0, -1.0],
            [6.0, 3.0, 0.0, 1.0, -2.0],
            [0.5, INF, 0.5, 1.0, 0.0],
            [1.0, 0.0, NAN, NAN, NAN],
            [INF, 1.0, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Fmod);

impl<'t, F: Float> Var<'t, F> {
    /// What a division by `b`, truncated to an integer, leaves: of the sign of this; see [`crate::ops::fmod`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_fmod(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Fmod, b)
    }

    /// As [`Var::try_fmod`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([5.0, -5.0]);
    /// assert_eq!(x.fmod(3.0).value().to_vec(), [2.0, -2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn fmod(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Fmod, b)
    }
}
