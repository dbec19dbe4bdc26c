//! The attributes and sizes that convolution and its two gradients share.

use super::window::{Window, spatial};
use crate::{Error, Shape};
use wengert_kernels::conv::ConvShape;

/// How a convolution moves over the `D` axes of an image: see [`Var::conv2d`](crate::Var::conv2d).
///
/// ```
/// use wengert::{Conv2dOptions, Conv3dOptions};
/// let halving = Conv2dOptions { stride: [2, 2], padding: [1, 1], ..Conv2dOptions::default() };
/// assert_eq!((halving.dilation, halving.groups), ([1, 1], 1));
/// assert_eq!(Conv3dOptions::default().stride, [1, 1, 1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvOptions<const D: usize> {
    /// Cells from one window to the next along each axis.
    pub stride: [usize; D],
    /// Zeros before and after each axis of the image: above and below, left and right.
    pub padding: [usize; D],
    /// Distance between the cells that a kernel touches; 1 is a dense kernel.
    pub dilation: [usize; D],
    /// Channels are split into so many groups that do not mix; as many as channels is a depthwise convolution.
    pub groups: usize,
}

/// How a convolution moves over a signal: see [`Var::conv1d`](crate::Var::conv1d).
pub type Conv1dOptions = ConvOptions<1>;
/// How a convolution moves over the rows and columns of an image: see [`Var::conv2d`](crate::Var::conv2d).
pub type Conv2dOptions = ConvOptions<2>;
/// How a convolution moves over depth, rows and columns: see [`Var::conv3d`](crate::Var::conv3d).
pub type Conv3dOptions = ConvOptions<3>;

impl<const D: usize> Default for ConvOptions<D> {
    fn default() -> Self {
        Self { stride: [1; D], padding: [0; D], dilation: [1; D], groups: 1 }
    }
}

/// What a convolution is of, known to fit together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fitted<const D: usize> {
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) out_channels: usize,
    pub(crate) size: [usize; D],
    pub(crate) window: Window<D>,
    pub(crate) out: [usize; D],
}

/// All sizes of one convolution, known to fit together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) x: [usize; 4],
    pub(crate) w: [usize; 4],
    pub(crate) y: [usize; 4],
    pub(crate) window: Window,
    /// The same as the kernels take it.
    pub(crate) shape: ConvShape,
}

/// The sizes of a weight, or what it should be.
pub(crate) fn weight_sizes<const D: usize>(
    op: &'static str,
    w: Shape,
    expected: &'static str,
) -> Result<([usize; 2], [usize; D]), Error> {
    spatial(op, w).map_err(|_| Error::Shape { op, given: w.dims().into(), expected })
}

impl ConvOptions<2> {
    /// The sizes of the convolution of `x` by `w`, or why they do not fit.
    pub(crate) fn sizes(&self, op: &'static str, x: Shape, w: Shape) -> Result<Sizes, Error> {
        let Fitted { batch, channels, out_channels, size, window, out } = self.fitted(op, x, w)?;
        let xs = [batch, channels, size[0], size[1]];
        let ws = [out_channels, channels / self.groups, window.kernel[0], window.kernel[1]];
        let Self { stride, padding, dilation, groups } = *self;
        let shape = ConvShape::new(xs, ws[0], window.kernel, stride, padding, dilation, groups)
            .map_err(|_| Error::TooLarge { shape: vec![xs[0], ws[0], out[0], out[1]] })?;
        Ok(Sizes { x: xs, w: ws, y: shape.output(), window, shape })
    }
}

impl<const D: usize> ConvOptions<D> {
    pub(crate) fn window(&self, kernel: [usize; D]) -> Window<D> {
        let Self { stride, padding, dilation, .. } = *self;
        Window { kernel, stride, padding, dilation }
    }

    /// What the convolution of `x` by `w` is of, or why they do not fit.
    pub(crate) fn fitted(&self, op: &'static str, x: Shape, w: Shape) -> Result<Fitted<D>, Error> {
        let ([batch, channels], size) = spatial(op, x)?;
        let expected = match D {
            1 => "a weight [out channels, channels / groups, kernel]: three axes",
            2 => "a weight [out channels, channels / groups, kernel rows, kernel columns]: four axes",
            _ => {
                "a weight [out channels, channels / groups, kernel depth, kernel rows, kernel columns]: five axes"
            }
        };
        let ([out_channels, per_group], kernel) = weight_sizes(op, w, expected)?;
        self.check_groups(op, channels, "a divisor of the input channels, at least 1")?;
        self.check_groups(op, out_channels, "a divisor of the output channels (axis 0 of the weight)")?;
        if per_group != channels / self.groups {
            return Err(Error::ShapeMismatch {
                op,
                lhs: x.dims().into(),
                rhs: w.dims().into(),
                expected: "input channels (axis 1) equal to axis 1 of the weight times groups (channels last: permute([0, 3, 1, 2]))",
            });
        }
        let window = self.window(kernel);
        let out = window.out_size(op, size)?;
        Ok(Fitted { batch, channels, out_channels, size, window, out })
    }

    pub(crate) fn check_groups(
        &self,
        op: &'static str,
        channels: usize,
        expected: &'static str,
    ) -> Result<(), Error> {
        if self.groups > 0 && channels.is_multiple_of(self.groups) {
            return Ok(());
        }
        let given = format!("{} with {channels} channels", self.groups);
        Err(Error::Attribute { op, name: "groups", given, expected })
    }
}

impl Sizes {
    /// Refuses a cotangent that is not of the shape of the convolution's output.
    pub(crate) fn expect_output(&self, op: &'static str, dy: Shape) -> Result<(), Error> {
        if dy.dims() == self.y {
            return Ok(());
        }
        let expected = "the left shape, that of the convolution's output";
        Err(Error::ShapeMismatch { op, lhs: self.y.into(), rhs: dy.dims().into(), expected })
    }

    /// Every product of the convolution as indices into `x`, `w` and `y`: the definition, for the references.
    pub(crate) fn for_each_product(&self, mut f: impl FnMut([usize; 4], [usize; 4], [usize; 4])) {
        let (size, per_group) = ([self.x[2], self.x[3]], self.w[0] / self.shape.groups());
        Shape::of(&self.y).for_each_index(|y| {
            let first = y[1] / per_group * self.w[1];
            for c in 0..self.w[1] {
                for ([p, q], [i, j]) in self.window.cells(size, [y[2], y[3]]) {
                    f([y[0], first + c, i, j], [y[1], c, p, q], [y[0], y[1], y[2], y[3]]);
                }
            }
        });
    }
}
