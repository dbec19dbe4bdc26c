//! # asinh
//!
//! Inverse hyperbolic sine, elementwise.
//!
//! $$ y = \operatorname{arsinh} x = \ln\left(x + \sqrt{x^2 + 1}\right) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{\sqrt{x^2 + 1}} $ |
//! | JVP | $ \dot y = \frac{1}{\sqrt{x^2 + 1}} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | numerics | the root is `hypot(x, 1)`, which does not overflow beyond 1e154 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.37 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = asinh(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asinh;

impl Unary for Asinh {
    const NAME: &'static str = "asinh";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.asinh()
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(1.0) / x.hypot(x.lit(1.0))
    }

    fn reference(&self, x: f64) -> f64 {
        (x.abs() + (x * x + 1.0).sqrt()).ln().copysign(x)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [1e-20, 1e-20, 1.0],
            [1e200, 461.2101657793691, 1e-200],
            [INF, INF, 0.0],
            [-INF, -INF, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Asinh);

impl<F: Float> Var<'_, F> {
    /// Inverse hyperbolic sine; see [`crate::ops::asinh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.asinh().backward(&[x])[0].item(), 1.0);
    /// ```
    #[track_caller]
    pub fn asinh(self) -> Self {
        self.op1(Asinh)
    }
}
