//! # rsqrt
//!
//! Reciprocal square root, elementwise.
//!
//! $$ y = \frac{1}{\sqrt x} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\tfrac12\, \bar y \odot y^3 $ |
//! | JVP | $ \dot y = -\tfrac12\, y^3 \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x > 0$; at 0 the value is ∞ and the slope −∞; NaN below |
//! | kinks | at −0 the value is −∞ and the slope ∞, as one over `sqrt`, whose value there is −0 |
//! | source | the power rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = 1 / sqrt(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rsqrt;

impl Unary for Rsqrt {
    const NAME: &'static str = "rsqrt";
    const DOMAIN: &'static [(f64, f64)] = &[(0.2, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.lit(1.0) / x.sqrt()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y.lit(-0.5) * (y * y) * y
    }

    fn reference(&self, x: f64) -> f64 {
        x.powf(-0.5)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [4.0, 0.5, -0.0625],
            [0.0, INF, -INF],
            [-0.0, -INF, INF],
            [-1.0, NAN, NAN],
            [INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Rsqrt);

impl<F: Float> Var<'_, F> {
    /// One over the square root; see [`crate::ops::rsqrt`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(4.0);
    /// assert_eq!(x.rsqrt().item(), 0.5);
    /// ```
    #[track_caller]
    pub fn rsqrt(self) -> Self {
        self.op1(Rsqrt)
    }
}
