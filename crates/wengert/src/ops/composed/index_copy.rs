//! # index_copy
//!
//! Rows of an axis replaced by those of another tensor, or by one number (`index_fill`).
//!
//! $$ y_{\dots q \dots} = \begin{cases} s_{\dots j^* \dots} & j^* = \max \{ j : p_j = q \} \\ x_{\dots q \dots} & \text{no such } j \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `scatter` |
//! | JVP | by composition |
//! | shape | `[…, d, …] × […, n, …] → […, d, …]` with `n` indices |
//! | domain | everything; indices below `d`; of several rows for one place the last stays, and the others get gradient 0 |
//! | source | definition |

use super::{Composed, Draw};
use crate::ops::indices::{Picks, resized};
use crate::{
    Error, Float, Tensor, Var,
    error::{Within, or_panic},
    var::Operand,
};

impl<'t, F: Float> Var<'t, F> {
    /// This variable with rows of `source` in place of its own, each at its index along an axis; see
    /// [`crate::ops::composed::index_copy`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::Shape`] unless the indices have
    /// rank 1; [`Error::ShapeMismatch`] unless `source` has one row per index and this variable's sizes elsewhere;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_index_copy(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
    ) -> Result<Self, Error> {
        const OP: &str = "index_copy";
        let rows = Picks::new(OP, axis, indices.into(), self.shape())?.listed(OP)?;
        if resized(self.shape(), rows.axis, rows.indices().len())? != source.shape() {
            let (lhs, rhs) = (self.shape().dims().into(), source.shape().dims().into());
            let expected = "one row of the source per index, and equal sizes along the other axes";
            return Err(Error::ShapeMismatch { op: OP, lhs, rhs, expected });
        }
        self.try_put_rows(rows, source).within(OP)
    }

    /// As [`Var::try_index_copy`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, rows) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([8.0, 9.0]));
    /// let y = x.index_copy(0, [2, 0], rows);
    /// assert_eq!(y.value().to_vec(), [9.0, 2.0, 8.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index_copy(self, axis: isize, indices: impl Into<Tensor<u32>>, source: Self) -> Self {
        or_panic(self.try_index_copy(axis, indices, source))
    }

    /// This variable with a number, or a variable that is one, in the rows of an axis that a list of indices names.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::Shape`] unless the indices have
    /// rank 1; [`Error::Broadcast`], [`Error::ShapeMismatch`] for a value that does not repeat to those rows;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_index_fill(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        value: impl Operand<'t, F>,
    ) -> Result<Self, Error> {
        const OP: &str = "index_fill";
        let rows = Picks::new(OP, axis, indices.into(), self.shape())?.listed(OP)?;
        let shape = resized(self.shape(), rows.axis, rows.indices().len())?;
        let value = value.on(self.tape).try_broadcast_to(shape).within(OP)?;
        self.try_put_rows(rows, value).within(OP)
    }

    /// As [`Var::try_index_fill`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.index_fill(1, [0], -1.0);
    /// assert_eq!(y.value().to_vec(), [-1.0, 2.0, -1.0, 4.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index_fill(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        value: impl Operand<'t, F>,
    ) -> Self {
        or_panic(self.try_index_fill(axis, indices, value))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "index_copy",
        f: |x| x[0].index_copy(-1, vec![1; x[1].shape().dims()[x[1].rank() - 1]], x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 5] = [
                [&[3], &[2]],
                [&[2, 3], &[2, 1]],
                [&[1, 2], &[1, 3]],
                [&[2, 2], &[2, 0]],
                [&[0, 2], &[0, 2]],
            ];
            shapes.map(|s| s.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

/// The filling at the points where the laws check it.
pub fn fill() -> Composed {
    Composed {
        name: "index_fill",
        f: |x| x[0].index_fill(-1, [1, 0, 1], x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[3], &[2, 3], &[1, 2], &[0, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0), draw.uniform([], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn of_repeated_indices_the_last_row_stays_and_alone_gets_the_gradient() {
        let tape = Tape::<f64>::new();
        let (x, rows) = (tape.leaf(Tensor::zeros([2, 3])), tape.leaf([[1.0, 2.0], [3.0, 4.0]]));
        let y = x.index_copy(1, [2, 2], rows);
        assert_eq!(y.value(), Tensor::from([[0.0, 0.0, 2.0], [0.0, 0.0, 4.0]]));
        let g = (y * y).sum().backward(&[rows]);
        assert_eq!(g[0], Tensor::from([[0.0, 4.0], [0.0, 8.0]]));
        let c = tape.leaf(5.0);
        let filled = x.index_fill(0, [0, 0], c);
        assert_eq!(filled.sum().backward(&[c])[0].item(), 3.0, "once for each cell that is there");
    }

    #[test]
    fn misfits_are_refused_before_anything_is_recorded() {
        let tape = Tape::<f64>::new();
        let (x, two) = (tape.leaf(Tensor::zeros([2, 3])), tape.leaf(Tensor::zeros([2, 2])));
        let beyond = x.try_index_copy(1, [0, 3], two).unwrap_err();
        assert_eq!(beyond, Error::Index { op: "index_copy", index: 3, size: 3 });
        assert!(matches!(x.try_index_copy(0, [0], two), Err(Error::ShapeMismatch { op: "index_copy", .. })));
        assert!(matches!(x.try_index_copy(0, [[0]], two), Err(Error::Shape { op: "index_copy", .. })));
        assert!(matches!(x.try_index_fill(0, [2], 0.0), Err(Error::Index { op: "index_fill", .. })));
        assert!(matches!(x.try_index_fill(2, [0], 0.0), Err(Error::Axis { op: "index_fill", .. })));
        assert!(matches!(x.try_index_fill(0, [0], two), Err(Error::Broadcast { op: "index_fill", .. })));
        let far = Tape::<f64>::new();
        let refused = x.try_index_copy(1, [0, 1], far.leaf(Tensor::zeros([2, 2])));
        assert!(matches!(refused, Err(Error::DifferentTapes { op: "index_copy" })));
        let refused = x.try_index_fill(1, [0], far.leaf([[1.0], [2.0]]));
        assert!(matches!(refused, Err(Error::DifferentTapes { op: "index_fill" })));
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
