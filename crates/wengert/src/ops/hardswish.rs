//! # hardswish
//!
//! Piecewise approximation of `silu`, elementwise.
//!
//! $$ y = \begin{cases} 0 & x \le -3 \\ x (x + 3) / 6 & -3 < x < 3 \\ x & x \ge 3 \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \begin{cases} 0 & x \le -3 \\ x / 3 + 1/2 & -3 < x < 3 \\ 1 & x \ge 3 \end{cases} $ |
//! | JVP | $ \dot y = \begin{cases} 0 & x \le -3 \\ x / 3 + 1/2 & -3 < x < 3 \\ 1 & x \ge 3 \end{cases} \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the limits 0 at −∞ and x at ∞, with slopes 0 and 1 |
//! | kinks | concave at −3 (slopes 0 and −1/2) and at 3 (3/2 and 1): the slopes of least norm, 0 and 1; below −3 not even an infinite cotangent passes |
//! | source | the derivative of each piece |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// `y = x clamp(x + 3, 0, 6) / 6`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardswish;

impl Unary for Hardswish {
    const NAME: &'static str = "hardswish";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.9, 2.9), (3.1, 5.0), (-5.0, -3.1)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let (zero, three) = (x.lit(0.0), x.lit(3.0));
        let between = x * (x + three) / x.lit(6.0);
        x.if_ge(three, x, (-three).if_ge(x, zero, between))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, one, three) = (x.lit(0.0), x.lit(1.0), x.lit(3.0));
        let between = x / three + x.lit(0.5);
        x.if_nan(y, x.if_ge(three, one, (-three).if_ge(x, zero, between)))
    }

    fn pulled<S: Scalar>(&self, ct: S, x: S, y: S) -> S {
        // below -3 nothing passes; at -3/2 the slope is 0 too, but the function is not constant
        (-x.lit(3.0)).if_ge(x, x.lit(0.0), ct.chain(self.dx(x, y)))
    }

    fn reference(&self, x: f64) -> f64 {
        x * (x / 6.0 + 0.5).clamp(0.0, 1.0)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.5],
            [-3.0, 0.0, 0.0],
            [3.0, 3.0, 1.0],
            [1000.0, 1000.0, 1.0],
            [INF, INF, 1.0],
            [-INF, 0.0, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Hardswish);

impl<F: Float> Var<'_, F> {
    /// This times its `hardsigmoid`; see [`crate::ops::hardswish`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-4.0, 0.0, 3.0]);
    /// assert_eq!(x.hardswish().value().to_vec(), [0.0, 0.0, 3.0]);
    /// assert_eq!(x.hardswish().sum().backward(&[x])[0].to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn hardswish(self) -> Self {
        self.op1(Hardswish)
    }
}
