//! # exp
//!
//! Exponential, elementwise.
//!
//! $$ y = e^x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot y $ |
//! | JVP | $ \dot y = y \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; overflows to ∞ above 709.78 (f64) or 88.72 (f32) |
//! | source | NIST Digital Library of Mathematical Functions, section 4.7 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = exp(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exp;

impl Unary for Exp {
    const NAME: &'static str = "exp";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.exp()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y
    }

    fn reference(&self, x: f64) -> f64 {
        x.exp()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 1.0, 1.0], [1000.0, INF, INF], [-INF, 0.0, 0.0], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Exp);

impl<F: Float> Var<'_, F> {
    /// Exponential; see [`crate::ops::exp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.exp().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn exp(self) -> Self {
        self.op1(Exp)
    }
}
