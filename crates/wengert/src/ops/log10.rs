//! # log10
//!
//! Logarithm to base 10, elementwise.
//!
//! $$ y = \log_{10} x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{x \ln 10} $ |
//! | JVP | $ \dot y = \frac{1}{x \ln 10} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x > 0$; at 0 the value is −∞ and the slope ∞; NaN below |
//! | kinks | −0 counts as 0: its slope is +∞ |
//! | numerics | not a quotient of logarithms, which misses the integers |
//! | source | NIST Digital Library of Mathematical Functions, section 4.2 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::LOG10_E;

/// `y = log10(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log10;

impl Unary for Log10 {
    const NAME: &'static str = "log10";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.log10()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let zero = x.lit(0.0);
        // x + 0 turns -0 into 0; outside the domain y is NaN, and so are its derivatives of every order
        x.if_ge(zero, x.lit(LOG10_E) / (x + zero), y)
    }

    fn reference(&self, x: f64) -> f64 {
        x.ln() * LOG10_E
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 0.0, LOG10_E],
            [1000.0, 3.0, LOG10_E / 1000.0],
            [0.0, -INF, INF],
            [-0.0, -INF, INF],
            [-1.0, NAN, NAN],
            [INF, INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Log10);

impl<F: Float> Var<'_, F> {
    /// Logarithm to base 10, exact at its powers; see [`crate::ops::log10`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1000.0);
    /// assert_eq!(x.log10().item(), 3.0);
    /// ```
    #[track_caller]
    pub fn log10(self) -> Self {
        self.op1(Log10)
    }
}
