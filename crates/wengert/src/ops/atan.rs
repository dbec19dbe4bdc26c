//! # atan
//!
//! Inverse tangent in radians, elementwise.
//!
//! $$ y = \arctan x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / (1 + x^2) $ |
//! | JVP | $ \dot y = \dot x / (1 + x^2) $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | source | NIST Digital Library of Mathematical Functions, section 4.24 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = atan(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Atan;

impl Unary for Atan {
    const NAME: &'static str = "atan";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.atan()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(1.0) / (x.lit(1.0) + x * x)
    }

    fn reference(&self, x: f64) -> f64 {
        x.atan()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [INF, std::f64::consts::FRAC_PI_2, 0.0],
            [-INF, -std::f64::consts::FRAC_PI_2, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Atan);

impl<F: Float> Var<'_, F> {
    /// Inverse tangent in radians; see [`crate::ops::atan`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.atan().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn atan(self) -> Self {
        self.op1(Atan)
    }
}
