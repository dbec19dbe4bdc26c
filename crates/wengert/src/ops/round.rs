//! # round
//!
//! Nearest integer to each element, halves to the even one.
//!
//! $$ y = \operatorname{round} x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = 0 $ |
//! | JVP | $ \dot y = 0 $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN, with slope NaN |
//! | kinks | at halves the value jumps; the derivative there is 0 |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = round(x)`, halves to even.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round;

impl Unary for Round {
    const NAME: &'static str = "round";
    const DOMAIN: &'static [(f64, f64)] = &[(0.6, 0.9), (-0.4, 0.4), (1.1, 1.4), (-2.4, -2.1), (-0.9, -0.6)];
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("a rounded number is constant wherever it is differentiable");
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.round()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.if_nan(y, x.lit(0.0))
    }

    fn reference(&self, x: f64) -> f64 {
        let below = x.floor();
        if x - below > 0.5 { below + 1.0 } else { below }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.5, 0.0, 0.0],
            [1.5, 2.0, 0.0],
            [2.5, 2.0, 0.0],
            [-0.5, -0.0, 0.0],
            [-1.5, -2.0, 0.0],
            [0.49999999999999994, 0.0, 0.0],
            [1e300, 1e300, 0.0],
            [INF, INF, 0.0],
            [-INF, -INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Round);

impl<F: Float> Var<'_, F> {
    /// Nearest integer, halves to the even one, with gradient 0; see [`crate::ops::round`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.5, 1.5, 2.5, -2.6]);
    /// assert_eq!(x.round().value().to_vec(), [0.0, 2.0, 2.0, -3.0]);
    /// ```
    #[track_caller]
    pub fn round(self) -> Self {
        self.op1(Round)
    }
}
