//! # matrix_norm
//!
//! Size of a matrix, of the last two axes.
//!
//! $$ \|A\|_F = \sqrt{\textstyle\sum_{ij} a_{ij}^2}, \qquad \|A\|_1 = \max_j \sum_i |a_{ij}|, \qquad \|A\|_\infty = \max_i \sum_j |a_{ij}| $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $\bar y\, a_{ij} / y$; $\bar y \operatorname{sign} a_{ij}$ in the largest column or row |
//! | JVP | by composition |
//! | shape | `[…, m, n] → […]`, or with size 1 there |
//! | domain | all reals; of nothing the Frobenius norm is 0 and the others, without columns or rows to choose from, an error; for other axes see `movedim` |
//! | kinks | at 0 every gradient is 0; $k$ equally large columns or rows share $\bar y$ |
//! | numerics | the root of squares neither overflows nor underflows in between |
//! | source | the rules of `norm2`, `abs`, `sum`, `max` and `min` |

use super::Composed;
use crate::{AxisSet, Error, Float, Shape, Tensor, Var, error::or_panic, ops::extremum::nonempty};

/// Which size of a matrix is meant. Those by singular values are made with the crate `wengert-linalg`: `nuclear_norm`, and
/// `svdvals().max_axes(-1)` for the largest, the spectral norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MatrixNorm {
    /// The root of the sum of squares: the Frobenius norm.
    Fro,
    /// The largest sum of absolute values in a column.
    One,
    /// The smallest sum of absolute values in a column.
    NegOne,
    /// The largest sum of absolute values in a row.
    Inf,
    /// The smallest sum of absolute values in a row.
    NegInf,
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn matrix_norm_over(self, kind: MatrixNorm, keepdim: bool) -> Result<Self, Error> {
        let (rank, shape) = (self.rank(), self.shape());
        if rank < 2 {
            let expected = "a matrix, or a stack of them along the first axes";
            return Err(Error::Shape { op: "matrix_norm", given: shape.dims().into(), expected });
        }
        let [rows, columns] = [rank - 2, rank - 1].map(|axis| AxisSet::from_iter([axis]));
        let (summed, chosen, is_largest) = match kind {
            MatrixNorm::Fro => return Ok(self.norm2_over(AxisSet::from_iter([rank - 2, rank - 1]), keepdim)),
            MatrixNorm::One => (rows, columns, true),
            MatrixNorm::NegOne => (rows, columns, false),
            MatrixNorm::Inf => (columns, rows, true),
            MatrixNorm::NegInf => (columns, rows, false),
        };
        let sums = self.abs().sum_over(summed).try_reshape(summed.reduced(shape, true))?;
        nonempty("matrix_norm", chosen, sums.shape())?;
        let y = if is_largest { sums.max_over(chosen, true)? } else { sums.min_over(chosen, true)? };
        y.try_reshape(AxisSet::from_iter([rank - 2, rank - 1]).reduced(shape, keepdim))
    }

    /// The size of the matrices of the last two axes, which the result no longer has; see
    /// [`crate::ops::composed::matrix_norm`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes; [`Error::EmptyReduction`] without a column or row to choose.
    #[track_caller]
    pub fn try_matrix_norm(self, kind: MatrixNorm) -> Result<Self, Error> {
        self.matrix_norm_over(kind, false)
    }

    /// As [`Var::try_matrix_norm`].
    ///
    /// ```
    /// use wengert::{MatrixNorm, Tape};
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, -2.0], [3.0, 4.0]]);
    /// assert_eq!([MatrixNorm::One, MatrixNorm::Inf].map(|kind| a.matrix_norm(kind).item()), [6.0, 7.0]);
    /// assert_eq!(a.matrix_norm(MatrixNorm::Inf).backward(&[a])[0].to_vec(), [0.0, 0.0, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn matrix_norm(self, kind: MatrixNorm) -> Self {
        or_panic(self.try_matrix_norm(kind))
    }

    /// As [`Var::try_matrix_norm`], but the axes keep size 1.
    ///
    /// # Errors
    ///
    /// As [`Var::try_matrix_norm`].
    #[track_caller]
    pub fn try_matrix_norm_keepdim(self, kind: MatrixNorm) -> Result<Self, Error> {
        self.matrix_norm_over(kind, true)
    }

    /// As [`Var::try_matrix_norm_keepdim`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn matrix_norm_keepdim(self, kind: MatrixNorm) -> Self {
        or_panic(self.try_matrix_norm_keepdim(kind))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "matrix_norm",
        f: |x| {
            let of = |kind| x[0].matrix_norm(kind);
            of(MatrixNorm::Fro) * of(MatrixNorm::One) + of(MatrixNorm::Inf) * of(MatrixNorm::NegInf)
        },
        samples: |draw| {
            // Each element outweighs all smaller ones, so that no two sums of rows or columns come near each other.
            let mut of =
                |dims: &[usize]| vec![draw.distinct(Shape::of(dims)).map(|v| -(4.0 * v * 3_f64.ln()).exp())];
            let mut samples: Vec<Vec<Tensor<f64>>> =
                [&[2, 3][..], &[2, 2, 1], &[0, 2, 2]].map(&mut of).into();
            samples.push(vec![Tensor::from([[1.5, -2.0], [-0.5, 4.0]])]);
            samples
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::MatrixNorm;
    use crate::{Error, Tape, Tensor, grad};

    const ALL: [MatrixNorm; 5] =
        [MatrixNorm::Fro, MatrixNorm::One, MatrixNorm::NegOne, MatrixNorm::Inf, MatrixNorm::NegInf];

    #[test]
    fn each_is_taken_of_every_matrix_of_a_stack() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf([[[3.0, -4.0, 0.0], [0.0, 0.0, 0.0]], [[1.0, 1.0, -1.0], [1.0, 2.0, -6.0]]]);
        let expected = [[5.0, 44.0_f64.sqrt()], [4.0, 7.0], [0.0, 2.0], [7.0, 9.0], [0.0, 3.0]];
        for (kind, expected) in ALL.into_iter().zip(expected) {
            assert_eq!(a.matrix_norm(kind).value().to_vec(), expected, "{kind:?}");
            assert_eq!(a.matrix_norm_keepdim(kind).shape().dims(), [2, 1, 1]);
        }
    }

    #[test]
    fn every_gradient_at_zero_is_zero_and_equal_columns_share() {
        for kind in ALL {
            assert_eq!(grad(|a| a.matrix_norm(kind), &Tensor::<f64>::zeros([2, 2])).to_vec(), [0.0; 4]);
        }
        let g = grad(|a| a.matrix_norm(MatrixNorm::One), &Tensor::from([[1.0, -2.0], [2.0, 1.0]]));
        assert_eq!(g.to_vec(), [0.5, -0.5, 0.5, 0.5]);
    }

    #[test]
    fn what_is_no_matrix_or_has_nothing_to_choose_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let refused = tape.leaf([1.0]).try_matrix_norm(MatrixNorm::Fro);
        assert!(matches!(refused, Err(Error::Shape { op: "matrix_norm", .. })));
        let wide = tape.leaf(Tensor::zeros([0, 3]));
        assert!(matches!(wide.try_matrix_norm(MatrixNorm::Inf), Err(Error::EmptyReduction { .. })));
        assert_eq!(
            (wide.matrix_norm(MatrixNorm::One).item(), wide.matrix_norm(MatrixNorm::Fro).item()),
            (0.0, 0.0)
        );
    }
}
