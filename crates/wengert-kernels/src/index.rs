//! Elements and rows picked by index, and added back where they came from.
//!
//! Arrays are `[outer, n, inner]` with the indexed axis in the middle. Indices are checked by the caller; one beyond
//! the axis panics here and is never followed. Additions run in the order of the indices.

use crate::{Element, Real};

/// `out[o, i, k] = x[o, indices[i], k]`, with `x` of sizes `[outer, n, inner]`.
///
/// # Panics
///
/// If a slice has another length than the sizes say, or an index is not below `n`.
pub fn index_select<T: Element>(x: &[T], [outer, n, inner]: [usize; 3], indices: &[u32], out: &mut [T]) {
    assert_eq!(
        (x.len(), out.len()),
        (outer * n * inner, outer * indices.len() * inner),
        "index_select: sizes"
    );
    if out.is_empty() {
        return;
    }
    for (x, out) in x.chunks_exact(n * inner).zip(out.chunks_exact_mut(indices.len() * inner)) {
        for (&i, row) in indices.iter().zip(out.chunks_exact_mut(inner)) {
            row.copy_from_slice(&x[i as usize * inner..][..inner]);
        }
    }
}

/// `out[o, indices[i], k] += x[o, i, k]` in the order of `i`, with `out` of sizes `[outer, n, inner]`.
///
/// # Panics
///
/// As [`index_select`].
pub fn index_add<T: Real>(x: &[T], [outer, n, inner]: [usize; 3], indices: &[u32], out: &mut [T]) {
    assert_eq!((x.len(), out.len()), (outer * indices.len() * inner, outer * n * inner), "index_add: sizes");
    if x.is_empty() {
        return;
    }
    for (x, out) in x.chunks_exact(indices.len() * inner).zip(out.chunks_exact_mut(n * inner)) {
        for (&i, row) in indices.iter().zip(x.chunks_exact(inner)) {
            for (o, &x) in out[i as usize * inner..][..inner].iter_mut().zip(row) {
                *o += x;
            }
        }
    }
}

/// `out[o, i, k] = x[o, indices[o, i, k], k]`, with `x` of sizes `[outer, n, inner]`.
///
/// # Panics
///
/// As [`index_select`]; if the indices do not fill whole rows.
pub fn gather<T: Element>(x: &[T], [outer, n, inner]: [usize; 3], indices: &[u32], out: &mut [T]) {
    assert_eq!((x.len(), out.len()), (outer * n * inner, indices.len()), "gather: sizes");
    if out.is_empty() {
        return;
    }
    assert_eq!(out.len() % (outer * inner), 0, "gather: rows");
    let count = out.len() / outer; // indices for each outer part
    let parts = x.chunks_exact(n * inner).zip(indices.chunks_exact(count)).zip(out.chunks_exact_mut(count));
    for ((x, indices), out) in parts {
        for (p, (&i, o)) in indices.iter().zip(out).enumerate() {
            *o = x[i as usize * inner..][..inner][p % inner];
        }
    }
}

/// `out[o, indices[o, i, k], k] += x[o, i, k]` in the order of `i`, with `out` of sizes `[outer, n, inner]`.
///
/// # Panics
///
/// As [`gather`].
pub fn scatter_add<T: Real>(x: &[T], [outer, n, inner]: [usize; 3], indices: &[u32], out: &mut [T]) {
    assert_eq!((x.len(), out.len()), (indices.len(), outer * n * inner), "scatter_add: sizes");
    if x.is_empty() {
        return;
    }
    assert_eq!(x.len() % (outer * inner), 0, "scatter_add: rows");
    let count = x.len() / outer;
    let parts = x.chunks_exact(count).zip(indices.chunks_exact(count)).zip(out.chunks_exact_mut(n * inner));
    for ((x, indices), out) in parts {
        for (p, (&i, &x)) in indices.iter().zip(x).enumerate() {
            out[i as usize * inner..][..inner][p % inner] += x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_picked_and_repeats_add_in_order() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // [1, 3, 2]
        let mut rows = [0.0; 6];
        index_select(&x, [1, 3, 2], &[2, 0, 2], &mut rows);
        assert_eq!(rows, [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        let mut sums = [0.0; 6];
        index_add(&rows, [1, 3, 2], &[2, 0, 2], &mut sums);
        assert_eq!(sums, [1.0, 2.0, 0.0, 0.0, 10.0, 12.0]);
        // 1e16 + 1 - 1e16 is 0 from left to right, 1 in any other order
        let mut one = [0.0];
        index_add(&[1e16, 1.0, -1e16], [1, 1, 1], &[0, 0, 0], &mut one);
        scatter_add(&[1e16, 1.0, -1e16], [1, 1, 1], &[0, 0, 0], &mut one);
        assert_eq!(one, [0.0]);
    }

    #[test]
    fn elements_are_picked_within_their_own_column() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]; // [2, 2, 2]
        let indices = [1, 0, 0, 1]; // [2, 1, 2]
        let mut out = [0.0; 4];
        gather(&x, [2, 2, 2], &indices, &mut out);
        assert_eq!(out, [3.0, 2.0, 5.0, 8.0]);
        let mut back = [0.0; 8];
        scatter_add(&out, [2, 2, 2], &indices, &mut back);
        assert_eq!(back, [0.0, 2.0, 3.0, 0.0, 5.0, 0.0, 0.0, 8.0]);
    }

    #[test]
    #[should_panic(expected = "range")]
    fn an_index_beyond_the_axis_is_not_followed_into_the_next_row() {
        gather(&[1.0, 2.0], [2, 1, 1], &[0, 1], &mut [0.0; 2]);
    }
}
