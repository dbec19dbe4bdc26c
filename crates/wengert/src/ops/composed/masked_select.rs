//! # masked_select
//!
//! The elements where a mask holds, as a list; the rows where one holds (`boolean_mask`).
//!
//! $$ y_q = x_{p_q}, \quad p_0 < p_1 < \dots \text{ the places where } m \text{ holds, in row-major order} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select` |
//! | JVP | by composition |
//! | shape | `[d…] → [n]`, where the mask holds `n` times; by rows `[d…, rest…] → [n, rest…]` |
//! | domain | everything; what is left out gets gradient 0, also if it is infinite or NaN; the places are read while recording |
//! | source | definition |

use super::{Composed, Draw};
use crate::ops::{
    index_select::IndexSelect,
    indices::{Picks, countable},
};
use crate::{Error, Float, Mask, Shape, Tensor, Var, error::or_panic};

/// The positions in row-major order where a mask holds, once it is repeated to a shape.
#[track_caller]
pub(super) fn held<F: Float>(
    op: &'static str,
    mask: Mask<'_, F>,
    x: Var<'_, F>,
    shape: Shape,
) -> Result<Tensor<u32>, Error> {
    countable(op, shape)?;
    if !std::ptr::eq(mask.node().tape, x.tape) {
        return Err(Error::DifferentTapes { op });
    }
    let holds = mask.value().broadcast_view(shape).to_vec();
    Ok((0..).zip(holds).filter(|(_, m)| m.to_f64() > 0.5).map(|(p, _)| p).collect())
}

impl<'t, F: Float> Var<'t, F> {
    /// The elements where the mask holds, in row-major order, as a list; see [`crate::ops::composed::masked_select`].
    ///
    /// Mask and variable broadcast together. How long the list is depends on the mask, which is therefore read: a
    /// [plan](crate::Plan) refuses what follows if the mask depends on its inputs. `select` and
    /// [`masked_fill`](Var::masked_fill) read nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`]; [`Error::Shape`] for 2³² elements or more.
    #[track_caller]
    pub fn try_masked_select(self, mask: Mask<'t, F>) -> Result<Self, Error> {
        const OP: &str = "masked_select";
        let shape = Shape::broadcast(OP, self.shape(), mask.node().shape())?;
        let places = held(OP, mask, self, shape)?;
        let list = self.try_broadcast_to(shape)?.try_reshape([shape.len()])?;
        let rows = Picks::new(OP, 0, places, list.shape())?;
        self.tape.try_apply(IndexSelect { rows }, &[list])
    }

    /// As [`Var::try_masked_select`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, -2.0], [0.0, 4.0]]);
    /// let logs = x.ln().masked_select(x.gt(0.0));
    /// assert_eq!(logs.value().to_vec(), [0.0, 4.0_f64.ln()]);
    /// assert_eq!(logs.sum().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 0.25]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn masked_select(self, mask: Mask<'t, F>) -> Self {
        or_panic(self.try_masked_select(mask))
    }

    /// What lies where a mask over the leading axes holds, one part after another: of a matrix and a mask of its rows, those
    /// rows.
    ///
    /// The mask is read as by [`Var::masked_select`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless the axes of the mask are the first of this variable; [`Error::DifferentTapes`];
    /// [`Error::Shape`] for 2³² rows or more.
    #[track_caller]
    pub fn try_boolean_mask(self, mask: Mask<'t, F>) -> Result<Self, Error> {
        const OP: &str = "boolean_mask";
        let (shape, of) = (self.shape(), mask.node().shape());
        if !shape.dims().starts_with(of.dims()) {
            let (lhs, rhs) = (shape.dims().into(), of.dims().into());
            return Err(Error::ShapeMismatch { op: OP, lhs, rhs, expected: "a mask over the leading axes" });
        }
        let places = held(OP, mask, self, of)?;
        let rows_of = self.try_reshape([&[of.len()], &shape.dims()[of.rank()..]].concat())?;
        let rows = Picks::new(OP, 0, places, rows_of.shape())?;
        self.tape.try_apply(IndexSelect { rows }, &[rows_of])
    }

    /// As [`Var::try_boolean_mask`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let kept = x.boolean_mask(x.s((.., 0)).ne(3.0));
    /// assert_eq!(kept.value().to_vec(), [1.0, 2.0, 5.0, 6.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn boolean_mask(self, mask: Mask<'t, F>) -> Self {
        or_panic(self.try_boolean_mask(mask))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "masked_select",
        f: |x| {
            let mask = x[0].gt(0.0);
            x[0].masked_select(mask) * x[0].boolean_mask(mask)
        },
        samples: |draw: &mut Draw| {
            let away: &[(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];
            Draw::shapes().map(|s| vec![draw.from_intervals(s, away)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn mask_and_variable_broadcast_together() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let mask = tape.constant([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]).ne(0.0);
        let y = x.masked_select(mask);
        assert_eq!(y.value().to_vec(), [1.0, 1.0, 2.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [2.0, 1.0]);
        assert_eq!(x.masked_select(x.gt(5.0)).shape().dims(), [0]);
        assert_eq!(tape.leaf(3.0).masked_select(tape.constant(1.0).gt(0.0)).value().to_vec(), [3.0]);
        assert_eq!(x.boolean_mask(tape.constant(1.0).gt(0.0)).shape().dims(), [1, 2]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        let two = tape.constant([1.0, 0.0]).ne(0.0);
        assert!(matches!(x.try_masked_select(two), Err(Error::Broadcast { .. })));
        assert_eq!(x.boolean_mask(two).shape().dims(), [1, 3]);
        let three = tape.constant([1.0, 0.0, 1.0]).ne(0.0);
        assert!(matches!(x.try_boolean_mask(three), Err(Error::ShapeMismatch { .. })));
        let other = Tape::<f64>::new();
        let far = other.constant(Tensor::zeros([2, 3])).ne(0.0);
        assert!(matches!(x.try_masked_select(far), Err(Error::DifferentTapes { .. })));
    }

    #[test]
    fn a_plan_refuses_a_count_that_depends_on_its_inputs() {
        for tape in [Tape::<f64>::new(), Tape::new().deferred()] {
            let x = tape.leaf([1.0, -2.0, 3.0]);
            let y = x.masked_select(x.gt(0.0)).sum();
            let refused = tape.compile(&[x], &[y]);
            assert!(matches!(refused, Err(Error::ValueInspected { .. })));
            let pattern = tape.constant([1.0, 0.0, 1.0]).ne(0.0);
            let y = x.masked_select(pattern).sum();
            let other = Tensor::from([10.0, 20.0, 30.0]);
            // Only what depends on the inputs and was read before the last line needed stands in the way.
            let fresh = Tape::<f64>::new();
            let x2 = fresh.leaf(x.value());
            let y2 = x2.masked_select(fresh.constant([1.0, 0.0, 1.0]).ne(0.0)).sum();
            let plan = fresh.compile(&[x2], &[y2]).unwrap();
            assert_eq!(plan.run(&mut plan.workspace(), &[&other]).unwrap()[0].item(), 40.0);
            assert_eq!(y.item(), 4.0);
        }
    }
}
