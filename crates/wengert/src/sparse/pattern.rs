//! Where a matrix may have entries.

use super::color::{self, Colors};
use crate::{Error, Float, Tensor};

const OP: &str = "pattern";

/// Where a matrix may have entries other than zero: rows in order, each with its columns in order.
///
/// ```
/// use wengert::{Error, Pattern};
/// let pattern = Pattern::new([2, 3], [(1, 2), (0, 0), (1, 1)])?;
/// assert_eq!((pattern.row(0), pattern.row(1)), (&[0][..], &[1, 2][..]));
/// assert!(matches!(Pattern::new([2, 3], [(0, 3)]), Err(Error::Index { index: 3, size: 3, .. })));
/// assert!(Pattern::new([2, 3], [(1, 1), (1, 1)]).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    columns: usize,
    /// Where each row begins among the indices, and where the last one ends.
    starts: Vec<usize>,
    indices: Vec<usize>,
    probed: bool,
}

impl Pattern {
    /// Returns the pattern with these entries, pairs of row and column in any order.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] for an entry outside of the matrix, [`Error::Attribute`] for one that is named twice.
    pub fn new(
        [rows, columns]: [usize; 2],
        entries: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Self, Error> {
        let mut entries: Vec<(usize, usize)> = entries.into_iter().collect();
        for &(i, j) in &entries {
            for (index, size) in [(i, rows), (j, columns)] {
                if index >= size {
                    return Err(Error::Index {
                        op: OP,
                        index: i64::try_from(index).unwrap_or(i64::MAX),
                        size,
                    });
                }
            }
        }
        entries.sort_unstable();
        if let Some(twice) = entries.windows(2).find(|pair| pair[0] == pair[1]) {
            let given = format!("{:?} twice", twice[0]);
            return Err(Error::Attribute { op: OP, name: "entries", given, expected: "each entry once" });
        }
        let mut starts = vec![0; rows + 1];
        entries.iter().for_each(|&(i, _)| starts[i + 1] += 1);
        (0..rows).for_each(|i| starts[i + 1] += starts[i]);
        let indices = entries.into_iter().map(|(_, j)| j).collect();
        Ok(Self { columns, starts, indices, probed: true })
    }

    /// Returns the square pattern with this many diagonals below and above the main one.
    ///
    /// ```
    /// let tridiagonal = wengert::Pattern::banded(100, 1, 1);
    /// assert_eq!((tridiagonal.len(), tridiagonal.column_colors().count()), (298, 3));
    /// ```
    pub fn banded(n: usize, below: usize, above: usize) -> Self {
        let row = |i: usize| i.saturating_sub(below)..i.saturating_add(above).saturating_add(1).min(n);
        let mut starts = vec![0];
        let mut indices = Vec::new();
        for i in 0..n {
            indices.extend(row(i));
            starts.push(indices.len());
        }
        Self { columns: n, starts, indices, probed: true }
    }

    /// Returns where this matrix is not zero: the pattern of a function, from one dense derivative at an ordinary point.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes than two.
    pub fn of_matrix<F: Float>(matrix: &Tensor<F>) -> Result<Self, Error> {
        let &[rows, columns] = matrix.dims() else {
            return Err(Error::Shape { op: OP, given: matrix.dims().into(), expected: "a matrix" });
        };
        let elements = matrix.elements();
        let entries = (0..elements.len()).filter(|&k| elements[k] != F::ZERO);
        Self::new([rows, columns], entries.map(|k| (k / columns, k % columns)))
    }

    /// The same, of which the caller knows that it leaves out no entry: what is computed with it is not probed.
    #[must_use]
    pub fn trusted(mut self) -> Self {
        self.probed = false;
        self
    }

    pub(super) fn is_probed(&self) -> bool {
        self.probed
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The columns of the entries of a row, in order.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[usize] {
        &self.indices[self.starts[row]..self.starts[row + 1]]
    }

    /// The entries as pairs of row and column, in the order of values.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.rows()).flat_map(|i| self.row(i).iter().map(move |&j| (i, j)))
    }

    /// The position of an entry among the values.
    pub fn position(&self, row: usize, column: usize) -> Option<usize> {
        if row >= self.rows() {
            return None;
        }
        Some(self.starts[row] + self.row(row).binary_search(&column).ok()?)
    }

    /// The pattern of the transposed matrix.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.columns + 1];
        self.indices.iter().for_each(|&j| starts[j + 1] += 1);
        (0..self.columns).for_each(|j| starts[j + 1] += starts[j]);
        let (mut next, mut indices) = (starts.clone(), vec![0; self.len()]);
        for (i, j) in self.entries() {
            indices[next[j]] = i;
            next[j] += 1;
        }
        Self { columns: self.rows(), starts, indices, probed: self.probed }
    }

    /// Colors of the columns: two that have an entry in one row differ.
    pub fn column_colors(&self) -> Colors {
        color::apart(&self.transposed(), self)
    }

    /// Colors of the rows: two that have an entry in one column differ.
    pub fn row_colors(&self) -> Colors {
        color::apart(self, &self.transposed())
    }

    /// Colors for a symmetric matrix: neighbors differ, and each path over four has at least three colors.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if the pattern is not symmetric.
    pub fn star_colors(&self) -> Result<Colors, Error> {
        let alone = self.entries().find(|&(i, j)| self.position(j, i).is_none());
        if let Some((i, j)) = alone {
            let given = format!("({i}, {j}) without ({j}, {i})");
            return Err(Error::Attribute { op: OP, name: "entries", given, expected: "a symmetric pattern" });
        }
        Ok(color::star(self))
    }

    pub(super) fn check_size(&self, op: &'static str, rows: usize, columns: usize) -> Result<(), Error> {
        if [self.rows(), self.columns] == [rows, columns] {
            return Ok(());
        }
        let expected =
            "a pattern with a row for each element of the value and a column for each of the input";
        let (lhs, rhs) = (vec![self.rows(), self.columns], vec![rows, columns]);
        Err(Error::ShapeMismatch { op, lhs, rhs, expected })
    }
}
