//! Reductions and scans along one axis.
//!
//! Tensors are contiguous and seen as `[outer, n, inner]`, where `n` is the reduced axis; results
//! are `[outer, inner]`. Every result depends on its own `n` elements in a fixed order: the bits are
//! the same for any `outer` and any number of threads.

mod columns;
mod extremes;
mod level;
mod norm;
mod scan;
mod softmax;
mod sum;
mod view;

pub(crate) use columns::Columns;
pub(crate) use extremes::row_extreme;
pub use extremes::{argmax, argmin, max, min};
pub(crate) use level::{Loop, vectorized_at};
pub(crate) use norm::row_norm;
pub use norm::{norm2, p_norm};
pub use scan::{cumprod, cumsum, recurrence};
pub use softmax::{AllMasked, logsumexp, softmax};
pub(crate) use sum::{LEAF, LEAF_ROWS, add_pairwise, leaf_sum, means_of};
pub use sum::{mean, sum};
pub use view::{Order, View, mean_view, sum_view};

/// Elements that one block reads, at least.
const CHUNK: usize = 16 * 1024;

/// Columns that one block sums, where there are many.
const COLUMNS: usize = 1024;

/// Checks the lengths of a reduction and returns whether there is anything to write.
fn assert_lengths(op: &str, [outer, n, inner]: [usize; 3], x: usize, out: usize) -> bool {
    let results = outer.checked_mul(inner);
    let elements = results.and_then(|r| r.checked_mul(n));
    assert_eq!(Some(x), elements, "{op}: the input is [outer, n, inner] = [{outer}, {n}, {inner}]");
    assert_eq!(Some(out), results, "{op}: the result is [outer, inner] = [{outer}, {inner}]");
    out > 0
}

#[cfg(test)]
mod tests;
