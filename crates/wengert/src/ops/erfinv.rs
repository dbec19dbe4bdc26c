//! # erfinv
//!
//! Inverse of the error function, elementwise.
//!
//! $$ y = \operatorname{erf}^{-1} x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{\sqrt\pi}{2} e^{y^2} $ |
//! | JVP | $ \dot y = \frac{\sqrt\pi}{2} e^{y^2} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $\lvert x \rvert \le 1$; ±∞ at ±1, where the slope is ∞; NaN beyond |
//! | numerics | in the tails it is the inverse of `erfc` at $1 - \lvert x \rvert$, which keeps all bits |
//! | source | NIST Digital Library of Mathematical Functions, section 7.17; the slope of an inverse function |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::FRAC_2_SQRT_PI;

/// `y = erfinv(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erfinv;

impl Unary for Erfinv {
    const NAME: &'static str = "erfinv";
    const DOMAIN: &'static [(f64, f64)] = &[(-0.8, 0.8)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.erfinv()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.lit(1.0 / FRAC_2_SQRT_PI) * (y * y).exp()
    }

    fn reference(&self, x: f64) -> f64 {
        let (mut below, mut above) = (-4.0, 4.0);
        for _ in 0..100 {
            let middle = 0.5 * (below + above);
            if super::erf::Erf.reference(middle) < x { below = middle } else { above = middle }
        }
        below
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0 / FRAC_2_SQRT_PI],
            [0.5, 0.4769362762044699, 1.1125848189719498],
            [1.0, INF, INF],
            [-1.0, -INF, INF],
            [2.0, NAN, NAN],
            [-2.0, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Erfinv);

impl<F: Float> Var<'_, F> {
    /// The number whose error function is this; see [`crate::ops::erfinv`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0]);
    /// assert_eq!(x.erfinv().value().to_vec(), [0.0, f64::INFINITY]);
    /// ```
    #[track_caller]
    pub fn erfinv(self) -> Self {
        self.op1(Erfinv)
    }
}
