//! Row-major copies of strided views.

use crate::element::Element;
use crate::threads::Threads;

/// Elements that one block writes.
const CHUNK: usize = 16 * 1024;

/// Rows and columns of a tile in which a transposed view is copied.
const TILE: usize = 16;

/// Copies a strided view into `out` in row-major order.
///
/// Element `[i, j, ...]` of the view is `src[offset + i * strides[0] + j * strides[1] + ...]`;
/// strides may be zero or negative.
///
/// # Panics
///
/// If the view reaches outside `src`, or `out` does not hold exactly its elements.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, strided::copy_strided};
///
/// let mut out = [0; 6];
/// copy_strided(&Threads::one(), &[1, 2, 3, 4, 5, 6], 0, &[3, 2], &[1, 3], &mut out);
/// assert_eq!(out, [1, 4, 2, 5, 3, 6]);
/// ```
pub fn copy_strided<T: Element>(
    on: &Threads,
    src: &[T],
    offset: usize,
    shape: &[usize],
    strides: &[isize],
    out: &mut [T],
) {
    assert_eq!(
        shape.len(),
        strides.len(),
        "copy_strided: shape {shape:?} and strides {strides:?} differ in rank"
    );
    let count = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    assert_eq!(Some(out.len()), count, "copy_strided: out must hold the elements of shape {shape:?}");
    if out.is_empty() {
        return;
    }
    assert_inside(src.len(), offset, shape, strides);
    let axes = merged(shape, strides);
    let Some((&(width, step), outer)) = axes.split_last() else {
        out[0] = src[offset];
        return;
    };
    match outer.last() {
        Some(&(_, row_step))
            if step != 1 && row_step != 0 && row_step.unsigned_abs() < step.unsigned_abs() =>
        {
            let rows = (CHUNK / width).max(1).next_multiple_of(TILE);
            on.for_each_chunk(out, rows * width, |i, out| copy_tiled(src, offset, &axes, i * rows, out));
        }
        _ => on.for_each_chunk(out, CHUNK, |i, out| copy_runs(src, offset, &axes, i * CHUNK, out)),
    }
}

/// Size and stride of each axis, without axes of size 1 and with neighbors joined where they run on.
fn merged(shape: &[usize], strides: &[isize]) -> Vec<(usize, isize)> {
    let mut axes: Vec<(usize, isize)> = Vec::with_capacity(shape.len());
    for (&size, &stride) in shape.iter().zip(strides) {
        match axes.last_mut() {
            _ if size == 1 => {}
            Some(last) if last.1 == stride * size as isize => *last = (last.0 * size, stride),
            _ => axes.push((size, stride)),
        }
    }
    axes
}

fn assert_inside(len: usize, offset: usize, shape: &[usize], strides: &[isize]) {
    let ends =
        shape.iter().zip(strides).try_fold((offset as isize, offset as isize), |(low, high), (&d, &s)| {
            let reach = isize::try_from(d - 1).ok()?.checked_mul(s)?;
            Some((low.checked_add(reach.min(0))?, high.checked_add(reach.max(0))?))
        });
    let inside = ends.is_some_and(|(low, high)| low >= 0 && high >= 0 && (high as usize) < len);
    assert!(
        inside,
        "copy_strided: shape {shape:?}, strides {strides:?}, offset {offset} reach outside {len} elements"
    );
}

/// Position in the source of the view's element number `index`, and its index along each axis.
fn locate(offset: usize, axes: &[(usize, isize)], mut index: usize) -> (isize, Vec<usize>) {
    let mut at = offset as isize;
    let mut position = vec![0; axes.len()];
    for (i, &(size, stride)) in position.iter_mut().zip(axes).rev() {
        *i = index % size;
        index /= size;
        at += *i as isize * stride;
    }
    (at, position)
}

/// Moves to the next index of `axes`, in row-major order, and returns how far that is in the source.
fn advance(axes: &[(usize, isize)], position: &mut [usize]) -> isize {
    let mut moved = 0;
    for (i, &(size, stride)) in position.iter_mut().zip(axes).rev() {
        *i += 1;
        moved += stride;
        if *i < size {
            break;
        }
        *i = 0;
        moved -= size as isize * stride;
    }
    moved
}

/// Writes the elements from number `first` on, a run along the last axis at a time.
fn copy_runs<T: Element>(src: &[T], offset: usize, axes: &[(usize, isize)], first: usize, mut out: &mut [T]) {
    let ((width, step), outer) = (axes[axes.len() - 1], &axes[..axes.len() - 1]);
    let (mut start, mut position) = locate(offset, outer, first / width);
    let mut column = first % width;
    while !out.is_empty() {
        let (run, rest) = out.split_at_mut((width - column).min(out.len()));
        let at = start + column as isize * step;
        match step {
            1 => run.copy_from_slice(&src[at as usize..][..run.len()]),
            0 => run.fill(src[at as usize]),
            _ => run.iter_mut().enumerate().for_each(|(j, y)| *y = src[(at + j as isize * step) as usize]),
        }
        (out, column) = (rest, 0);
        start += advance(outer, &mut position);
    }
}

/// Writes whole rows of the last axis from row `first` on, in tiles that use each cache line of the
/// source for several rows.
fn copy_tiled<T: Element>(
    src: &[T],
    offset: usize,
    axes: &[(usize, isize)],
    first: usize,
    mut out: &mut [T],
) {
    let (outer, inner) = axes.split_at(axes.len() - 2);
    let [(height, row_step), (width, step)] = [inner[0], inner[1]];
    let (mut plane, mut position) = locate(offset, outer, first / height);
    let mut row = first % height;
    while !out.is_empty() {
        let rows = (height - row).min(out.len() / width).min(TILE);
        let (band, rest) = out.split_at_mut(rows * width);
        for left in (0..width).step_by(TILE) {
            let right = (left + TILE).min(width);
            for (i, line) in band.chunks_exact_mut(width).enumerate() {
                let at = plane + (row + i) as isize * row_step;
                for (j, y) in (left..right).zip(&mut line[left..right]) {
                    *y = src[(at + j as isize * step) as usize];
                }
            }
        }
        (out, row) = (rest, row + rows);
        if row == height {
            row = 0;
            plane += advance(outer, &mut position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, test_runner::RngSeed};

    fn naive(src: &[u32], offset: usize, shape: &[usize], strides: &[isize]) -> Vec<u32> {
        let count: usize = shape.iter().product();
        let at = |mut e: usize| {
            shape.iter().zip(strides).rev().fold(offset as isize, |at, (&d, &s)| {
                let i = e % d;
                e /= d;
                at + i as isize * s
            })
        };
        (0..count).map(|e| src[at(e) as usize]).collect()
    }

    /// A source and offset that hold the view, with values that name their place.
    fn hold(shape: &[usize], strides: &[isize]) -> (Vec<u32>, usize) {
        let reach = |sign: isize| {
            let span = |(&d, &s): (&usize, &isize)| (d.max(1) - 1) * (s * sign).max(0) as usize;
            shape.iter().zip(strides).map(span).sum::<usize>()
        };
        ((0..(reach(1) + reach(-1) + 3) as u32).collect(), reach(-1) + 1)
    }

    fn agrees(shape: &[usize], strides: &[isize]) {
        let (src, offset) = hold(shape, strides);
        let want = naive(&src, offset, shape, strides);
        for threads in [1, 2] {
            let mut out = vec![u32::MAX; want.len()];
            copy_strided(&Threads::new(threads), &src, offset, shape, strides, &mut out);
            assert_eq!(out, want, "shape {shape:?}, strides {strides:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_view_is_copied_element_by_element(
            axes in prop::collection::vec((0usize..7, -40isize..40), 0..5)
        ) {
            let (shape, strides): (Vec<_>, Vec<_>) = axes.into_iter().unzip();
            agrees(&shape, &strides);
        }

        #[test]
        fn permuted_views_are_copied(mut axes in Just([0usize, 1, 2, 3]).prop_shuffle(), dims in prop::array::uniform4(1usize..20)) {
            let mut step = [1isize; 4];
            for i in (0..3).rev() {
                step[i] = step[i + 1] * dims[i + 1] as isize;
            }
            agrees(&axes.map(|a| dims[a]), &axes.map(|a| step[a]));
            axes.reverse();
            agrees(&axes.map(|a| dims[a]), &axes.map(|a| -step[a]));
        }
    }

    #[test]
    fn large_views_are_copied_over_many_blocks() {
        agrees(&[300, 200], &[1, 300]);
        agrees(&[3, 170, 130], &[170 * 130, 1, 170]);
        agrees(&[50_000], &[1]);
        agrees(&[50_000], &[-2]);
        agrees(&[40, 1000], &[0, 1]);
        agrees(&[1000, 40], &[1, 0]);
        agrees(&[40_000, 2], &[1, 40_000]);
        agrees(&[2, 40_000], &[1, 2]);
    }

    #[test]
    fn axes_that_run_on_are_joined() {
        assert_eq!(merged(&[2, 1, 3, 4], &[12, 99, 4, 1]), [(24, 1)]);
        assert_eq!(merged(&[2, 3], &[0, 0]), [(6, 0)]);
        assert_eq!(merged(&[2, 3, 4], &[1, 8, 2]), [(2, 1), (12, 2)]);
        assert_eq!(merged(&[1, 1], &[5, 7]), []);
    }

    #[test]
    #[should_panic(expected = "reach outside 5 elements")]
    fn a_view_beyond_the_source_is_refused() {
        copy_strided(&Threads::one(), &[0u8; 5], 0, &[2, 3], &[3, 1], &mut [0; 6]);
    }

    #[test]
    #[should_panic(expected = "reach outside")]
    fn a_view_before_the_source_is_refused() {
        copy_strided(&Threads::one(), &[0u8; 5], 1, &[3], &[-1], &mut [0; 3]);
    }
}
