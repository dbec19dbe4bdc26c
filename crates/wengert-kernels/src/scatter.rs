//! Writing at positions given by an index tensor: of several values for one cell the last stays.
//!
//! Tensors are contiguous and seen as `[outer, n, inner]`, where `n` is the indexed axis.

use crate::element::Element;
use crate::threads::Threads;

/// Elements that one block handles, at least one slice of the outer axis.
const CHUNK: usize = 16 * 1024;

/// Where the elements of a source `[outer, m, inner]` go along an axis.
#[derive(Clone, Copy, Debug)]
pub enum Places<'a> {
    /// One index per element.
    Cells(&'a [u32]),
    /// One index per row, the same in every slice of the outer axis: `m` of them.
    Rows(&'a [u32]),
}

impl Places<'_> {
    /// The cell of `[n, inner]` where element `e` of slice `o`, of `slice` elements, goes.
    #[inline]
    pub(crate) fn cell(self, o: usize, e: usize, slice: usize, [n, inner]: [usize; 2]) -> usize {
        let k = match self {
            Self::Cells(index) => index[o * slice + e],
            Self::Rows(index) => index[e / inner],
        };
        assert!((k as usize) < n, "index {k} is out of range for an axis of {n} elements");
        k as usize * inner + e % inner
    }

    /// Elements of one slice `[m, inner]` of `len` elements; none if there are no elements at all.
    pub(crate) fn slice_len(self, len: usize, outer: usize, inner: usize) -> Option<usize> {
        let expected = match self {
            Self::Cells(index) => index.len(),
            Self::Rows(index) => outer * index.len() * inner,
        };
        assert_eq!(len, expected, "scatter: the source is [outer, m, inner], with an index per cell or row");
        if len == 0 {
            return None;
        }
        let whole = outer > 0 && inner > 0 && len.is_multiple_of(outer * inner);
        assert!(whole, "scatter: {len} elements are not [outer, m, inner] with outer {outer}, inner {inner}");
        Some(len / outer)
    }
}

/// Writes `src[o, j, i]` to `out[o, place, i]`, in the order of `j`; what no index names stays.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, scatter::{Places, scatter}};
///
/// let mut out = [1.0; 3];
/// scatter(&Threads::one(), [1, 3, 1], &mut out, Places::Rows(&[2, 0, 2]), &[7.0, 8.0, 9.0]);
/// assert_eq!(out, [8.0, 1.0, 9.0]);
/// ```
pub fn scatter<T: Element>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    out: &mut [T],
    places: Places<'_>,
    src: &[T],
) {
    assert_eq!(out.len(), outer * n * inner, "scatter: the result is [outer, n, inner]");
    let Some(slice) = places.slice_len(src.len(), outer, inner) else { return };
    assert!(n > 0, "scatter: no place for {} sources", src.len());
    let group = (CHUNK / slice).max(1);
    on.for_each_chunk(out, group * n * inner, |block, out| {
        for (o, out) in (block * group..).zip(out.chunks_exact_mut(n * inner)) {
            for (e, &x) in src[o * slice..][..slice].iter().enumerate() {
                out[places.cell(o, e, slice, [n, inner])] = x;
            }
        }
    });
}

/// Writes `x[o, place, i]` to `out[o, j, i]` where `j` is the last to name that place, and the default (zero) elsewhere:
/// the transpose of [`scatter`] by its source.
///
/// # Panics
///
/// If a length does not fit its shape or an index is not below `n`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, scatter::{Places, take_last}};
///
/// let mut out = [f64::NAN; 3];
/// take_last(&Threads::one(), [1, 3, 1], &[1.0, 2.0, 3.0], Places::Rows(&[2, 0, 2]), &mut out);
/// assert_eq!(out, [0.0, 1.0, 3.0]);
/// ```
pub fn take_last<T: Element>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    places: Places<'_>,
    out: &mut [T],
) {
    assert_eq!(x.len(), outer * n * inner, "take_last: the source is [outer, n, inner]");
    let Some(slice) = places.slice_len(out.len(), outer, inner) else { return };
    let group = (CHUNK / slice).max(1);
    on.for_each_chunk(out, group * slice, |block, out| {
        let mut named = vec![false; n * inner];
        for (o, out) in (block * group..).zip(out.chunks_exact_mut(slice)) {
            named.fill(false);
            let x = &x[o * n * inner..][..n * inner];
            for (e, y) in out.iter_mut().enumerate().rev() {
                let cell = places.cell(o, e, slice, [n, inner]);
                let is_last = !std::mem::replace(&mut named[cell], true);
                *y = if is_last { x[cell] } else { T::default() };
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, test_runner::RngSeed};

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_kernels_equal_their_definition(
            outer in 0usize..4, n in 1usize..6, m in 0usize..7, inner in 0usize..4, by_rows: bool, seed: u32,
        ) {
            let word = |i: usize| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 1])[0];
            let index: Vec<u32> = (0..outer * m * inner).map(|i| word(i) % n as u32).collect();
            let rows: Vec<u32> = (0..m).map(|i| word(i + 9999) % n as u32).collect();
            let places = if by_rows { Places::Rows(&rows) } else { Places::Cells(&index) };
            let x: Vec<f64> = (0..outer * n * inner).map(|i| f64::from(word(i)) + 0.1).collect();
            let src: Vec<f64> = (0..outer * m * inner).map(|i| f64::from(word(i)) * 0.3).collect();
            let (mut written, mut by) = (x.clone(), vec![None; x.len()]);
            let each = (0..outer).flat_map(|o| (0..m).flat_map(move |j| (0..inner).map(move |i| (o, j, i))));
            for (o, j, i) in each {
                let e = (o * m + j) * inner + i;
                let k = if by_rows { rows[j] } else { index[e] };
                let place = (o * n + k as usize) * inner + i;
                (written[place], by[place]) = (src[e], Some(e));
            }
            let mut taken = vec![0.0; src.len()];
            by.iter().enumerate().for_each(|(p, e)| if let Some(e) = *e { taken[e] = x[p] });
            let (on, dims) = (Threads::new(2), [outer, n, inner]);
            let mut acc = x.clone();
            scatter(&on, dims, &mut acc, places, &src);
            prop_assert_eq!(&acc, &written);
            let mut out = vec![f64::NAN; src.len()];
            take_last(&on, dims, &x, places, &mut out);
            prop_assert_eq!(&out, &taken);
        }
    }

    #[test]
    fn large_tensors_have_the_same_bits_on_any_number_of_threads() {
        let (outer, n, m, inner) = (50, 7, 300, 5);
        let index: Vec<u32> = (0..outer * m * inner).map(|i| (i * i % n) as u32).collect();
        let src: Vec<f32> = (0..outer * m * inner).map(|i| (i as f32).sqrt()).collect();
        let run = |threads| {
            let (on, mut acc) = (Threads::new(threads), vec![0.0f32; outer * n * inner]);
            scatter(&on, [outer, n, inner], &mut acc, Places::Cells(&index), &src);
            let mut out = vec![0.0; src.len()];
            take_last(&on, [outer, n, inner], &acc, Places::Rows(&index[..m]), &mut out);
            (acc, out)
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(8));
    }

    #[test]
    #[should_panic(expected = "index 2 is out of range for an axis of 2 elements")]
    fn an_index_beyond_the_axis_is_refused() {
        scatter(&Threads::one(), [1, 2, 1], &mut [1.0, 2.0], Places::Cells(&[2]), &[0.0]);
    }
}
