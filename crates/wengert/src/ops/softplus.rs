//! # softplus
//!
//! Softplus, a smooth rectifier, elementwise.
//!
//! $$ y = \ln(1 + e^x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \sigma(x) $ |
//! | JVP | $ \dot y = \sigma(x) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 0 at −∞, x at ∞ |
//! | numerics | $\max(x, 0) + \ln(1 + e^{-\lvert x \rvert})$: `exp` cannot overflow; the slope is the logistic function, not the derivative of that form, whose kinks at 0 cancel only in exact arithmetic |
//! | source | the chain rule: $e^x / (1 + e^x) = \sigma(x)$ |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = ln(1 + exp(x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softplus;

impl Unary for Softplus {
    const NAME: &'static str = "softplus";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.if_gt(x.lit(0.0), x, x.lit(0.0)) + (-x.abs()).exp().log1p()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.sigmoid()
    }

    fn reference(&self, x: f64) -> f64 {
        (1.0 + x.exp()).ln()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, std::f64::consts::LN_2, 0.5],
            [1000.0, 1000.0, 1.0],
            [-1000.0, 0.0, 0.0],
            [INF, INF, 1.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Softplus);

impl<F: Float> Var<'_, F> {
    /// $\ln(1 + e^x)$ without overflow; see [`crate::ops::softplus`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1000.0]);
    /// assert_eq!(x.softplus().sum().backward(&[x])[0].to_vec(), [0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn softplus(self) -> Self {
        self.op1(Softplus)
    }
}
