//! # tensordot
//!
//! The sum of products over pairs of axes, one of each operand.
//!
//! $$ y_{i \dots j \dots} = \sum_{k \dots} a_{i \dots k \dots} \, b_{k \dots j \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `permute`, `reshape` and `matmul` |
//! | JVP | by composition |
//! | shape | the axes of `a` that are not summed, in their order, then those of `b` |
//! | domain | everything; over no axes the outer product; over axes of size 0 zeros |
//! | source | definition; the axes are paired in the order named, as in NumPy's `tensordot` |

use super::{
    Composed, Draw,
    contract::{Groups, contract},
};
use crate::{
    Axes, AxisSet, Error, Float, Var,
    axes::resolve,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The sum of products over axes of both, paired in order; see [`crate::ops::composed::tensordot`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::Arity`] unless both name equally many axes;
    /// [`Error::ShapeMismatch`] if paired sizes differ; [`Error::RankTooLarge`], [`Error::TooLarge`],
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_tensordot(self, b: Self, axes_a: impl Axes, axes_b: impl Axes) -> Result<Self, Error> {
        self.tensordot_as("tensordot", b, axes_a.as_axes(), axes_b.as_axes())
    }

    /// The same under the name of the function that the user called.
    #[track_caller]
    pub(super) fn tensordot_as(
        self,
        op: &'static str,
        b: Self,
        axes_a: &[isize],
        axes_b: &[isize],
    ) -> Result<Self, Error> {
        if axes_a.len() != axes_b.len() {
            let expected = "as many axes of the second operand as of the first";
            return Err(Error::Arity { op, given: axes_b.len(), expected });
        }
        let groups = |v: Self, axes: &[isize]| -> Result<Groups, Error> {
            let set = AxisSet::new(op, axes, v.rank())?;
            let summed = axes.iter().map(|&axis| resolve(op, axis, v.rank())).collect::<Result<_, _>>()?;
            Ok(Groups {
                own: (0..v.rank()).filter(|&k| !set.contains(k)).collect(),
                summed,
                ..Groups::default()
            })
        };
        let (of_a, of_b) = (groups(self, axes_a)?, groups(b, axes_b)?);
        let size = |v: Self, k: usize| v.shape().dims()[k];
        if of_a.summed.iter().zip(&of_b.summed).any(|(&i, &j)| size(self, i) != size(b, j)) {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            return Err(Error::ShapeMismatch { op, lhs, rhs, expected: "equal sizes along the axes paired" });
        }
        contract(self, b, &of_a, &of_b).within(op)
    }

    /// As [`Var::try_tensordot`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let b = tape.leaf([1.0, 10.0, 100.0]);
    /// assert_eq!(a.tensordot(b, 0, 0).value().to_vec(), [531.0, 642.0]);
    /// assert_eq!(a.tensordot(a, [0, 1], [0, 1]).item(), 91.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn tensordot(self, b: Self, axes_a: impl Axes, axes_b: impl Axes) -> Self {
        or_panic(self.try_tensordot(b, axes_a, axes_b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "tensordot",
        f: |x| match x[0].rank() {
            3 => x[0].tensordot(x[1], [2, 0], [0, -1]),
            2 => x[0].tensordot(x[1], [], []),
            _ => x[0].tensordot(x[1], 0, -1),
        },
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 5] = [
                [&[2, 3, 2], &[2, 1, 2]],
                [&[2], &[3, 2]],
                [&[2, 1], &[2]],
                [&[0], &[2, 0]],
                [&[0, 2], &[1]],
            ];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn axes_are_paired_in_the_order_named() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(Tensor::from_fn([2, 3], |ix| (3 * ix[0] + ix[1]) as f64));
        assert_eq!(a.tensordot(a.t(), [0, 1], [1, 0]).item(), 55.0);
        assert_eq!(a.tensordot(a.t(), 1, 0).value(), a.matmul(a.t()).value());
        let none = tape.leaf(Tensor::zeros([2, 0]));
        let y = none.tensordot(none, 1, 1);
        assert_eq!(y.value(), Tensor::zeros([2, 2]));
        assert_eq!(y.sum().backward(&[none])[0].dims(), [2, 0]);
    }

    #[test]
    fn misfits_are_named() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf(Tensor::zeros([2, 3])), tape.leaf(Tensor::zeros([3, 4])));
        assert!(matches!(a.try_tensordot(b, 0, 0), Err(Error::ShapeMismatch { op: "tensordot", .. })));
        assert!(matches!(a.try_tensordot(b, [0, 1], 0), Err(Error::Arity { given: 1, .. })));
        assert!(matches!(a.try_tensordot(b, [1, -1], [0, 1]), Err(Error::RepeatedAxis { axis: 1, .. })));
        assert!(matches!(a.try_tensordot(b, 2, 0), Err(Error::Axis { axis: 2, .. })));
        let full = tape.leaf(Tensor::zeros([1; 8]));
        assert!(matches!(full.try_tensordot(a, [], []), Err(Error::RankTooLarge { rank: 10 })));
    }
}
