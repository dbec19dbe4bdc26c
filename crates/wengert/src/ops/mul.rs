//! # mul
//!
//! Product, elementwise.
//!
//! $$ y = a \odot b $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot b, \quad \bar b = \bar y \odot a $ |
//! | JVP | $ \dot y = \dot a \odot b + a \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; `0 × ∞` is NaN in the value; where the value is NaN the slopes stay those of the formula |
//! | source | the product rule |

use super::elementwise::{Binary, binary_primitive};
use crate::Scalar;

/// `y = a b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mul;

impl Binary for Mul {
    const NAME: &'static str = "mul";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(-2.0, 2.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a * b
    }

    fn da<S: Scalar>(&self, _a: S, b: S, _y: S) -> S {
        b
    }

    fn db<S: Scalar>(&self, a: S, _b: S, _y: S) -> S {
        a
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a * b
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[2.0, 3.0, 6.0, 3.0, 2.0], [0.0, INF, NAN, INF, 0.0], [NAN, 1.0, NAN, 1.0, NAN]]
    }
}

binary_primitive!(Mul);
