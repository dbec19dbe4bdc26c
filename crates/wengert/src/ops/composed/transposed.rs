//! The attributes and sizes that transposed convolutions along one, two and three axes share.

use crate::ops::{conv2d_options::weight_sizes, window::spatial};
use crate::{ConvOptions, Error, Shape};

/// How a transposed convolution spreads its kernels over `D` axes: see [`Var::conv_transpose2d`](crate::Var::conv_transpose2d).
///
/// ```
/// use wengert::ConvTranspose2dOptions;
/// let doubling = ConvTranspose2dOptions { stride: [2, 2], ..ConvTranspose2dOptions::default() };
/// assert_eq!((doubling.output_padding, doubling.groups), ([0, 0], 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvTransposeOptions<const D: usize> {
    /// Cells of the output from one kernel to the next along each axis.
    pub stride: [usize; D],
    /// Cells cut from the output before and after each axis: above and below, left and right.
    pub padding: [usize; D],
    /// Cells added at the end of each axis of the output, less than the stride or the dilation.
    ///
    /// It chooses among the image sizes that a convolution of these options maps to the size of the input.
    pub output_padding: [usize; D],
    /// Distance between the cells that a kernel touches; 1 is a dense kernel.
    pub dilation: [usize; D],
    /// Channels are split into so many groups that do not mix.
    pub groups: usize,
}

/// How a transposed convolution spreads over a signal: see [`Var::conv_transpose1d`](crate::Var::conv_transpose1d).
pub type ConvTranspose1dOptions = ConvTransposeOptions<1>;
/// How a transposed convolution spreads over an image: see [`Var::conv_transpose2d`](crate::Var::conv_transpose2d).
pub type ConvTranspose2dOptions = ConvTransposeOptions<2>;
/// How a transposed convolution spreads over a volume: see [`Var::conv_transpose3d`](crate::Var::conv_transpose3d).
pub type ConvTranspose3dOptions = ConvTransposeOptions<3>;

impl<const D: usize> Default for ConvTransposeOptions<D> {
    fn default() -> Self {
        Self { stride: [1; D], padding: [0; D], output_padding: [0; D], dilation: [1; D], groups: 1 }
    }
}

/// What a transposed convolution is of, known to fit together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitted<const D: usize> {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) per_group: usize,
    pub(super) size: [usize; D],
    pub(super) kernel: [usize; D],
    pub(super) out: [usize; D],
}

impl<const D: usize> ConvTransposeOptions<D> {
    /// What the transposed convolution of `x` by `w` is of, or why they do not fit.
    pub(super) fn fitted(&self, op: &'static str, x: Shape, w: Shape) -> Result<Fitted<D>, Error> {
        let ([batch, channels], size) = spatial(op, x)?;
        let expected = match D {
            1 => "a weight [channels, out channels / groups, kernel]: three axes",
            2 => "a weight [channels, out channels / groups, kernel rows, kernel columns]: four axes",
            _ => {
                "a weight [channels, out channels / groups, kernel depth, kernel rows, kernel columns]: five axes"
            }
        };
        let ([in_channels, per_group], kernel) = weight_sizes(op, w, expected)?;
        let convolution = ConvOptions::<D> { groups: self.groups, ..ConvOptions::default() };
        convolution.check_groups(op, channels, "a divisor of the input channels, at least 1")?;
        if channels != in_channels {
            let (lhs, rhs) = (x.dims().into(), w.dims().into());
            let expected = "input channels (axis 1) equal to axis 0 of the weight";
            return Err(Error::ShapeMismatch { op, lhs, rhs, expected });
        }
        let out = self.out_size(op, size, kernel)?;
        Ok(Fitted { batch, channels, per_group, size, kernel, out })
    }

    /// The size of the output for an input of `size`.
    fn out_size(&self, op: &'static str, size: [usize; D], kernel: [usize; D]) -> Result<[usize; D], Error> {
        let refuse = |name, given: String, expected| Err(Error::Attribute { op, name, given, expected });
        for (name, given) in [("kernel", kernel), ("stride", self.stride), ("dilation", self.dilation)] {
            if given.contains(&0) {
                return refuse(name, format!("{given:?}"), "at least 1 along each axis");
            }
        }
        let extra = self.output_padding;
        if (0..D).any(|a| extra[a] >= self.stride[a] && extra[a] >= self.dilation[a]) {
            let given = format!("{extra:?} with stride {:?}, dilation {:?}", self.stride, self.dilation);
            return refuse("output_padding", given, "less than the stride or the dilation along each axis");
        }
        let cells = |a: usize| {
            let spread = size[a].checked_sub(1)?.checked_mul(self.stride[a])?;
            let last =
                (kernel[a] - 1).checked_mul(self.dilation[a])?.checked_add(1)?.checked_add(extra[a])?;
            spread.checked_add(last)?.checked_sub(self.padding[a].checked_mul(2)?).filter(|&n| n > 0)
        };
        let mut out = [0; D];
        for (axis, place) in out.iter_mut().enumerate() {
            let Some(n) = cells(axis) else {
                let given = format!("{:?} for an input of {size:?} and a kernel of {kernel:?}", self.padding);
                let expected =
                    "a non-empty input, and padding that leaves at least one row and column of the output";
                return refuse("padding", given, expected);
            };
            *place = n;
        }
        Ok(out)
    }
}
