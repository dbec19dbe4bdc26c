//! # tan
//!
//! Tangent of an angle in radians, elementwise.
//!
//! $$ y = \tan x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (1 + y^2) $ |
//! | JVP | $ \dot y = (1 + y^2) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all finite reals but odd multiples of π/2; NaN at ±∞ |
//! | source | NIST Digital Library of Mathematical Functions, section 4.20 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = tan(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tan;

impl Unary for Tan {
    const NAME: &'static str = "tan";
    const DOMAIN: &'static [(f64, f64)] = &[(-1.2, 1.2)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.tan()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y.lit(1.0) + y * y
    }

    fn reference(&self, x: f64) -> f64 {
        x.sin() / x.cos()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 1.0], [INF, NAN, NAN], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Tan);

impl<F: Float> Var<'_, F> {
    /// Tangent of an angle in radians; see [`crate::ops::tan`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.tan().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn tan(self) -> Self {
        self.op1(Tan)
    }
}
