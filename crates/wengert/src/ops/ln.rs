//! # ln
//!
//! Natural logarithm, elementwise.
//!
//! $$ y = \ln x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / x $ |
//! | JVP | $ \dot y = \dot x / x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x > 0$; at 0 the value is −∞ and the slope ∞; NaN below |
//! | kinks | −0 counts as 0: its slope is +∞, which is why the slope is written $1 / \lvert x \rvert$ |
//! | source | NIST Digital Library of Mathematical Functions, section 4.7 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ln(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ln;

impl Unary for Ln {
    const NAME: &'static str = "ln";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.ln()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let zero = x.lit(0.0);
        // x + 0 turns -0 into 0; outside the domain y is NaN, and so are its derivatives of every order
        x.if_ge(zero, x.lit(1.0) / (x + zero), y)
    }

    fn reference(&self, x: f64) -> f64 {
        x.log2() * std::f64::consts::LN_2
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 0.0, 1.0],
            [0.0, -INF, INF],
            [-0.0, -INF, INF],
            [-1.0, NAN, NAN],
            [INF, INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Ln);

impl<F: Float> Var<'_, F> {
    /// Natural logarithm; see [`crate::ops::ln`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// assert_eq!(x.ln().backward(&[x])[0].item(), 0.5);
    /// ```
    #[track_caller]
    pub fn ln(self) -> Self {
        self.op1(Ln)
    }
}
