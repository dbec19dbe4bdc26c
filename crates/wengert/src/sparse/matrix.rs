//! A matrix of which only some entries are stored.

use super::Pattern;
use crate::{Error, Float, Tensor};

/// A matrix with the values of the entries of a pattern, and zeros elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseMatrix<F: Float> {
    pattern: Pattern,
    values: Tensor<F>,
    sweeps: usize,
}

impl<F: Float> SparseMatrix<F> {
    pub(super) fn new(pattern: Pattern, values: Vec<F>, sweeps: usize) -> Self {
        let values = Tensor::new([values.len()], values).expect("one axis");
        Self { pattern, values, sweeps }
    }

    /// Where the entries are.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The values of the entries, in the order of [`Pattern::entries`].
    pub fn values(&self) -> &Tensor<F> {
        &self.values
    }

    /// How many sweeps computed it: the number of colors.
    pub fn sweeps(&self) -> usize {
        self.sweeps
    }

    /// The value at a row and column; zero where there is no entry.
    pub fn get(&self, row: usize, column: usize) -> F {
        self.pattern.position(row, column).map_or(F::ZERO, |k| self.values.elements()[k])
    }

    /// The matrix with all its zeros, of shape `[rows, columns]`.
    ///
    /// # Panics
    ///
    /// If it needs more than `isize::MAX` bytes.
    pub fn to_dense(&self) -> Tensor<F> {
        let columns = self.pattern.columns();
        let mut dense = Tensor::zeros([self.pattern.rows(), columns]);
        let values = self.values.elements();
        let elements = dense.make_mut();
        for ((i, j), &value) in self.pattern.entries().zip(values.iter()) {
            elements[i * columns + j] = value;
        }
        dense
    }

    /// The product with a vector of as many elements as there are columns.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of elements.
    pub fn try_product(&self, v: &Tensor<F>) -> Result<Tensor<F>, Error> {
        if v.len() != self.pattern.columns() {
            let (given, expected) = (v.dims().into(), "as many elements as the matrix has columns");
            return Err(Error::Shape { op: "product", given, expected });
        }
        let (values, v) = (self.values.elements(), v.elements());
        let mut product = vec![F::ZERO; self.pattern.rows()];
        for ((i, j), &value) in self.pattern.entries().zip(values.iter()) {
            product[i] += value * v[j];
        }
        Ok(Tensor::new([product.len()], product).expect("one axis"))
    }

    /// As [`SparseMatrix::try_product`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn product(&self, v: &Tensor<F>) -> Tensor<F> {
        crate::error::or_panic(self.try_product(v))
    }
}
