//! # asin
//!
//! Inverse sine in radians, elementwise.
//!
//! $$ y = \arcsin x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / \sqrt{1 - x^2} $ |
//! | JVP | $ \dot y = \dot x / \sqrt{1 - x^2} $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $\lvert x \rvert \le 1$; the slope is ∞ at ±1; NaN beyond |
//! | numerics | $1 - x^2$ is computed as $(1 - x)(1 + x)$, which does not cancel near ±1 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.24 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = asin(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asin;

impl Unary for Asin {
    const NAME: &'static str = "asin";
    const DOMAIN: &'static [(f64, f64)] = &[(-0.8, 0.8)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.asin()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(1.0) / ((x.lit(1.0) - x) * (x.lit(1.0) + x)).sqrt()
    }

    fn reference(&self, x: f64) -> f64 {
        (x / (1.0 - x * x).sqrt()).atan()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [1.0, std::f64::consts::FRAC_PI_2, INF],
            [-1.0, -std::f64::consts::FRAC_PI_2, INF],
            [2.0, NAN, NAN],
            [-2.0, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Asin);

impl<F: Float> Var<'_, F> {
    /// Inverse sine in radians; see [`crate::ops::asin`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.asin().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn asin(self) -> Self {
        self.op1(Asin)
    }
}
