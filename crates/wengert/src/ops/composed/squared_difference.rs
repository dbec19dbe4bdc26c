//! # squared_difference
//!
//! Square of a difference, elementwise.
//!
//! $$ y = (a - b)^2 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a = 2\, \bar y \odot (a - b), \quad \bar b = -\bar a $ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals |
//! | source | the rules of `sub` and `square` |

use super::Composed;
use crate::ops::{Draw, sub::Sub};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// The square of the difference to `b`; see [`crate::ops::composed::squared_difference`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_squared_difference(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        Ok(self.try_binary(Sub, b).within("squared_difference")?.square())
    }

    /// As [`Var::try_squared_difference`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 4.0]);
    /// let y = x.squared_difference(3.0);
    /// assert_eq!(y.value().to_vec(), [4.0, 1.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [-4.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn squared_difference(self, b: impl Operand<'t, F>) -> Self {
        or_panic(self.try_squared_difference(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "squared_difference",
        f: |x| x[0].squared_difference(x[1]),
        samples: |draw| {
            let mut of = |s| vec![draw.uniform(s, -2.0, 2.0), draw.uniform(s, -2.0, 2.0)];
            Draw::shapes().map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, hessian};

    #[test]
    fn the_curvature_is_two_and_misfits_are_typed_errors() {
        let h = hessian(|x| x.squared_difference(1.0).sum(), &[1.0, 5.0].into());
        assert_eq!(h.to_vec(), [2.0, 0.0, 0.0, 2.0]);
        let tape = Tape::<f64>::new();
        let misfit = tape.leaf([1.0, 2.0]).try_squared_difference(tape.leaf([1.0, 2.0, 3.0]));
        assert!(matches!(misfit, Err(Error::Broadcast { op: "squared_difference", .. })));
    }
}
