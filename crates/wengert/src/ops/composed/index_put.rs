//! # index_put
//!
//! Elements at places that one index tensor per axis names, replaced or added to; and those elements (`index`).
//!
//! $$ y_{q} = x_{p_q, r_q, \dots}, \qquad \text{put: } y_{p_q, r_q, \dots} = v_q \text{ or } x_{p_q, r_q, \dots} + v_q $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select`, `scatter`, `index_add` |
//! | JVP | by composition |
//! | shape | `[d…, rest…] → [n…, rest…]`, the index tensors broadcast to `[n…]`; put: `→ [d…, rest…]` |
//! | domain | everything; repeats add, or the last stays and alone gets a gradient |
//! | source | definition; NumPy's integer array indexing of the leading axes |

use super::{Composed, Draw};
use crate::ops::{
    index_add::IndexAdd,
    index_select::IndexSelect,
    indices::{Picks, countable},
};
use crate::{
    Error, Float, Shape, Tensor, Var,
    error::{Within, or_panic},
    var::Operand,
};

/// Where the index tensors point: places of the leading axes as one, and the shapes around them.
struct Places {
    picks: Picks,
    /// The variable with its leading axes as one.
    merged: Shape,
    /// What lies at the places.
    part: Shape,
}

fn places(op: &'static str, x: Shape, indices: &[Tensor<u32>]) -> Result<Places, Error> {
    if indices.is_empty() || indices.len() > x.rank() {
        let expected = "an index tensor for each of the leading axes, one at least";
        return Err(Error::Arity { op, given: indices.len(), expected });
    }
    let (lead, rest) = x.dims().split_at(indices.len());
    let mut shape = indices[0].shape();
    for p in &indices[1..] {
        shape = Shape::broadcast(op, shape, p.shape())?;
    }
    let merged = Shape::new([&[lead.iter().product()], rest].concat())?;
    countable(op, Shape::new([merged.dims()[0]])?)?;
    let mut flat = vec![0_u32; shape.len()];
    for (p, &size) in indices.iter().zip(lead) {
        if let Some(&index) = p.elements().iter().find(|&&i| i as usize >= size) {
            return Err(Error::Index { op, index: i64::from(index), size });
        }
        flat.iter_mut().zip(p.broadcast_view(shape).to_vec()).for_each(|(f, i)| *f = *f * size as u32 + i);
    }
    let picks = match indices {
        [own] => Picks::list(op, 0, own, merged)?, // as given
        _ => Picks::new(op, 0, flat.into(), merged)?.computed_from(indices),
    };
    Ok(Places { picks, merged, part: Shape::new([shape.dims(), rest].concat())? })
}

impl<'t, F: Float> Var<'t, F> {
    /// What lies at the places that one index tensor for each of the leading axes names; see
    /// [`crate::ops::composed::index_put`].
    ///
    /// The index tensors broadcast together; the result has their axes, then those of this variable that were not indexed.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] for no index tensor or more than axes; [`Error::Index`] for an index beyond its axis;
    /// [`Error::Broadcast`] for index tensors that do not fit together; [`Error::RankTooLarge`].
    #[track_caller]
    pub fn try_index(self, indices: &[Tensor<u32>]) -> Result<Self, Error> {
        let Places { picks: rows, merged, part } = places("index", self.shape(), indices)?;
        let rows_of = self.try_reshape(merged)?;
        self.tape.try_apply(IndexSelect { rows }, &[rows_of])?.try_reshape(part)
    }

    /// As [`Var::try_index`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let places = [[0, 1, 1].into(), [2, 0, 0].into()]; // rows, columns
    /// let y = x.index(&places);
    /// assert_eq!(y.value().to_vec(), [3.0, 4.0, 4.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index(self, indices: &[Tensor<u32>]) -> Self {
        or_panic(self.try_index(indices))
    }

    /// This variable with other values at the places that one index tensor for each of the leading axes names: added to its
    /// own, or, unless `accumulate`, in place of them.
    ///
    /// Values broadcast to what [`Var::index`] gives. Of several for one place the last stays, unless they are added.
    ///
    /// # Errors
    ///
    /// Those of [`Var::try_index`]; [`Error::Broadcast`], [`Error::ShapeMismatch`] for values that do not repeat to the
    /// places; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_index_put(
        self,
        indices: &[Tensor<u32>],
        values: impl Operand<'t, F>,
        accumulate: bool,
    ) -> Result<Self, Error> {
        const OP: &str = "index_put";
        let Places { picks: rows, merged, part } = places(OP, self.shape(), indices)?;
        let source = merged.with(0, rows.indices().len());
        let values = values.on(self.tape).try_broadcast_to(part).within(OP)?.try_reshape(source)?;
        let whole = self.try_reshape(merged)?;
        let y = if accumulate {
            whole.try_add(self.tape.try_apply(IndexAdd { rows }, &[values]).within(OP)?)?
        } else {
            whole.try_put_rows(rows, values).within(OP)?
        };
        y.try_reshape(self.shape())
    }

    /// As [`Var::try_index_put`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let places = [[0, 1, 1].into(), [0, 0, 0].into()];
    /// let values = tape.leaf([10.0, 20.0, 30.0]);
    /// assert_eq!(x.index_put(&places, values, false).value().to_vec(), [10.0, 2.0, 30.0, 4.0]);
    /// assert_eq!(x.index_put(&places, values, true).value().to_vec(), [11.0, 2.0, 53.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index_put(self, indices: &[Tensor<u32>], values: impl Operand<'t, F>, accumulate: bool) -> Self {
        or_panic(self.try_index_put(indices, values, accumulate))
    }
}

/// Rows 0 and 0 of one axis, or of two axes cells that broadcast from a column and a row.
fn some_places(rank: usize) -> Vec<Tensor<u32>> {
    match rank {
        1 => vec![[0, 0].into()],
        _ => vec![[[0], [0]].into(), [[1, 0, 1]].into()],
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "index_put",
        f: |x| {
            let places = some_places(x[0].rank());
            let replaced = x[0].index_put(&places, x[1], false);
            replaced.index_put(&places, x[1] * x[0].index(&places), true)
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[1], &[2, 2], &[1, 3, 2], &[1, 2, 0]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0), draw.uniform([], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn index_tensors_broadcast_and_leave_the_other_axes() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 2], |ix| (100 * ix[0] + 10 * ix[1] + ix[2]) as f64));
        let y = x.index(&[Tensor::from([[1_u32], [0]]), Tensor::from([2_u32, 0])]);
        let expected =
            Tensor::from_fn([2, 2, 2], |ix| (100 * (1 - ix[0]) + 10 * (2 - 2 * ix[1]) + ix[2]) as f64);
        assert_eq!(y.value(), expected);
        assert_eq!(x.index(&[Tensor::from(1_u32)]).value(), x.s(1).value());
        assert_eq!(x.index(&[Tensor::from([[0_u32, 1]])]).shape().dims(), [1, 2, 3, 2]);
        assert_eq!(x.index(&[Tensor::<u32>::zeros([0])]).shape().dims(), [0, 3, 2]);
    }

    #[test]
    fn places_of_a_mask_go_in_and_out() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, -2.0], [-3.0, 4.0]]);
        let places = x.lt(0.0).nonzero();
        assert_eq!(x.index(&places).value().to_vec(), [-2.0, -3.0]);
        let y = x.index_put(&places, 0.0, false);
        assert_eq!(y.value(), Tensor::from([[1.0, 0.0], [0.0, 4.0]]));
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        let [zero, two] = [[0_u32], [2]].map(Tensor::from);
        assert!(matches!(x.try_index(&[]), Err(Error::Arity { op: "index", given: 0, .. })));
        assert!(matches!(x.try_index(&[zero.clone(), zero.clone(), zero.clone()]), Err(Error::Arity { .. })));
        let beyond = x.try_index(&[two.clone(), zero.clone()]).unwrap_err();
        assert_eq!(beyond, Error::Index { op: "index", index: 2, size: 2 });
        let pair = [Tensor::from([0_u32, 0]), Tensor::from([0_u32, 0, 0])];
        assert!(matches!(x.try_index(&pair), Err(Error::Broadcast { .. })));
        let values = tape.leaf([1.0, 2.0]);
        let refused = x.try_index_put(&[zero, two], values, false);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "index_put", .. })));
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
