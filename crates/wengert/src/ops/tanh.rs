//! # tanh
//!
//! Hyperbolic tangent, elementwise.
//!
//! $$ y = \tanh x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (1 - y^2) $ |
//! | JVP | $ \dot y = (1 - y^2) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; saturates to ±1, where the derivative underflows to 0 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.34 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = tanh(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tanh;

impl Unary for Tanh {
    const NAME: &'static str = "tanh";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.tanh()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y.lit(1.0) - y * y
    }

    fn reference(&self, x: f64) -> f64 {
        1.0 - 2.0 / ((2.0 * x).exp() + 1.0)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [1000.0, 1.0, 0.0],
            [-1000.0, -1.0, 0.0],
            [INF, 1.0, 0.0],
            [-INF, -1.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Tanh);

impl<F: Float> Var<'_, F> {
    /// Hyperbolic tangent; see [`crate::ops::tanh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1000.0]);
    /// assert_eq!(x.tanh().sum().backward(&[x])[0].to_vec(), [1.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn tanh(self) -> Self {
        self.op1(Tanh)
    }
}
