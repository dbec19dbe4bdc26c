//! Row-major copies of strided views.

use crate::element::Element;
use crate::threads::{SendPtr, Threads};
use crate::transpose::transpose;
use crate::view::{Axes, View, lies_inside, locate, merged};

/// Elements that one block writes.
const CHUNK: usize = 16 * 1024;

/// Elements along either side of a part of a transposed view that one block copies, at least.
const SIDE: usize = 128;

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
    assert!(
        lies_inside(src.len(), offset, shape, strides),
        "copy_strided: shape {shape:?}, strides {strides:?}, offset {offset} reach outside {} elements",
        src.len()
    );
    let axes = merged(shape, strides);
    let Some((&(_, step), outer)) = axes.split_last() else {
        out[0] = src[offset];
        return;
    };
    // The other axis along which neighbors lie closest.
    let nearest = (0..outer.len()).filter(|&k| outer[k].1 > 0).min_by_key(|&k| outer[k].1);
    match nearest {
        Some(k) if step > outer[k].1 => copy_turned(on, src, offset, &axes, k, out),
        _ => {
            let view = View { data: src, offset, axes };
            on.for_each_chunk(out, CHUNK, |i, out| view.copy(&mut view.at(i * CHUNK), out));
        }
    }
}

/// Copies a view whose axis `near` has closer neighbors than the last one, in parts with both as their sides.
fn copy_turned<T: Element>(
    on: &Threads,
    src: &[T],
    offset: usize,
    axes: &[(usize, isize)],
    near: usize,
    out: &mut [T],
) {
    let last = axes.len() - 1;
    let ((height, row_step), (width, step)) = (axes[near], axes[last]);
    // Distances in the row-major result.
    let out_steps = |k: usize| axes[k + 1..].iter().map(|&(d, _)| d).product::<usize>();
    let rest: Axes = (0..last).filter(|&k| k != near).map(|k| axes[k]).collect();
    let rest_out: Axes =
        (0..last).filter(|&k| k != near).map(|k| (axes[k].0, out_steps(k) as isize)).collect();
    let out_row = out_steps(near);
    // Parts of about a chunk, as wide as they can be.
    let columns = width.min((CHUNK / height).max(1).next_multiple_of(SIDE));
    let rows = height.min((CHUNK / columns).max(1).next_multiple_of(SIDE));
    let (down, across) = (height.div_ceil(rows), width.div_ceil(columns));
    let planes: usize = rest.iter().map(|&(d, _)| d).product();
    // Small planes share a block.
    let group = (CHUNK / (height * width)).max(1);
    let start = SendPtr(out.as_mut_ptr());
    on.for_each_block(planes.div_ceil(group) * down * across, |block| {
        let (planes_at, i, j) =
            (block / (down * across) * group, block / across % down * rows, block % across * columns);
        let size = [columns.min(width - j), rows.min(height - i)];
        for plane in planes_at..planes.min(planes_at + group) {
            let at = locate(offset, &rest, plane).0 + i as isize * row_step + j as isize * step;
            let to = locate(0, &rest_out, plane).0 as usize + i * out_row + j;
            // SAFETY: the view lies inside `src`, as was checked before, and all of it in `out`, which has its
            // length; the part is rows from `i` and columns from `j` on of one plane. No two parts share an element, so
            // that nobody else uses those of this one; `out` stays mutably borrowed meanwhile.
            unsafe {
                let (x, y) = (src.as_ptr().offset(at), start.get().add(to));
                turn(x, [step, row_step], size, y, out_row);
            }
        }
    });
}

/// Copies `x`, `[rows, columns]` with its strides, to its transpose `y`, with rows `y_row` apart.
///
/// # Safety
///
/// All elements of `x` lie in one live allocation, and all of `y` in another place that nobody else uses.
unsafe fn turn<T: Element>(
    x: *const T,
    strides: [isize; 2],
    [rows, columns]: [usize; 2],
    y: *mut T,
    y_row: usize,
) {
    // SAFETY: indices stay below rows and columns; the caller vouches for the rest.
    unsafe {
        if strides[1] == 1 && strides[0] > 0 {
            return transpose(x, strides[0] as usize, [rows, columns], y, y_row);
        }
        for i in (0..rows).step_by(SIDE) {
            for j in 0..columns {
                for i in i..rows.min(i + SIDE) {
                    *y.add(j * y_row + i) = *x.offset(i as isize * strides[0] + j as isize * strides[1]);
                }
            }
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
        agrees(&[9, 32, 64], &[1, 9, 288]);
        agrees(&[5, 3, 200, 90], &[90_000, 1, 3, 900]);
        agrees(&[150, 170], &[2, 301]);
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
