//! # expm1
//!
//! Exponential minus one without cancellation, elementwise.
//!
//! $$ y = e^x - 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot e^x $ |
//! | JVP | $ \dot y = e^x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | numerics | the slope is `exp(x)`, not `y + 1`, which loses the last bits of it where y is near −1 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.7 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = exp(x) - 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expm1;

impl Unary for Expm1 {
    const NAME: &'static str = "expm1";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.0, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.expm1()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.exp()
    }

    fn reference(&self, x: f64) -> f64 {
        2.0 * (0.5 * x).exp() * (0.5 * x).sinh()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 1.0], [1e-20, 1e-20, 1.0], [1000.0, INF, INF], [-INF, -1.0, 0.0], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Expm1);

impl<F: Float> Var<'_, F> {
    /// Exponential minus one, accurate near 0; see [`crate::ops::expm1`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1e-20);
    /// assert_eq!(x.expm1().item(), 1e-20);
    /// ```
    #[track_caller]
    pub fn expm1(self) -> Self {
        self.op1(Expm1)
    }
}
