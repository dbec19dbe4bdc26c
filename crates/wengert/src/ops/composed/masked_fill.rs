//! # masked_fill
//!
//! A value in place of the elements where a mask holds.
//!
//! $$ y_i = \begin{cases} v & m_i \\ x_i & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `select` |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]`; mask and value broadcast to `[d…]` |
//! | domain | everything; what is filled over gets gradient 0, also if it is infinite or NaN |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Mask, Var, error::or_panic, ops::select::Select, var::Operand};

impl<'t, F: Float> Var<'t, F> {
    /// This variable with a value where the mask holds; see [`crate::ops::composed::masked_fill`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::ShapeMismatch`] for a mask or a value that does not repeat to this variable's
    /// shape; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_masked_fill(self, mask: Mask<'t, F>, value: impl Operand<'t, F>) -> Result<Self, Error> {
        let (shape, value) = (self.shape(), value.on(self.tape));
        // both are compared before anything is recorded
        for operand in [mask.node(), value] {
            operand.shape().check_repeats_to("masked_fill", shape)?;
            if !std::ptr::eq(operand.tape, self.tape) {
                return Err(Error::DifferentTapes { op: "masked_fill" });
            }
        }
        let (mask, value) = (mask.node().try_broadcast_to(shape)?, value.try_broadcast_to(shape)?);
        self.tape.try_apply(Select, &[mask, value, self])
    }

    /// As [`Var::try_masked_fill`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 2.0]);
    /// let y = x.ln().masked_fill(x.le(0.0), -1.0);
    /// assert_eq!(y.value().to_vec(), [-1.0, 2.0_f64.ln()]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 0.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn masked_fill(self, mask: Mask<'t, F>, value: impl Operand<'t, F>) -> Self {
        or_panic(self.try_masked_fill(mask, value))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "masked_fill",
        f: |x| x[0].masked_fill(x[0].gt(0.0), x[1]),
        samples: |draw: &mut Draw| {
            let away: &[(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];
            Draw::shapes().map(|s| vec![draw.from_intervals(s, away), draw.uniform([], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn a_variable_fills_and_gets_the_gradient_of_every_place() {
        let tape = Tape::<f64>::new();
        let (x, v) = (tape.leaf([[1.0, f64::NAN], [f64::INFINITY, 4.0]]), tape.leaf(7.0));
        let columns = tape.constant([0.0, 1.0]).ne(0.0);
        let y = x.masked_fill(columns, v);
        assert_eq!(y.value(), Tensor::from([[1.0, 7.0], [f64::INFINITY, 7.0]]));
        let g = y.sum().backward(&[x, v]);
        assert_eq!((g[0].to_vec(), g[1].item()), (vec![1.0, 0.0, 1.0, 0.0], 2.0));
    }

    #[test]
    fn what_would_change_the_shape_is_refused() {
        let tape = Tape::<f64>::new();
        let (x, rows) = (tape.leaf([1.0, 2.0]), tape.constant(Tensor::zeros([3, 2])));
        assert!(matches!(x.try_masked_fill(rows.ne(0.0), 0.0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(x.try_masked_fill(x.gt(0.0), rows), Err(Error::ShapeMismatch { .. })));
        let three = tape.constant([1.0, 2.0, 3.0]);
        assert!(matches!(x.try_masked_fill(x.gt(0.0), three), Err(Error::Broadcast { .. })));
        let other = Tape::<f64>::new();
        let far = other.leaf([1.0, 2.0]);
        assert!(matches!(x.try_masked_fill(far.gt(0.0), 0.0), Err(Error::DifferentTapes { .. })));
    }
}
