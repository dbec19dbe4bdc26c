//! Where numbers belong in a sorted sequence.

use super::Tensor;
use crate::{Error, Float, Var, error::or_panic};

/// Whether `a` comes before `b` in rising order, with NaN last.
fn before<F: Float>(a: F, b: F) -> bool {
    a < b || (b.is_nan() && !a.is_nan())
}

impl<F: Float> Tensor<F> {
    /// For every number of `values` how many elements of this sorted sequence come before it; of a number that the sequence
    /// holds, before the first such element, or with `right` after the last.
    ///
    /// The last axis is the sequence; the axes before it are those of `values`, or there are none, and all values are
    /// looked up in one sequence. NaN comes after all numbers. A number of the result is a position, without derivative.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] for other leading axes; [`Error::Attribute`] for a sequence out of order.
    pub fn try_searchsorted(&self, values: &Self, right: bool) -> Result<Tensor<u32>, Error> {
        const OP: &str = "searchsorted";
        let misfit = |expected| {
            Err(Error::ShapeMismatch { op: OP, lhs: self.dims().into(), rhs: values.dims().into(), expected })
        };
        let Some((&n, lead)) = self.dims().split_last() else {
            return misfit("a sequence: at least one axis");
        };
        let all_in_one = lead.is_empty();
        if !all_in_one && values.dims().split_last().is_none_or(|(_, l)| l != lead) {
            return misfit("one sequence, or as many as the values have rows, by the axes before the last");
        }
        if u32::try_from(n).is_err() {
            return misfit("fewer than 2^32 elements along the last axis");
        }
        let (sorted, wanted) = (self.elements(), values.elements());
        let row = |k: usize| &sorted[k * n..(k + 1) * n];
        let rows = if all_in_one { 1 } else { lead.iter().product() };
        if (0..rows).any(|k| row(k).windows(2).any(|w| before(w[1], w[0]))) {
            let (given, expected) = ("a sequence that falls".into(), "elements in rising order, NaN last");
            return Err(Error::Attribute { op: OP, name: "sorted", given, expected });
        }
        let m = if all_in_one { wanted.len() } else { values.dims().last().copied().unwrap_or(1) };
        let place = |(e, &v): (usize, &F)| {
            let comes_first = |&s: &F| if right { !before(v, s) } else { before(s, v) };
            row(e / m.max(1)).partition_point(comes_first) as u32
        };
        Tensor::new(values.shape(), wanted.iter().enumerate().map(place).collect::<Vec<_>>())
    }

    /// As [`Tensor::try_searchsorted`].
    ///
    /// ```
    /// use wengert::Tensor;
    /// let sorted = Tensor::from([1.0, 3.0, 3.0, 7.0]);
    /// let values = Tensor::from([3.0, 0.0, 9.0]);
    /// assert_eq!(sorted.searchsorted(&values, false).to_vec(), [1, 0, 4]);
    /// assert_eq!(sorted.searchsorted(&values, true).to_vec(), [3, 0, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn searchsorted(&self, values: &Self, right: bool) -> Tensor<u32> {
        or_panic(self.try_searchsorted(values, right))
    }

    /// For every element the number of the interval between `boundaries` that holds it: [`Tensor::searchsorted`] with the
    /// operands exchanged.
    ///
    /// # Errors
    ///
    /// As [`Tensor::try_searchsorted`]; [`Error::Shape`] for boundaries that are not one list.
    pub fn try_bucketize(&self, boundaries: &Self, right: bool) -> Result<Tensor<u32>, Error> {
        if boundaries.rank() == 1 {
            return boundaries.try_searchsorted(self, right);
        }
        let expected = "one list of boundaries, of rank 1";
        Err(Error::Shape { op: "bucketize", given: boundaries.dims().into(), expected })
    }

    /// As [`Tensor::try_bucketize`].
    ///
    /// ```
    /// use wengert::Tensor;
    /// let ages = Tensor::from([[3.0, 18.0], [40.0, 70.0]]);
    /// let groups = ages.bucketize(&Tensor::from([18.0, 65.0]), true);
    /// assert_eq!(groups, Tensor::from([[0_u32, 1], [1, 2]]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn bucketize(&self, boundaries: &Self, right: bool) -> Tensor<u32> {
        or_panic(self.try_bucketize(boundaries, right))
    }
}

impl<F: Float> Var<'_, F> {
    /// For every number of `values` its place in this sorted sequence: positions, which have no derivative; see
    /// [`Tensor::try_searchsorted`].
    ///
    /// This reads both, so a [plan](crate::Plan) refuses what follows if they depend on its inputs.
    ///
    /// # Errors
    ///
    /// Those of [`Tensor::try_searchsorted`].
    #[track_caller]
    pub fn try_searchsorted(self, values: Self, right: bool) -> Result<Tensor<u32>, Error> {
        self.value().try_searchsorted(&values.value(), right)
    }

    /// As [`Var::try_searchsorted`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let knots = tape.leaf([0.0, 1.0, 2.0]);
    /// assert_eq!(knots.searchsorted(tape.leaf([0.5, 1.0]), true).to_vec(), [1, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn searchsorted(self, values: Self, right: bool) -> Tensor<u32> {
        or_panic(self.try_searchsorted(values, right))
    }

    /// For every element the number of the interval between boundaries that holds it: positions, which have no derivative;
    /// see [`Tensor::try_bucketize`].
    ///
    /// This reads the variable, so a [plan](crate::Plan) refuses what follows if it depends on its inputs.
    ///
    /// # Errors
    ///
    /// Those of [`Tensor::try_bucketize`].
    #[track_caller]
    pub fn try_bucketize(self, boundaries: impl Into<Tensor<F>>, right: bool) -> Result<Tensor<u32>, Error> {
        self.value().try_bucketize(&boundaries.into(), right)
    }

    /// As [`Var::try_bucketize`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.5, 1.0, 7.0]);
    /// assert_eq!(x.bucketize([1.0, 2.0], false).to_vec(), [0, 0, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn bucketize(self, boundaries: impl Into<Tensor<F>>, right: bool) -> Tensor<u32> {
        or_panic(self.try_bucketize(boundaries, right))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tensor};

    #[test]
    fn every_place_splits_the_sequence() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        let sequence = [-inf, -2.0, -0.0, 0.0, 0.0, 5.0, inf, nan, nan];
        let values = [-inf, -3.0, -0.0, 0.0, 1.0, inf, nan];
        let sorted = Tensor::from(sequence);
        let places = |right| sorted.searchsorted(&Tensor::from(values), right).to_vec();
        // as numpy.searchsorted gives them
        assert_eq!(places(false), [0, 1, 2, 2, 5, 6, 7]);
        assert_eq!(places(true), [1, 1, 5, 5, 5, 7, 9]);
    }

    #[test]
    fn rows_are_looked_up_in_their_own_sequence() {
        let sorted = Tensor::from([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]);
        let values = Tensor::from([[2.5, 0.0], [2.5, 40.0]]);
        assert_eq!(sorted.searchsorted(&values, false), Tensor::from([[2_u32, 0], [0, 3]]));
        assert_eq!(Tensor::from([1.0, 2.0]).searchsorted(&values, false).dims(), [2, 2]);
        assert_eq!(Tensor::<f64>::zeros([0]).searchsorted(&values, true), Tensor::zeros([2, 2]));
        assert_eq!(sorted.searchsorted(&Tensor::zeros([2, 0]), false).dims(), [2, 0]);
        assert_eq!(Tensor::from([1.0]).searchsorted(&Tensor::from(3.0), false), Tensor::from(1_u32));
        let columns = Tensor::from([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]).transpose(0, 1);
        assert_eq!(columns.searchsorted(&values, false), Tensor::from([[2_u32, 0], [0, 3]]));
    }

    #[test]
    fn misfits_and_disorder_are_typed_errors() {
        let values = Tensor::from([1.0]);
        assert!(matches!(
            Tensor::from(1.0).try_searchsorted(&values, false),
            Err(Error::ShapeMismatch { .. })
        ));
        let two = Tensor::<f64>::zeros([2, 3]);
        assert!(matches!(two.try_searchsorted(&values, false), Err(Error::ShapeMismatch { .. })));
        for wrong in [[2.0, 1.0], [f64::NAN, 1.0]] {
            let refused = Tensor::from(wrong).try_searchsorted(&values, false);
            assert!(matches!(refused, Err(Error::Attribute { name: "sorted", .. })));
        }
        assert!(matches!(values.try_bucketize(&two, false), Err(Error::Shape { op: "bucketize", .. })));
    }
}
