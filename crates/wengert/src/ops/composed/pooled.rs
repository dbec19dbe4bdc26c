//! What poolings along one, two and three axes share: windows that reach beyond the end, sums, divisors, planes.

use crate::ops::window::{Window, image_sizes, spatial};
use crate::{Conv2dOptions, Error, Float, PoolOptions, Shape, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// The last `D` axes extended at their ends by so many cells of `value`.
    #[track_caller]
    pub(crate) fn try_beyond<const D: usize>(self, cells: [usize; D], value: f64) -> Result<Self, Error> {
        if cells == [0; D] {
            return Ok(self);
        }
        let mut extensions = vec![(0, 0); self.rank() - D];
        extensions.extend(cells.map(|n| (0, isize::try_from(n).unwrap_or(isize::MAX))));
        self.try_pad(&extensions, value)
    }

    /// The sum over each window, times `weight`; padding adds nothing. The window fits.
    #[track_caller]
    pub(super) fn window_sums(self, op: &'static str, window: Window, weight: f64) -> Result<Self, Error> {
        let [_, channels, ..] = image_sizes(op, self.shape())?;
        let Window { kernel: [rows, columns], stride, padding, dilation } = window;
        let shape = Shape::new([channels, usize::from(channels > 0), rows, columns])?;
        // No channel, no group: a plain convolution without channels gives the empty result.
        let options = Conv2dOptions { stride, padding, dilation, groups: channels.max(1) };
        self.try_conv2d(self.tape.constant(Tensor::full(shape, F::from_f64(weight))), &options)
    }
}

impl<const D: usize> Window<D> {
    /// The cells that each window along an axis divides by.
    fn counted(&self, axis: usize, size: [usize; D], out: [usize; D], include_pad: bool) -> Vec<usize> {
        let padded = size[axis] + 2 * self.padding[axis];
        let counts = |window: usize, tap: usize| {
            let inside = window * self.stride[axis] + tap * self.dilation[axis] < padded;
            if include_pad { inside } else { self.cell(axis, size, window, tap).is_some() }
        };
        let taps = |window: usize| (0..self.kernel[axis]).filter(|&tap| counts(window, tap)).count();
        (0..out[axis]).map(taps).collect()
    }
}

impl Window {
    /// What makes the sum over the kernel's area a mean of the cells counted; none where these are all of the kernel.
    pub(super) fn corrections<F: Float>(
        &self,
        size: [usize; 2],
        out: [usize; 2],
        options: &PoolOptions,
    ) -> Option<Tensor<F>> {
        let whole = !options.ceil_mode && (options.count_include_pad || self.padding == [0, 0]);
        if whole {
            return None;
        }
        let [rows, columns] = [0, 1].map(|axis| self.counted(axis, size, out, options.count_include_pad));
        let area = self.kernel[0] as f64 * self.kernel[1] as f64;
        let of = |ix: &[usize]| F::from_f64(area / (rows[ix[0]] as f64 * columns[ix[1]] as f64));
        let uneven =
            rows.iter().any(|&n| n != self.kernel[0]) || columns.iter().any(|&n| n != self.kernel[1]);
        uneven.then(|| Tensor::from_fn(out, of))
    }
}

impl PoolOptions<1> {
    /// The same for an image of height 1.
    pub(super) fn flat(&self) -> PoolOptions {
        let Self { stride, padding: [p], dilation: [d], ceil_mode, count_include_pad } = *self;
        let stride = stride.map(|[s]| [1, s]);
        PoolOptions { stride, padding: [0, p], dilation: [1, d], ceil_mode, count_include_pad }
    }
}

impl PoolOptions<3> {
    /// The same across the planes, and then along the depth of images whose rows are whole planes.
    pub(super) fn across_and_along(&self) -> [PoolOptions; 2] {
        let Self { stride, padding: [pt, ph, pw], dilation: [dt, dh, dw], ceil_mode, count_include_pad } =
            *self;
        let of = |stride, padding, dilation| PoolOptions {
            stride,
            padding,
            dilation,
            ceil_mode,
            count_include_pad,
        };
        [
            of(stride.map(|[_, sh, sw]| [sh, sw]), [ph, pw], [dh, dw]),
            of(stride.map(|[st, _, _]| [st, 1]), [pt, 0], [dt, 1]),
        ]
    }
}

/// What is taken of each window.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Max,
    Mean,
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn pooled2d(self, kernel: [usize; 2], options: PoolOptions, kind: Kind) -> Result<Self, Error> {
        match kind {
            Kind::Max => self.try_max_pool2d(kernel, options),
            Kind::Mean => self.try_avg_pool2d(kernel, options),
        }
    }

    /// Signals pooled as images of height 1. The window fits.
    #[track_caller]
    pub(super) fn pooled1d(
        self,
        [kernel]: [usize; 1],
        options: &PoolOptions<1>,
        kind: Kind,
    ) -> Result<Self, Error> {
        self.flat_images()?.pooled2d([1, kernel], options.flat(), kind)?.try_squeeze(-2)
    }

    /// Volumes pooled across their planes, then along their depth. The window fits.
    #[track_caller]
    pub(super) fn pooled3d(
        self,
        [kt, kh, kw]: [usize; 3],
        options: &PoolOptions<3>,
        kind: Kind,
    ) -> Result<Self, Error> {
        let [across, along] = options.across_and_along();
        let ([batch, channels], [depth, height, width]) = spatial("volumes", self.shape())?;
        let stack = |a: usize, b: usize| {
            a.checked_mul(b).ok_or_else(|| Error::TooLarge { shape: self.shape().dims().into() })
        };
        let planes = self.try_reshape([batch, stack(channels, depth)?, height, width])?;
        let planes = planes.pooled2d([kh, kw], across, kind)?;
        let (rows, columns) = (planes.shape().dims()[2], planes.shape().dims()[3]);
        let lines = planes.try_reshape([batch, channels, depth, stack(rows, columns)?])?;
        let y = lines.pooled2d([kt, 1], along, kind)?;
        y.try_reshape([batch, channels, y.shape().dims()[2], rows, columns])
    }
}
