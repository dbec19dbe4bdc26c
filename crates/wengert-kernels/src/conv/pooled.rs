//! Convolution, bias, relu and max pooling in one pass, and a backward pass over the winners alone.
//!
//! Windows do not overlap, so of each window one pixel has a gradient. Rows and columns that fill no
//! window are never computed. Values have the bits of the separate passes; gradients are the same
//! sums in another order, without the products of zeros.

mod backward;
pub(super) mod lists;
pub(super) mod patches;
pub(super) mod rows;
pub(super) mod sparse;
pub(super) mod squares;
pub(super) mod winners;

use super::convolve::Convolution;
use super::geometry::Geometry;
use super::packed::{PackedWeights, RowWeights, Side};
use super::{ConvShape, Epilogue};
use crate::real::Real;
use crate::threads::Threads;

/// The sizes of a convolution whose result is pooled in windows side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PooledShape {
    conv: ConvShape,
    window: [usize; 2],
}

impl PooledShape {
    /// The convolution `conv` followed by pooling in windows of `window` rows and columns.
    ///
    /// None if a window is empty, has more than 256 pixels or exceeds the result, or if an image has
    /// more than `u32::MAX / 64` elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use wengert_kernels::conv::{ConvShape, pooled::PooledShape};
    /// let conv = ConvShape::new([64, 1, 28, 28], 32, [3, 3], [1, 1], [0, 0], [1, 1], 1)?;
    /// let s = PooledShape::new(conv, [2, 2]).expect("windows fit");
    /// assert_eq!(s.output(), [64, 32, 13, 13]);
    /// assert!(PooledShape::new(conv, [27, 1]).is_none());
    /// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
    /// ```
    pub fn new(conv: ConvShape, window: [usize; 2]) -> Option<PooledShape> {
        let [height, width] = conv.out_size();
        let area = window[0].checked_mul(window[1])?;
        let fits = (1..=256).contains(&area) && window[0] <= height && window[1] <= width;
        let image = conv.output()[1..].iter().product();
        let elements = Geometry::forward(&conv).image().max(conv.weight().iter().product()).max(image);
        (fits && elements <= u32::MAX as usize / 64).then_some(PooledShape { conv, window })
    }

    /// The convolution.
    pub fn conv(&self) -> &ConvShape {
        &self.conv
    }

    /// Rows and columns of a window.
    pub fn window(&self) -> [usize; 2] {
        self.window
    }

    /// Shape of the result: `[batch, channels, rows, columns]`.
    pub fn output(&self) -> [usize; 4] {
        let [batch, channels, height, width] = self.conv.output();
        [batch, channels, height / self.window[0], width / self.window[1]]
    }

    /// Elements of the result.
    fn len(&self) -> usize {
        self.output().iter().product()
    }
}

/// Writes the largest elements `y` of the windows of a convolution, and where in its window each is.
///
/// What `then` asks for happens before pooling. `y` and `winners` are `[batch, rows, columns,
/// channels]`; a winner is `row * window columns + column`, of the first largest element or the
/// first NaN after relu.
///
/// # Panics
///
/// If a slice does not have the length of its shape, or `w` is not packed for this convolution.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{ConvShape, Epilogue, PackedWeights, Weights, pooled}};
///
/// let on = Threads::one();
/// let conv = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 1], [0, 0], [1, 1], 1)?;
/// let s = pooled::PooledShape::new(conv, [1, 2]).expect("windows fit");
/// let w = PackedWeights::forward(&on, &conv, Weights::row_major(&conv, &[1.0, -1.0]));
/// let then = Epilogue { bias: Some(&[0.5]), relu: true };
/// let (mut y, mut winners) = ([0.0; 2], [9; 2]);
/// pooled::forward(&on, &s, &[1.0, 2.0, 4.0, 3.0, 1.0], &w, then, &mut y, Some(&mut winners));
/// assert_eq!((y, winners), ([0.0, 2.5], [0, 1]));
/// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
/// ```
pub fn forward<T: Real>(
    on: &Threads,
    s: &PooledShape,
    x: &[T],
    w: &PackedWeights<T>,
    then: Epilogue<'_, T>,
    y: &mut [T],
    winners: Option<&mut [u8]>,
) {
    w.check(Side::Forward, &s.conv);
    let batch = s.conv.input()[0];
    Convolution { batch, weights: w, x, bias: then.bias, relu: then.relu }
        .run_pooled(on, s.window, y, winners);
}

/// What the backward pass knows of the forward pass and of the gradient of its result.
#[derive(Debug, Clone, Copy)]
pub struct Pooled<'a, T> {
    /// The gradient of the result, `[batch, rows, columns, channels]`.
    pub dy: &'a [T],
    /// The result, if relu was in the pass.
    pub y: Option<&'a [T]>,
    /// The winners that [`forward`] wrote.
    pub winners: &'a [u8],
}

/// The gradients that are wanted, with what each needs.
#[derive(Debug)]
pub struct Gradients<'a, T: Real> {
    /// The weights, and where the gradient of the images goes.
    pub input: Option<(&'a RowWeights<T>, &'a mut [T])>,
    /// The images, and where the gradient of the weights goes, row-major.
    pub weight: Option<(&'a [T], &'a mut [T])>,
    /// Where the gradient of the bias goes.
    pub bias: Option<&'a mut [T]>,
}

/// Writes the gradients of a pooled convolution with respect to its operands.
///
/// The gradient passes relu where `y > 0`, as NaN where `y` is NaN, and reaches the winners; where
/// it is 0 nothing is sent back, not even to an operand that is infinite or NaN. Sums run over the
/// images in a fixed order, by parts that the shape alone cuts.
///
/// # Panics
///
/// If a slice does not have the length of its shape, a winner lies outside the window, or the
/// weights are those of another convolution.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{ConvShape, pooled::{self, Gradients, Pooled, PooledShape}}};
///
/// let conv = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 1], [0, 0], [1, 1], 1)?;
/// let s = PooledShape::new(conv, [1, 2]).expect("windows fit");
/// let x = [1.0, 2.0, 4.0, 3.0, 1.0];
/// let after = Pooled { dy: &[1.0, 10.0], y: Some(&[0.0, 2.5]), winners: &[0, 1] };
/// let (mut dw, mut db) = ([0.0; 2], [0.0]);
/// let into = Gradients { input: None, weight: Some((&x, &mut dw)), bias: Some(&mut db) };
/// pooled::backward(&Threads::one(), &s, after, into);
/// assert_eq!((dw, db), ([30.0, 10.0], [10.0]));
/// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
/// ```
pub fn backward<T: Real>(on: &Threads, s: &PooledShape, after: Pooled<'_, T>, into: Gradients<'_, T>) {
    backward::backward(super::Kernels::best(), on, s, after, into);
}

#[cfg(test)]
mod tests;
