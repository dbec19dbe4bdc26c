//! # nansum
//!
//! Sum over axes of the elements that are not NaN.
//!
//! $$ y_i = \sum_{j:\, x_{ij} = x_{ij}} x_{ij} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \bar y_i $, and 0 to NaN |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | everything; of NaN alone, as of nothing, 0 |
//! | source | the rules of `select` and `sum` |

use super::Composed;
use crate::ops::{reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn nansum_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        let y = self.eq(self).select(self, 0.0).sum_over(axes);
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// The sum of all elements that are not NaN, a scalar; see [`crate::ops::composed::nansum`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, f64::NAN, 2.0]);
    /// assert_eq!(x.nansum().item(), 3.0);
    /// assert_eq!(x.nansum().backward(&[x])[0].to_vec(), [1.0, 0.0, 1.0]);
    /// ```
    #[track_caller]
    pub fn nansum(self) -> Self {
        or_panic(self.nansum_over(AxisSet::all(self.rank()), false))
    }
}

axis_forms! {
    "nansum", "The sum of the elements that are not NaN",
    try_nansum_axes, nansum_axes, try_nansum_keepdim, nansum_keepdim, nansum_over, (), ""
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "nansum",
        f: |x| (x[0] * x[0]).nansum(),
        samples: |draw| {
            reduction_cases().into_iter().map(|(shape, ..)| vec![draw.uniform(shape, -2.0, 2.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn nan_adds_nothing_along_any_axis() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, f64::NAN], [f64::NAN, f64::NAN]]);
        assert_eq!(x.nansum_axes(1).value(), Tensor::from([1.0, 0.0]));
        assert_eq!(x.nansum_keepdim(0).value(), Tensor::from([[1.0, 0.0]]));
        assert_eq!(x.nansum().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(tape.leaf([f64::INFINITY, f64::NAN]).nansum().item(), f64::INFINITY);
        assert!(matches!(x.try_nansum_axes(2), Err(Error::Axis { op: "nansum", .. })));
        assert_eq!(tape.leaf(Tensor::zeros([0])).nansum().item(), 0.0);
    }
}
