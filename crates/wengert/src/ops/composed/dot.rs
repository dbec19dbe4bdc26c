//! # dot
//!
//! The sum of products of two vectors, or of all elements of two tensors.
//!
//! $$ y = \sum_i a_i b_i $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul`; $\bar a = \bar y b, \; \bar b = \bar y a$ |
//! | JVP | by composition |
//! | shape | `[n] × [n] → []`; for `vdot` any two shapes of as many elements |
//! | domain | everything; of nothing it is 0 |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The sum of products of two vectors, a scalar; see [`crate::ops::composed::dot`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless both are vectors of one length, [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_dot(self, b: Self) -> Result<Self, Error> {
        if self.rank() != 1 || self.shape() != b.shape() {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            let expected = "two vectors of one length (for more axes: matmul, inner, tensordot)";
            return Err(Error::ShapeMismatch { op: "dot", lhs, rhs, expected });
        }
        self.try_matmul(b).within("dot")
    }

    /// As [`Var::try_dot`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    /// assert_eq!(a.dot(b).item(), 11.0);
    /// assert_eq!(a.dot(b).backward(&[a])[0].to_vec(), [3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn dot(self, b: Self) -> Self {
        or_panic(self.try_dot(b))
    }

    /// The sum of products of all elements, each operand in row-major order, whatever the shapes.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless there are as many elements in both, [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_vdot(self, b: Self) -> Result<Self, Error> {
        let (n, m) = (self.shape().len(), b.shape().len());
        if n != m {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            return Err(Error::ShapeMismatch { op: "vdot", lhs, rhs, expected: "as many elements in both" });
        }
        self.try_reshape([n])?.try_matmul(b.try_reshape([m])?).within("vdot")
    }

    /// As [`Var::try_vdot`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(a.vdot(a).item(), 30.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn vdot(self, b: Self) -> Self {
        or_panic(self.try_vdot(b))
    }
}

/// The product of vectors at the points where the laws check it.
pub fn vectors() -> Composed {
    Composed {
        name: "dot",
        f: |x| x[0].dot(x[1]),
        samples: |draw: &mut Draw| {
            [3, 1, 0].map(|n| vec![draw.uniform([n], -2.0, 2.0), draw.uniform([n], -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

/// The product of all elements at the points where the laws check it.
pub fn all() -> Composed {
    Composed {
        name: "vdot",
        f: |x| x[0].vdot(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 4] =
                [[&[2, 3], &[3, 2]], [&[], &[1]], [&[0, 2], &[0]], [&[4], &[2, 1, 2]]];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn a_vector_with_itself_gets_both_gradients_and_nothing_gives_zero() {
        let tape = Tape::<f64>::new();
        let (x, none) = (tape.leaf([3.0, 4.0]), tape.leaf(Tensor::zeros([0])));
        assert_eq!(x.dot(x).backward(&[x])[0].to_vec(), [6.0, 8.0]);
        assert_eq!((none.dot(none).item(), none.dot(none).backward(&[none])[0].dims()), (0.0, &[0][..]));
        let (matrix, wide) = (tape.leaf([[1.0, 2.0]]), tape.leaf([1.0, 2.0, 3.0]));
        assert!(matches!(x.try_dot(wide), Err(Error::ShapeMismatch { op: "dot", .. })));
        assert!(matches!(x.try_dot(matrix), Err(Error::ShapeMismatch { .. })));
        assert_eq!(x.vdot(matrix).item(), 11.0);
        assert!(matches!(x.try_vdot(wide), Err(Error::ShapeMismatch { op: "vdot", .. })));
        assert!(matches!(x.try_dot(Tape::new().leaf([1.0, 2.0])), Err(Error::DifferentTapes { .. })));
    }
}
