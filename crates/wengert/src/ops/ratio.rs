//! # ratio
//!
//! Quotient in which 0/0 is 0, elementwise.
//!
//! $$ y = a / b, \qquad 0/0 = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot 1/b, \quad \bar b = -\bar y \odot y / b $ |
//! | JVP | $ \dot y = \dot a / b - (y / b)\, \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; the derivatives of `norm` and `std` are ratios that vanish at 0 |
//! | kinks | at 0/0 the value is 0 and the slopes are those of a quotient, infinite and NaN: no plausible number stands in for a derivative that does not exist |
//! | source | the quotient rule; 0 at 0/0 is the subgradient of least norm of a norm |

use super::elementwise::{Binary, binary_primitive};
use crate::{Float, Scalar, Var};

/// `y = a / b`, and 0 where both are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio;

impl Binary for Ratio {
    const NAME: &'static str = "ratio";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(0.5, 2.0), (-2.0, -0.5)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        let zero = a.lit(0.0);
        a.if_eq(zero, b.if_eq(zero, zero, a / b), a / b)
    }

    fn da<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        a.lit(1.0) / b
    }

    fn db<S: Scalar>(&self, _a: S, b: S, y: S) -> S {
        -y / b
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        if (a, b) == (0.0, 0.0) { 0.0 } else { a * b.recip() }
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [1.0, 2.0, 0.5, 0.5, -0.25],
            [0.0, 0.0, 0.0, INF, NAN],
            [0.0, 2.0, 0.0, 0.5, 0.0],
            [1.0, 0.0, INF, INF, -INF],
            [NAN, 0.0, NAN, INF, NAN],
            [0.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Ratio);

impl<'t, F: Float> Var<'t, F> {
    /// This divided by `b`, with 0/0 = 0.
    #[track_caller]
    pub(crate) fn ratio(self, b: Self) -> Self {
        self.binary(Ratio, b)
    }
}
