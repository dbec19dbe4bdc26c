//! # embedding_bag
//!
//! Rows of a table looked up by index, and those of each bag reduced to one: their sum, mean, or largest elements.
//!
//! $$ y_{b k} = \operatorname{reduce}_{o_b \le q < o_{b + 1}} w_{p_q k}, \quad o_b \text{ the start of bag } b $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select`, and `index_add` or `scatter_extreme` |
//! | JVP | by composition |
//! | shape | `[n, d] → [b, d]` for `b` bags |
//! | domain | everything; indices below `n`, repeated or not; of an empty bag 0 |
//! | kinks | equal largest elements of a bag share the gradient, the first NaN gets all of it |
//! | numerics | sums in the order of the indices; a mean divides by a whole number |
//! | source | definition, as PyTorch's `embedding_bag` with offsets, where one of equal largest elements gets all |

use super::{Composed, Draw};
use crate::ops::{
    index_add::IndexAdd, index_select::IndexSelect, indices::Picks, scatter_extreme::ScatterExtreme,
    target::Target,
};
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};
use wengert_kernels::scatter_extreme::Rule;

/// What is left of the rows of a bag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bag {
    /// Their sum.
    Sum,
    /// Their sum, divided by their number.
    Mean,
    /// The largest element of each column.
    Max,
}

/// How many of `count` indices are in each bag.
fn lengths(starts: &[usize], count: usize) -> Result<Vec<usize>, Error> {
    let ends = starts.iter().skip(1).copied().chain([count]);
    let lengths: Option<Vec<usize>> = starts.iter().zip(ends).map(|(&o, end)| end.checked_sub(o)).collect();
    let from_the_first = starts.first().map_or(count == 0, |&o| o == 0);
    lengths.filter(|_| from_the_first).ok_or_else(|| {
        let given = format!("{starts:?} for {count} indices");
        let expected =
            "the place of each bag's first index: 0, then none before the last one or beyond the end";
        Error::Attribute { op: "embedding_bag", name: "starts", given, expected }
    })
}

impl<F: Float> Var<'_, F> {
    /// Rows of this table looked up by index, and those of each bag reduced to one, `[bags, features]`; see
    /// [`crate::ops::composed::embedding_bag`].
    ///
    /// Bag `b` has the indices from `starts[b]` on, up to the start of the next one. Of bags of one length, reduce what
    /// [`Var::embedding`] gives.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the table has two axes and the indices one; [`Error::Index`] for an index beyond the table;
    /// [`Error::Attribute`] for starts that fall, go beyond the indices, or do not begin at 0.
    #[track_caller]
    pub fn try_embedding_bag(
        self,
        indices: impl Into<Tensor<u32>>,
        starts: &[usize],
        reduce: Bag,
    ) -> Result<Self, Error> {
        const OP: &str = "embedding_bag";
        let (indices, shape) = (indices.into(), self.shape());
        let &[_, features] = shape.dims() else {
            return Err(Error::Shape { op: OP, given: shape.dims().into(), expected: "a table, of rank 2" });
        };
        let rows = Picks::new(OP, 0, indices, shape)?.listed(OP)?;
        let lengths = lengths(starts, rows.indices().len())?;
        let bags = Shape::new([lengths.len(), features])?;
        let of_bag = lengths.iter().enumerate().flat_map(|(b, &n)| std::iter::repeat_n(b as u32, n));
        let picks = Picks::new(OP, 0, of_bag.collect::<Vec<u32>>().into(), bags)?;
        let found = self.tape.try_apply(IndexSelect { rows }, &[self])?;
        if reduce == Bag::Max {
            let (target, rule) = (Target { picks, by_rows: true }, Rule { largest: true, with_whole: false });
            let zeros = self.constant(0.0).try_broadcast_to(bags)?;
            return self.tape.try_apply(ScatterExtreme { target, rule }, &[zeros, found]);
        }
        let sum = self.tape.try_apply(IndexAdd { rows: picks }, &[found])?;
        if reduce == Bag::Sum {
            return Ok(sum);
        }
        let counts = Tensor::from_fn([lengths.len(), 1], |ix| F::from_f64(lengths[ix[0]].max(1) as f64));
        sum.try_div(self.tape.constant(counts))
    }

    /// As [`Var::try_embedding_bag`].
    ///
    /// ```
    /// use wengert::{Bag, Tape};
    /// let tape = Tape::<f64>::new();
    /// let table = tape.leaf([[1.0, 8.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let words = [0, 2, 1, 1]; // of two texts
    /// assert_eq!(table.embedding_bag(words, &[0, 3], Bag::Sum).value().to_vec(), [9.0, 18.0, 3.0, 4.0]);
    /// let mean = table.embedding_bag(words, &[0, 3], Bag::Mean);
    /// assert_eq!(mean.value().to_vec(), [3.0, 6.0, 3.0, 4.0]);
    /// let largest = table.embedding_bag(words, &[0, 3], Bag::Max);
    /// assert_eq!(largest.value().to_vec(), [5.0, 8.0, 3.0, 4.0]);
    /// assert_eq!(largest.sum().backward(&[table])[0].to_vec(), [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn embedding_bag(self, indices: impl Into<Tensor<u32>>, starts: &[usize], reduce: Bag) -> Self {
        or_panic(self.try_embedding_bag(indices, starts, reduce))
    }
}

/// All reductions at the points where the laws check them: no two elements are equal.
pub fn composed() -> Composed {
    Composed {
        name: "embedding_bag",
        f: |x| {
            let (words, starts): (&[u32], &[usize]) = match x[0].shape().dims()[0] {
                0 => (&[], &[0, 0]),
                1 => (&[0], &[0]),
                _ => (&[1, 0, 2, 2, 1], &[0, 3, 3]),
            };
            let by = |reduce| x[0].embedding_bag(words, starts, reduce);
            by(Bag::Sum) * by(Bag::Max) + by(Bag::Mean)
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[3, 2], &[1, 2], &[3, 0], &[0, 2]];
            shapes.map(|s| vec![draw.distinct(s)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Bag, Error, Tape, Tensor};

    #[test]
    fn empty_bags_are_zero_and_equal_rows_share() {
        let tape = Tape::<f64>::new();
        let table = tape.leaf([[-1.0], [-2.0], [-1.0], [f64::NEG_INFINITY]]);
        for reduce in [Bag::Sum, Bag::Mean, Bag::Max] {
            let y = table.embedding_bag([0, 1, 2], &[0, 0, 3], reduce);
            assert_eq!((y.value().to_vec()[0], y.value().to_vec()[2]), (0.0, 0.0), "{reduce:?}");
            assert_eq!(table.embedding_bag(Tensor::<u32>::zeros([0]), &[], reduce).shape().dims(), [0, 1]);
        }
        let y = table.embedding_bag([0, 1, 2, 3, 3], &[0, 3], Bag::Max);
        assert_eq!(y.value().to_vec(), [-1.0, f64::NEG_INFINITY]);
        assert_eq!(y.sum().backward(&[table])[0].to_vec(), [0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let table = tape.leaf(Tensor::zeros([3, 2]));
        let bag = |p: &[u32], starts: &[usize]| table.try_embedding_bag(p, starts, Bag::Sum).unwrap_err();
        assert_eq!(bag(&[3], &[0]), Error::Index { op: "embedding_bag", index: 3, size: 3 });
        for starts in [&[][..], &[1], &[0, 2, 1], &[0, 3]] {
            let refused = bag(&[0, 1], starts);
            assert!(matches!(refused, Error::Attribute { name: "starts", .. }), "{starts:?}: {refused}");
        }
        assert!(matches!(tape.leaf([1.0]).try_embedding_bag([0], &[0], Bag::Sum), Err(Error::Shape { .. })));
        assert!(matches!(table.try_embedding_bag([[0]], &[0], Bag::Sum), Err(Error::Shape { .. })));
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
