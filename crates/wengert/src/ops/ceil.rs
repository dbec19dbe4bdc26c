//! # ceil
//!
//! Smallest integer not below each element.
//!
//! $$ y = \lceil x \rceil $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = 0 $ |
//! | JVP | $ \dot y = 0 $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN, with slope NaN |
//! | kinks | at integers the value jumps; the derivative there is 0 |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ceil(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceil;

impl Unary for Ceil {
    const NAME: &'static str = "ceil";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 0.9), (-0.9, -0.1), (1.1, 1.9), (-2.9, -2.1)];
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("a rounded number is constant wherever it is differentiable");
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.ceil()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.if_nan(y, x.lit(0.0))
    }

    fn reference(&self, x: f64) -> f64 {
        let t = x as i64 as f64;
        if t < x { t + 1.0 } else { t }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.5, 2.0, 0.0],
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

unary_primitive!(Ceil);

impl<F: Float> Var<'_, F> {
    /// Smallest integer not below, with gradient 0; see [`crate::ops::ceil`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.5, -1.5]);
    /// assert_eq!(x.ceil().value().to_vec(), [2.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn ceil(self) -> Self {
        self.op1(Ceil)
    }
}
