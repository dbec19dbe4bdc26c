//! # trunc
//!
//! Integer part of each element.
//!
//! $$ y = \operatorname{sign}(x) \lfloor \lvert x \rvert \rfloor $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = 0 $ |
//! | JVP | $ \dot y = 0 $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN, with slope NaN |
//! | kinks | at integers but 0 the value jumps; the derivative there is 0 |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = trunc(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trunc;

impl Unary for Trunc {
    const NAME: &'static str = "trunc";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 0.9), (-0.9, -0.1), (1.1, 1.9), (-2.9, -2.1)];
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("a rounded number is constant wherever it is differentiable");
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.trunc()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.if_nan(y, x.lit(0.0))
    }

    fn reference(&self, x: f64) -> f64 {
        x as i64 as f64
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.5, 1.0, 0.0],
            [-1.5, -1.0, 0.0],
            [2.0, 2.0, 0.0],
            [-0.5, -0.0, 0.0],
            [1e300, 1e300, 0.0],
            [INF, INF, 0.0],
            [-INF, -INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Trunc);

impl<F: Float> Var<'_, F> {
    /// Integer part, with gradient 0; see [`crate::ops::trunc`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.5, -1.5]);
    /// assert_eq!(x.trunc().value().to_vec(), [1.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn trunc(self) -> Self {
        self.op1(Trunc)
    }
}
