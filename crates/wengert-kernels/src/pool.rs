//! Max pooling of images `[batch, channels, height, width]`.
//!
//! The winner of a window is its first largest element in scan order, or its first NaN. Padding
//! never wins: it stands for places that are left out.

use crate::real::Real;
use crate::threads::Threads;
use std::hint::select_unpredictable;
use std::ops::Range;

/// Elements of output or input that one block handles, at least one channel.
const CHUNK: usize = 16 * 1024;

/// Why a pooling cannot have the shape asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolShapeError {
    /// A stride of zero never moves.
    #[error("pooling: stride {stride:?} has a zero; give at least 1 for each axis")]
    ZeroStride {
        /// Stride given.
        stride: [usize; 2],
    },
    /// A window without elements.
    #[error("pooling: kernel {kernel:?} has a zero; give at least 1 for each axis")]
    EmptyKernel {
        /// Kernel given.
        kernel: [usize; 2],
    },
    /// A window could lie in the padding alone.
    #[error(
        "pooling: padding {padding:?} exceeds half of kernel {kernel:?}; pad less or use a larger kernel"
    )]
    PaddingTooLarge {
        /// Kernel given.
        kernel: [usize; 2],
        /// Padding given.
        padding: [usize; 2],
    },
    /// The window exceeds the padded image.
    #[error(
        "pooling: kernel {kernel:?} exceeds the image {image:?} with padding {padding:?}; use a smaller kernel"
    )]
    KernelTooLarge {
        /// Height and width of the image.
        image: [usize; 2],
        /// Kernel given.
        kernel: [usize; 2],
        /// Padding given.
        padding: [usize; 2],
    },
    /// A dilated window that is empty, too large, or in the padding alone.
    #[error(
        "pooling: dilation {dilation:?} of kernel {kernel:?} does not fit input {input:?} with its padding; use less"
    )]
    Dilation {
        /// Input shape given.
        input: [usize; 4],
        /// Kernel given.
        kernel: [usize; 2],
        /// Dilation given.
        dilation: [usize; 2],
    },
    /// A tensor would exceed the address space, or a channel the range of its `u32` indices.
    #[error("pooling: a tensor for input {input:?} is too large, or a channel exceeds u32::MAX elements")]
    TooLarge {
        /// Input shape given.
        input: [usize; 4],
    },
}

/// The sizes of a 2-D pooling, valid by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolShape {
    input: [usize; 4],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    out_size: [usize; 2],
}

impl PoolShape {
    /// A pooling of images `[batch, channels, height, width]`.
    ///
    /// `kernel`, `stride` and `padding` (on either side) are `[vertical, horizontal]`.
    ///
    /// # Errors
    ///
    /// [`PoolShapeError`] names what does not fit.
    pub fn new(
        input: [usize; 4],
        kernel: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
    ) -> Result<PoolShape, PoolShapeError> {
        if stride.contains(&0) {
            return Err(PoolShapeError::ZeroStride { stride });
        }
        if kernel.contains(&0) {
            return Err(PoolShapeError::EmptyKernel { kernel });
        }
        if (0..2).any(|a| padding[a] > kernel[a] / 2) {
            return Err(PoolShapeError::PaddingTooLarge { kernel, padding });
        }
        let image = [input[2], input[3]];
        let too_large = PoolShapeError::TooLarge { input };
        let mut out_size = [0; 2];
        for axis in 0..2 {
            // Twice the padding is at most the kernel, which was given as one number.
            let Some(padded) =
                image[axis].checked_add(2 * padding[axis]).filter(|&p| p <= isize::MAX as usize / 2)
            else {
                return Err(too_large);
            };
            // An empty axis has no element for any window.
            let slack = if image[axis] == 0 { None } else { padded.checked_sub(kernel[axis]) };
            let Some(slack) = slack else {
                return Err(PoolShapeError::KernelTooLarge { image, kernel, padding });
            };
            out_size[axis] = slack / stride[axis] + 1;
        }
        let fits = |plane: [usize; 2]| {
            let sizes = [input[0].max(1), input[1].max(1), plane[0], plane[1]];
            let product = sizes.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
            product.is_some_and(|n| n <= isize::MAX as usize / 16)
        };
        if !fits(image) || !fits(out_size) || u32::try_from(image[0] * image[1]).is_err() {
            return Err(too_large);
        }
        Ok(PoolShape { input, kernel, stride, padding, dilation: [1, 1], out_size })
    }

    /// The same pooling with windows whose cells are `dilation` apart, `[vertical, horizontal]`.
    ///
    /// # Errors
    ///
    /// [`PoolShapeError::Dilation`] if it is 0, the window exceeds the padded image, or a window has no cell inside it.
    pub fn with_dilation(mut self, dilation: [usize; 2]) -> Result<PoolShape, PoolShapeError> {
        let refused = PoolShapeError::Dilation { input: self.input, kernel: self.kernel, dilation };
        if dilation.contains(&0) {
            return Err(refused);
        }
        self.dilation = dilation;
        for (axis, step) in dilation.into_iter().enumerate() {
            let span = (self.kernel[axis] - 1).checked_mul(step).and_then(|s| s.checked_add(1));
            let padded = self.input[2 + axis] + 2 * self.padding[axis];
            let Some(slack) = span.and_then(|s| padded.checked_sub(s)) else { return Err(refused) };
            self.out_size[axis] = slack / self.stride[axis] + 1;
            if (0..self.out_size[axis]).any(|i| self.window(axis, i).is_empty()) {
                return Err(refused);
            }
        }
        Ok(self)
    }

    /// Shape of the images: `[batch, channels, height, width]`.
    pub fn input(&self) -> [usize; 4] {
        self.input
    }

    /// Shape of the result: `[batch, channels, height, width]`.
    pub fn output(&self) -> [usize; 4] {
        [self.input[0], self.input[1], self.out_size[0], self.out_size[1]]
    }

    /// Height and width of the result.
    pub fn out_size(&self) -> [usize; 2] {
        self.out_size
    }

    /// Height and width of the window.
    pub fn kernel(&self) -> [usize; 2] {
        self.kernel
    }

    /// Vertical and horizontal stride.
    pub fn stride(&self) -> [usize; 2] {
        self.stride
    }

    /// Rows and columns left out on either side.
    pub fn padding(&self) -> [usize; 2] {
        self.padding
    }

    /// Elements of one channel before and after pooling.
    fn planes(&self) -> [usize; 2] {
        [self.input[2] * self.input[3], self.out_size[0] * self.out_size[1]]
    }

    fn assert_lengths(&self, x: usize, y: usize) {
        let expected = [self.input(), self.output()].map(|s| s.iter().product::<usize>());
        assert_eq!([x, y], expected, "pooling: lengths of images and output");
    }

    /// Distance between the cells of a window.
    pub fn dilation(&self) -> [usize; 2] {
        self.dilation
    }

    /// The part of the image from the first to the last cell of window `i` of an axis, never empty.
    fn window(&self, axis: usize, i: usize) -> Range<usize> {
        let (start, step, padding) = (i * self.stride[axis], self.dilation[axis], self.padding[axis]);
        let last = start + (self.kernel[axis] - 1) * step;
        let end = (last + 1).saturating_sub(padding).min(self.input[2 + axis]);
        // Cells in the padding before the image are passed over in whole steps.
        let skipped = padding.saturating_sub(start).div_ceil(step) * step;
        start + skipped - padding..end
    }

    /// What the search for winners keeps between channels.
    fn search(&self) -> Search {
        let starts = [0, 1].map(|a| (0..self.out_size[a]).map(move |i| self.window(a, i).start));
        let [rows, columns] = starts.map(Iterator::collect::<Vec<_>>);
        let first = rows.iter().flat_map(|row| columns.iter().map(move |c| (row * self.input[3] + c) as u32));
        let reached = [0, 1].map(|a| (0..self.kernel[a]).map(|tap| self.reached(a, tap)).collect());
        Search { first: first.collect(), reached, winners: vec![0; rows.len() * columns.len()] }
    }

    /// The windows of an axis whose tap `tap` lies inside the image.
    fn reached(&self, axis: usize, tap: usize) -> Range<usize> {
        let before = |cell: usize| {
            (cell + self.padding[axis])
                .saturating_sub(tap * self.dilation[axis])
                .div_ceil(self.stride[axis])
                .min(self.out_size[axis])
        };
        before(0)..before(self.input[2 + axis])
    }
}

/// The winners of the windows of one channel, found tap by tap for a row of windows at a time.
struct Search {
    /// Place of the first cell of each window that lies inside the image.
    first: Vec<u32>,
    /// For each axis and tap, the windows whose tap lies inside the image.
    reached: [Vec<Range<usize>>; 2],
    winners: Vec<u32>,
}

impl Search {
    /// The place of the winner of each window of the channel `x`.
    fn run<T: Real>(&mut self, s: &PoolShape, x: &[T]) -> &[u32] {
        let cell = |axis: usize, window: usize, tap: usize| {
            window * s.stride[axis] + tap * s.dilation[axis] - s.padding[axis]
        };
        let [rows, columns] = &self.reached;
        self.winners.copy_from_slice(&self.first);
        for (i, winners) in self.winners.chunks_exact_mut(s.out_size[1]).enumerate() {
            for (p, _) in rows.iter().enumerate().filter(|(_, rows)| rows.contains(&i)) {
                let row = cell(0, i, p) * s.input[3];
                for (q, windows) in columns.iter().enumerate().filter(|(_, windows)| !windows.is_empty()) {
                    let at = row + cell(1, windows.start, q);
                    challenge(x, &mut winners[windows.clone()], at, s.stride[1]);
                }
            }
        }
        &self.winners
    }
}

/// Lets the cells at places `at`, `at + stride`, ... challenge the winner so far of each window.
fn challenge<T: Real>(x: &[T], winners: &mut [u32], at: usize, stride: usize) {
    for (winner, at) in winners.iter_mut().zip((at..).step_by(stride)) {
        let (best, v) = (x[*winner as usize], x[at]);
        // A NaN wins over any number and loses to none.
        let wins = (v > best) | (v.is_nan() & !best.is_nan());
        // A branch here would be predicted wrong about half of the time.
        *winner = select_unpredictable(wins, at as u32, *winner);
    }
}

/// Writes the largest element of each window to `y`, and its place in the channel to `winners`.
///
/// A place is `row * width + column`. A NaN is larger than any number; a window of -inf gives -inf
/// and its first place.
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
/// let (mut y, mut winners) = ([0.0; 2], [0; 2]);
/// max_pool2d(&Threads::one(), &s, &[1.0, 3.0, 5.0, 5.0], &mut y, Some(&mut winners));
/// assert_eq!((y, winners), ([3.0, 5.0], [1, 2]));
/// # Ok::<(), wengert_kernels::pool::PoolShapeError>(())
/// ```
pub fn max_pool2d<T: Real>(on: &Threads, s: &PoolShape, x: &[T], y: &mut [T], winners: Option<&mut [u32]>) {
    s.assert_lengths(x.len(), y.len());
    let [plane_in, plane_out] = s.planes();
    let group = (CHUNK / plane_in).max(1);
    match winners {
        None => take(on, s, x, x, y),
        Some(winners) => {
            assert_eq!(winners.len(), y.len(), "pooling: one winner for each output");
            let chunk = group * plane_out;
            on.for_each_chunk_pair((y, chunk), (winners, chunk), |block, y, winners| {
                let x = x[block * group * plane_in..].chunks_exact(plane_in);
                let outputs = y.chunks_exact_mut(plane_out).zip(winners.chunks_exact_mut(plane_out));
                let mut search = s.search();
                for (x, (y, winners)) in x.zip(outputs) {
                    winners.copy_from_slice(search.run(s, x));
                    y.iter_mut().zip(winners).for_each(|(y, winner)| *y = x[*winner as usize]);
                }
            });
        }
    }
}

/// Writes to `dx` the sum of `dy` over the windows that each place of `x` wins, zeros elsewhere.
///
/// The gradient of [`max_pool2d`] with respect to `x`; `dx` is overwritten.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn max_pool2d_scatter<T: Real>(on: &Threads, s: &PoolShape, x: &[T], dy: &[T], dx: &mut [T]) {
    s.assert_lengths(x.len(), dy.len());
    assert_eq!(dx.len(), x.len(), "pooling: the gradient has the shape of the images");
    let [plane_in, plane_out] = s.planes();
    let group = (CHUNK / plane_in).max(1);
    on.for_each_chunk(dx, group * plane_in, |block, dx| {
        dx.fill(T::ZERO);
        let at = block * group;
        let inputs =
            x[at * plane_in..].chunks_exact(plane_in).zip(dy[at * plane_out..].chunks_exact(plane_out));
        let mut search = s.search();
        for (dx, (x, dy)) in dx.chunks_exact_mut(plane_in).zip(inputs) {
            search.run(s, x).iter().zip(dy).for_each(|(&winner, &dy)| dx[winner as usize] += dy);
        }
    });
}

/// Writes to `y` the values of `t` at the places where `x` wins its windows.
///
/// The tangent of [`max_pool2d`] along `t`; `t` has the shape of `x`.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn max_pool2d_take<T: Real>(on: &Threads, s: &PoolShape, x: &[T], t: &[T], y: &mut [T]) {
    s.assert_lengths(x.len(), y.len());
    assert_eq!(t.len(), x.len(), "pooling: the tangent has the shape of the images");
    take(on, s, x, t, y);
}

fn take<T: Real>(on: &Threads, s: &PoolShape, x: &[T], t: &[T], y: &mut [T]) {
    let [plane_in, plane_out] = s.planes();
    let group = (CHUNK / plane_in).max(1);
    on.for_each_chunk(y, group * plane_out, |block, y| {
        let at = block * group * plane_in;
        let inputs = x[at..].chunks_exact(plane_in).zip(t[at..].chunks_exact(plane_in));
        let mut search = s.search();
        for (y, (x, t)) in y.chunks_exact_mut(plane_out).zip(inputs) {
            search.run(s, x).iter().zip(y).for_each(|(&winner, y)| *y = t[winner as usize]);
        }
    });
}

#[cfg(test)]
mod tests;
