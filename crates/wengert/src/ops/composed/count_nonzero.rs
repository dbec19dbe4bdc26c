//! # count_nonzero
//!
//! How many elements are not 0, over axes.
//!
//! $$ y_i = \# \lbrace j : x_{ij} \ne 0 \rbrace $$
//!
//! | | |
//! |---|---|
//! | VJP | none: a count is constant wherever it is differentiable |
//! | JVP | none |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | everything; NaN is not 0 |
//! | numerics | exact up to $2^{24}$ in `f32` and $2^{53}$ in `f64`, rounded above |
//! | source | definition |

use crate::ops::reduction::axis_forms;
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn count_nonzero_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        let y = self.ne(0.0).node().sum_over(axes);
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// How many elements of all are not 0, as a number of the tape; see [`crate::ops::composed::count_nonzero`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 3.0], [-1.0, 2.0]]);
    /// assert_eq!(x.count_nonzero().item(), 3.0);
    /// assert_eq!(x.count_nonzero_axes(0).value().to_vec(), [1.0, 2.0]);
    /// ```
    #[track_caller]
    pub fn count_nonzero(self) -> Self {
        or_panic(self.count_nonzero_over(AxisSet::all(self.rank()), false))
    }
}

axis_forms! {
    "count_nonzero", "How many elements are not 0",
    try_count_nonzero_axes, count_nonzero_axes, try_count_nonzero_keepdim, count_nonzero_keepdim, count_nonzero_over,
    (), ""
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn zeros_of_either_sign_do_not_count_and_nan_does() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[0.0, -0.0, f64::NAN], [5e-324, f64::INFINITY, 0.0]]);
        assert_eq!(x.count_nonzero().item(), 3.0);
        assert_eq!(x.count_nonzero_keepdim(1).value(), Tensor::from([[1.0], [2.0]]));
        assert_eq!(x.count_nonzero_axes([1, 0]).item(), 3.0);
        assert!(matches!(x.try_count_nonzero_axes(2), Err(Error::Axis { op: "count_nonzero", .. })));
        assert_eq!(tape.leaf(Tensor::zeros([0, 2])).count_nonzero_axes(0).value().to_vec(), [0.0, 0.0]);
    }

    #[test]
    fn a_count_sends_nothing_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, 2.0]);
        let y = (x * x.count_nonzero()).sum();
        assert_eq!(y.backward(&[x])[0].to_vec(), [1.0, 1.0]);
    }
}
