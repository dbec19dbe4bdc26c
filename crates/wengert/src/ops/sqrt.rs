//! # sqrt
//!
//! Square root, elementwise.
//!
//! $$ y = \sqrt x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / (2 y) $ |
//! | JVP | $ \dot y = \dot x / (2 y) $ |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ge 0$; the slope is ∞ at 0 (−∞ at −0); NaN below |
//! | source | the power rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = sqrt(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sqrt;

impl Unary for Sqrt {
    const NAME: &'static str = "sqrt";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 4.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sqrt()
    }

    fn dx<S: Scalar>(&self, _x: S, y: S) -> S {
        y.lit(0.5) / y
    }

    fn reference(&self, x: f64) -> f64 {
        x.powf(0.5)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [4.0, 2.0, 0.25],
            [0.0, 0.0, INF],
            [-0.0, -0.0, -INF],
            [-1.0, NAN, NAN],
            [INF, INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Sqrt);

impl<F: Float> Var<'_, F> {
    /// Square root; see [`crate::ops::sqrt`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(4.0);
    /// assert_eq!(x.sqrt().item(), 2.0);
    /// ```
    #[track_caller]
    pub fn sqrt(self) -> Self {
        self.op1(Sqrt)
    }
}
