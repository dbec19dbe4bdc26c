//! Two-dimensional convolution (cross-correlation) of images with their channels last.
//!
//! Images lie in memory as `[batch, height, width, channels]`. The result and its two gradients are
//! computed directly, without a matrix of patches: a block of accumulators stays in registers while
//! the loop runs over the taps and channels that it is summed from. Sums have one fixed order each,
//! so the bits of a result depend on the shape alone: not on threads, on the batch an image is in,
//! or on the instructions of the CPU.

mod convolve;
mod geometry;
mod kernels;
mod layout;
mod outer;
mod packed;
mod patches;
pub mod pooled;
mod shape;
mod tile;
mod vector;
mod weight_grad;

use crate::real::Real;
use crate::threads::Threads;
use convolve::Convolution;
pub(crate) use kernels::{Kernels, Vectorized};
use packed::Side;
pub use packed::{PackedWeights, RowWeights, Weights};
use patches::{fold_image, unfold_image};
pub use shape::{ConvShape, ConvShapeError};
pub(crate) use vector::Vector;

/// What follows a convolution in the same pass over its result.
///
/// # Examples
///
/// ```
/// use wengert_kernels::conv::Epilogue;
/// let nothing = Epilogue::<f32>::default();
/// assert!(nothing.bias.is_none() && !nothing.relu);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, T> {
    /// A value for each output channel, added to every pixel.
    pub bias: Option<&'a [T]>,
    /// Whether a result that is not above 0 then becomes 0; a NaN stays.
    pub relu: bool,
}

impl<T> Default for Epilogue<'_, T> {
    fn default() -> Self {
        Epilogue { bias: None, relu: false }
    }
}

/// Writes the convolution `y` of the images `x` with the weights `w`.
///
/// $$ y_{b,i,j,o} = \sum_{p,q,c} w_{o,c,p,q} \, x_{b,\,i s + p d - a,\,j s + q d - a,\,c} $$
///
/// with stride $s$, dilation $d$ and padding $a$ of each axis, $c$ within the group of $o$ and zeros
/// outside the image; then what `then` asks for. Each sum is one chain of fused multiply-adds in the
/// order of the formula, from 0; bias and relu have the bits of separate passes.
///
/// # Panics
///
/// If a slice does not have the length of its shape, or `w` is not packed for this convolution.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{self, ConvShape, Epilogue, PackedWeights, Weights}};
///
/// let on = Threads::one();
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let w = PackedWeights::forward(&on, &s, Weights::row_major(&s, &[1.0, -1.0]));
/// let mut y = [0.0; 2];
/// conv::forward(&on, &s, &[1.0, 2.0, 4.0, 8.0, 16.0], &w, Epilogue::default(), &mut y);
/// assert_eq!(y, [-1.0, -4.0]);
/// # Ok::<(), conv::ConvShapeError>(())
/// ```
pub fn forward<T: Real>(
    on: &Threads,
    s: &ConvShape,
    x: &[T],
    w: &PackedWeights<T>,
    then: Epilogue<'_, T>,
    y: &mut [T],
) {
    w.check(Side::Forward, s);
    Convolution { batch: s.input()[0], weights: w, x, bias: then.bias, relu: then.relu }.run(on, y);
}

/// Writes the gradient `dx` with respect to the images, from the gradient `dy` of the result.
///
/// The transpose of [`forward`] in `x`, without what follows it; pixels that no window reaches get 0.
///
/// # Panics
///
/// If a slice does not have the length of its shape, or `w` is not packed for this input gradient.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{self, ConvShape, PackedWeights, Weights}};
///
/// let on = Threads::one();
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let w = PackedWeights::input_grad(&on, &s, Weights::row_major(&s, &[1.0, -1.0]));
/// let mut dx = [0.0; 5];
/// conv::input_grad(&on, &s, &[1.0, 2.0], &w, &mut dx);
/// assert_eq!(dx, [1.0, -1.0, 2.0, -2.0, 0.0]);
/// # Ok::<(), conv::ConvShapeError>(())
/// ```
pub fn input_grad<T: Real>(on: &Threads, s: &ConvShape, dy: &[T], w: &PackedWeights<T>, dx: &mut [T]) {
    w.check(Side::InputGrad, s);
    Convolution { batch: s.input()[0], weights: w, x: dy, bias: None, relu: false }.run(on, dx);
}

/// Writes the gradient `dw` with respect to the weights, from the gradient `dy` of the result.
///
/// The transpose of [`forward`] in `w`; `dw` is row-major, `[out channels, channels / groups, rows,
/// columns]`. Chains over some rows of pixels, cut by the shape alone, are added in their order.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{self, ConvShape}};
///
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let mut dw = [0.0; 2];
/// conv::weight_grad(&Threads::one(), &s, &[1.0, 2.0, 4.0, 8.0, 16.0], &[1.0, 1.0], &mut dw);
/// assert_eq!(dw, [5.0, 10.0]);
/// # Ok::<(), conv::ConvShapeError>(())
/// ```
pub fn weight_grad<T: Real>(on: &Threads, s: &ConvShape, x: &[T], dy: &[T], dw: &mut [T]) {
    weight_grad::weight_grad(Kernels::best(), on, s, x, dy, dw);
}

/// Writes the patches of each image: `cols` is `[batch, channels * kernel area, output area]`.
///
/// Row `(c, p, q)` holds, for each window, its element at channel `c` and kernel place `(p, q)`;
/// zeros outside the image.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn unfold<T: Real>(on: &Threads, s: &ConvShape, x: &[T], cols: &mut [T]) {
    let sizes = s.sizes();
    s.assert_unfolded(x.len(), cols.len());
    if cols.is_empty() {
        return;
    }
    let size = cols.len() / s.input()[0];
    on.for_each_chunk(cols, size, |b, cols| {
        unfold_image(s, &x[b * sizes.image_in..][..sizes.image_in], cols, sizes.columns);
    });
}

/// Writes the sum of patches at each place of the images, the transpose of [`unfold`].
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn fold<T: Real>(on: &Threads, s: &ConvShape, cols: &[T], x: &mut [T]) {
    let sizes = s.sizes();
    s.assert_unfolded(x.len(), cols.len());
    if x.is_empty() {
        return;
    }
    let size = cols.len() / s.input()[0];
    on.for_each_chunk(x, sizes.image_in, |b, x| {
        x.fill(T::ZERO);
        fold_image(s, &cols[b * size..][..size], sizes.columns, x);
    });
}

#[cfg(test)]
mod tests;
