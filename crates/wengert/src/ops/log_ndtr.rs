//! # log_ndtr
//!
//! Logarithm of the standard normal distribution function, elementwise.
//!
//! $$ y = \ln \Phi(x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \sqrt{\frac{2}{\pi}} \Big/ \operatorname{erfcx}(-x / \sqrt 2) $ |
//! | JVP | $ \dot y = \sqrt{\frac{2}{\pi}} \Big/ \operatorname{erfcx}(-x / \sqrt 2) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; −∞ at −∞, where the slope is ∞, and 0 at ∞ |
//! | numerics | below −1 from `erfcx`, which does not underflow; above from the upper tail, by `log1p`; derivatives of higher order lose bits far below 0 as those of `erfcx` do |
//! | source | NIST Digital Library of Mathematical Functions, section 7.2; the chain rule, $\varphi / \Phi$ with $e^{-x^2/2}$ taken out of both |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `y = ln(normal_cdf(x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNdtr;

impl Unary for LogNdtr {
    const NAME: &'static str = "log_ndtr";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, -1.1), (-0.9, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let half = x.lit(0.5);
        let upper = (-(-x).normal_cdf()).log1p();
        let lower = (half * (x.lit(-FRAC_1_SQRT_2) * x).erfcx()).ln() - half * x * x;
        x.if_gt(x.lit(-1.0), upper, lower)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(FRAC_2_SQRT_PI * FRAC_1_SQRT_2) / (x.lit(-FRAC_1_SQRT_2) * x).erfcx()
    }

    fn reference(&self, x: f64) -> f64 {
        let scaled = super::erfcx::integral(x.abs() * FRAC_1_SQRT_2);
        let tail = (0.5 * scaled).ln() - 0.5 * x * x;
        if x < 0.0 { tail } else { (1.0 - tail.exp()).ln() }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, -std::f64::consts::LN_2, 0.7978845608028654],
            [-100.0, -5005.524208694205, 100.00999800099926],
            [1000.0, 0.0, 0.0],
            [INF, 0.0, 0.0],
            [-INF, -INF, INF],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(LogNdtr);

impl<F: Float> Var<'_, F> {
    /// Logarithm of the standard normal distribution function; see [`crate::ops::log_ndtr`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.log_ndtr().value().to_vec(), [-std::f64::consts::LN_2, 0.0]);
    /// ```
    #[track_caller]
    pub fn log_ndtr(self) -> Self {
        self.op1(LogNdtr)
    }
}
