//! # div
//!
//! Quotient, elementwise.
//!
//! $$ y = a / b $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y / b, \quad \bar b = -\bar y \odot y / b $ |
//! | JVP | $ \dot y = (\dot a - y \odot \dot b) / b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $b \neq 0$; `0 / 0` is NaN, `1 / 0` is ∞; where the value is NaN the slopes stay those of the formula |
//! | source | the quotient rule |

use super::elementwise::{Binary, binary_primitive};
use crate::Scalar;

/// `y = a / b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Div;

impl Binary for Div {
    const NAME: &'static str = "div";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(0.5, 2.0), (-2.0, -0.5)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a / b
    }

    fn da<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        a.lit(1.0) / b
    }

    fn db<S: Scalar>(&self, _a: S, b: S, y: S) -> S {
        -y / b
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a * b.recip()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 2.0, 0.5, 0.5, -0.25],
            [1.0, 0.0, INF, INF, -INF],
            [0.0, 0.0, NAN, INF, NAN],
            [1.0, -0.0, -INF, -INF, -INF],
            [1.0, INF, 0.0, 0.0, 0.0],
            [1.0, NAN, NAN, NAN, NAN],
            [NAN, 2.0, NAN, 0.5, NAN],
        ]
    }
}

binary_primitive!(Div);
