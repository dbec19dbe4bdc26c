//! # nanmedian
//!
//! The median over axes of the elements that are not NaN.
//!
//! $$ y = \operatorname{median} \lbrace x_j : x_j = x_j \rbrace $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar y $ to the middle element, or $ \bar y / 2 $ to each of the two; 0 to NaN |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | at least one element per output; a line of NaN alone is NaN, and its first takes all of $\bar y$; of two in the middle the mean as in `median` |
//! | kinks | ties: equal elements count in the order in which they stand |
//! | numerics | as `mean`, whose sum cannot overflow |
//! | source | elements of the sorted line, NaN left out |

use super::Composed;
use crate::ops::{extremum::nonempty, reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};
use wengert_kernels::order::Order;

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn nanmedian_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        nonempty("nanmedian", axes, self.shape())?;
        let middles = self.lines(axes)?.choose("nanmedian", 1, Order::Middles)?;
        let y = middles.try_slice(1, ..axes.count(self.shape()).min(2) as isize)?.try_mean_axes(1)?;
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// The median of all elements that are not NaN, a scalar; see [`crate::ops::composed::nanmedian`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyReduction`] if there are no elements.
    #[track_caller]
    pub fn try_nanmedian(self) -> Result<Self, Error> {
        self.nanmedian_over(AxisSet::all(self.rank()), false)
    }

    /// As [`Var::try_nanmedian`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([4.0, f64::NAN, 1.0]);
    /// assert_eq!(x.nanmedian().item(), 2.5);
    /// assert_eq!(x.nanmedian().backward(&[x])[0].to_vec(), [0.5, 0.0, 0.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn nanmedian(self) -> Self {
        or_panic(self.try_nanmedian())
    }
}

axis_forms! {
    "nanmedian", "The median of the elements that are not NaN",
    try_nanmedian_axes, nanmedian_axes, try_nanmedian_keepdim, nanmedian_keepdim, nanmedian_over, (),
    ", [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "nanmedian",
        f: |x| (x[0] * x[0]).nanmedian(),
        samples: |draw| {
            let cases = reduction_cases().into_iter().filter(|(s, ..)| !s.is_empty());
            cases.map(|(shape, ..)| vec![draw.distinct(shape).map(|v| v + 7.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    const NAN: f64 = f64::NAN;

    #[test]
    fn nan_is_left_out_whatever_their_number() {
        let tape = Tape::<f64>::new();
        let rows = [[1.0, NAN, 3.0, NAN], [1.0, 2.0, 4.0, 8.0], [NAN, 5.0, NAN, NAN], [7.0, NAN, 1.0, 2.0]];
        let x = tape.leaf(rows);
        let y = x.nanmedian_axes(1);
        assert_eq!(y.value().to_vec(), [2.0, 3.0, 5.0, 2.0]);
        let g = y.sum().backward(&[x])[0].to_vec();
        let expected =
            [[0.5, 0.0, 0.5, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        assert_eq!(g, expected.concat());
    }

    #[test]
    fn nan_alone_is_nan_and_the_first_takes_the_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([NAN, NAN]);
        assert!(x.nanmedian().item().is_nan());
        assert_eq!(x.nanmedian().backward(&[x])[0].to_vec(), [1.0, 0.0]);
        let empty = tape.leaf(Tensor::zeros([0]));
        assert!(matches!(empty.try_nanmedian(), Err(Error::EmptyReduction { op: "nanmedian", .. })));
    }

    #[test]
    fn infinities_count_as_numbers() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([f64::INFINITY, NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(x.nanmedian().item(), f64::INFINITY);
    }
}
