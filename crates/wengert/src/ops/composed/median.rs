//! # median
//!
//! The middle element over axes; of an even number, the mean of the two in the middle.
//!
//! $$ y = \tfrac12 \left( x_{p_l} + x_{p_u} \right), \qquad x_{p_0} \le x_{p_1} \le \cdots, \quad l = \left\lfloor \tfrac{n - 1}{2} \right\rfloor, \; u = \left\lfloor \tfrac{n}{2} \right\rfloor $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar y $ to the middle element, or $ \bar y / 2 $ to each of the two |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | at least one element per output; a NaN makes its line NaN, and the first takes all of $\bar y$; the mean of two is NumPy's, PyTorch's is the lower, here `quantile` of 0.5 by `Lower` |
//! | kinks | ties: equal elements count in the order in which they stand |
//! | numerics | as `mean`, whose sum cannot overflow |
//! | source | elements of the sorted line |

use super::Composed;
use crate::ops::{extremum::nonempty, reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};
use wengert_kernels::order::{Nans, Order};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn median_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        nonempty("median", axes, self.shape())?;
        let n = axes.count(self.shape()) as isize;
        let sorted = self.lines(axes)?.choose("median", 1, Order::Ascending(Nans::Everywhere))?;
        let middle = sorted.try_slice(1, (n - 1) / 2..n / 2 + 1)?;
        let y = if n % 2 == 1 { middle } else { middle.try_mean_axes(1)? };
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// The median of all elements, a scalar; see [`crate::ops::composed::median`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyReduction`] if there are no elements.
    #[track_caller]
    pub fn try_median(self) -> Result<Self, Error> {
        self.median_over(AxisSet::all(self.rank()), false)
    }

    /// As [`Var::try_median`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([4.0, 1.0, 3.0, 9.0]);
    /// assert_eq!(x.median().item(), 3.5);
    /// assert_eq!(x.median().backward(&[x])[0].to_vec(), [0.5, 0.0, 0.5, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn median(self) -> Self {
        or_panic(self.try_median())
    }
}

axis_forms! {
    "median", "The median", try_median_axes, median_axes, try_median_keepdim, median_keepdim, median_over, (),
    ", [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "median",
        f: |x| {
            let last = if x[0].rank() == 0 { vec![] } else { vec![-1] };
            (x[0] * x[0]).median() + x[0].median_axes(last)
        },
        samples: |draw| {
            let cases = reduction_cases().into_iter().filter(|(s, ..)| !s.is_empty());
            cases.map(|(shape, ..)| vec![draw.distinct(shape).map(|v| v + 7.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, grad};

    #[test]
    fn the_two_in_the_middle_of_an_even_number_get_one_half_each() {
        let of = |x: &[f64]| grad(|x| x.median(), &Tensor::from(x)).to_vec();
        assert_eq!(of(&[4.0, 1.0, 3.0, 9.0]), [0.5, 0.0, 0.5, 0.0]);
        assert_eq!(of(&[4.0, 1.0, 3.0]), [0.0, 0.0, 1.0]);
        assert_eq!(of(&[2.0; 4]), [0.0, 0.5, 0.5, 0.0]);
        assert_eq!(of(&[5.0]), [1.0]);
    }

    #[test]
    fn a_nan_makes_its_line_nan_and_the_first_takes_the_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, f64::NAN, 3.0, f64::NAN], [1.0, 2.0, 4.0, 8.0]]);
        let y = x.median_axes(1);
        assert!(y.value()[[0]].is_nan() && y.value()[[1]] == 3.0);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0]);
    }

    #[test]
    fn axes_are_dropped_or_kept_and_nothing_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
        assert_eq!(x.median_axes([0, 2]).value(), Tensor::from([3.5, 5.5]));
        assert_eq!(x.median_keepdim([2, 0]).shape().dims(), [1, 2, 1]);
        assert_eq!(tape.leaf(3.0).median().item(), 3.0);
        assert_eq!(tape.leaf([f64::MAX, f64::MAX]).median().item(), f64::MAX);
        assert_eq!(tape.leaf([f64::INFINITY; 2]).median().item(), f64::INFINITY);
        let empty = tape.leaf(Tensor::zeros([0, 2]));
        assert!(matches!(empty.try_median_axes(0), Err(Error::EmptyReduction { op: "median", .. })));
        assert_eq!(empty.median_axes(1).shape().dims(), [0]);
    }
}
