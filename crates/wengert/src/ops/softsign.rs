//! # softsign
//!
//! Smooth sign with tails that fall as 1/x, elementwise.
//!
//! $$ y = \frac{x}{1 + \lvert x \rvert} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \frac{1}{(1 + \lvert x \rvert)^2} $ |
//! | JVP | $ \dot y = \frac{1}{(1 + \lvert x \rvert)^2} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the limits ±1 at ±∞, with slope 0 |
//! | kinks | none of the value; its slope has one at 0, where the second derivative is 0 |
//! | numerics | the slope is a square, not the difference that the quotient rule gives, which cancels for large x |
//! | source | the quotient rule on either side of 0 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x / (1 + |x|)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softsign;

impl Unary for Softsign {
    const NAME: &'static str = "softsign";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 3.0), (-3.0, -0.1)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let (inf, one) = (x.lit(f64::INFINITY), x.lit(1.0));
        x.if_eq(inf, one, x.if_eq(-inf, -one, x / (one + x.abs())))
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        let r = x.lit(1.0) / (x.lit(1.0) + x.abs());
        r * r
    }

    fn reference(&self, x: f64) -> f64 {
        if x < 0.0 { 1.0 / (1.0 - x) - 1.0 } else { 1.0 - 1.0 / (1.0 + x) }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 1.0],
            [1.0, 0.5, 0.25],
            [-3.0, -0.75, 0.0625],
            [1e300, 1.0, 0.0],
            [INF, 1.0, 0.0],
            [-INF, -1.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Softsign);

impl<F: Float> Var<'_, F> {
    /// This over one plus its size; see [`crate::ops::softsign`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0]);
    /// assert_eq!(x.softsign().value().to_vec(), [0.0, 0.5]);
    /// assert_eq!(x.softsign().sum().backward(&[x])[0].to_vec(), [1.0, 0.25]);
    /// ```
    #[track_caller]
    pub fn softsign(self) -> Self {
        self.op1(Softsign)
    }
}
