//! # cross
//!
//! The vector product of vectors of three along an axis.
//!
//! $$ y_i = a_{i + 1} b_{i + 2} - a_{i + 2} b_{i + 1}, \quad \text{indices modulo 3} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select`, `mul` and `sub`; $\bar a = b \times \bar y, \; \bar b = \bar y \times a$ |
//! | JVP | by composition |
//! | shape | `[…, 3, …] × […, 3, …] → […, 3, …]`; the other axes broadcast |
//! | domain | everything |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Shape, Var,
    axes::resolve,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The vector product along an axis of size 3; see [`crate::ops::composed::cross`].
    ///
    /// The axis is one of the result, and both operands have it.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`]; [`Error::Axis`]; [`Error::ShapeMismatch`] unless both have size 3 there;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_cross(self, b: Self, axis: isize) -> Result<Self, Error> {
        let shape = Shape::broadcast("cross", self.shape(), b.shape())?;
        let at = resolve("cross", axis, shape.rank())?;
        let size = |v: Self| (at + v.rank()).checked_sub(shape.rank()).map(|axis| v.shape().dims()[axis]);
        if size(self) != Some(3) || size(b) != Some(3) {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            return Err(Error::ShapeMismatch {
                op: "cross",
                lhs,
                rhs,
                expected: "size 3 along the axis in both",
            });
        }
        let from_last = at as isize - shape.rank() as isize; // the same axis in both, whatever their ranks
        let (next, after) = ([1_u32, 2, 0], [2_u32, 0, 1]);
        let (a_next, b_after) =
            (self.try_index_select(from_last, next)?, b.try_index_select(from_last, after)?);
        let plus = a_next.try_mul(b_after).within("cross")?;
        let (a_after, b_next) =
            (self.try_index_select(from_last, after)?, b.try_index_select(from_last, next)?);
        plus.try_sub(a_after.try_mul(b_next)?)
    }

    /// As [`Var::try_cross`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, y) = (tape.leaf([1.0, 0.0, 0.0]), tape.leaf([0.0, 1.0, 0.0]));
    /// assert_eq!(x.cross(y, 0).value().to_vec(), [0.0, 0.0, 1.0]);
    /// assert_eq!(x.cross(y, 0).sum().backward(&[x])[0].to_vec(), [1.0, 0.0, -1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cross(self, b: Self, axis: isize) -> Self {
        or_panic(self.try_cross(b, axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cross",
        f: |x| x[0].cross(x[1], if x[0].shape().dims()[0] == 3 { 0 } else { -1 }),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 4] =
                [[&[3], &[3]], [&[2, 3], &[3]], [&[3, 1], &[3, 2]], [&[0, 3], &[1, 3]]];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn it_is_orthogonal_to_both_and_zero_with_itself() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([-4.0, 5.0, 7.0]));
        let y = a.cross(b, -1);
        assert_eq!(y.value().to_vec(), [-1.0, -19.0, 13.0]);
        assert_eq!((y.dot(a).item(), y.dot(b).item()), (0.0, 0.0));
        assert_eq!(a.cross(a, 0).value().to_vec(), [0.0; 3]);
        let w = tape.constant([1.0, 10.0, 100.0]);
        assert_eq!(y.dot(w).backward(&[a])[0], b.cross(w, 0).value());
        assert_eq!(y.dot(w).backward(&[b])[0], w.cross(a, 0).value());
    }

    #[test]
    fn the_axis_has_size_three_in_both() {
        let tape = Tape::<f64>::new();
        let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
        assert_eq!(of(&[2, 3]).cross(of(&[3]), 1).shape().dims(), [2, 3]);
        assert_eq!(of(&[3, 4]).cross(of(&[5, 3, 1]), 1).shape().dims(), [5, 3, 4]);
        assert!(matches!(of(&[1]).try_cross(of(&[3]), 0), Err(Error::ShapeMismatch { op: "cross", .. })));
        assert!(matches!(of(&[3, 3]).try_cross(of(&[3]), 0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(of(&[2]).try_cross(of(&[2]), 0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(of(&[3]).try_cross(of(&[3]), 1), Err(Error::Axis { .. })));
        assert!(matches!(of(&[2, 3]).try_cross(of(&[4, 3]), 1), Err(Error::Broadcast { op: "cross", .. })));
    }
}
