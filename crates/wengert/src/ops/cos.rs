//! # cos
//!
//! Cosine of an angle in radians, elementwise.
//!
//! $$ y = \cos x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\bar y \odot \sin x $ |
//! | JVP | $ \dot y = -\sin x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all finite reals; NaN at ±∞ |
//! | source | NIST Digital Library of Mathematical Functions, section 4.20 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = cos(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cos;

impl Unary for Cos {
    const NAME: &'static str = "cos";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.cos()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        -x.sin()
    }

    fn reference(&self, x: f64) -> f64 {
        x.cos()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 1.0, 0.0], [INF, NAN, NAN], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Cos);

impl<F: Float> Var<'_, F> {
    /// Cosine of an angle in radians; see [`crate::ops::cos`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.cos().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn cos(self) -> Self {
        self.op1(Cos)
    }
}
