//! The shape of a pooling, checked once so that the loops need no checks.

use std::ops::Range;

/// Cells of the largest window: places in it are counted in single precision.
const LARGEST: usize = 1 << 24;

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
    /// A tensor would exceed the address space, or a window 2^24 cells.
    #[error("pooling: a tensor for input {input:?} is too large, or a window exceeds 2^24 cells")]
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
        if !fits(image) || !fits(out_size) || kernel[0].saturating_mul(kernel[1]) > LARGEST {
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

    pub(super) fn assert_lengths(&self, x: usize, y: usize) {
        let expected = [self.input(), self.output()].map(|s| s.iter().product::<usize>());
        assert_eq!([x, y], expected, "pooling: lengths of images and output");
    }

    /// Distance between the cells of a window.
    pub fn dilation(&self) -> [usize; 2] {
        self.dilation
    }

    /// Places of the first `[rows, columns]` cells of a window in an image, from the first one.
    pub(super) fn cells(&self, [rows, columns]: [usize; 2]) -> Vec<usize> {
        let [_, channels, _, width] = self.input;
        let [down, across] = self.dilation;
        (0..rows)
            .flat_map(|p| (0..columns).map(move |q| (p * down * width + q * across) * channels))
            .collect()
    }

    /// The part of the image from the first to the last cell of window `i` of an axis, never empty.
    pub(super) fn window(&self, axis: usize, i: usize) -> Range<usize> {
        let (start, step, padding) = (i * self.stride[axis], self.dilation[axis], self.padding[axis]);
        let last = start + (self.kernel[axis] - 1) * step;
        let end = (last + 1).saturating_sub(padding).min(self.input[2 + axis]);
        // Cells in the padding before the image are passed over in whole steps.
        let skipped = padding.saturating_sub(start).div_ceil(step) * step;
        start + skipped - padding..end
    }
}
