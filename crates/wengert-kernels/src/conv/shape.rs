//! The shape of a convolution, checked once so that the loops need no checks.

/// Why a convolution cannot have the shape asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvShapeError {
    /// A stride of zero never moves.
    #[error("convolution: stride {stride:?} has a zero; give at least 1 for each axis")]
    ZeroStride {
        /// Stride given.
        stride: [usize; 2],
    },
    /// A dilation of zero reads one place many times.
    #[error("convolution: dilation {dilation:?} has a zero; give at least 1 for each axis")]
    ZeroDilation {
        /// Dilation given.
        dilation: [usize; 2],
    },
    /// A kernel without elements.
    #[error("convolution: kernel {kernel:?} has a zero; give at least 1 for each axis")]
    EmptyKernel {
        /// Kernel given.
        kernel: [usize; 2],
    },
    /// The kernel, spread by its dilation, exceeds the padded image.
    #[error(
        "convolution: kernel {kernel:?} with dilation {dilation:?} spans more than the image {image:?} \
         with padding {padding:?}; use a smaller kernel or more padding"
    )]
    KernelTooLarge {
        /// Height and width of the image.
        image: [usize; 2],
        /// Kernel given.
        kernel: [usize; 2],
        /// Padding given.
        padding: [usize; 2],
        /// Dilation given.
        dilation: [usize; 2],
    },
    /// The groups do not divide the channels.
    #[error(
        "convolution: {groups} groups must divide {channels} input and {out_channels} output channels, and be \
         at least 1"
    )]
    Groups {
        /// Groups given.
        groups: usize,
        /// Input channels.
        channels: usize,
        /// Output channels.
        out_channels: usize,
    },
    /// A tensor of the convolution would exceed the address space.
    #[error("convolution: a tensor for input {input:?} exceeds isize::MAX bytes; use smaller shapes")]
    TooLarge {
        /// Input shape given.
        input: [usize; 4],
    },
}

/// The sizes of a 2-D convolution, valid by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvShape {
    input: [usize; 4],
    out_channels: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    out_size: [usize; 2],
}

/// Numbers of elements that the copies of patches share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Elements of one input image.
    pub(super) image_in: usize,
    /// Windows of one image.
    pub(super) columns: usize,
}

impl ConvShape {
    /// A convolution of images `[batch, channels, height, width]`.
    ///
    /// `kernel`, `stride`, `padding` (zeros on either side) and `dilation` are `[vertical, horizontal]`.
    ///
    /// # Errors
    ///
    /// [`ConvShapeError`] names what does not fit.
    pub fn new(
        input: [usize; 4],
        out_channels: usize,
        kernel: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        dilation: [usize; 2],
        groups: usize,
    ) -> Result<ConvShape, ConvShapeError> {
        let channels = input[1];
        if stride.contains(&0) {
            return Err(ConvShapeError::ZeroStride { stride });
        }
        if dilation.contains(&0) {
            return Err(ConvShapeError::ZeroDilation { dilation });
        }
        if kernel.contains(&0) {
            return Err(ConvShapeError::EmptyKernel { kernel });
        }
        if groups == 0 || !channels.is_multiple_of(groups) || !out_channels.is_multiple_of(groups) {
            return Err(ConvShapeError::Groups { groups, channels, out_channels });
        }
        let image = [input[2], input[3]];
        let too_large = ConvShapeError::TooLarge { input };
        let mut out_size = [0; 2];
        for axis in 0..2 {
            let span = (kernel[axis] - 1).checked_mul(dilation[axis]).and_then(|s| s.checked_add(1));
            let padded = padding[axis].checked_mul(2).and_then(|p| p.checked_add(image[axis]));
            let (Some(span), Some(padded)) = (span, padded) else { return Err(too_large) };
            let Some(slack) = padded.checked_sub(span) else {
                return Err(ConvShapeError::KernelTooLarge { image, kernel, padding, dilation });
            };
            out_size[axis] = slack / stride[axis] + 1;
        }
        let [area, windows] = [kernel, out_size].map(|[a, b]| a.checked_mul(b));
        let (Some(area), Some(windows)) = (area, windows) else { return Err(too_large) };
        // Images are copied with their padding, whose size was found to be a number above.
        let [height, width] = [0, 1].map(|a| image[a] + 2 * padding[a]);
        let fits = [
            [input[0], channels, height, width],
            [out_channels, channels / groups, area, 1],
            [input[0], out_channels, windows, 1],
            [input[0], channels, area, windows],
            [1, channels, area, windows],
            [1, 1, area, windows],
        ]
        .iter()
        // Zero sizes do not excuse the others: partial products are used too.
        .all(|sizes| {
            let product = sizes.iter().try_fold(1usize, |n, &d| n.checked_mul(d.max(1)));
            product.is_some_and(|n| n <= isize::MAX as usize / 16)
        });
        if !fits {
            return Err(too_large);
        }
        Ok(ConvShape { input, out_channels, kernel, stride, padding, dilation, groups, out_size })
    }

    /// Shape of the images: `[batch, channels, height, width]`.
    pub fn input(&self) -> [usize; 4] {
        self.input
    }

    /// Shape of the weights: `[out_channels, channels / groups, kernel height, kernel width]`.
    pub fn weight(&self) -> [usize; 4] {
        [self.out_channels, self.input[1] / self.groups, self.kernel[0], self.kernel[1]]
    }

    /// Shape of the result: `[batch, out_channels, height, width]`.
    pub fn output(&self) -> [usize; 4] {
        [self.input[0], self.out_channels, self.out_size[0], self.out_size[1]]
    }

    /// Shape of the patches: `[batch, channels * kernel area, output area]`.
    pub fn unfolded(&self) -> [usize; 3] {
        let area = self.kernel[0] * self.kernel[1];
        [self.input[0], self.input[1] * area, self.out_size[0] * self.out_size[1]]
    }

    /// Height and width of the result.
    pub fn out_size(&self) -> [usize; 2] {
        self.out_size
    }

    /// Height and width of the kernel.
    pub fn kernel(&self) -> [usize; 2] {
        self.kernel
    }

    /// Vertical and horizontal stride.
    pub fn stride(&self) -> [usize; 2] {
        self.stride
    }

    /// Rows and columns of zeros on either side.
    pub fn padding(&self) -> [usize; 2] {
        self.padding
    }

    /// Vertical and horizontal distance of neighboring kernel elements.
    pub fn dilation(&self) -> [usize; 2] {
        self.dilation
    }

    /// Number of groups of channels.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The same convolution of no images: what packed weights depend on.
    pub(super) fn without_batch(&self) -> ConvShape {
        ConvShape { input: [0, self.input[1], self.input[2], self.input[3]], ..*self }
    }

    pub(super) fn sizes(&self) -> Sizes {
        let [_, channels, height, width] = self.input;
        Sizes { image_in: channels * height * width, columns: self.out_size[0] * self.out_size[1] }
    }

    pub(super) fn assert_lengths(&self, x: usize, w: usize, y: usize) {
        let expected = [self.input(), self.weight(), self.output()].map(|s| s.iter().product::<usize>());
        assert_eq!([x, w, y], expected, "convolution: lengths of images, weights and output");
    }

    pub(super) fn assert_unfolded(&self, x: usize, cols: usize) {
        let expected = [self.input.iter().product::<usize>(), self.unfolded().iter().product()];
        assert_eq!([x, cols], expected, "unfold: lengths of images and patches");
    }
}
