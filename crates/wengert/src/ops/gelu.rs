//! # gelu
//!
//! Gaussian error linear unit, exact form, elementwise.
//!
//! $$ y = x\, \Phi(x), \qquad \Phi(x) = \tfrac12 \operatorname{erfc}(-x / \sqrt 2) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (\Phi(x) + x\, \varphi(x)), \quad \varphi(x) = e^{-x^2/2} / \sqrt{2\pi} $ |
//! | JVP | $ \dot y = (\Phi(x) + x\, \varphi(x)) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the limits 0 at −∞ and x at ∞, with slopes 0 and 1 |
//! | numerics | `erfc` keeps the tail below −5, where $1 + \operatorname{erf}$ cancels; a factor $\Phi$ or $\varphi$ that has underflowed to 0 wins over an infinite $x$ |
//! | source | the product rule, with $\Phi' = \varphi$ |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `y = x Φ(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu;

/// The standard normal distribution function.
fn cdf<S: Scalar>(x: S) -> S {
    x.lit(0.5) * (x.lit(-FRAC_1_SQRT_2) * x).erfc()
}

/// The standard normal density.
fn density<S: Scalar>(x: S) -> S {
    x.lit(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2) * (x.lit(-0.5) * x * x).exp()
}

impl Unary for Gelu {
    const NAME: &'static str = "gelu";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        cdf(x).chain(x)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        cdf(x) + density(x).chain(x)
    }

    fn reference(&self, x: f64) -> f64 {
        0.5 * x * (1.0 + super::erf::Erf.reference(x * FRAC_1_SQRT_2))
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.5],
            [1000.0, 1000.0, 1.0],
            [-1000.0, 0.0, 0.0],
            [INF, INF, 1.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Gelu);

impl<F: Float> Var<'_, F> {
    /// Gaussian error linear unit; see [`crate::ops::gelu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.gelu().sum().backward(&[x])[0].to_vec(), [0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn gelu(self) -> Self {
        self.op1(Gelu)
    }
}
