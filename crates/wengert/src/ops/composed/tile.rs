//! # tile
//!
//! The whole repeated along each axis, as tiles are laid.
//!
//! $$ y_{i_1 i_2 \dots} = x_{(i_1 \bmod d_1) (i_2 \bmod d_2) \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `broadcast_to`, whose transpose is a sum over the copies |
//! | JVP | by composition |
//! | shape | `[d₁, d₂, …] → [n₁ d₁, n₂ d₂, …]`; more counts than axes make new axes before the first |
//! | domain | everything; a count of 0 leaves nothing of that axis |
//! | source | definition; the counts align as in NumPy's `tile` |

use super::{Composed, Draw};
use crate::{Error, Float, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The whole repeated so many times along each axis, aligned at the last; see [`crate::ops::composed::tile`].
    ///
    /// Fewer counts than axes leave the first axes as they are; more make new axes.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::RankTooLarge`].
    #[track_caller]
    pub fn try_tile(self, counts: impl AsRef<[usize]>) -> Result<Self, Error> {
        let (shape, counts) = (self.shape(), counts.as_ref());
        let rank = shape.rank().max(counts.len());
        let aligned = |given: &[usize]| [&vec![1; rank - given.len()], given].concat();
        let (sizes, counts) = (aligned(shape.dims()), aligned(counts));
        let tiled = sizes.iter().zip(&counts).map(|(&d, &n)| d.saturating_mul(n));
        Shape::new(tiled.collect::<Vec<_>>())?; // before anything is recorded
        let mut y = self.try_reshape(sizes)?;
        for (axis, &n) in counts.iter().enumerate().filter(|(_, n)| **n != 1) {
            // one axis at a time: all at once would need twice as many axes as there are
            let (shape, [outer, size, inner]) = (y.shape(), y.shape().around(axis));
            let one = y.try_reshape([outer, 1, size * inner])?;
            y = one.try_broadcast_to([outer, n, size * inner])?.try_reshape(shape.with(axis, size * n))?;
        }
        Ok(y)
    }

    /// As [`Var::try_tile`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0]]);
    /// let y = x.tile([2, 2]);
    /// assert_eq!(y.value().to_vec(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [4.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn tile(self, counts: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_tile(counts))
    }

    /// [`Var::tile`] with a count for every axis: the function that PyTorch calls `repeat`.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] for fewer counts than axes; those of [`Var::try_tile`].
    #[track_caller]
    pub fn try_repeat(self, counts: impl AsRef<[usize]>) -> Result<Self, Error> {
        let given = counts.as_ref().len();
        if given < self.rank() {
            return Err(Error::Arity { op: "repeat", given, expected: "a count for every axis, or more" });
        }
        self.try_tile(counts)
    }

    /// As [`Var::try_repeat`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.repeat([2]).value().to_vec(), [1.0, 2.0, 1.0, 2.0]);
    /// assert!(x.repeat([0]).shape().is_empty());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn repeat(self, counts: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_repeat(counts))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "tile",
        f: |x| x[0].tile([2, 1, 3]),
        samples: |draw: &mut Draw| Draw::shapes().map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn counts_align_at_the_last_axis() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(x.tile([2]).value(), Tensor::from([[1.0, 2.0, 1.0, 2.0], [3.0, 4.0, 3.0, 4.0]]));
        assert_eq!(x.tile([2, 1, 1]).shape().dims(), [2, 2, 2]);
        assert_eq!(x.tile([]).value(), x.value());
        assert!(matches!(x.try_repeat([2]), Err(Error::Arity { op: "repeat", given: 1, .. })));
        assert!(matches!(x.try_tile([1 << 62]), Err(Error::TooLarge { .. })));
        assert!(matches!(x.try_tile([1; 9]), Err(Error::RankTooLarge { rank: 9 })));
    }

    #[test]
    fn no_copies_leave_nothing_and_a_gradient_of_full_shape() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 3.0]]);
        let y = x.tile([0, 2]);
        assert_eq!(y.shape().dims(), [0, 6]);
        assert_eq!(y.sum().backward(&[x])[0], Tensor::from([[0.0, 0.0, 0.0]]));
    }

    #[test]
    fn as_many_axes_as_there_can_be_are_tiled() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1; crate::MAX_RANK], 3.0));
        let y = x.tile([2; crate::MAX_RANK]);
        assert_eq!((y.shape().len(), y.sum().backward(&[x])[0].item()), (256, 256.0));
    }
}
