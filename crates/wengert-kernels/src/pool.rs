//! Max pooling of images with their channels last, `[batch, height, width, channels]` in memory.
//!
//! The winner of a window is its first largest element in scan order, or its first NaN. Padding
//! never wins: it stands for places that are left out.

mod shape;
mod windows;

use crate::conv::Kernels;
use crate::real::Real;
use crate::threads::{SendPtr, Threads};
pub use shape::{PoolShape, PoolShapeError};
use std::ops::Range;
pub(crate) use windows::{Task, Windows, windows};

/// Elements of the images that one block handles, at least one image or some channels of one.
const CHUNK: usize = 16 * 1024;

/// Blocks that a small batch of large images is cut into, by channels.
const BLOCKS: usize = 8;

/// Channels of the narrowest block: whole registers, and no cache line shared by two blocks.
const NARROWEST: usize = 32;

/// Writes the largest element of each window to `y`.
///
/// A NaN is larger than any number; a window of -inf gives -inf.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, pool::{PoolShape, max_pool2d}};
///
/// let s = PoolShape::new([1, 1, 1, 4], [1, 2], [1, 2], [0, 0])?;
/// let mut y = [0.0; 2];
/// max_pool2d(&Threads::one(), &s, &[1.0, 3.0, 5.0, 5.0], &mut y);
/// assert_eq!(y, [3.0, 5.0]);
/// # Ok::<(), wengert_kernels::pool::PoolShapeError>(())
/// ```
pub fn max_pool2d<T: Real>(on: &Threads, s: &PoolShape, x: &[T], y: &mut [T]) {
    max_with(Kernels::best(), on, s, x, y);
}

fn max_with<T: Real>(kernels: &'static Kernels<T>, on: &Threads, s: &PoolShape, x: &[T], y: &mut [T]) {
    s.assert_lengths(x.len(), y.len());
    let y = SendPtr(y.as_mut_ptr());
    // SAFETY: `x` and `y` have the lengths of the shape, and `y` is borrowed for the whole call.
    unsafe { run(kernels, on, s, x, |_| (), |_, out| Task::Max(y.get().add(out))) }
}

/// Writes to `dx` the sum of `dy` over the windows that each place of `x` wins, zeros elsewhere.
///
/// The gradient of [`max_pool2d`] with respect to `x`; `dx` is overwritten.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, pool::{PoolShape, max_pool2d_scatter}};
///
/// let s = PoolShape::new([1, 1, 1, 4], [1, 2], [1, 2], [0, 0])?;
/// let mut dx = [9.0; 4];
/// max_pool2d_scatter(&Threads::one(), &s, &[1.0, 3.0, 5.0, 5.0], &[7.0, 8.0], &mut dx);
/// assert_eq!(dx, [0.0, 7.0, 8.0, 0.0]);
/// # Ok::<(), wengert_kernels::pool::PoolShapeError>(())
/// ```
pub fn max_pool2d_scatter<T: Real>(on: &Threads, s: &PoolShape, x: &[T], dy: &[T], dx: &mut [T]) {
    scatter_with(Kernels::best(), on, s, x, dy, dx);
}

fn scatter_with<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &PoolShape,
    x: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    s.assert_lengths(x.len(), dy.len());
    assert_eq!(dx.len(), x.len(), "pooling: the gradient has the shape of the images");
    let (dx, dy) = (SendPtr(dx.as_mut_ptr()), SendPtr(dy.as_ptr().cast_mut()));
    // SAFETY: all slices have the lengths of the shape, and `dx` is borrowed for the whole call; a
    // range of zeros lies in a block's own part of the images.
    unsafe {
        let clear = |zeros: Range<usize>| dx.get().add(zeros.start).write_bytes(0, zeros.len());
        run(kernels, on, s, x, clear, |at, out| Task::Scatter(dy.get().add(out), dx.get().add(at)));
    }
}

/// Writes to `y` the values of `t` at the places where `x` wins its windows.
///
/// The tangent of [`max_pool2d`] along `t`; `t` has the shape of `x`.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, pool::{PoolShape, max_pool2d_take}};
///
/// let s = PoolShape::new([1, 1, 1, 4], [1, 2], [1, 2], [0, 0])?;
/// let mut y = [0.0; 2];
/// max_pool2d_take(&Threads::one(), &s, &[1.0, 3.0, 5.0, 5.0], &[6.0, 7.0, 8.0, 9.0], &mut y);
/// assert_eq!(y, [7.0, 8.0]);
/// # Ok::<(), wengert_kernels::pool::PoolShapeError>(())
/// ```
pub fn max_pool2d_take<T: Real>(on: &Threads, s: &PoolShape, x: &[T], t: &[T], y: &mut [T]) {
    take_with(Kernels::best(), on, s, x, t, y);
}

fn take_with<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &PoolShape,
    x: &[T],
    t: &[T],
    y: &mut [T],
) {
    s.assert_lengths(x.len(), y.len());
    assert_eq!(t.len(), x.len(), "pooling: the tangent has the shape of the images");
    let (y, t) = (SendPtr(y.as_mut_ptr()), SendPtr(t.as_ptr().cast_mut()));
    // SAFETY: all slices have the lengths of the shape, and `y` is borrowed for the whole call.
    unsafe { run(kernels, on, s, x, |_| (), |at, out| Task::Take(t.get().add(at), y.get().add(out))) }
}

/// Windows of one axis whose cells inside the image are alike.
struct Part {
    windows: Range<usize>,
    /// First cell of the first window.
    first: usize,
    /// Cells inside the image.
    cells: usize,
}

/// The windows of an axis in parts, in their order.
fn parts(s: &PoolShape, axis: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for i in 0..s.out_size()[axis] {
        let cells = s.window(axis, i);
        let (first, cells) = (cells.start, cells.len().div_ceil(s.dilation()[axis]));
        match parts.last_mut() {
            Some(p) if p.cells == cells && first == p.first + (i - p.windows.start) * s.stride()[axis] => {
                p.windows.end = i + 1;
            }
            _ => parts.push(Part { windows: i..i + 1, first, cells }),
        }
    }
    parts
}

/// Runs a task over all windows: `task(first cell, first result)` as places in the images and in the result.
///
/// Before its windows, `clear` gets each range of the images that belongs to a block.
///
/// # Safety
///
/// The kernels must be those of this CPU, `x` have the length of the images, and the task's pointers
/// lead to whole images and results, from the places given. What it writes nothing else may access.
unsafe fn run<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &PoolShape,
    x: &[T],
    clear: impl Fn(Range<usize>) + Sync,
    task: impl Fn(usize, usize) -> Task<T> + Sync,
) {
    let [batch, channels, height, width] = s.input();
    let [rows, columns] = [parts(s, 0), parts(s, 1)];
    let [out_height, out_width] = s.out_size();
    if x.is_empty() {
        return;
    }
    let image = height * width * channels;
    let together = (CHUNK / image).max(1);
    let by_images = batch.div_ceil(together);
    let by_channels = (BLOCKS / by_images).min(image / CHUNK).clamp(1, channels.div_ceil(NARROWEST));
    let per_block = channels.div_ceil(by_channels).next_multiple_of(NARROWEST);
    on.for_each_block(by_images * by_channels, |block| {
        let (first, channel) = (block / by_channels * together, block % by_channels * per_block);
        let Some(count) = channels.checked_sub(channel).filter(|&count| count > 0) else { return };
        let images = first..(first + together).min(batch);
        if by_channels == 1 {
            clear(images.start * image..images.end * image);
        } else {
            let pixels = (images.start * image..images.end * image).step_by(channels);
            pixels.for_each(|at| clear(at + channel..at + channel + count.min(per_block)));
        }
        for n in images {
            for row in &rows {
                let cells: Vec<_> = columns.iter().map(|column| s.cells([row.cells, column.cells])).collect();
                for (i, line) in row.windows.clone().enumerate() {
                    // A single window has no next one, and its stride may be beyond any size.
                    let top = row.first + if i == 0 { 0 } else { i * s.stride()[0] };
                    for (column, cells) in columns.iter().zip(&cells) {
                        let at = n * image + (top * width + column.first) * channels + channel;
                        let out =
                            ((n * out_height + line) * out_width + column.windows.start) * channels + channel;
                        let windows = Windows {
                            x: x[at..].as_ptr(),
                            step: if column.windows.len() > 1 { s.stride()[1] * channels } else { 0 },
                            cells,
                            count: column.windows.len(),
                            channels: count.min(per_block),
                            out_step: channels,
                            task: task(at, out),
                        };
                        // SAFETY: the caller's promises; a part's windows have just these cells inside
                        // the image. Each image and channel is in one block.
                        unsafe { (kernels.windows)(&windows) };
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests;
