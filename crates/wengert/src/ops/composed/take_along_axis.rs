//! # take_along_axis
//!
//! One element per index, taken along an axis: `gather` of operand and indices broadcast along the others.
//!
//! $$ y_{i \, j \, k} = x_{i \, p_{ijk} \, k}, \quad j \text{ along the axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `broadcast_to` and `gather` |
//! | JVP | by composition |
//! | shape | `[…, d, …] → […, n, …]`; the other sizes of operand and indices are equal, or one of them is 1 |
//! | domain | everything; indices below `d`, repeated or not |
//! | source | definition |

use super::{Composed, Draw};
use crate::ops::{gather::Gather, indices::Picks};
use crate::{Error, Float, Shape, Tensor, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// One element per index, taken along an axis; see [`crate::ops::composed::take_along_axis`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::ShapeMismatch`] for indices of another
    /// rank, and where sizes along another axis differ and neither is 1.
    #[track_caller]
    pub fn try_take_along_axis(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Result<Self, Error> {
        const OP: &str = "take_along_axis";
        let (given, shape) = (indices.into(), self.shape());
        let axis = resolve(OP, axis, shape.rank())?;
        if given.rank() != shape.rank() {
            let (lhs, rhs) = (shape.dims().into(), given.dims().into());
            return Err(Error::ShapeMismatch { op: OP, lhs, rhs, expected: "as many axes in both" });
        }
        let around =
            Shape::broadcast(OP, shape.with(axis, 1), given.shape().with(axis, 1)).map_err(|_| {
                let (lhs, rhs) = (shape.dims().into(), given.dims().into());
                let expected = "sizes that are equal or 1 along every axis but the one indexed";
                Error::ShapeMismatch { op: OP, lhs, rhs, expected }
            })?;
        let spread = |size: usize| {
            let mut dims = around.dims().to_vec();
            dims[axis] = size;
            Shape::new(dims)
        };
        let (from, to) = (spread(shape.dims()[axis])?, spread(given.dims()[axis])?);
        let cells = if to == given.shape() {
            Picks::new(OP, axis as isize, given, shape)?
        } else {
            Picks::new(OP, axis as isize, given.broadcast_view(to), shape)?.computed_from(&[given])
        };
        let x = self.try_broadcast_to(from)?;
        self.tape.try_apply(Gather { cells }, &[x])
    }

    /// As [`Var::try_take_along_axis`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.take_along_axis(1, [[2], [0]]).value().to_vec(), [3.0, 4.0]);
    /// let same_for_each_row = x.take_along_axis(1, [[2, 2]]);
    /// assert_eq!(same_for_each_row.value().to_vec(), [3.0, 3.0, 6.0, 6.0]);
    /// assert_eq!(same_for_each_row.sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 2.0, 0.0, 0.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn take_along_axis(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Self {
        or_panic(self.try_take_along_axis(axis, indices))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "take_along_axis",
        f: |x| match x[0].rank() {
            1 => x[0].take_along_axis(0, [0, 0]),
            _ => x[0].take_along_axis(-1, [[1, 0, 1], [0, 0, 1]]),
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[1], &[3], &[2, 2], &[1, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, plan::Extras};

    #[test]
    fn operand_and_indices_broadcast_along_the_other_axes() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 1], |ix| (10 * ix[0] + ix[1]) as f64));
        let p = Tensor::from_fn([1, 2, 2], |ix| (ix[1] + ix[2]) as u32);
        let y = x.take_along_axis(1, p);
        let expected = Tensor::from_fn([2, 2, 2], |ix| (10 * ix[0] + ix[1] + ix[2]) as f64);
        assert_eq!(y.value(), expected);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 2.0, 1.0, 1.0, 2.0, 1.0]);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        let op = "take_along_axis";
        assert_eq!(x.try_take_along_axis(1, [[3]]).unwrap_err(), Error::Index { op, index: 3, size: 3 });
        assert!(matches!(x.try_take_along_axis(1, [0]), Err(Error::ShapeMismatch { .. })));
        let misfit = x.try_take_along_axis(1, [[0], [0], [0]]).unwrap_err();
        assert!(misfit.to_string().contains("shapes [2, 3] and [3, 1]"), "{misfit}");
        assert!(matches!(x.try_take_along_axis(2, [[0]]), Err(Error::Axis { .. })));
        assert_eq!(tape.len(), 1);
    }

    #[test]
    fn a_plan_takes_other_indices_where_it_can_and_refuses_where_not() {
        let tape = Tape::<f64>::new();
        let values = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
        let x = tape.leaf(&values);
        let own = Tensor::from([[0_u32], [1]]);
        let y = x.take_along_axis(1, &own);
        let plan = tape.compiler().inputs(&[x]).indices(&[&own]).compile(&[y]).unwrap();
        let other = Tensor::from([[1_u32], [1]]);
        let extras = Extras { indices: &[&other], step: None };
        let out = plan.run_with(&mut plan.workspace(), &[&values], &extras).unwrap().to_vec();
        assert_eq!(out[0].to_vec(), [2.0, 4.0]);
        // Spread along the rows, they are others: what the plan would be given does not say how.
        let row = Tensor::from([[0_u32]]);
        let z = x.take_along_axis(1, &row) + x.gather(1, &row).sum();
        let refused = tape.compiler().inputs(&[x]).indices(&[&row]).compile(&[z]);
        assert!(matches!(refused, Err(Error::PlanIndices { position: 0 })));
    }
}
