//! # acos
//!
//! Inverse cosine in radians, elementwise.
//!
//! $$ y = \arccos x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\bar y / \sqrt{1 - x^2} $ |
//! | JVP | $ \dot y = -\dot x / \sqrt{1 - x^2} $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $\lvert x \rvert \le 1$; the slope is −∞ at ±1; NaN beyond |
//! | numerics | $1 - x^2$ is computed as $(1 - x)(1 + x)$, which does not cancel near ±1 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.24 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = acos(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acos;

impl Unary for Acos {
    const NAME: &'static str = "acos";
    const DOMAIN: &'static [(f64, f64)] = &[(-0.8, 0.8)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.acos()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(-1.0) / ((x.lit(1.0) - x) * (x.lit(1.0) + x)).sqrt()
    }

    fn reference(&self, x: f64) -> f64 {
        std::f64::consts::FRAC_PI_2 - (x / (1.0 - x * x).sqrt()).atan()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 0.0, -INF],
            [-1.0, std::f64::consts::PI, -INF],
            [2.0, NAN, NAN],
            [-2.0, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Acos);

impl<F: Float> Var<'_, F> {
    /// Inverse cosine in radians; see [`crate::ops::acos`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1.0);
    /// assert_eq!(x.acos().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn acos(self) -> Self {
        self.op1(Acos)
    }
}
