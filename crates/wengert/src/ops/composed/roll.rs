//! # roll
//!
//! Axes turned round: what leaves at one end comes in at the other.
//!
//! $$ y_{\dots i \dots} = x_{\dots ((i - s) \bmod d) \dots} \quad \text{per axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice` and `concat`; it is the roll by $-s$ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; shifts of any size and sign |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Axes, AxisSet, Error, Float, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Axes turned round, each by its shift; see [`crate::ops::composed::roll`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::Arity`] unless there is one shift per axis named.
    #[track_caller]
    pub fn try_roll(self, shifts: impl AsRef<[isize]>, axes: impl Axes) -> Result<Self, Error> {
        let (shifts, axes, rank) = (shifts.as_ref(), axes.as_axes(), self.rank());
        AxisSet::new("roll", axes, rank)?; // in range, none twice
        if shifts.len() != axes.len() {
            return Err(Error::Arity {
                op: "roll",
                given: shifts.len(),
                expected: "one shift per axis named",
            });
        }
        let mut y = self;
        for (&shift, &axis) in shifts.iter().zip(axes) {
            let size = self.shape().dims()[resolve("roll", axis, rank)?] as isize;
            let shift = if size == 0 { 0 } else { shift.rem_euclid(size) };
            if shift > 0 {
                let (first, last) = (y.try_slice(axis, ..size - shift)?, y.try_slice(axis, size - shift..)?);
                y = Self::try_concat(&[last, first], axis)?;
            }
        }
        Ok(y)
    }

    /// As [`Var::try_roll`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.roll([1], 1).value().to_vec(), [3.0, 1.0, 2.0, 6.0, 4.0, 5.0]);
    /// assert_eq!(x.roll([1, -1], [0, 1]).value().to_vec(), [5.0, 6.0, 4.0, 2.0, 3.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn roll(self, shifts: impl AsRef<[isize]>, axes: impl Axes) -> Self {
        or_panic(self.try_roll(shifts, axes))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "roll",
        f: |x| if x[0].rank() > 1 { x[0].roll([1, -2], [-1, 0]) } else { x[0].roll([-4], 0) },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[3], &[2, 3], &[4, 1], &[0, 2], &[1, 2, 3]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_gradient_is_rolled_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        let weights = tape.constant([1.0, 10.0, 100.0]);
        for (shift, back) in [(1, [10.0, 100.0, 1.0]), (-5, [10.0, 100.0, 1.0]), (3, [1.0, 10.0, 100.0])] {
            assert_eq!((x.roll([shift], 0) * weights).sum().backward(&[x])[0].to_vec(), back, "by {shift}");
        }
        assert_eq!(x.roll([isize::MIN], 0).value(), x.roll([isize::MIN.rem_euclid(3)], 0).value());
    }

    #[test]
    fn each_axis_has_its_own_shift() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(x.roll([1, 1], [0, 1]).value(), Tensor::from([[4.0, 3.0], [2.0, 1.0]]));
        assert_eq!(x.roll([], []).value(), x.value());
        assert!(matches!(x.try_roll([1], [0, 1]), Err(Error::Arity { op: "roll", given: 1, .. })));
        assert!(matches!(x.try_roll([1, 1], [0, -2]), Err(Error::RepeatedAxis { axis: 0, .. })));
        assert!(matches!(x.try_roll([1], 2), Err(Error::Axis { axis: 2, rank: 2, .. })));
        assert!(tape.leaf(Tensor::zeros([0])).roll([3], 0).value().is_empty());
    }
}
