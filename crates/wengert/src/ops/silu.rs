//! # silu
//!
//! Sigmoid linear unit (swish), elementwise.
//!
//! $$ y = x\, \sigma(x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (\sigma(x) + y\, (1 - \sigma(x))) $ |
//! | JVP | $ \dot y = (\sigma(x) + y\, (1 - \sigma(x))) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the limits 0 at −∞ and x at ∞, with slopes 0 and 1 |
//! | numerics | a factor that has underflowed to 0 wins over an infinite one |
//! | source | the product rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x / (1 + exp(-x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silu;

impl Unary for Silu {
    const NAME: &'static str = "silu";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sigmoid().chain(x)
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let s = x.sigmoid();
        s + (x.lit(1.0) - s).chain(y)
    }

    fn reference(&self, x: f64) -> f64 {
        x / (1.0 + (-x).exp())
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.5],
            [1000.0, 1000.0, 1.0],
            [-1000.0, 0.0, 0.0],
            [INF, INF, 1.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Silu);

impl<F: Float> Var<'_, F> {
    /// Sigmoid linear unit; see [`crate::ops::silu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::NEG_INFINITY]);
    /// assert_eq!(x.silu().sum().backward(&[x])[0].to_vec(), [0.5, 0.0]);
    /// ```
    #[track_caller]
    pub fn silu(self) -> Self {
        self.op1(Silu)
    }
}
