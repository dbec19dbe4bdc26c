//! # sinh
//!
//! Hyperbolic sine, elementwise.
//!
//! $$ y = \sinh x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \cosh x $ |
//! | JVP | $ \dot y = \cosh x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | source | NIST Digital Library of Mathematical Functions, section 4.34 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = sinh(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sinh;

impl Unary for Sinh {
    const NAME: &'static str = "sinh";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.0, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sinh()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.cosh()
    }

    fn reference(&self, x: f64) -> f64 {
        0.5 * (x.exp() - (-x).exp())
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 1.0], [1000.0, INF, INF], [-INF, -INF, INF], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Sinh);

impl<F: Float> Var<'_, F> {
    /// Hyperbolic sine; see [`crate::ops::sinh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.sinh().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn sinh(self) -> Self {
        self.op1(Sinh)
    }
}
