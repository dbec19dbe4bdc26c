//! Copies between images and their patches.

use super::shape::ConvShape;
use crate::real::Real;
use std::ops::Range;

/// Writes the patches of an image; row `r` starts at `patches[r * row]`.
pub(super) fn unfold_image<T: Real>(s: &ConvShape, x: &[T], patches: &mut [T], row: usize) {
    let [out_height, out_width] = s.out_size();
    for_each_row(s, |r, channel, [top, left]| {
        let columns = inside(left, s.stride()[1], s.input()[3], out_width);
        for i in 0..out_height {
            let line = &mut patches[r * row + i * out_width..][..out_width];
            let Some(y) = place(top + (i * s.stride()[0]) as isize, s.input()[2]) else {
                line.fill(T::ZERO);
                continue;
            };
            line[..columns.start].fill(T::ZERO);
            line[columns.end..].fill(T::ZERO);
            let line = &mut line[columns.clone()];
            if line.is_empty() {
                continue;
            }
            let source = &x[channel + y * s.input()[3]..][..s.input()[3]];
            let first = (left + (columns.start * s.stride()[1]) as isize) as usize;
            if s.stride()[1] == 1 {
                line.copy_from_slice(&source[first..][..line.len()]);
            } else {
                for (y, &x) in line.iter_mut().zip(source[first..].iter().step_by(s.stride()[1])) {
                    *y = x;
                }
            }
        }
    });
}

/// Adds patches to the places of `x` they were read from; row `r` starts at `patches[r * row]`.
pub(super) fn fold_image<T: Real>(s: &ConvShape, patches: &[T], row: usize, x: &mut [T]) {
    let [out_height, out_width] = s.out_size();
    for_each_row(s, |r, channel, [top, left]| {
        let columns = inside(left, s.stride()[1], s.input()[3], out_width);
        if columns.is_empty() {
            return;
        }
        let first = (left + (columns.start * s.stride()[1]) as isize) as usize;
        for i in 0..out_height {
            let Some(y) = place(top + (i * s.stride()[0]) as isize, s.input()[2]) else { continue };
            let line = &patches[r * row + i * out_width..][columns.clone()];
            let target = &mut x[channel + y * s.input()[3]..][first..s.input()[3]];
            if s.stride()[1] == 1 {
                for (x, &y) in target.iter_mut().zip(line) {
                    *x += y;
                }
            } else {
                for (x, &y) in target.iter_mut().step_by(s.stride()[1]).zip(line) {
                    *x += y;
                }
            }
        }
    });
}

/// Calls `f(row, start of the channel, [top, left])` for each channel and kernel place, where the
/// first window has that place at row `top` and column `left` of the image.
fn for_each_row(s: &ConvShape, mut f: impl FnMut(usize, usize, [isize; 2])) {
    let area = s.input()[2] * s.input()[3];
    let mut row = 0;
    for channel in 0..s.input()[1] {
        for p in 0..s.kernel()[0] {
            for q in 0..s.kernel()[1] {
                let at =
                    |axis: usize, k: usize| (k * s.dilation()[axis]) as isize - s.padding()[axis] as isize;
                f(row, channel * area, [at(0, p), at(1, q)]);
                row += 1;
            }
        }
    }
}

/// The index if it lies in `0..size`.
fn place(at: isize, size: usize) -> Option<usize> {
    usize::try_from(at).ok().filter(|&at| at < size)
}

/// The windows, of `count`, that fall inside `0..size` when the first is at `start`.
fn inside(start: isize, stride: usize, size: usize, count: usize) -> Range<usize> {
    // The first window with start + j * stride >= 0 and the first with start + j * stride >= size.
    let from = |bound: isize| ((bound - start).max(0) as usize).div_ceil(stride).min(count);
    from(0)..from(size as isize).max(from(0))
}
