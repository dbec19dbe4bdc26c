//! # erfc
//!
//! Complementary error function, elementwise.
//!
//! $$ y = 1 - \operatorname{erf} x = \frac{2}{\sqrt\pi} \int_x^\infty e^{-t^2} dt $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\bar y \odot \frac{2}{\sqrt\pi} e^{-x^2} $ |
//! | JVP | $ \dot y = -\frac{2}{\sqrt\pi} e^{-x^2} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 2 at −∞, 0 at ∞ |
//! | numerics | keeps its relative accuracy for large $x$, where $1 - \operatorname{erf} x$ cancels to 0 above 5.9 (f64) or 3.9 (f32) |
//! | source | NIST Digital Library of Mathematical Functions, section 7.2 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = 1 - erf(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erfc;

impl Unary for Erfc {
    const NAME: &'static str = "erfc";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.0, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.erfc()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(-std::f64::consts::FRAC_2_SQRT_PI) * (-(x * x)).exp()
    }

    fn reference(&self, x: f64) -> f64 {
        1.0 - super::erf::Erf.reference(x)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 1.0, -std::f64::consts::FRAC_2_SQRT_PI],
            [INF, 0.0, 0.0],
            [-INF, 2.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Erfc);

impl<F: Float> Var<'_, F> {
    /// One minus the error function; see [`crate::ops::erfc`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 10.0]);
    /// assert_eq!(x.erfc().value().to_vec(), [1.0, 2.088487583762545e-45]);
    /// ```
    #[track_caller]
    pub fn erfc(self) -> Self {
        self.op1(Erfc)
    }
}
