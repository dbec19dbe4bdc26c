//! # atanh
//!
//! Inverse hyperbolic tangent, elementwise.
//!
//! $$ y = \operatorname{artanh} x = \tfrac12 \ln \frac{1 + x}{1 - x} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{1 - x^2} $ |
//! | JVP | $ \dot y = \frac{1}{1 - x^2} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $\lvert x \rvert \le 1$; ±∞ at ±1, where the slope is ∞; NaN beyond |
//! | numerics | $1 - x^2$ is computed as $(1 - x)(1 + x)$, which does not cancel near ±1 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.37 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = atanh(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Atanh;

impl Unary for Atanh {
    const NAME: &'static str = "atanh";
    const DOMAIN: &'static [(f64, f64)] = &[(-0.8, 0.8)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.atanh()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let one = x.lit(1.0);
        // beyond ±1 this quotient is a plausible number, but y is NaN
        one.if_ge(x.abs(), one / ((one - x) * (one + x)), y)
    }

    fn reference(&self, x: f64) -> f64 {
        0.5 * ((1.0 + x) / (1.0 - x)).ln()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [0.5, 0.5493061443340549, 4.0 / 3.0],
            [1.0, INF, INF],
            [-1.0, -INF, INF],
            [2.0, NAN, NAN],
            [-2.0, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Atanh);

impl<F: Float> Var<'_, F> {
    /// Inverse hyperbolic tangent; see [`crate::ops::atanh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.atanh().backward(&[x])[0].item(), 1.0);
    /// ```
    #[track_caller]
    pub fn atanh(self) -> Self {
        self.op1(Atanh)
    }
}
