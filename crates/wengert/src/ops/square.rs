//! # square
//!
//! Square, elementwise.
//!
//! $$ y = x^2 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = 2\, \bar y \odot x $ |
//! | JVP | $ \dot y = 2 x \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals |
//! | source | the power rule |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square;

impl Unary for Square {
    const NAME: &'static str = "square";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.0, 2.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x * x
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.lit(2.0) * x
    }

    fn reference(&self, x: f64) -> f64 {
        x.abs().powf(2.0)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![[0.0, 0.0, 0.0], [-3.0, 9.0, -6.0], [-INF, INF, -INF], [NAN, NAN, NAN]]
    }
}

unary_primitive!(Square);

impl<F: Float> Var<'_, F> {
    /// The product with itself; see [`crate::ops::square`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(3.0);
    /// assert_eq!(x.square().backward(&[x])[0].item(), 6.0);
    /// ```
    #[track_caller]
    pub fn square(self) -> Self {
        self.op1(Square)
    }
}
