//! # maximum
//!
//! The larger of two numbers, elementwise.
//!
//! $$ y = \max(a, b) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot (\lbrack a > b \rbrack + \tfrac12 \lbrack a = b \rbrack), \quad \bar b = \bar y \odot (\lbrack b > a \rbrack + \tfrac12 \lbrack a = b \rbrack) $ |
//! | JVP | $ \dot y = (\lbrack a > b \rbrack + \tfrac12 \lbrack a = b \rbrack) \odot \dot a + (\lbrack b > a \rbrack + \tfrac12 \lbrack a = b \rbrack) \odot \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; NaN if either is NaN, and all of $\bar y$ goes to the NaN |
//! | kinks | equal operands (two NaN too) get half each, the subgradient of least norm |
//! | source | the definition |

use super::elementwise::{Binary, Passes, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = max(a, b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Maximum;

/// The slope by `a`: 1 where it is the larger, 1/2 in a tie, 0 elsewhere; a NaN wins.
fn share<S: Scalar>(a: S, b: S) -> S {
    let (zero, half, one) = (a.lit(0.0), a.lit(0.5), a.lit(1.0));
    let among_numbers = a.if_gt(b, one, a.if_eq(b, half, zero));
    a.if_nan(b.if_nan(half, one), b.if_nan(zero, among_numbers))
}

impl Binary for Maximum {
    const NAME: &'static str = "maximum";
    const DOMAIN: [&'static [(f64, f64)]; 2] =
        [&[(0.1, 2.0), (-2.0, -0.1)], &[(-2.0, -0.1), (0.1, 2.0), (2.1, 3.0), (-3.0, -2.1)]];
    const PASSES: [Passes; 2] = [Passes::UnlessEitherIsZero; 2];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.if_nan(a, b.if_nan(b, a.if_gt(b, a, b)))
    }

    fn da<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        share(a, b)
    }

    fn db<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        share(b, a)
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        a.max(b)
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [2.0, 3.0, 3.0, 0.0, 1.0],
            [3.0, 2.0, 3.0, 1.0, 0.0],
            [2.0, 2.0, 2.0, 0.5, 0.5],
            [0.0, -0.0, 0.0, 0.5, 0.5],
            [INF, INF, INF, 0.5, 0.5],
            [INF, 1.0, INF, 1.0, 0.0],
            [NAN, 1.0, NAN, 1.0, 0.0],
            [INF, NAN, NAN, 0.0, 1.0],
            [-INF, NAN, NAN, 0.0, 1.0],
            [NAN, NAN, NAN, 0.5, 0.5],
        ]
    }
}

binary_primitive!(Maximum);

impl<'t, F: Float> Var<'t, F> {
    /// The larger of this and `b`; see [`crate::ops::maximum`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_maximum(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Maximum, b)
    }

    /// As [`Var::try_maximum`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 0.0, 1.0]);
    /// assert_eq!(x.maximum(0.0).sum().backward(&[x])[0].to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn maximum(self, b: impl Operand<'t, F>) -> Self {
        self.binary(Maximum, b)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn both_uses_of_one_variable_add_up_to_one() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, f64::NAN]);
        assert_eq!(x.maximum(x).sum().backward(&[x])[0].to_vec(), [1.0, 1.0]);
    }
}
