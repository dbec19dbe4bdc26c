//! Whether a pattern leaves out an entry, asked by one product with a random vector.

use super::SparseMatrix;
use crate::{Error, Float, Key};

/// Compares the product of the whole matrix, by `push`, with that of the entries found; rows that differ are computed
/// whole, by `pull` of a unit vector.
///
/// # Errors
///
/// [`Error::MissingEntry`] for the first entry that the pattern leaves out.
pub(super) fn probe<F: Float>(
    op: &'static str,
    found: &SparseMatrix<F>,
    push: impl Fn(Vec<F>) -> Result<Vec<F>, Error>,
    pull: impl Fn(Vec<F>) -> Result<Vec<F>, Error>,
) -> Result<(), Error> {
    let pattern = found.pattern();
    if pattern.rows() == 0 || pattern.columns() == 0 {
        return Ok(());
    }
    let direction = Key::new(0x5eed).normal::<F>([pattern.columns()]);
    let magnitudes =
        |k: usize, j: usize| (found.values().elements()[k] * direction.elements()[j]).to_f64().abs();
    let (whole, product) = (push(direction.to_vec())?, found.product(&direction));
    // What a row may differ by, relative to its terms: far above rounding, far below most entries.
    let tolerance = F::EPSILON.to_f64().sqrt();
    let mut entry = 0;
    for (i, (&whole, &product)) in whole.iter().zip(product.elements().iter()).enumerate() {
        let terms: f64 = pattern.row(i).iter().enumerate().map(|(k, &j)| magnitudes(entry + k, j)).sum();
        entry += pattern.row(i).len();
        let (whole, product) = (whole.to_f64(), product.to_f64());
        let agree = (whole - product).abs() <= tolerance * (terms + whole.abs());
        if agree || !product.is_finite() {
            continue;
        }
        let mut unit = vec![F::ZERO; pattern.rows()];
        unit[i] = F::ONE;
        let row = pull(unit)?;
        let missing = |&j: &usize| row[j] != F::ZERO && pattern.position(i, j).is_none();
        if let Some(column) = (0..row.len()).find(missing) {
            return Err(Error::MissingEntry { op, row: i, column, value: row[column].to_f64() });
        }
    }
    Ok(())
}
