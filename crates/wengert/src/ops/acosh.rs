//! # acosh
//!
//! Inverse hyperbolic cosine, elementwise.
//!
//! $$ y = \operatorname{arcosh} x = \ln\left(x + \sqrt{x^2 - 1}\right) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{\sqrt{x - 1} \sqrt{x + 1}} $ |
//! | JVP | $ \dot y = \frac{1}{\sqrt{x - 1} \sqrt{x + 1}} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ge 1$; the slope is ∞ at 1; NaN below |
//! | numerics | two roots: $x^2 - 1$ cancels near 1 and overflows beyond 1e154 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.37 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = acosh(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acosh;

impl Unary for Acosh {
    const NAME: &'static str = "acosh";
    const DOMAIN: &'static [(f64, f64)] = &[(1.3, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.acosh()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        let one = x.lit(1.0);
        one / ((x - one).sqrt() * (x + one).sqrt())
    }

    fn reference(&self, x: f64) -> f64 {
        (x + (x * x - 1.0).sqrt()).ln()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 0.0, INF],
            [2.0, 1.3169578969248168, 0.5773502691896257],
            [0.5, NAN, NAN],
            [-1.0, NAN, NAN],
            [-2.0, NAN, NAN],
            [INF, INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Acosh);

impl<F: Float> Var<'_, F> {
    /// Inverse hyperbolic cosine; see [`crate::ops::acosh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1.0);
    /// assert_eq!((x.acosh().item(), x.acosh().backward(&[x])[0].item()), (0.0, f64::INFINITY));
    /// ```
    #[track_caller]
    pub fn acosh(self) -> Self {
        self.op1(Acosh)
    }
}
