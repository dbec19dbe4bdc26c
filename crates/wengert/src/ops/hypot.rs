//! # hypot
//!
//! Length of the vector (a, b), elementwise.
//!
//! $$ y = \sqrt{a^2 + b^2} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot a / y, \quad \bar b = \bar y \odot b / y $ |
//! | JVP | $ \dot y = (a / y) \odot \dot a + (b / y) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; an infinite operand beside a finite one has slope ±1; of two infinite ones the slopes are NaN |
//! | kinks | at (0, 0) both slopes are 0, the subgradient of least norm; the second derivatives there are infinite or NaN |
//! | numerics | scaled, so that squares neither overflow nor underflow, and slopes hold also where the length overflows; NaN stays NaN also beside an infinity, unlike IEEE 754 |
//! | source | the chain rule |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = sqrt(a a + b b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypot;

/// The slope by one of the operands, of which `other` is the other and `half_length` the length of half the vector.
fn share<S: Scalar>(a: S, other: S, y: S, half_length: S) -> S {
    let (zero, one, inf) = (a.lit(0.0), a.lit(1.0), a.lit(f64::INFINITY));
    // where only the length overflows, that of half the vector does not
    let finite = y.if_eq(inf, a.lit(0.5) * a / half_length, a / y);
    let limit = a.if_eq(inf, one, a.if_eq(-inf, -one, finite));
    let slope = other.abs().if_eq(inf, a / y, limit);
    // at 0 a zero that wins over the infinite reciprocal: its own slopes are not 0
    y.if_nan(y, y.if_eq(zero, a.chain(one / y), slope))
}

fn half_length<S: Scalar>(a: S, b: S) -> S {
    (a.lit(0.5) * a).hypot(b.lit(0.5) * b)
}

impl Binary for Hypot {
    const NAME: &'static str = "hypot";
    const DOMAIN: [&'static [(f64, f64)]; 2] =
        [&[(0.3, 2.0), (-2.0, -0.3)], &[(0.3, 2.0), (0.3, 2.0), (-2.0, -0.3), (-2.0, -0.3)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.if_nan(a, b.if_nan(b, a.hypot(b)))
    }

    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        share(a, b, y, half_length(a, b))
    }

    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S {
        share(b, a, y, half_length(a, b))
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a.abs() * (1.0 + (b / a) * (b / a)).sqrt()
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [3.0, 4.0, 5.0, 0.6, 0.8],
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [-2.0, 0.0, 2.0, -1.0, 0.0],
            [3e200, 4e200, 5e200, 0.6, 0.8],
            [3e-200, 4e-200, 5e-200, 0.6, 0.8],
            [5e-324, 0.0, 5e-324, 1.0, 0.0],
            [1.5e308, 1.5e308, INF, std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::FRAC_1_SQRT_2],
            [INF, 1.0, INF, 1.0, 0.0],
            [1.0, -INF, INF, 0.0, -1.0],
            [INF, INF, INF, NAN, NAN],
            [INF, NAN, NAN, NAN, NAN],
            [NAN, 1.0, NAN, NAN, NAN],
            [1.0, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Hypot);

impl<'t, F: Float> Var<'t, F> {
    /// The length of the vector of this and `b`; see [`crate::ops::hypot`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_hypot(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Hypot, b)
    }

    /// As [`Var::try_hypot`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf(3.0), tape.leaf(4.0));
    /// assert_eq!(a.hypot(b).item(), 5.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn hypot(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Hypot, b)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tensor, hessian};

    #[test]
    fn the_second_derivative_at_zero_is_not_finite() {
        let h = hessian(|x| x.slice(0, 0..1).hypot(x.slice(0, 1..2)).sum(), &Tensor::from([0.0_f64, 0.0]));
        assert!(h.to_vec().iter().any(|v| !v.is_finite()), "{h}");
    }
}
