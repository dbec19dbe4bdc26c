//! Reading and adding at positions given by an index tensor.
//!
//! Tensors are contiguous and seen as `[outer, n, inner]`, where `n` is the indexed axis. Sums with
//! repeated indices add in index order, whatever the number of threads.

use crate::element::Element;
use crate::real::Real;
use crate::threads::Threads;

/// Elements that one block handles, at least one slice of the outer axis.
const CHUNK: usize = 16 * 1024;

/// Writes `out[o, j, i] = x[o, index[o, j, i], i]`.
///
/// `x` is `[outer, n, inner]`; `index` and `out` are `[outer, m, inner]` with any `m`.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, index::gather};
///
/// let mut out = [0.0; 2];
/// gather(&Threads::one(), [2, 3, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 0], &mut out);
/// assert_eq!(out, [3.0, 4.0]);
/// ```
pub fn gather<T: Element>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    index: &[u32],
    out: &mut [T],
) {
    assert_eq!(x.len(), outer * n * inner, "gather: the source is [outer, n, inner]");
    assert_eq!(index.len(), out.len(), "gather: one index for each output");
    let Some(slice) = slice_len(out.len(), outer, inner) else { return };
    let group = (CHUNK / slice).max(1);
    on.for_each_chunk(out, group * slice, |block, out| {
        for (o, out) in (block * group..).zip(out.chunks_exact_mut(slice)) {
            let (x, index) = (&x[o * n * inner..][..n * inner], &index[o * slice..][..slice]);
            for (e, (y, &k)) in out.iter_mut().zip(index).enumerate() {
                *y = x[at(k, n, inner, e % inner)];
            }
        }
    });
}

/// Adds `src[o, j, i]` to `acc[o, index[o, j, i], i]`, in the order of `j`.
///
/// The transpose of [`gather`]: `acc` is `[outer, n, inner]`; `index` and `src` are `[outer, m, inner]`.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
pub fn scatter_add<T: Real>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    acc: &mut [T],
    index: &[u32],
    src: &[T],
) {
    assert_eq!(acc.len(), outer * n * inner, "scatter_add: the result is [outer, n, inner]");
    assert_eq!(index.len(), src.len(), "scatter_add: one index for each source");
    let Some(slice) = slice_len(src.len(), outer, inner) else { return };
    assert!(n > 0, "scatter_add: no place for {} sources", src.len());
    let group = (CHUNK / slice).max(1);
    on.for_each_chunk(acc, group * n * inner, |block, acc| {
        for (o, acc) in (block * group..).zip(acc.chunks_exact_mut(n * inner)) {
            let (src, index) = (&src[o * slice..][..slice], &index[o * slice..][..slice]);
            for (e, (&x, &k)) in src.iter().zip(index).enumerate() {
                acc[at(k, n, inner, e % inner)] += x;
            }
        }
    });
}

/// Writes `out[o, j, i] = x[o, index[j], i]`.
///
/// `x` is `[outer, n, inner]`, `index` is `[m]`, `out` is `[outer, m, inner]`.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
pub fn index_select<T: Element>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    index: &[u32],
    out: &mut [T],
) {
    assert_eq!(x.len(), outer * n * inner, "index_select: the source is [outer, n, inner]");
    assert_eq!(out.len(), outer * index.len() * inner, "index_select: the result is [outer, m, inner]");
    if out.is_empty() {
        return;
    }
    // Each run of `inner` elements is a row of the result, numbered by slice and index.
    let group = (CHUNK / inner).max(1);
    on.for_each_chunk(out, group * inner, |block, out| {
        for (row, out) in (block * group..).zip(out.chunks_exact_mut(inner)) {
            let (o, k) = (row / index.len(), index[row % index.len()]);
            out.copy_from_slice(&x[o * n * inner..][at(k, n, inner, 0)..][..inner]);
        }
    });
}

/// Adds `src[o, j, i]` to `acc[o, index[j], i]`, in the order of `j`.
///
/// The transpose of [`index_select`]: `acc` is `[outer, n, inner]`, `index` is `[m]`, `src` is
/// `[outer, m, inner]`.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
pub fn index_add<T: Real>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    acc: &mut [T],
    index: &[u32],
    src: &[T],
) {
    assert_eq!(acc.len(), outer * n * inner, "index_add: the result is [outer, n, inner]");
    assert_eq!(src.len(), outer * index.len() * inner, "index_add: the source is [outer, m, inner]");
    if src.is_empty() {
        return;
    }
    assert!(n > 0, "index_add: no place for {} sources", src.len());
    let slice = index.len() * inner;
    let group = (CHUNK / slice).max(1);
    on.for_each_chunk(acc, group * n * inner, |block, acc| {
        for (o, acc) in (block * group..).zip(acc.chunks_exact_mut(n * inner)) {
            for (src, &k) in src[o * slice..][..slice].chunks_exact(inner).zip(index) {
                for (a, &x) in acc[at(k, n, inner, 0)..][..inner].iter_mut().zip(src) {
                    *a += x;
                }
            }
        }
    });
}

/// Elements of one `[m, inner]` slice of `len` elements; none if there are no elements at all.
fn slice_len(len: usize, outer: usize, inner: usize) -> Option<usize> {
    if len == 0 {
        return None;
    }
    let whole = outer > 0 && inner > 0 && len.is_multiple_of(outer * inner);
    assert!(whole, "index: {len} elements are not [outer, m, inner] with outer {outer} and inner {inner}");
    Some(len / outer)
}

/// Position of index `k` along an axis of `n` runs of `inner` elements.
#[inline]
fn at(k: u32, n: usize, inner: usize, i: usize) -> usize {
    assert!((k as usize) < n, "index {k} is out of range for an axis of {n} elements");
    k as usize * inner + i
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, test_runner::RngSeed};

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_kernel_equals_its_definition(
            outer in 0usize..4, n in 1usize..6, m in 0usize..7, inner in 0usize..4, seed: u32,
        ) {
            let word = |i: usize| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 1])[0];
            let index: Vec<u32> = (0..outer * m * inner).map(|i| word(i) % n as u32).collect();
            let rows: Vec<u32> = (0..m).map(|i| word(i + 9999) % n as u32).collect();
            let x: Vec<f64> = (0..outer * n * inner).map(|i| f64::from(word(i)) + 0.1).collect();
            let src: Vec<f64> = (0..outer * m * inner).map(|i| f64::from(word(i)) * 0.3).collect();
            let (mut taken, mut added) = (vec![0.0; src.len()], x.clone());
            let (mut selected, mut row_added) = (vec![0.0; src.len()], x.clone());
            for (o, j, i) in (0..outer).flat_map(|o| (0..m).flat_map(move |j| (0..inner).map(move |i| (o, j, i)))) {
                let e = (o * m + j) * inner + i;
                let place = |k: u32| (o * n + k as usize) * inner + i;
                taken[e] = x[place(index[e])];
                added[place(index[e])] += src[e];
                selected[e] = x[place(rows[j])];
                row_added[place(rows[j])] += src[e];
            }
            let (on, dims) = (Threads::new(2), [outer, n, inner]);
            let mut out = vec![f64::NAN; src.len()];
            gather(&on, dims, &x, &index, &mut out);
            prop_assert_eq!(&out, &taken);
            index_select(&on, dims, &x, &rows, &mut out);
            prop_assert_eq!(&out, &selected);
            let mut acc = x.clone();
            scatter_add(&on, dims, &mut acc, &index, &src);
            prop_assert_eq!(&acc, &added);
            acc.copy_from_slice(&x);
            index_add(&on, dims, &mut acc, &rows, &src);
            prop_assert_eq!(&acc, &row_added);
        }
    }

    #[test]
    fn repeated_indices_add() {
        let mut acc = [0.0; 2];
        scatter_add(&Threads::one(), [1, 2, 1], &mut acc, &[0, 0, 1], &[1.0; 3]);
        assert_eq!(acc, [2.0, 1.0]);
        index_add(&Threads::one(), [1, 2, 1], &mut acc, &[0, 0, 1], &[1.0; 3]);
        assert_eq!(acc, [4.0, 2.0]);
    }

    #[test]
    fn large_tensors_have_the_same_bits_on_any_number_of_threads() {
        let (outer, n, m, inner) = (50, 7, 300, 5);
        let index: Vec<u32> = (0..outer * m * inner).map(|i| (i * i % n) as u32).collect();
        let src: Vec<f32> = (0..outer * m * inner).map(|i| (i as f32).sqrt()).collect();
        let run = |threads| {
            let (on, mut acc, mut out) =
                (Threads::new(threads), vec![0.0f32; outer * n * inner], vec![0.0; src.len()]);
            scatter_add(&on, [outer, n, inner], &mut acc, &index, &src);
            index_add(&on, [outer, n, inner], &mut acc, &index[..m], &src);
            let picked = acc.clone();
            gather(&on, [outer, n, inner], &picked, &index, &mut out);
            (acc, out)
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
    }

    #[test]
    #[should_panic(expected = "index 2 is out of range for an axis of 2 elements")]
    fn an_index_beyond_the_axis_is_refused() {
        gather(&Threads::one(), [1, 2, 1], &[1.0, 2.0], &[2], &mut [0.0]);
    }

    #[test]
    #[should_panic(expected = "not [outer, m, inner]")]
    fn an_index_of_another_shape_is_refused() {
        gather(&Threads::one(), [2, 2, 1], &[1.0; 4], &[0; 3], &mut [0.0; 3]);
    }
}
