//! # erf
//!
//! Error function, elementwise.
//!
//! $$ y = \frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{2}{\sqrt\pi} e^{-x^2} $ |
//! | JVP | $ \dot y = \frac{2}{\sqrt\pi} e^{-x^2} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; saturates to ±1 |
//! | source | NIST Digital Library of Mathematical Functions, section 7.2 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = erf(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erf;

impl Unary for Erf {
    const NAME: &'static str = "erf";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.0, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.erf()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()
    }

    fn reference(&self, x: f64) -> f64 {
        // the Maclaurin series, DLMF 7.6.1: enough terms for |x| <= 4
        let mut term = x;
        let mut sum = x;
        for n in 1..120 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, std::f64::consts::FRAC_2_SQRT_PI],
            [INF, 1.0, 0.0],
            [-INF, -1.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Erf);

impl<F: Float> Var<'_, F> {
    /// Error function; see [`crate::ops::erf`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.erf().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn erf(self) -> Self {
        self.op1(Erf)
    }
}
