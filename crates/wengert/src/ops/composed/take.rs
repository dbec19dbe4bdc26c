//! # take
//!
//! Elements at positions counted in row-major order, whatever the shape; and others put there (`put`).
//!
//! $$ y_q = x_{p_q}, \qquad \text{put: } y_{p_q} = s_q \text{ or } x_{p_q} + s_q $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select`, `scatter`, `index_add` |
//! | JVP | by composition |
//! | shape | take: `[d…] → [n…]`, the shape of the indices; put: `[d…] × [n…] → [d…]` |
//! | domain | everything; indices below the number of elements; repeats of `put` add, or the last stays and alone gets a gradient |
//! | source | definition |

use super::{Composed, Draw};
use crate::ops::{index_add::IndexAdd, index_select::IndexSelect, indices::Picks};
use crate::{
    Error, Float, Shape, Tensor, Var,
    error::{Within, or_panic},
};

/// Indices into all elements of a shape, as a list.
fn flat(op: &'static str, indices: &Tensor<u32>, x: Shape) -> Result<Picks, Error> {
    Picks::list(op, 0, indices, Shape::new([x.len()])?)
}

impl<F: Float> Var<'_, F> {
    /// The elements at these positions in row-major order; see [`crate::ops::composed::take`].
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for a position that is not below the number of elements.
    #[track_caller]
    pub fn try_take(self, indices: impl Into<Tensor<u32>>) -> Result<Self, Error> {
        let (indices, shape) = (indices.into(), self.shape());
        let rows = flat("take", &indices, shape)?;
        let list = self.try_reshape([shape.len()])?;
        self.tape.try_apply(IndexSelect { rows }, &[list])?.try_reshape(indices.shape())
    }

    /// As [`Var::try_take`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.take([3, 0, 3]);
    /// assert_eq!(y.value().to_vec(), [4.0, 1.0, 4.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn take(self, indices: impl Into<Tensor<u32>>) -> Self {
        or_panic(self.try_take(indices))
    }

    /// This variable with the elements of `source` at these positions in row-major order: added to its own, or, unless
    /// `accumulate`, in place of them.
    ///
    /// Of several elements for one position the last stays, unless they are added.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for a position that is not below the number of elements; [`Error::ShapeMismatch`] for another
    /// number of elements than indices; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_put(
        self,
        indices: impl Into<Tensor<u32>>,
        source: Self,
        accumulate: bool,
    ) -> Result<Self, Error> {
        const OP: &str = "put";
        let (indices, shape) = (indices.into(), self.shape());
        let rows = flat(OP, &indices, shape)?;
        if source.shape().len() != indices.len() {
            let (lhs, rhs) = (indices.dims().into(), source.shape().dims().into());
            return Err(Error::ShapeMismatch { op: OP, lhs, rhs, expected: "one element for each index" });
        }
        let (list, source) = (self.try_reshape([shape.len()])?, source.try_reshape([indices.len()])?);
        let y = if accumulate {
            list.try_add(self.tape.try_apply(IndexAdd { rows }, &[source]).within(OP)?)?
        } else {
            list.try_put_rows(rows, source).within(OP)?
        };
        y.try_reshape(shape)
    }

    /// As [`Var::try_put`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, two) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([10.0, 20.0]));
    /// assert_eq!(x.put([1, 1], two, false).value().to_vec(), [1.0, 20.0, 3.0, 4.0]);
    /// assert_eq!(x.put([1, 1], two, true).value().to_vec(), [1.0, 32.0, 3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn put(self, indices: impl Into<Tensor<u32>>, source: Self, accumulate: bool) -> Self {
        or_panic(self.try_put(indices, source, accumulate))
    }
}

fn shapes(draw: &mut Draw, of_source: &[usize]) -> Vec<Vec<Tensor<f64>>> {
    let shapes: [&[usize]; 4] = [&[], &[3], &[2, 3], &[1, 2, 1]];
    shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0), draw.uniform(of_source, -2.0, 2.0)]).into()
}

/// Three positions that the smallest sample has too.
fn places(x: Var<'_, f64>) -> Tensor<u32> {
    let last = x.shape().len() as u32 - 1;
    [last, 0, last].into()
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "take",
        f: |x| x[0].take(places(x[0])) * x[1],
        samples: |draw| shapes(draw, &[]),
        smooth_orders: 4,
    }
}

/// Replacement and addition at the points where the laws check them.
pub fn put() -> Composed {
    Composed {
        name: "put",
        f: |x| x[0].put(places(x[0]), x[1], false).put(places(x[0]), x[1], true),
        samples: |draw| shapes(draw, &[3]),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn positions_count_through_the_rows_whatever_the_storage() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).transpose(0, 1));
        assert_eq!(x.take([[0, 1], [4, 5]]).value(), Tensor::from([[1.0, 4.0], [3.0, 6.0]]));
        assert_eq!(x.take(Tensor::<u32>::zeros([0, 2])).shape().dims(), [0, 2]);
        assert_eq!(tape.leaf(7.0).take(0).item(), 7.0);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let (x, two) = (tape.leaf(Tensor::zeros([2, 2])), tape.leaf([1.0, 2.0]));
        assert_eq!(x.try_take([4]).unwrap_err(), Error::Index { op: "take", index: 4, size: 4 });
        assert!(matches!(x.try_put([0, 9], two, true), Err(Error::Index { op: "put", index: 9, .. })));
        assert!(matches!(x.try_put([0], two, true), Err(Error::ShapeMismatch { op: "put", .. })));
        assert!(matches!(tape.leaf(Tensor::zeros([0])).try_take([0]), Err(Error::Index { .. })));
        assert_eq!(tape.len(), 3, "nothing refused was recorded");
    }
}
