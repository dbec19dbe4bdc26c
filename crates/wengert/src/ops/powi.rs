//! # powi
//!
//! Power with an integer exponent, elementwise.
//!
//! $$ y = x^n $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot n\, x^{n-1} $ |
//! | JVP | $ \dot y = n\, x^{n-1} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; for $n < 0$ infinite at 0 |
//! | kinks | none: $n = 0$ has slope 0 also at 0, $n = 1$ slope 1 |
//! | numerics | NaN stays NaN also for $n = 0$, unlike IEEE 754 `pown` |
//! | source | the power rule |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x^n`; the exponent is an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Powi {
    /// The exponent.
    pub n: i32,
}

impl Unary for Powi {
    const NAME: &'static str = "powi";
    const DOMAIN: &'static [(f64, f64)] = &[(0.5, 2.0), (-2.0, -0.5)];

    fn variants() -> Vec<Self> {
        [-2, -1, 0, 1, 2, 3].map(|n| Self { n }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.if_nan(x, x.powi(self.n))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        match self.n {
            0 => x.if_nan(y, x.lit(0.0)),
            1 => x.if_nan(y, x.lit(1.0)),
            2 => x.lit(2.0) * x,
            i32::MIN => x.lit(f64::from(i32::MIN)) * y / x,
            n => x.lit(f64::from(n)) * x.powi(n - 1),
        }
    }

    fn pulled<S: Scalar>(&self, ct: S, x: S, y: S) -> S {
        let passes = if self.n == 0 { Passes::UnlessEitherIsZero } else { Passes::UnlessZero };
        passes.product(ct, self.dx(x, y))
    }

    fn reference(&self, x: f64) -> f64 {
        let product = (0..self.n.abs()).fold(1.0, |product, _| product * x);
        if self.n < 0 { product.recip() } else { product }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let mut points = match self.n {
            0 => vec![[0.0, 1.0, 0.0], [-2.0, 1.0, 0.0], [INF, 1.0, 0.0]],
            1 => vec![[0.0, 0.0, 1.0], [-INF, -INF, 1.0]],
            2 => vec![[0.0, 0.0, 0.0], [-3.0, 9.0, -6.0], [-INF, INF, -INF]],
            3 => vec![[0.0, 0.0, 0.0], [-2.0, -8.0, 12.0]],
            -1 => vec![[0.0, INF, -INF], [-0.0, -INF, -INF], [INF, 0.0, 0.0]],
            _ => vec![[0.0, INF, -INF], [-0.0, INF, INF], [-2.0, 0.25, 0.25]],
        };
        points.push([NAN, NAN, NAN]);
        points
    }
}

unary_primitive!(Powi);

impl<F: Float> Var<'_, F> {
    /// This to the power of the integer `n`; see [`crate::ops::powi`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(-2.0);
    /// assert_eq!(x.powi(3).backward(&[x])[0].item(), 12.0);
    /// ```
    #[track_caller]
    pub fn powi(self, n: i32) -> Self {
        self.op1(Powi { n })
    }
}
