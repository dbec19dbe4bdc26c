//! # masked_scatter
//!
//! The elements of a source, one after another, in place of those where a mask holds.
//!
//! $$ y_i = \begin{cases} s_{q(i)} & m_i, \quad q(i) = \# \{ j < i : m_j \} \\ x_i & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `scatter` and `slice` |
//! | JVP | by composition |
//! | shape | `[d…] × [n…] → [d…]`; the mask broadcasts to `[d…]` |
//! | domain | everything; at least as many elements in the source as the mask holds; those left over get gradient 0 |
//! | source | definition |

use super::{Composed, Draw, masked_select::held};
use crate::{
    Error, Float, Mask, Var,
    error::{Within, or_panic},
    ops::indices::Picks,
};

impl<'t, F: Float> Var<'t, F> {
    /// This variable with the elements of `source`, in row-major order, where the mask holds; see
    /// [`crate::ops::composed::masked_scatter`].
    ///
    /// How many are needed depends on the mask, which is therefore read: a [plan](crate::Plan) refuses what follows if the
    /// mask depends on its inputs.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::ShapeMismatch`] for a mask that does not repeat to this variable's shape;
    /// [`Error::Attribute`] for a source with too few elements; [`Error::DifferentTapes`]; [`Error::Shape`] for 2³²
    /// elements or more.
    #[track_caller]
    pub fn try_masked_scatter(self, mask: Mask<'t, F>, source: Self) -> Result<Self, Error> {
        const OP: &str = "masked_scatter";
        let (shape, given) = (self.shape(), source.shape().len());
        mask.node().shape().check_repeats_to(OP, shape)?;
        let places = held(OP, mask, self, shape)?;
        let count = places.len();
        if given < count {
            let given = format!("{given} elements for the {count} places where the mask holds");
            return Err(Error::Attribute { op: OP, name: "source", given, expected: "an element for each" });
        }
        let source = source.try_reshape([given])?.try_slice(0, ..count as isize)?;
        let list = self.try_reshape([shape.len()])?;
        let picks = Picks::new(OP, 0, places, list.shape())?;
        list.try_put_rows(picks, source).within(OP)?.try_reshape(shape)
    }

    /// As [`Var::try_masked_scatter`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, -2.0, -3.0]), tape.leaf([7.0, 8.0, 9.0]));
    /// let y = x.masked_scatter(x.lt(0.0), source);
    /// assert_eq!(y.value().to_vec(), [1.0, 7.0, 8.0]);
    /// assert_eq!(y.sum().backward(&[source])[0].to_vec(), [1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn masked_scatter(self, mask: Mask<'t, F>, source: Self) -> Self {
        or_panic(self.try_masked_scatter(mask, source))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "masked_scatter",
        f: |x| x[0].masked_scatter(x[0].gt(0.0), x[1]),
        samples: |draw: &mut Draw| {
            let away: &[(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];
            Draw::shapes().map(|s| vec![draw.from_intervals(s, away), draw.uniform([2, 3], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn a_source_too_short_or_a_mask_too_large_is_refused() {
        let tape = Tape::<f64>::new();
        let (x, one) = (tape.leaf([1.0, 2.0]), tape.leaf([7.0]));
        let short = x.try_masked_scatter(x.gt(0.0), one).unwrap_err().to_string();
        assert!(short.contains("1 elements for the 2 places"), "{short}");
        let rows = tape.constant(Tensor::zeros([3, 2])).ne(0.0);
        assert!(matches!(x.try_masked_scatter(rows, one), Err(Error::ShapeMismatch { .. })));
        let other = Tape::<f64>::new();
        assert!(matches!(
            x.try_masked_scatter(x.gt(1.0), other.leaf(1.0)),
            Err(Error::DifferentTapes { op: "masked_scatter" })
        ));
    }

    #[test]
    fn what_is_replaced_does_no_harm() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, 4.0]);
        let y = x.ln().masked_scatter(x.le(0.0), x.s(1..));
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.25]);
    }
}
