//! # lgamma
//!
//! Logarithm of the size of the gamma function, elementwise.
//!
//! $$ y = \ln \lvert \Gamma(x) \rvert $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \psi(x) $ |
//! | JVP | $ \dot y = \psi(x) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals but 0, −1, −2, …, where the value is ∞; NaN at −∞ |
//! | kinks | at 0 the slope is that of the side that its sign tells; at other poles NaN, since the sides differ |
//! | numerics | near the zeros between negative integers the error is a rounding of 1, not of the value |
//! | source | NIST Digital Library of Mathematical Functions, section 5.2: $\psi = \Gamma' / \Gamma$ |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ln(abs(gamma(x)))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lgamma;

/// The logarithm again, by Stirling's series for a number moved up.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let moved: f64 = (0..30).map(|k| (x + f64::from(k)).abs().ln()).sum();
    let z = x + 30.0;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * z * z)) / (z * z)) / z;
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - moved
}

impl Unary for Lgamma {
    const NAME: &'static str = "lgamma";
    const DOMAIN: &'static [(f64, f64)] = &[(0.3, 5.0), (-0.8, -0.2)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.lgamma()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.polygamma(0)
    }

    fn reference(&self, x: f64) -> f64 {
        ln_gamma(x)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 0.0, -0.5772156649015329],
            [2.0, 0.0, 0.42278433509846713],
            [0.5, 0.5723649429247001, -1.9635100260214235],
            [0.0, INF, -INF],
            [-0.0, INF, INF],
            [-1.0, INF, NAN],
            [INF, INF, INF],
            [-INF, NAN, NAN],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Lgamma);

impl<F: Float> Var<'_, F> {
    /// Logarithm of the size of the gamma function; see [`crate::ops::lgamma`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(5.0);
    /// assert_eq!(x.lgamma().item(), 24.0_f64.ln());
    /// ```
    #[track_caller]
    pub fn lgamma(self) -> Self {
        self.op1(Lgamma)
    }
}
