//! # rot90
//!
//! A quarter turn in the plane of two axes, from the first toward the second, some number of times.
//!
//! $$ y_{i j} = x_{j \, (d - 1 - i)} \quad \text{for one turn} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `flip` and `permute`; it is the turn back |
//! | JVP | by composition |
//! | shape | `[m, n] → [n, m]` for an odd number of turns, `[m, n]` for an even one |
//! | domain | everything; negative turns go back; the result is a view |
//! | source | definition; the sense of turning is that of NumPy's `rot90` |

use super::{Composed, Draw};
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// `turns` quarter turns from the first axis toward the second; see [`crate::ops::composed::rot90`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`].
    #[track_caller]
    pub fn try_rot90(self, turns: isize, axes: [isize; 2]) -> Result<Self, Error> {
        AxisSet::new("rot90", &axes, self.rank())?; // in range, and two
        let [a, b] = axes;
        match turns.rem_euclid(4) {
            0 => Ok(self),
            1 => self.try_flip(b)?.try_transpose(a, b),
            2 => self.try_flip(axes),
            _ => self.try_transpose(a, b)?.try_flip(b),
        }
    }

    /// As [`Var::try_rot90`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.rot90(1, [0, 1]).value().to_vec(), [2.0, 4.0, 1.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn rot90(self, turns: isize, axes: [isize; 2]) -> Self {
        or_panic(self.try_rot90(turns, axes))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "rot90",
        f: |x| x[0].rot90(x[0].rank() as isize - 3, [0, -1]), // -1, 0 and 1 turns
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[2, 3], &[0, 2], &[2, 1, 3], &[1, 1], &[2, 1, 1, 3]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn four_turns_are_none_and_the_gradient_turns_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let turned = [
            Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            Tensor::from([[3.0, 6.0], [2.0, 5.0], [1.0, 4.0]]),
            Tensor::from([[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]]),
            Tensor::from([[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]]),
        ];
        for turns in -6..6_isize {
            let y = x.rot90(turns, [0, 1]);
            assert_eq!(y.value(), turned[turns.rem_euclid(4) as usize], "{turns} turns");
            assert_eq!(x.rot90(-turns, [1, 0]).value(), y.value());
            let g = (y * tape.constant(y.value())).sum().backward(&[x]);
            assert_eq!(g[0], x.value(), "{turns} turns back");
        }
        assert!(matches!(x.try_rot90(1, [1, -1]), Err(Error::RepeatedAxis { op: "rot90", axis: 1 })));
        assert!(matches!(x.try_rot90(0, [0, 2]), Err(Error::Axis { .. })));
    }
}
