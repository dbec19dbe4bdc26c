//! # sigmoid
//!
//! Logistic function, elementwise.
//!
//! $$ y = \frac{1}{1 + e^{-x}} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot y (1 - y) $ |
//! | JVP | $ \dot y = y (1 - y) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; saturates to 0 and 1; where y rounds to 1, above 37 (f64) or 17 (f32), the slope is 0 |
//! | numerics | `exp` is taken of $-\lvert x \rvert$ only, so that it cannot overflow |
//! | source | the quotient rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = 1 / (1 + exp(-x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid;

impl Unary for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sigmoid()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y * (y.lit(1.0) - y)
    }

    fn reference(&self, x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.5, 0.25],
            [1000.0, 1.0, 0.0],
            [-1000.0, 0.0, 0.0],
            [INF, 1.0, 0.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Sigmoid);

impl<F: Float> Var<'_, F> {
    /// Logistic function; see [`crate::ops::sigmoid`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.sigmoid().item(), 0.5);
    /// ```
    #[track_caller]
    pub fn sigmoid(self) -> Self {
        self.op1(Sigmoid)
    }
}
