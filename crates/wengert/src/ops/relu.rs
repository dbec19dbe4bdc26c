//! # relu
//!
//! Rectified linear unit, elementwise.
//!
//! $$ y = \max(x, 0) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \lbrack x > 0 \rbrack $ |
//! | JVP | $ \dot y = \lbrack x > 0 \rbrack \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN |
//! | kinks | at 0 the derivative is 0, the subgradient of least norm |
//! | source | the derivative of each piece; at 0 the subgradient of least norm |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = max(x, 0)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relu;

impl Unary for Relu {
    const NAME: &'static str = "relu";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.if_nan(x, x.if_gt(x.lit(0.0), x, x.lit(0.0)))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.if_nan(y, x.if_gt(x.lit(0.0), x.lit(1.0), x.lit(0.0)))
    }

    fn reference(&self, x: f64) -> f64 {
        x.max(0.0)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 0.0], [-0.0, 0.0, 0.0], [INF, INF, 1.0], [-INF, 0.0, 0.0], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Relu);

impl<F: Float> Var<'_, F> {
    /// Rectified linear unit; see [`crate::ops::relu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 2.0]);
    /// assert_eq!(x.relu().value().to_vec(), [0.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn relu(self) -> Self {
        self.op1(Relu)
    }
}
