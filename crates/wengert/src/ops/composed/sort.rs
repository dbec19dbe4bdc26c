//! # sort
//!
//! Elements in order along an axis.
//!
//! $$ y_j = x_{p_j}, \qquad y_0 \le y_1 \le \cdots, \quad \text{descending: } y_0 \ge y_1 \ge \cdots $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{p_j} = \bar y_j $, every cotangent back to where its element stood |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; NaN comes last in both directions (in PyTorch, first in descending order) |
//! | kinks | ties: stable, equal elements keep their order, and so do their cotangents |
//! | source | a permutation, constant between ties; its transpose is its inverse |

use super::Composed;
use crate::{Error, Float, Shape, Tensor, Threads, Var, error::or_panic, ops::choice::Choice};
use wengert_kernels::order::{Nans, Order};

fn order(descending: bool) -> Order {
    if descending { Order::Descending(Nans::Last) } else { Order::Ascending(Nans::Last) }
}

impl<F: Float> Var<'_, F> {
    /// The elements in order along an axis, the smallest first or, `descending`, the largest; see
    /// [`crate::ops::composed::sort`].
    ///
    /// A plan sorts anew at every run.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range; [`Error::Shape`] for $2^{32}$ elements or more along the axis.
    #[track_caller]
    pub fn try_sort(self, axis: isize, descending: bool) -> Result<Self, Error> {
        self.choose("sort", axis, order(descending))
    }

    /// As [`Var::try_sort`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 2.0]);
    /// let y = x.sort(0, false);
    /// assert_eq!(y.value().to_vec(), [1.0, 2.0, 3.0]);
    /// assert_eq!(y.slice(0, ..1).sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0]);
    /// assert_eq!(x.sort(0, true).value().to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn sort(self, axis: isize, descending: bool) -> Self {
        or_panic(self.try_sort(axis, descending))
    }

    /// The elements of [`Var::try_sort`] and their positions: indices, which have no derivative.
    ///
    /// The positions are read now, as by [`Var::value`]: a plan refuses lines recorded after.
    ///
    /// # Errors
    ///
    /// As [`Var::try_sort`].
    #[track_caller]
    pub fn try_sort_with_indices(self, axis: isize, descending: bool) -> Result<(Self, Tensor<u32>), Error> {
        Ok((self.try_sort(axis, descending)?, self.positions("sort", axis, order(descending))?))
    }

    /// As [`Var::try_sort_with_indices`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (y, places) = tape.leaf([3.0, 1.0, 2.0]).sort_with_indices(0, true);
    /// assert_eq!((y.value().to_vec(), places.to_vec()), (vec![3.0, 2.0, 1.0], vec![0, 2, 1]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn sort_with_indices(self, axis: isize, descending: bool) -> (Self, Tensor<u32>) {
        or_panic(self.try_sort_with_indices(axis, descending))
    }

    /// The positions along an axis of its elements in order: indices, which have no derivative.
    ///
    /// They are read now, as by [`Var::value`]: a plan refuses lines recorded after. NaN comes last, equal elements keep
    /// their order.
    ///
    /// # Errors
    ///
    /// As [`Var::try_sort`].
    #[track_caller]
    pub fn try_argsort(self, axis: isize, descending: bool) -> Result<Tensor<u32>, Error> {
        self.positions("argsort", axis, order(descending))
    }

    /// As [`Var::try_argsort`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// assert_eq!(tape.leaf([3.0, 1.0, 2.0]).argsort(0, false).to_vec(), [1, 2, 0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn argsort(self, axis: isize, descending: bool) -> Tensor<u32> {
        or_panic(self.try_argsort(axis, descending))
    }
}

impl<F: Float> Tensor<F> {
    /// The positions along an axis of its elements in order; NaN comes last, equal elements keep their order.
    ///
    /// # Errors
    ///
    /// As [`Var::try_sort`].
    pub fn try_argsort(&self, axis: isize, descending: bool) -> Result<Tensor<u32>, Error> {
        let choice = Choice::new("argsort", axis, order(descending), self.shape())?;
        Ok(choice.positions(self, &Threads::one()))
    }

    /// As [`Tensor::try_argsort`].
    ///
    /// ```
    /// let t = wengert::Tensor::from([[2.0, 2.0, 1.0], [f64::NAN, 0.0, 5.0]]);
    /// assert_eq!(t.argsort(1, false).to_vec(), [2, 0, 1, 1, 2, 0]);
    /// assert_eq!(t.argsort(1, true).to_vec(), [0, 1, 2, 2, 1, 0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn argsort(&self, axis: isize, descending: bool) -> Tensor<u32> {
        or_panic(self.try_argsort(axis, descending))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "sort",
        f: |x| x[0].sort(-1, false) * x[0].sort(-1, true),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
            [&[4][..], &[2, 3], &[3, 1], &[0, 2], &[2, 0]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    const NAN: f64 = f64::NAN;

    #[test]
    fn equal_elements_keep_their_order_and_so_do_their_cotangents() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([2.0, 1.0, 2.0]);
        let weights = tape.constant([10.0, 20.0, 30.0]);
        let g = |descending| (x.sort(0, descending) * weights).sum().backward(&[x])[0].to_vec();
        assert_eq!(g(false), [20.0, 10.0, 30.0]);
        assert_eq!(g(true), [10.0, 30.0, 20.0]);
    }

    #[test]
    fn nan_comes_last_and_takes_its_cotangent() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([NAN, 1.0, f64::INFINITY, NAN, f64::NEG_INFINITY]);
        let (up, down) = (x.sort(0, false), x.sort(0, true));
        assert_eq!(up.value().to_vec()[..3], [f64::NEG_INFINITY, 1.0, f64::INFINITY]);
        assert_eq!(down.value().to_vec()[..3], [f64::INFINITY, 1.0, f64::NEG_INFINITY]);
        assert!([up, down].iter().all(|y| y.value().to_vec()[3..].iter().all(|v| v.is_nan())));
        let weights = tape.constant([1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((up * weights).sum().backward(&[x])[0].to_vec(), [4.0, 2.0, 3.0, 5.0, 1.0]);
    }

    #[test]
    fn sorts_along_the_axis_named() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[3.0, 1.0], [2.0, 4.0]]);
        assert_eq!(x.sort(0, false).value(), Tensor::from([[2.0, 1.0], [3.0, 4.0]]));
        assert_eq!(x.sort(-1, true).value(), Tensor::from([[3.0, 1.0], [4.0, 2.0]]));
        assert_eq!(x.t().argsort(0, false), Tensor::from([[1_u32, 0], [0, 1]]));
        let (y, places) = x.sort_with_indices(1, true);
        assert_eq!((y.value(), places), (x.sort(1, true).value(), x.argsort(1, true)));
        assert!(matches!(x.try_sort_with_indices(2, false), Err(Error::Axis { op: "sort", .. })));
        assert!(matches!(x.try_sort(2, false), Err(Error::Axis { op: "sort", axis: 2, rank: 2 })));
        assert!(matches!(tape.leaf(1.0).try_argsort(0, true), Err(Error::Axis { op: "argsort", .. })));
    }

    #[test]
    fn a_plan_sorts_anew_and_refuses_positions_read_on_the_way() {
        let tape = Tape::<f64>::new().deferred();
        let x = tape.leaf([3.0, 1.0, 2.0]);
        let y = (x.sort(0, false) * tape.constant([1.0, 10.0, 100.0])).sum();
        let g = y.grad(&[x])[0];
        let plan = tape.compile(&[x], &[y, g]).expect("nothing was read");
        let out =
            plan.run(&mut plan.workspace(), &[&Tensor::from([5.0, 7.0, 6.0])]).expect("it fits").to_vec();
        assert_eq!((out[0].item(), out[1].to_vec()), (765.0, vec![1.0, 100.0, 10.0]));
        let z = x.gather(0, x.argsort(0, false)).sum();
        assert!(matches!(tape.compile(&[x], &[z]), Err(Error::ValueInspected { .. })));
    }
}
