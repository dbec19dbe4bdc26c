//! # safe_div
//!
//! Quotient that is 0 where the divisor is 0, elementwise; and the reciprocal (`safe_recip`).
//!
//! $$ y = a / b, \qquad y = 0 \text{ and } \partial y = 0 \text{ where } b = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `select` before and after `div`, so that no infinity arises |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; at $b = 0$ the value is 0 whatever $a$, also infinite or NaN |
//! | kinks | at $b = 0$ the value is 0 and every derivative 0, a convention in place of a pole |
//! | source | the rule of `select`, applied twice |

use super::Composed;
use crate::ops::{Draw, div::Div};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// This divided by `b`, and 0 where `b` is 0; see [`crate::ops::composed::safe_div`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_safe_div(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
        let b = b.on(self.tape());
        let at_zero = b.eq(0.0);
        let quotient = self.try_binary(Div, at_zero.select(1.0, b)).within("safe_div")?;
        Ok(at_zero.select(0.0, quotient))
    }

    /// As [`Var::try_safe_div`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([3.0, 3.0]), tape.leaf([0.0, 2.0]));
    /// let y = a.safe_div(b);
    /// assert_eq!(y.value().to_vec(), [0.0, 1.5]);
    /// let g = y.sum().backward(&[a, b]);
    /// assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![0.0, 0.5], vec![0.0, -0.75]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn safe_div(self, b: impl Operand<'t, F>) -> Self {
        or_panic(self.try_safe_div(b))
    }

    /// One divided by this, and 0 where this is 0.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// assert_eq!(x.safe_recip().value().to_vec(), [0.0, 0.5]);
    /// assert_eq!(x.safe_recip().sum().backward(&[x])[0].to_vec(), [0.0, -0.25]);
    /// ```
    #[track_caller]
    pub fn safe_recip(self) -> Self {
        let at_zero = self.eq(0.0);
        at_zero.select(0.0, at_zero.select(1.0, self).recip())
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "safe_div",
        f: |x| x[0].safe_div(x[1]) * x[1].safe_recip(),
        samples: |draw| {
            let away: &[(f64, f64)] = &[(0.5, 2.0), (-2.0, -0.5)];
            Draw::shapes().map(|s| vec![draw.uniform(s, -2.0, 2.0), draw.from_intervals(s, away)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn a_zero_divisor_gives_zero_at_every_order_whatever_is_divided() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([0.0, 1.0, f64::NAN, f64::INFINITY]);
        let b = tape.leaf([0.0, -0.0, 0.0, 0.0]);
        let y = a.safe_div(b);
        assert_eq!(y.value().to_vec(), [0.0; 4]);
        let first = y.sum().grad(&[a, b]);
        assert_eq!(first[0].value().to_vec(), [0.0; 4]);
        assert_eq!(first[1].value().to_vec(), [0.0; 4]);
        assert_eq!(first[1].sum().backward(&[b])[0].to_vec(), [0.0; 4]);
        assert!(a.safe_div(tape.leaf(f64::NAN)).value().to_vec().iter().all(|y| y.is_nan()));
    }

    #[test]
    fn operands_broadcast_and_misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([[1.0], [2.0]]);
        assert_eq!(a.safe_div(tape.leaf([0.0, 4.0])).value().to_vec(), [0.0, 0.25, 0.0, 0.5]);
        assert_eq!(tape.leaf([1.0, 2.0]).safe_div(0.0).value().to_vec(), [0.0, 0.0]);
        let misfit = tape.leaf([1.0, 2.0]).try_safe_div(tape.leaf([1.0, 2.0, 3.0]));
        assert!(matches!(misfit, Err(Error::Broadcast { op: "safe_div", .. })));
    }
}
