//! # xlog1py
//!
//! Product with a logarithm of one plus that is 0 where the factor is, elementwise.
//!
//! $$ y = a \ln(1 + b), \qquad y = 0 \text{ where } a = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot \ln(1 + b), \quad \bar b = \bar y \odot a / (1 + b) $ |
//! | JVP | $ \dot y = \ln(1 + b) \odot \dot a + (a / (1 + b)) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | $b \ge -1$; NaN below, but 0 for $a = 0$ |
//! | kinks | at $a = 0$, $b = -1$ both slopes are 0, a convention; at $a = 0$ the slope by $b$ is 0; below the domain the value is 0 for $a = 0$, and the slope by $a$ NaN |
//! | numerics | `log1p` keeps the bits of a small $b$ |
//! | source | the product rule; at 0 the limit of $x \ln x$ |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = a ln(1 + b)`, and 0 where `a` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Xlog1py;

impl Binary for Xlog1py {
    const NAME: &'static str = "xlog1py";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(0.3, 2.0), (-2.0, -0.3)], &[(-0.6, 2.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        b.if_nan(b, a.chain(b.log1p()))
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        let (zero, edge, log) = (a.lit(0.0), b.lit(-1.0), b.log1p());
        y.if_nan(y, a.if_eq(zero, b.if_eq(edge, zero, log), log))
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        let base = b + b.lit(1.0);
        let at_zero = a.chain(b.lit(1.0) / base);
        // outside the domain the quotient is a plausible number, but y is NaN
        y.if_nan(y, a.if_eq(a.lit(0.0), at_zero, a / base))
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a * b.ln_1p()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const LN_2: f64 = std::f64::consts::LN_2;
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, -1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, LN_2, 0.0],
            [2.0, 1.0, 2.0 * LN_2, LN_2, 1.0],
            [1.0, -1.0, -INF, -INF, INF],
            [0.0, -2.0, 0.0, NAN, 0.0],
            [1.0, -2.0, NAN, NAN, NAN],
            [0.0, INF, 0.0, INF, 0.0],
            [0.0, NAN, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [2.0, 1e-20, 2e-20, 1e-20, 2.0],
        ]
    }
}

binary_primitive!(Xlog1py);

impl<'t, F: Float> Var<'t, F> {
    /// This times the logarithm of one plus `b`, and 0 where this is 0; see [`crate::ops::xlog1py`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_xlog1py(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Xlog1py, b)
    }

    /// As [`Var::try_xlog1py`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// assert_eq!(x.xlog1py(tape.constant([-1.0, 0.0])).value().to_vec(), [0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn xlog1py(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Xlog1py, b)
    }
}
