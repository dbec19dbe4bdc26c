//! # embedding
//!
//! Rows of a table looked up by index; a padding row is looked up too, but not learned.
//!
//! $$ y_{\dots k} = w_{p_{\dots} k} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar w_{ik} = \sum_{p_q = i} \bar y_{qk} $, and 0 for the padding row |
//! | JVP | by composition |
//! | shape | `[n, d] → [q…, d]` with indices `[q…]` |
//! | domain | everything; indices below `n`, repeated or not |
//! | numerics | with a padding row the table is copied once, as its gradient is of its size as well |
//! | source | definition |

use super::{Composed, Draw};
use crate::ops::{index_select::IndexSelect, indices::Picks};
use crate::{Error, Float, Tensor, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Rows of this table looked up by index, `[q…, features]`; see [`crate::ops::composed::embedding`].
    ///
    /// The row that `padding` names gets gradient 0, and at every order: it stays as it is, as long as an optimizer does not
    /// let weights decay.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the table has two axes; [`Error::Index`] for an index or a padding beyond it.
    #[track_caller]
    pub fn try_embedding(
        self,
        indices: impl Into<Tensor<u32>>,
        padding: Option<usize>,
    ) -> Result<Self, Error> {
        const OP: &str = "embedding";
        let (indices, shape) = (indices.into(), self.shape());
        let &[n, features] = shape.dims() else {
            return Err(Error::Shape { op: OP, given: shape.dims().into(), expected: "a table, of rank 2" });
        };
        let rows = Picks::list(OP, 0, &indices, shape)?;
        let table = match padding {
            None => self,
            Some(p) => {
                let index = u32::try_from(p).unwrap_or(u32::MAX);
                if p >= n || index == u32::MAX {
                    return Err(Error::Index { op: OP, index: p as i64, size: n });
                }
                let fixed = self.try_narrow(0, p..p + 1)?.detach();
                self.try_put_rows(Picks::new(OP, 0, [index].into(), shape)?, fixed)?
            }
        };
        let found = self.tape.try_apply(IndexSelect { rows }, &[table])?;
        found.try_reshape([indices.dims(), &[features]].concat())
    }

    /// As [`Var::try_embedding`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let table = tape.leaf([[0.5, 0.5], [1.0, 2.0], [3.0, 4.0]]); // [words, features]
    /// let text = table.embedding([[1, 1], [2, 0]], Some(0)); // two sentences; 0 fills the shorter one
    /// assert_eq!(text.shape().dims(), [2, 2, 2]);
    /// assert_eq!(text.value().to_vec()[6..], [0.5, 0.5]);
    /// assert_eq!(text.sum().backward(&[table])[0].to_vec(), [0.0, 0.0, 2.0, 2.0, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn embedding(self, indices: impl Into<Tensor<u32>>, padding: Option<usize>) -> Self {
        or_panic(self.try_embedding(indices, padding))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "embedding",
        f: |x| match x[0].shape().dims() {
            [0, _] => x[0].embedding(Tensor::<u32>::zeros([0, 2]), None),
            [1, _] => x[0].embedding([[0, 0]], None),
            // Row 1 is the padding and not looked up: differences of the value cannot know that it is fixed.
            _ => x[0].embedding([[0, 2], [2, 2]], Some(1)),
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[3, 2], &[1, 2], &[3, 0], &[0, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_padding_row_has_a_zero_gradient_at_orders_one_and_two() {
        let tape = Tape::<f64>::new();
        let table = tape.leaf([[1.0], [2.0], [f64::NAN]]);
        let y = table.embedding([1, 2, 1], Some(2));
        assert_eq!(y.value().to_vec()[..1], [2.0]);
        let g = (y * y * y).sum().grad(&[table])[0];
        assert_eq!(g.value().to_vec(), [0.0, 24.0, 0.0]);
        assert_eq!(g.sum().backward(&[table])[0].to_vec(), [0.0, 24.0, 0.0]);
        let dense = table.embedding([1, 2, 1], None);
        assert_eq!(dense.sum().backward(&[table])[0].to_vec(), [0.0, 2.0, 1.0]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let table = tape.leaf(Tensor::zeros([3, 2]));
        let index = |index| Error::Index { op: "embedding", index, size: 3 };
        assert_eq!(table.try_embedding([3], None).unwrap_err(), index(3));
        assert_eq!(table.try_embedding([0], Some(3)).unwrap_err(), index(3));
        assert!(matches!(tape.leaf([1.0]).try_embedding([0], None), Err(Error::Shape { .. })));
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
