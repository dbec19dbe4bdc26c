//! # topk
//!
//! The $k$ largest or smallest elements along an axis, the most extreme first.
//!
//! $$ y_j = x_{p_j}, \quad j < k, \qquad x_{p_0} \ge x_{p_1} \ge \cdots, \quad \text{smallest: } x_{p_0} \le x_{p_1} \le \cdots $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{p_j} = \bar y_j $, and 0 for elements that are not among the $k$ |
//! | JVP | by composition |
//! | shape | `[…, n, …] → […, k, …]` |
//! | domain | $0 \le k \le n$; NaN wins over every number, in both directions (in PyTorch, among the largest alone) |
//! | kinks | ties: the first in the line comes first, and of equal elements at the end of the $k$ the first are taken |
//! | source | the first elements of the sorted line |

use super::Composed;
use crate::{Error, Float, Shape, Tensor, Var, axes::resolve, error::or_panic};
use wengert_kernels::order::{Nans, Order};

fn order(largest: bool) -> Order {
    if largest { Order::Descending(Nans::First) } else { Order::Ascending(Nans::First) }
}

/// Refuses more elements than the axis has.
fn check(k: usize, axis: isize, x: Shape) -> Result<(), Error> {
    let axis = resolve("topk", axis, x.rank())?;
    let size = x.dims()[axis];
    if k > size {
        let (given, expected) = (format!("the first {k}"), format!("at most {size}"));
        return Err(Error::Part { op: "topk", axis, given, size, expected });
    }
    Ok(())
}

impl<F: Float> Var<'_, F> {
    /// The `k` largest elements along an axis, or the smallest, the most extreme first; see
    /// [`crate::ops::composed::topk`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range; [`Error::Part`] for more elements than the axis has; [`Error::Shape`] for $2^{32}$
    /// or more there.
    #[track_caller]
    pub fn try_topk(self, k: usize, axis: isize, largest: bool) -> Result<Self, Error> {
        check(k, axis, self.shape())?;
        self.choose("topk", axis, order(largest))?.try_slice(axis, ..k as isize)
    }

    /// As [`Var::try_topk`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([3.0, 1.0, 4.0, 1.5]);
    /// let y = x.topk(2, 0, true);
    /// assert_eq!(y.value().to_vec(), [4.0, 3.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 0.0, 1.0, 0.0]);
    /// assert_eq!(x.topk(2, 0, false).value().to_vec(), [1.0, 1.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn topk(self, k: usize, axis: isize, largest: bool) -> Self {
        or_panic(self.try_topk(k, axis, largest))
    }

    /// The elements of [`Var::try_topk`] and their positions: indices, which have no derivative.
    ///
    /// The positions are read now, as by [`Var::value`]: a plan refuses lines recorded after.
    ///
    /// # Errors
    ///
    /// As [`Var::try_topk`].
    #[track_caller]
    pub fn try_topk_with_indices(
        self,
        k: usize,
        axis: isize,
        largest: bool,
    ) -> Result<(Self, Tensor<u32>), Error> {
        let y = self.try_topk(k, axis, largest)?;
        Ok((y, self.positions("topk", axis, order(largest))?.try_narrow(axis, 0..k)?.contiguous()))
    }

    /// As [`Var::try_topk_with_indices`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (y, places) = tape.leaf([3.0, 1.0, 4.0]).topk_with_indices(2, 0, true);
    /// assert_eq!((y.value().to_vec(), places.to_vec()), (vec![4.0, 3.0], vec![2, 0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn topk_with_indices(self, k: usize, axis: isize, largest: bool) -> (Self, Tensor<u32>) {
        or_panic(self.try_topk_with_indices(k, axis, largest))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "topk",
        f: |x| x[0].topk(2, -1, true) * x[0].topk(2, -1, false),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
            [&[4][..], &[2, 3], &[2, 2], &[0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn any_number_up_to_all_may_be_asked_for() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[3.0, 1.0], [2.0, 4.0], [5.0, 0.0]]);
        for k in 0..=3 {
            let (y, places) = x.topk_with_indices(k, 0, true);
            assert_eq!((y.shape().dims(), places.dims()), (&[k, 2][..], &[k, 2][..]));
            assert_eq!(y.value(), x.sort(0, true).slice(0, ..k as isize).value());
            assert_eq!(x.gather(0, places).value(), y.value());
            assert_eq!(y.sum().backward(&[x])[0].to_vec().iter().sum::<f64>(), 2.0 * k as f64);
        }
        let refused = x.try_topk(4, 0, true).unwrap_err();
        assert!(matches!(refused, Error::Part { op: "topk", axis: 0, size: 3, .. }), "{refused}");
        assert!(matches!(x.try_topk(1, 2, true), Err(Error::Axis { op: "topk", .. })));
    }

    #[test]
    fn nan_wins_and_of_equal_elements_the_first_are_taken() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, f64::NAN, 3.0, f64::NAN]);
        for (largest, second) in [(true, 3.0), (false, 1.0)] {
            let y = x.topk(3, 0, largest).value().to_vec();
            assert!(y[0].is_nan() && y[1].is_nan() && y[2] == second, "{y:?}");
            assert_eq!(x.topk(1, 0, largest).sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0, 0.0]);
        }
        let x = tape.leaf([2.0, 2.0, 1.0, 2.0]);
        assert_eq!(x.topk(2, 0, true).sum().backward(&[x])[0].to_vec(), [1.0, 1.0, 0.0, 0.0]);
    }
}
