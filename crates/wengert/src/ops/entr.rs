//! # entr
//!
//! Entropy of a probability, minus x ln x, elementwise.
//!
//! $$ y = -x \ln x, \qquad y(0) = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (-1 - \ln x) $ |
//! | JVP | $ \dot y = (-1 - \ln x) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ge 0$; at 0 the value is 0 and the slope ∞; NaN below |
//! | numerics | the factor 0 wins over the infinite logarithm, in the value alone |
//! | source | the product rule; at 0 the limits |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::LN_2;

/// `y = -x ln(x)`, and 0 at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entr;

impl Unary for Entr {
    const NAME: &'static str = "entr";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.chain(-x.ln()) // and not the negative of the product, which is -0 at 0
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        -x.ln() - x.lit(1.0)
    }

    fn reference(&self, x: f64) -> f64 {
        x * (1.0 / x).ln()
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, INF],
            [-0.0, 0.0, INF],
            [1.0, 0.0, -1.0],
            [0.5, 0.5 * LN_2, LN_2 - 1.0],
            [-1.0, NAN, NAN],
            [INF, -INF, -INF],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Entr);

impl<F: Float> Var<'_, F> {
    /// Minus this times its logarithm, 0 at 0; see [`crate::ops::entr`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0]);
    /// assert_eq!(x.entr().value().to_vec(), [0.0, 0.0]);
    /// assert_eq!(x.entr().sum().backward(&[x])[0].to_vec(), [f64::INFINITY, -1.0]);
    /// ```
    #[track_caller]
    pub fn entr(self) -> Self {
        self.op1(Entr)
    }
}
