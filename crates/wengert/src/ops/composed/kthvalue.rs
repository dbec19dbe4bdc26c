//! # kthvalue
//!
//! The $k$-th smallest element along an axis, counted from 1.
//!
//! $$ y = x_{p_k}, \qquad x_{p_1} \le x_{p_2} \le \cdots \le x_{p_n} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{p_k} = \bar y $, and 0 for the others |
//! | JVP | by composition |
//! | shape | `[…, n, …] → […, …]`, or with size 1 there |
//! | domain | $1 \le k \le n$; NaN counts as larger than every number |
//! | kinks | ties: equal elements count in the order in which they stand, and the one reached takes all of $\bar y$ |
//! | source | one element of the sorted line |

use super::Composed;
use crate::{AxisSet, Error, Float, Shape, Tensor, Var, axes::resolve, error::or_panic};
use wengert_kernels::order::{Nans, Order};

const ORDER: Order = Order::Ascending(Nans::Last);

impl<F: Float> Var<'_, F> {
    /// The axis counted from the first, with the shape of the result, or why there is no such element.
    fn kth_checked(self, k: usize, axis: isize, keepdim: bool) -> Result<Shape, Error> {
        let axis = resolve("kthvalue", axis, self.rank())?;
        let size = self.shape().dims()[axis];
        if !(1..=size).contains(&k) {
            let (given, expected) = (format!("number {k}"), format!("a number from 1 to {size}"));
            return Err(Error::Part { op: "kthvalue", axis, given, size, expected });
        }
        Ok(AxisSet::from_iter([axis]).reduced(self.shape(), keepdim))
    }

    #[track_caller]
    fn kth(self, k: usize, axis: isize, keepdim: bool) -> Result<Self, Error> {
        let y = self.kth_checked(k, axis, keepdim)?;
        let k = k as isize;
        self.choose("kthvalue", axis, ORDER)?.try_slice(axis, k - 1..k)?.try_reshape(y)
    }

    /// The `k`-th smallest element along an axis, which the result no longer has; see
    /// [`crate::ops::composed::kthvalue`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range; [`Error::Part`] unless `k` is between 1 and the size of the axis; [`Error::Shape`]
    /// for $2^{32}$ elements or more there.
    #[track_caller]
    pub fn try_kthvalue(self, k: usize, axis: isize) -> Result<Self, Error> {
        self.kth(k, axis, false)
    }

    /// As [`Var::try_kthvalue`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 2.0]);
    /// let y = x.kthvalue(2, 0);
    /// assert_eq!((y.item(), y.backward(&[x])[0].to_vec()), (2.0, vec![0.0, 0.0, 1.0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn kthvalue(self, k: usize, axis: isize) -> Self {
        or_panic(self.try_kthvalue(k, axis))
    }

    /// As [`Var::try_kthvalue`], but the axis keeps size 1.
    ///
    /// # Errors
    ///
    /// As [`Var::try_kthvalue`].
    #[track_caller]
    pub fn try_kthvalue_keepdim(self, k: usize, axis: isize) -> Result<Self, Error> {
        self.kth(k, axis, true)
    }

    /// As [`Var::try_kthvalue_keepdim`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn kthvalue_keepdim(self, k: usize, axis: isize) -> Self {
        or_panic(self.try_kthvalue_keepdim(k, axis))
    }

    /// The element of [`Var::try_kthvalue`] and its position: an index, which has no derivative.
    ///
    /// The position is read now, as by [`Var::value`]: a plan refuses lines recorded after.
    ///
    /// # Errors
    ///
    /// As [`Var::try_kthvalue`].
    #[track_caller]
    pub fn try_kthvalue_with_indices(self, k: usize, axis: isize) -> Result<(Self, Tensor<u32>), Error> {
        let y = self.kth(k, axis, false)?;
        let places = self.positions("kthvalue", axis, ORDER)?.try_narrow(axis, k - 1..k)?;
        Ok((y, places.try_reshape(y.shape())?))
    }

    /// As [`Var::try_kthvalue_with_indices`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn kthvalue_with_indices(self, k: usize, axis: isize) -> (Self, Tensor<u32>) {
        or_panic(self.try_kthvalue_with_indices(k, axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "kthvalue",
        f: |x| x[0].kthvalue(2, -1) * x[0].kthvalue_keepdim(1, -1),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
            [&[4][..], &[2, 3], &[1, 2, 2], &[0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn every_number_from_one_to_the_last_is_an_element() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[5.0, 1.0, 3.0], [2.0, 2.0, f64::NAN]]);
        assert_eq!(x.kthvalue(1, 1).value(), Tensor::from([1.0, 2.0]));
        assert_eq!(x.kthvalue(2, -1).value(), Tensor::from([3.0, 2.0]));
        assert!(x.kthvalue(3, 1).value()[[1]].is_nan());
        assert_eq!(x.kthvalue_keepdim(1, 0).value(), Tensor::from([[2.0, 1.0, 3.0]]));
        let (y, places) = x.kthvalue_with_indices(2, 1);
        assert_eq!((y.shape(), places.to_vec()), (places.shape(), vec![2, 1]));
    }

    #[test]
    fn of_equal_elements_the_one_reached_takes_the_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([2.0, 1.0, 2.0]);
        assert_eq!(x.kthvalue(2, 0).backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0]);
        assert_eq!(x.kthvalue(3, 0).backward(&[x])[0].to_vec(), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_number_that_is_none_of_the_axis_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        for k in [0, 3] {
            let refused = x.try_kthvalue(k, 0).unwrap_err();
            assert!(matches!(refused, Error::Part { op: "kthvalue", size: 2, .. }), "{refused}");
        }
        assert!(matches!(x.try_kthvalue(1, 1), Err(Error::Axis { op: "kthvalue", .. })));
        assert!(tape.leaf(Tensor::zeros([0])).try_kthvalue(1, 0).is_err());
    }
}
