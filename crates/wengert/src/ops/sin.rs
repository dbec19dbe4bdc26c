//! # sin
//!
//! Sine of an angle in radians, elementwise.
//!
//! $$ y = \sin x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \cos x $ |
//! | JVP | $ \dot y = \cos x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all finite reals; NaN at ±∞ |
//! | source | NIST Digital Library of Mathematical Functions, section 4.20 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = sin(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sin;

impl Unary for Sin {
    const NAME: &'static str = "sin";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sin()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.cos()
    }

    fn reference(&self, x: f64) -> f64 {
        x.sin()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 1.0], [INF, NAN, NAN], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Sin);

impl<F: Float> Var<'_, F> {
    /// Sine of an angle in radians; see [`crate::ops::sin`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.sin().backward(&[x])[0].item(), 1.0);
    /// ```
    #[track_caller]
    pub fn sin(self) -> Self {
        self.op1(Sin)
    }
}
