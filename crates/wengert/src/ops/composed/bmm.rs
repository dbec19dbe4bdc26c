//! # bmm
//!
//! The matrix products of two stacks of equally many matrices.
//!
//! $$ Y_n = A_n B_n $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul` |
//! | JVP | by composition |
//! | shape | `[n, m, k] × [n, k, p] → [n, m, p]` |
//! | domain | everything; nothing broadcasts: that is `matmul` |
//! | source | definition, as PyTorch's `bmm` |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The products of two stacks of equally many matrices; see [`crate::ops::composed::bmm`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless both have three axes, the first of one size, and the inner sizes are equal;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_bmm(self, b: Self) -> Result<Self, Error> {
        let (x, y) = (self.shape(), b.shape());
        match (x.dims(), y.dims()) {
            (&[n, _, k], &[m, l, _]) if (n, k) == (m, l) => self.try_matmul(b).within("bmm"),
            (lhs, rhs) => {
                let (lhs, rhs, expected) = (
                    lhs.into(),
                    rhs.into(),
                    "[n, m, k] and [n, k, p] (matmul takes matrices and stacks of any rank)",
                );
                Err(Error::ShapeMismatch { op: "bmm", lhs, rhs, expected })
            }
        }
    }

    /// As [`Var::try_bmm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[[1.0, 2.0]], [[3.0, 4.0]]]), tape.leaf([[[1.0], [10.0]], [[1.0], [10.0]]]));
    /// assert_eq!(a.bmm(b).value().to_vec(), [21.0, 43.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn bmm(self, b: Self) -> Self {
        or_panic(self.try_bmm(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "bmm",
        f: |x| x[0].bmm(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[usize; 4]; 4] = [[2, 2, 3, 1], [1, 1, 2, 2], [0, 2, 1, 2], [2, 1, 0, 2]];
            let of = |[n, m, k, p]: [usize; 4]| {
                vec![draw.uniform([n, m, k], -2.0, 2.0), draw.uniform([n, k, p], -2.0, 2.0)]
            };
            shapes.map(of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn nothing_broadcasts() {
        let tape = Tape::<f64>::new();
        let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
        let a = of(&[2, 3, 4]);
        assert_eq!(a.bmm(of(&[2, 4, 5])).shape().dims(), [2, 3, 5]);
        for other in [&[1, 4, 5][..], &[4, 5], &[2, 3, 5], &[2, 4], &[1, 2, 4, 5]] {
            assert!(matches!(a.try_bmm(of(other)), Err(Error::ShapeMismatch { op: "bmm", .. })), "{other:?}");
        }
    }
}
