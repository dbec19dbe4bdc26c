//! # sign
//!
//! Sign of each element: −1, 0 or 1.
//!
//! $$ y = \operatorname{sign} x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = 0 $ |
//! | JVP | $ \dot y = 0 $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN, with slope NaN |
//! | kinks | at 0 the value and the derivative are 0 |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = sign(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sign;

impl Unary for Sign {
    const NAME: &'static str = "sign";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];
    const LOCALLY_CONSTANT: Option<&'static str> = Some("a sign is constant wherever it is differentiable");
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let (zero, one) = (x.lit(0.0), x.lit(1.0));
        x.if_nan(x, x.if_gt(zero, one, zero.if_gt(x, -one, zero)))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        x.if_nan(y, x.lit(0.0))
    }

    fn reference(&self, x: f64) -> f64 {
        if x == 0.0 { 0.0 } else { x.signum() }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 0.0], [-0.0, 0.0, 0.0], [3.0, 1.0, 0.0], [-INF, -1.0, 0.0], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Sign);

impl<F: Float> Var<'_, F> {
    /// −1, 0 or 1 by the sign, with gradient 0; see [`crate::ops::sign`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.sign().value().to_vec(), [-1.0, 0.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn sign(self) -> Self {
        self.op1(Sign)
    }
}
