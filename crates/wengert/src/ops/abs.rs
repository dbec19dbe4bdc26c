//! # abs
//!
//! Absolute value, elementwise.
//!
//! $$ y = |x| $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \operatorname{sign} x $ |
//! | JVP | $ \dot y = \operatorname{sign} x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | kinks | at 0 the derivative is 0, the subgradient of least norm |
//! | source | the definition |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = |x|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Abs;

impl Unary for Abs {
    const NAME: &'static str = "abs";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.abs()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, one) = (x.lit(0.0), x.lit(1.0));
        x.if_nan(y, x.if_gt(zero, one, zero.if_gt(x, -one, zero)))
    }

    fn reference(&self, x: f64) -> f64 {
        x.max(-x)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 0.0], [-0.0, 0.0, 0.0], [INF, INF, 1.0], [-INF, INF, -1.0], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Abs);

impl<F: Float> Var<'_, F> {
    /// Absolute value; see [`crate::ops::abs`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(-2.0);
    /// assert_eq!(x.abs().item(), 2.0);
    /// ```
    #[track_caller]
    pub fn abs(self) -> Self {
        self.op1(Abs)
    }
}
