//! Windows sliding over the axes of images: what convolution, pooling and unfold share.

use crate::{Element, Error, Shape, Tensor};

/// How a pooling window moves: see [`Var::max_pool2d`](crate::Var::max_pool2d).
///
/// ```
/// use wengert::PoolOptions;
/// let overlapping = PoolOptions { stride: Some([1, 1]), ..PoolOptions::default() };
/// assert_eq!(overlapping.padding, [0, 0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PoolOptions<const D: usize = 2> {
    /// Cells from one window to the next; `None` is the size of the kernel, so that windows do not overlap.
    pub stride: Option<[usize; D]>,
    /// Cells added before and after each axis, above and below, left and right; at most half the kernel.
    pub padding: [usize; D],
    /// Distance between the cells of a window; 1 is a dense window.
    pub dilation: [usize; D],
    /// Whether what fills no whole window at the end of an axis makes one more, which reaches beyond the padding.
    ///
    /// Such a window begins in the image or in the padding before it.
    pub ceil_mode: bool,
    /// Whether a mean counts the cells of the padding as zeros, or divides by the cells of the image alone.
    ///
    /// What lies beyond the padding is never counted. Maxima and norms do not look at this.
    pub count_include_pad: bool,
}

impl<const D: usize> Default for PoolOptions<D> {
    fn default() -> Self {
        Self { stride: None, padding: [0; D], dilation: [1; D], ceil_mode: false, count_include_pad: true }
    }
}

/// How windows are cut by [`Var::unfold`](crate::Var::unfold) and put back by [`Var::fold`](crate::Var::fold).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnfoldOptions {
    /// Rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right, of zeros around the image.
    pub padding: [usize; 2],
    /// Distance between the cells of a window; 1 is a dense window.
    pub dilation: [usize; 2],
}

impl Default for UnfoldOptions {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], dilation: [1, 1] }
    }
}

/// A window of cells and how it moves over an image; for two axes always `[rows, columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Window<const D: usize = 2> {
    pub(crate) kernel: [usize; D],
    pub(crate) stride: [usize; D],
    pub(crate) padding: [usize; D],
    pub(crate) dilation: [usize; D],
}

/// The sizes of a stack of images.
pub(crate) fn image_sizes(op: &'static str, x: Shape) -> Result<[usize; 4], Error> {
    let ([batch, channels], [height, width]) = spatial(op, x)?;
    Ok([batch, channels, height, width])
}

/// Batch and channels, and the sizes of the `D` axes that windows move along.
pub(crate) fn spatial<const D: usize>(op: &'static str, x: Shape) -> Result<([usize; 2], [usize; D]), Error> {
    match x.dims() {
        &[batch, channels, ref size @ ..] if size.len() == D => {
            Ok(([batch, channels], std::array::from_fn(|axis| size[axis])))
        }
        given => Err(Error::Shape {
            op,
            given: given.into(),
            expected: match D {
                1 => "[batch, channels, length]: three axes",
                2 => "[batch, channels, height, width]: four axes (add axes of size 1 for what is missing)",
                _ => "[batch, channels, depth, height, width]: five axes",
            },
        }),
    }
}

/// These images with their channels last, in row-major order; shared where they lie so already.
pub(crate) fn channels_last<T: Element>(x: &Tensor<T>) -> Tensor<T> {
    x.permute_view(&[0, 2, 3, 1]).contiguous()
}

/// Images of shape `y` whose storage `fill` writes with the channels last.
pub(crate) fn build_channels_last<T: Element>(y: Shape, fill: impl FnOnce(&mut [T])) -> Tensor<T> {
    let [batch, channels, height, width] = image_sizes("images", y).expect("checked by shape");
    Tensor::build(Shape::of(&[batch, height, width, channels]), fill).permute_view(&[0, 3, 1, 2])
}

impl Window {
    /// Rows and columns of windows that do not overlap, have no gaps and no padding; none if it is not so.
    pub(crate) fn disjoint(&self) -> Option<[usize; 2]> {
        let plain = self.stride == self.kernel && self.padding == [0, 0] && self.dilation == [1, 1];
        plain.then_some(self.kernel)
    }

    pub(crate) fn unfolding(kernel: [usize; 2], o: &UnfoldOptions) -> Self {
        let UnfoldOptions { stride, padding, dilation } = *o;
        Self { kernel, stride, padding, dilation }
    }

    /// The cells of the image under window `[i, j]`, in scan order, as `([tap row, tap column], [row, column])`.
    pub(crate) fn cells(
        &self,
        size: [usize; 2],
        [i, j]: [usize; 2],
    ) -> impl Iterator<Item = ([usize; 2], [usize; 2])> {
        let taps = (0..self.kernel[0]).flat_map(|p| (0..self.kernel[1]).map(move |q| [p, q]));
        taps.filter_map(move |[p, q]| Some(([p, q], [self.cell(0, size, i, p)?, self.cell(1, size, j, q)?])))
    }
}

impl<const D: usize> Window<D> {
    pub(crate) fn pooling(kernel: [usize; D], o: &PoolOptions<D>) -> Self {
        let PoolOptions { stride, padding, dilation, .. } = *o;
        Self { kernel, stride: stride.unwrap_or(kernel), padding, dilation }
    }

    fn check_positive(&self, op: &'static str) -> Result<(), Error> {
        for (name, given) in [("kernel", self.kernel), ("stride", self.stride), ("dilation", self.dilation)] {
            if given.contains(&0) {
                let given = format!("{given:?}");
                return Err(Error::Attribute { op, name, given, expected: "at least 1 along each axis" });
            }
        }
        Ok(())
    }

    fn too_large(&self, op: &'static str, size: [usize; D]) -> Error {
        Error::Attribute {
            op,
            name: "kernel",
            given: format!(
                "{:?} with dilation {:?} on an image of {size:?} with padding {:?}",
                self.kernel, self.dilation, self.padding
            ),
            expected: "at most the padded image: dilation (kernel - 1) + 1 <= size + 2 padding along each axis",
        }
    }

    /// The number of windows along each axis of an image of `size`.
    pub(crate) fn out_size(&self, op: &'static str, size: [usize; D]) -> Result<[usize; D], Error> {
        self.check_positive(op)?;
        let windows = |a: usize| {
            let padded = size[a].checked_add(self.padding[a].checked_mul(2)?)?;
            Some(padded.checked_sub(self.extent(a)?)? / self.stride[a] + 1)
        };
        each(windows).ok_or_else(|| self.too_large(op, size))
    }

    /// The cells from the first to the last of a window along an axis; `None` if that overflows.
    pub(crate) fn extent(&self, axis: usize) -> Option<usize> {
        (self.kernel[axis] - 1).checked_mul(self.dilation[axis])?.checked_add(1)
    }

    /// As [`Window::out_size`], where padding is not an element: no window may consist of it alone.
    pub(crate) fn pooled_size(&self, op: &'static str, size: [usize; D]) -> Result<[usize; D], Error> {
        Ok(self.pooled(op, size, false)?.0)
    }

    /// The windows of a pooling along each axis, and the cells beyond the padding that the last of them reach.
    pub(crate) fn pooled(
        &self,
        op: &'static str,
        size: [usize; D],
        ceil_mode: bool,
    ) -> Result<([usize; D], [usize; D]), Error> {
        let half = self.kernel.map(|k| k / 2);
        if (0..D).any(|a| self.padding[a] > half[a]) {
            let given = format!("{:?} for a kernel of {:?}", self.padding, self.kernel);
            let expected = "at most half the kernel along each axis";
            return Err(Error::Attribute { op, name: "padding", given, expected });
        }
        let out = if ceil_mode { self.begun(op, size)? } else { self.out_size(op, size)? };
        for (axis, windows) in out.into_iter().enumerate() {
            if !(0..windows).all(|window| self.meets(axis, size, window)) {
                let given =
                    format!("{:?} with padding {:?} on an image of {size:?}", self.dilation, self.padding);
                let expected = "windows that each meet a cell of the image";
                return Err(Error::Attribute { op, name: "dilation", given, expected });
            }
        }
        let past = |a: usize| {
            let reached = (out[a] - 1).checked_mul(self.stride[a])?.checked_add(self.extent(a)?)?;
            Some(reached.saturating_sub(size[a] + 2 * self.padding[a]))
        };
        let past = if ceil_mode { each(past).ok_or_else(|| self.too_large(op, size))? } else { [0; D] };
        Ok((out, past))
    }

    /// The number of windows, whole or not, that begin in the image or in the padding before it.
    fn begun(&self, op: &'static str, size: [usize; D]) -> Result<[usize; D], Error> {
        self.check_positive(op)?;
        let windows = |a: usize| {
            let (stride, padding) = (self.stride[a], self.padding[a]);
            let room = size[a].checked_add(padding.checked_mul(2)?)?.checked_add(stride - 1)?;
            let windows = room.checked_sub(self.extent(a)?)? / stride + 1;
            let beyond = (windows - 1).checked_mul(stride)? >= size[a] + padding;
            Some(windows - usize::from(beyond)).filter(|&n| n > 0)
        };
        each(windows).ok_or_else(|| self.too_large(op, size))
    }

    /// Whether a window along an axis, whose dilation is not 0, meets a cell of the image.
    fn meets(&self, axis: usize, size: [usize; D], window: usize) -> bool {
        // of the taps that are not before the image, the first
        let before = self.padding[axis].saturating_sub(window * self.stride[axis]);
        let tap = before.div_ceil(self.dilation[axis]);
        tap < self.kernel[axis] && self.cell(axis, size, window, tap).is_some()
    }

    /// The cell along an axis of the image under tap `tap` of window `out`; `None` in the padding.
    pub(crate) fn cell(&self, axis: usize, size: [usize; D], out: usize, tap: usize) -> Option<usize> {
        let padded = out * self.stride[axis] + tap * self.dilation[axis];
        padded.checked_sub(self.padding[axis]).filter(|&i| i < size[axis])
    }
}

/// A number for each axis, if there is one for all of them.
fn each<const D: usize>(f: impl Fn(usize) -> Option<usize>) -> Option<[usize; D]> {
    let mut found = [0; D];
    for (axis, place) in found.iter_mut().enumerate() {
        *place = f(axis)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_overflow_are_refused() {
        let big = Window {
            kernel: [2, usize::MAX],
            stride: [1, 1],
            padding: [0, 0],
            dilation: [usize::MAX, usize::MAX],
        };
        assert!(matches!(big.out_size("conv2d", [3, 3]), Err(Error::Attribute { name: "kernel", .. })));
        let padded = Window { kernel: [1, 1], padding: [usize::MAX, 0], dilation: [1, 1], ..big };
        assert!(matches!(padded.out_size("conv2d", [3, 3]), Err(Error::Attribute { name: "kernel", .. })));
    }

    #[test]
    fn a_pooling_window_in_the_padding_alone_is_refused() {
        let w = Window { kernel: [1, 2], stride: [1, 1], padding: [0, 1], dilation: [1, 2] };
        let refused = w.pooled_size("max_pool2d", [1, 1]);
        assert!(matches!(refused, Err(Error::Attribute { name: "dilation", .. })), "{refused:?}");
        assert_eq!(w.pooled_size("max_pool2d", [1, 3]), Ok([1, 3]));
    }
}
