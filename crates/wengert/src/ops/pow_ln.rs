//! # pow_ln
//!
//! The derivative of a power by its exponent, elementwise.
//!
//! $$ y = a^b \ln a $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot (b\, a^{b-1} \ln a + a^{b-1}), \quad \bar b = \bar y \odot y \ln a $ |
//! | JVP | $ \dot y = (b\, a^{b-1} \ln a + a^{b-1}) \odot \dot a + y \ln a \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $a \ge 0$; NaN below |
//! | kinks | at $a = 0$ the limits: 0 for $b > 0$, else −∞; there a slope of 0 wins over an infinite cotangent, since $0^b$ is constant in $b$ |
//! | numerics | an op of its own, for a product of the power with an infinite logarithm has no derivatives at 0 |
//! | source | the product rule; NIST Digital Library of Mathematical Functions, section 4.2 |

use super::elementwise::{Binary, Passes, binary_primitive};
use crate::{Float, Scalar, Var};

/// `y = pow(a, b) ln(a)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowLn;

impl Binary for PowLn {
    const NAME: &'static str = "pow_ln";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(0.3, 2.0)], &[(-2.0, -0.2), (0.2, 2.5)]];
    const PASSES: [Passes; 2] = [Passes::UnlessEitherIsZero; 2];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        Scalar::pow_ln(a, b, a.if_nan(a, b.if_nan(b, a.pow(b))))
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        let less = b - b.lit(1.0);
        let power = a.pow(less);
        y.if_nan(y, b * Scalar::pow_ln(a, less, power) + power)
    }

    fn db<S: Scalar>(&self, a: S, _b: S, y: S) -> S {
        y.if_nan(y, y.zero_product(a.ln()))
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        (b * a.ln()).exp() * a.ln()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        const LN_2: f64 = std::f64::consts::LN_2;
        vec![
            [1.0, 3.0, 0.0, 1.0, 0.0],
            [2.0, 3.0, 8.0 * LN_2, 12.0 * LN_2 + 4.0, 8.0 * LN_2 * LN_2],
            [0.0, 2.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, -INF, 0.0],
            [-0.0, 2.5, 0.0, 0.0, 0.0],
            [0.0, 0.0, -INF, NAN, INF],
            [0.0, -1.0, -INF, INF, INF],
            [-2.0, 3.0, NAN, NAN, NAN],
            [NAN, 2.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(PowLn);

impl<F: Float> Var<'_, F> {
    /// This to the power `b`, times the logarithm of this; for rules.
    #[track_caller]
    pub(crate) fn pow_ln(self, b: Self) -> Self {
        self.binary(PowLn, b)
    }
}
