//! # normal_cdf
//!
//! Standard normal distribution function, elementwise.
//!
//! $$ y = \Phi(x) = \tfrac12 \operatorname{erfc}(-x / \sqrt 2) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{e^{-x^2/2}}{\sqrt{2 \pi}} $ |
//! | JVP | $ \dot y = \frac{e^{-x^2/2}}{\sqrt{2 \pi}} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 0 and 1 at ∓∞ |
//! | numerics | $x / \sqrt 2$ is taken as a sum of two numbers: in the lower tail its rounding would cost three digits |
//! | source | NIST Digital Library of Mathematical Functions, section 7.2; the fundamental theorem of calculus |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `y = erfc(-x / sqrt(2)) / 2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalCdf;

impl Unary for NormalCdf {
    const NAME: &'static str = "normal_cdf";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.normal_cdf()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2) * (x.lit(-0.5) * x * x).exp()
    }

    fn reference(&self, x: f64) -> f64 {
        0.5 * (1.0 + super::erf::Erf.reference(x * FRAC_1_SQRT_2))
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.5, 0.3989422804014327],
            [-10.0, 7.619853024160525e-24, 7.694598626706419e-23],
            [INF, 1.0, 0.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(NormalCdf);

impl<F: Float> Var<'_, F> {
    /// The probability that a standard normal number is below this; see [`crate::ops::normal_cdf`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.normal_cdf().value().to_vec(), [0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn normal_cdf(self) -> Self {
        self.op1(NormalCdf)
    }
}
