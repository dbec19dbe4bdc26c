//! Jacobians and Hessians of which most entries are known to be zero.
//!
//! Columns that share no row can move at once: one sweep along their sum has the entries of all of them, each in rows of its
//! own. So a pattern of entries that may be other than zero is colored, and there is a sweep for each color instead of one for
//! each column.
//!
//! ```
//! use wengert::{Pattern, Tensor, sparse_jacobian};
//!
//! // y_i = x_i x_{i+1}: a thousand rows, three entries at most in each
//! let x = Tensor::from_fn([1000], |i| (i[0] as f64).sin());
//! let j = sparse_jacobian(|x| x * x.roll([-1], 0), &x, &Pattern::new([1000, 1000], (0..1000).flat_map(|i| {
//!     [(i, i), (i, (i + 1) % 1000)]
//! }))?);
//! assert_eq!(j.sweeps(), 2);
//! assert_eq!(j.get(3, 4), x.to_vec()[3]);
//! # Ok::<(), wengert::Error>(())
//! ```
//!
//! A. R. Curtis, M. J. D. Powell, J. K. Reid, *On the estimation of sparse Jacobian matrices* (1974); A. H. Gebremedhin,
//! F. Manne, A. Pothen, *What color is your Jacobian? Graph coloring for computing derivatives*, SIAM Review 47 (2005).

mod color;
mod matrix;
mod pattern;
mod probe;

pub use color::Colors;
pub use matrix::SparseMatrix;
pub use pattern::Pattern;

use crate::{Error, Float, Shape, Tape, Tensor, Var, error::or_panic};

/// The Jacobian of a function of one tensor, where the pattern has entries.
///
/// Rows are the elements of the value, columns those of the input, both in row-major order. Forward or reverse mode, whichever
/// needs fewer colors.
///
/// ```
/// use wengert::{Pattern, Tensor, sparse_jacobian};
/// let j = sparse_jacobian(|x| x.square(), &Tensor::from([1.0, 3.0]), &Pattern::banded(2, 0, 0));
/// assert_eq!((j.sweeps(), j.values().to_vec()), (1, vec![2.0, 6.0]));
/// ```
///
/// # Panics
///
/// Where [`try_sparse_jacobian`] fails.
#[track_caller]
pub fn sparse_jacobian<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    pattern: &Pattern,
) -> SparseMatrix<F> {
    or_panic(try_sparse_jacobian(f, x, pattern))
}

/// As [`sparse_jacobian`].
///
/// One more sweep, along a random direction, holds the result against the whole Jacobian, unless the pattern is
/// [trusted](Pattern::trusted).
///
/// # Errors
///
/// [`Error::ShapeMismatch`] for a pattern of another size, [`Error::MissingEntry`] for one that leaves out an entry,
/// [`Error::Unreachable`] if the value does not depend on the input.
#[track_caller]
pub fn try_sparse_jacobian<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    pattern: &Pattern,
) -> Result<SparseMatrix<F>, Error> {
    const OP: &str = "sparse_jacobian";
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = f(x);
    pattern.check_size(OP, y.shape().len(), x.shape().len())?;
    let unreachable = || y.unreachable_from(OP, 0, x);
    let pull = |seed: Vec<F>| {
        let found = y.try_pullback(tensor(y.shape(), seed), &[x])?.remove(0);
        Ok(found.ok_or_else(unreachable)?.to_vec())
    };
    let push = |direction: Vec<F>| {
        let end = tape.len();
        let dx = tape.constant(tensor(x.shape(), direction));
        let dy = tape.no_grad(|| y.try_jvp(&[x], &[dx])).map(|dy| dy.map(Var::tensor));
        tape.truncate(end);
        Ok(dy?.ok_or_else(unreachable)?.to_vec())
    };
    let (forward, colors) = fewest(pattern);
    let compressed: Vec<Vec<F>> = colors
        .seeds()
        .map(|seed| if forward { push(seed) } else { pull(seed) })
        .collect::<Result<_, Error>>()?;
    let values = pattern
        .entries()
        .map(|(i, j)| if forward { compressed[colors.of(j)][i] } else { compressed[colors.of(i)][j] });
    let found = SparseMatrix::new(pattern.clone(), values.collect(), colors.count());
    if pattern.is_probed() {
        probe::probe(OP, &found, push, pull)?;
    }
    Ok(found)
}

/// The Hessian of a scalar function of one tensor, where the pattern has entries; zero where `f` is linear.
///
/// Each entry is computed in one of its two places, whichever another entry does not get in the way of; so the result is
/// symmetric, and there are fewer sweeps than for a Jacobian of the same pattern (two for an arrowhead of any size).
///
/// ```
/// use wengert::{Pattern, Tensor, sparse_hessian};
/// let x = Tensor::from([1.0, 2.0, 3.0, 4.0]);
/// let arrow = Pattern::new([4, 4], (0..4).flat_map(|i| [(i, i), (0, i), (i, 0)]).skip(2))?;
/// let h = sparse_hessian(|x| (x.s(0) * x.square()).sum(), &x, &arrow);
/// assert_eq!((h.sweeps(), h.get(0, 3), h.get(3, 0), h.get(3, 3)), (2, 8.0, 8.0, 2.0));
/// # Ok::<(), wengert::Error>(())
/// ```
///
/// # Panics
///
/// Where [`try_sparse_hessian`] fails.
#[track_caller]
pub fn sparse_hessian<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    pattern: &Pattern,
) -> SparseMatrix<F> {
    or_panic(try_sparse_hessian(f, x, pattern))
}

/// As [`sparse_hessian`]; probed as [`try_sparse_jacobian`] is.
///
/// # Errors
///
/// As there; [`Error::Attribute`] for a pattern that is not symmetric, [`Error::NotScalar`].
#[track_caller]
pub fn try_sparse_hessian<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    pattern: &Pattern,
) -> Result<SparseMatrix<F>, Error> {
    const OP: &str = "sparse_hessian";
    let tape = Tape::new();
    let x = tape.leaf(x);
    let n = x.shape().len();
    pattern.check_size(OP, n, n)?;
    let colors = pattern.star_colors()?;
    let y = f(x);
    let g = y.try_grad(&[x])?[0].ok_or_else(|| y.unreachable_from(OP, 0, x))?;
    let product = |seed: Vec<F>| {
        let found = g.try_pullback(tensor(g.shape(), seed), &[x])?.remove(0);
        Ok(found.map_or_else(|| vec![F::ZERO; n], |h| h.to_vec()))
    };
    let compressed: Vec<Vec<F>> = colors.seeds().map(product).collect::<Result<_, Error>>()?;
    let (mut values, mut counts) = (Vec::with_capacity(pattern.len()), vec![0_usize; colors.count()]);
    for i in 0..n {
        let row = pattern.row(i);
        row.iter().for_each(|&j| counts[colors.of(j)] += 1);
        // In row i, the color of j is that of j alone, or else in row j that of i is.
        let place = |&j: &usize| if counts[colors.of(j)] == 1 { (j, i) } else { (i, j) };
        values.extend(row.iter().map(place).map(|(of, at)| compressed[colors.of(of)][at]));
        row.iter().for_each(|&j| counts[colors.of(j)] = 0);
    }
    let found = SparseMatrix::new(pattern.clone(), values, colors.count());
    if pattern.is_probed() {
        probe::probe(OP, &found, product, product)?;
    }
    Ok(found)
}

/// Colors of the columns, and `true`, or of the rows, whichever are fewer.
///
/// Columns need as many as the longest row has entries, and rows as many as the longest column. What cannot have fewer than
/// the other is not colored: with one full column, that would take the square of its length.
fn fewest(pattern: &Pattern) -> (bool, Colors) {
    let across = pattern.transposed();
    let longest = |pattern: &Pattern| (0..pattern.rows()).map(|i| pattern.row(i).len()).max().unwrap_or(0);
    let (of_columns, of_rows) = (|| color::apart(&across, pattern), || color::apart(pattern, &across));
    let (least_columns, least_rows) = (longest(pattern), longest(&across));
    if least_columns < least_rows {
        let columns = of_columns();
        if columns.count() < least_rows {
            return (true, columns);
        }
        let rows = of_rows();
        return if columns.count() < rows.count() { (true, columns) } else { (false, rows) };
    }
    let rows = of_rows();
    if rows.count() <= least_columns {
        return (false, rows);
    }
    let columns = of_columns();
    if columns.count() < rows.count() { (true, columns) } else { (false, rows) }
}

fn tensor<F: Float>(shape: Shape, values: Vec<F>) -> Tensor<F> {
    Tensor::new(shape, values).expect("a value for each row or column")
}
