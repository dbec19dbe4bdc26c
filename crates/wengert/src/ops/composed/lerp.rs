//! # lerp
//!
//! Linear interpolation between two operands.
//!
//! $$ y = a + t (b - a) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a = (1 - t) \bar y, \quad \bar b = t \bar y, \quad \bar t = (b - a) \bar y $ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] × [d…] → [d…]`, broadcast |
//! | domain | all finite reals, $t$ also outside of $\lbrack 0, 1 \rbrack$ |
//! | numerics | measured from the nearer end, so that both ends are exact, and all of the way if they are equal |
//! | source | the product rule |

use super::Composed;
use crate::ops::{Draw, mul::Mul, sub::Sub};
use crate::{
    Error, Float, Shape, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// The point between this and `end` at the part `t` of the way; see [`crate::ops::composed::lerp`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_lerp(self, end: impl Operand<'t, F>, t: impl Operand<'t, F>) -> Result<Self, Error> {
        let (end, t) = (end.on(self.tape()), t.on(self.tape()));
        Shape::broadcast("lerp", self.shape(), end.shape())?;
        let way = end.try_binary(Sub, self).within("lerp")?;
        let from_start = self + t.try_binary(Mul, way).within("lerp")?;
        Ok(t.lt(0.5).select(from_start, end - (1.0 - t) * way))
    }

    /// As [`Var::try_lerp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let a = tape.leaf([0.0, 1.0]);
    /// assert_eq!(a.lerp(2.0, 0.25).value().to_vec(), [0.5, 1.25]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn lerp(self, end: impl Operand<'t, F>, t: impl Operand<'t, F>) -> Self {
        or_panic(self.try_lerp(end, t))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "lerp",
        f: |x| x[0].lerp(x[1], x[2]),
        samples: |draw| {
            let mut of =
                |s| [(-2.0, 2.0), (-2.0, 2.0), (-0.5, 1.5)].map(|(lo, hi)| draw.uniform(s, lo, hi)).into();
            Draw::shapes().map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn both_ends_are_exact() {
        let tape = Tape::<f64>::new();
        for (a, b) in [(0.1, 0.3), (1e16, 1.0), (-7.0, 1e-9)] {
            let x = tape.leaf(a);
            assert_eq!((x.lerp(b, 0.0).item(), x.lerp(b, 1.0).item(), x.lerp(a, 0.3).item()), (a, b, a));
        }
    }

    #[test]
    fn slopes_are_the_same_on_both_sides_of_the_middle() {
        let tape = Tape::<f64>::new();
        for part in [0.25, 0.5, 0.75] {
            let (a, b, t) = (tape.leaf(1.0), tape.leaf(3.0), tape.leaf(part));
            let g = a.lerp(b, t).backward(&[a, b, t]);
            assert_eq!([g[0].item(), g[1].item(), g[2].item()], [1.0 - part, part, 2.0]);
        }
    }

    #[test]
    fn all_three_broadcast_and_misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([[0.0], [1.0]]), tape.leaf([2.0, 4.0]));
        assert_eq!(a.lerp(b, 0.5).value(), Tensor::from([[1.0, 2.0], [1.5, 2.5]]));
        assert!(matches!(b.try_lerp(tape.leaf([1.0, 2.0, 3.0]), 0.5), Err(Error::Broadcast { .. })));
    }
}
