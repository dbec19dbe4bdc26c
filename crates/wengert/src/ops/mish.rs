//! # mish
//!
//! Self-regularized smooth rectifier, elementwise.
//!
//! $$ y = x \tanh(\ln(1 + e^x)) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \left(t + \frac{4 x\, p\, q^2}{(1 + q^2)^2}\right) $ |
//! | JVP | $ \dot y = \left(t + \frac{4 x\, p\, q^2}{(1 + q^2)^2}\right) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the limits 0 at −∞ and x at ∞, with slopes 0 and 1; from order two on NaN at infinity |
//! | numerics | all terms of $t$ are positive, so that neither tail cancels; a factor that has underflowed to 0 wins over an infinite x |
//! | source | the product rule; with $p = \sigma(x)$ and $q = 1 - p$, $t = \tanh(\ln(1 + e^x))$ is $p (1 + q) / (1 + q^2)$ |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x tanh(ln(1 + exp(x)))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mish;

/// $\tanh(\ln(1 + e^x))$
fn gate<S: Scalar>(x: S) -> S {
    let (p, q, one) = (x.sigmoid(), (-x).sigmoid(), x.lit(1.0));
    p * (one + q) / (one + q * q)
}

impl Unary for Mish {
    const NAME: &'static str = "mish";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        gate(x).chain(x)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        let (p, q, one) = (x.sigmoid(), (-x).sigmoid(), x.lit(1.0));
        let r = q / (one + q * q);
        gate(x) + (x.lit(4.0) * p * r * r).chain(x)
    }

    fn reference(&self, x: f64) -> f64 {
        x * (1.0 + x.exp()).ln().tanh()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.6],
            [1000.0, 1000.0, 1.0],
            [-1000.0, 0.0, 0.0],
            [INF, INF, 1.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Mish);

impl<F: Float> Var<'_, F> {
    /// This times the hyperbolic tangent of its `softplus`; see [`crate::ops::mish`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.mish().sum().backward(&[x])[0].to_vec(), [0.6, 1.0]);
    /// ```
    #[track_caller]
    pub fn mish(self) -> Self {
        self.op1(Mish)
    }
}
