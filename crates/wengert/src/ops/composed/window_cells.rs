//! The cells of all windows side by side, for what is no convolution and no maximum of them.

use crate::ops::window::{Window, image_sizes, spatial};
use crate::{Error, Float, UnfoldOptions, Var};

impl<F: Float> Var<'_, F> {
    /// The planes under each window along the depth as channels, `[batch · windows, channels · planes, height, width]`;
    /// `after` planes of zeros stand at the end.
    #[track_caller]
    pub(super) fn planes_of_windows(
        self,
        window: &Window<3>,
        windows: usize,
        after: usize,
    ) -> Result<Self, Error> {
        let ([batch, channels], [_, height, width]) = spatial("volumes", self.shape())?;
        let (planes, stride, dilation) = (window.kernel[0], window.stride[0], window.dilation[0]);
        let mut x = self;
        if window.padding[0] > 0 || after > 0 {
            let side = |n: usize| isize::try_from(n).unwrap_or(isize::MAX);
            let depth = (side(window.padding[0]), side(after));
            x = x.try_pad(&[(0, 0), (0, 0), depth, (0, 0), (0, 0)], 0.0)?;
        }
        let under = (0..windows).flat_map(|i| (0..planes).map(move |r| (i * stride + r * dilation) as u32));
        let under: Vec<u32> = under.collect();
        if !under.iter().copied().eq(0..x.shape().dims()[2] as u32) {
            x = x.try_index_select(2, under)?;
        }
        let x = x.try_reshape([batch, channels, windows, planes, height, width])?;
        x.ordered(&[0, 2, 1, 3, 4, 5]).try_reshape([batch * windows, channels * planes, height, width])
    }
}

/// The cells of each window of images along axis 2, `[batch, channels, cells, rows, columns]`, zeros in the padding.
#[track_caller]
pub(super) fn cells_of_images<'t, F: Float>(
    x: Var<'t, F>,
    window: Window,
    [rows, columns]: [usize; 2],
    past: [usize; 2],
) -> Result<Var<'t, F>, Error> {
    let [batch, channels, ..] = image_sizes("images", x.shape())?;
    let Window { kernel, stride, padding, dilation } = window;
    let cells = x.try_beyond(past, 0.0)?.try_unfold(kernel, UnfoldOptions { stride, padding, dilation })?;
    cells.try_reshape([batch, channels, kernel[0] * kernel[1], rows, columns])
}

/// The same of volumes, `[batch, channels, cells, planes, rows, columns]`.
#[track_caller]
pub(super) fn cells_of_volumes<'t, F: Float>(
    x: Var<'t, F>,
    window: Window<3>,
    [depth, rows, columns]: [usize; 3],
    past: [usize; 3],
) -> Result<Var<'t, F>, Error> {
    let ([batch, channels], _) = spatial::<3>("volumes", x.shape())?;
    let planes = x.planes_of_windows(&window, depth, window.padding[0].saturating_add(past[0]))?;
    let last = |of: [usize; 3]| [of[1], of[2]];
    let across = Window {
        kernel: last(window.kernel),
        stride: last(window.stride),
        padding: last(window.padding),
        dilation: last(window.dilation),
    };
    let cells = cells_of_images(planes, across, [rows, columns], last(past))?;
    let cells = cells.try_reshape([batch, depth, channels, window.kernel.iter().product(), rows, columns])?;
    Ok(cells.ordered(&[0, 2, 3, 1, 4, 5]))
}
