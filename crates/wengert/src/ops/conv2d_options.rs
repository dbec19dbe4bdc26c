//! The attributes and sizes that convolution and its two gradients share.

use super::window::{Window, image_sizes};
use crate::{Error, Shape};
use wengert_kernels::conv::ConvShape;

/// How a convolution moves over an image: see [`Var::conv2d`](crate::Var::conv2d).
///
/// ```
/// use wengert::Conv2dOptions;
/// let halving = Conv2dOptions { stride: [2, 2], padding: [1, 1], ..Conv2dOptions::default() };
/// assert_eq!((halving.dilation, halving.groups), ([1, 1], 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2dOptions {
    /// Rows and columns from one window to the next.
    pub stride: [usize; 2],
    /// Rows above and below, columns left and right, of zeros around the image.
    pub padding: [usize; 2],
    /// Distance between the cells that a kernel touches; 1 is a dense kernel.
    pub dilation: [usize; 2],
    /// Channels are split into so many groups that do not mix; as many as channels is a depthwise convolution.
    pub groups: usize,
}

impl Default for Conv2dOptions {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
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

impl Conv2dOptions {
    pub(crate) fn window(&self, kernel: [usize; 2]) -> Window {
        let Self { stride, padding, dilation, .. } = *self;
        Window { kernel, stride, padding, dilation }
    }

    /// The sizes of the convolution of `x` by `w`, or why they do not fit.
    pub(crate) fn sizes(&self, op: &'static str, x: Shape, w: Shape) -> Result<Sizes, Error> {
        let (xs, groups) = (image_sizes(op, x)?, self.groups);
        let ws = <[usize; 4]>::try_from(w.dims()).map_err(|_| Error::Shape {
            op,
            given: w.dims().into(),
            expected: "a weight [out channels, channels / groups, kernel rows, kernel columns]: four axes",
        })?;
        self.check_groups(op, xs[1], "a divisor of the input channels, at least 1")?;
        self.check_groups(op, ws[0], "a divisor of the output channels (axis 0 of the weight)")?;
        if ws[1] != xs[1] / groups {
            return Err(Error::ShapeMismatch {
                op,
                lhs: x.dims().into(),
                rhs: w.dims().into(),
                expected: "input channels (axis 1) equal to axis 1 of the weight times groups (channels last: permute([0, 3, 1, 2]))",
            });
        }
        let window = self.window([ws[2], ws[3]]);
        let [rows, columns] = window.out_size(op, [xs[2], xs[3]])?;
        let Self { stride, padding, dilation, .. } = *self;
        let shape = ConvShape::new(xs, ws[0], window.kernel, stride, padding, dilation, groups)
            .map_err(|_| Error::TooLarge { shape: vec![xs[0], ws[0], rows, columns] })?;
        Ok(Sizes { x: xs, w: ws, y: shape.output(), window, shape })
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
