//! # log1p
//!
//! Natural logarithm of one plus x without cancellation, elementwise.
//!
//! $$ y = \ln(1 + x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / (1 + x) $ |
//! | JVP | $ \dot y = \dot x / (1 + x) $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x > -1$; at −1 the value is −∞ and the slope ∞; NaN below |
//! | source | NIST Digital Library of Mathematical Functions, section 4.7 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ln(1 + x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log1p;

impl Unary for Log1p {
    const NAME: &'static str = "log1p";
    const DOMAIN: &'static [(f64, f64)] = &[(-0.8, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.log1p()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        // outside the domain y is NaN, and so are its derivatives of every order
        x.if_ge(x.lit(-1.0), x.lit(1.0) / (x.lit(1.0) + x), y)
    }

    fn reference(&self, x: f64) -> f64 {
        2.0 * (x / (2.0 + x)).atanh()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [1e-20, 1e-20, 1.0],
            [-1.0, -INF, INF],
            [-2.0, NAN, NAN],
            [INF, INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Log1p);

impl<F: Float> Var<'_, F> {
    /// Natural logarithm of 1 + x, accurate near 0; see [`crate::ops::log1p`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1e-20);
    /// assert_eq!(x.log1p().item(), 1e-20);
    /// ```
    #[track_caller]
    pub fn log1p(self) -> Self {
        self.op1(Log1p)
    }
}
