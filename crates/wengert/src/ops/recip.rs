//! # recip
//!
//! Reciprocal, elementwise.
//!
//! $$ y = \frac{1}{x} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\bar y \odot y^2 $ |
//! | JVP | $ \dot y = -y^2 \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ne 0$; at 0 the value is ∞ (−∞ at −0) and the slope −∞ |
//! | source | the power rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = 1 / x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recip;

impl Unary for Recip {
    const NAME: &'static str = "recip";
    const DOMAIN: &'static [(f64, f64)] = &[(0.4, 2.0), (-2.0, -0.4)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.lit(1.0) / x
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        -(y * y)
    }

    fn reference(&self, x: f64) -> f64 {
        x.powi(-1)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [2.0, 0.5, -0.25],
            [0.0, INF, -INF],
            [-0.0, -INF, -INF],
            [INF, 0.0, 0.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Recip);

impl<F: Float> Var<'_, F> {
    /// One over this; see [`crate::ops::recip`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// assert_eq!(x.recip().backward(&[x])[0].item(), -0.25);
    /// ```
    #[track_caller]
    pub fn recip(self) -> Self {
        self.op1(Recip)
    }
}
