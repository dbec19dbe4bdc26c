//! # conv3d
//!
//! Three-dimensional convolution of volumes by kernels, as cross-correlation.
//!
//! $$ y_{b,o,t,i,j} = \sum_{c,r,p,q} x_{b,\,c,\,s_0 t + d_0 r - \pi_0,\; s_1 i + d_1 p - \pi_1,\; s_2 j + d_2 q - \pi_2} \; w_{o,c,r,p,q} $$
//!
//! with stride $s$, dilation $d$ and padding $\pi$; $x$ is 0 outside the volume, and $c$ runs over the channels of the group
//! that $o$ is in.
//!
//! | | |
//! |---|---|
//! | VJP | by composition: one `conv2d`, with the planes of a window as channels and the windows along the depth in the batch |
//! | JVP | by composition |
//! | shape | `[b, c, t, h, w] × [o, c / groups, kt, kh, kw] → [b, o, t', h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$ |
//! | domain | all finite volumes and kernels; cells that no window reaches have gradient 0 |
//! | source | definition: the sum over $r$ and $c$ is that of `conv2d` over channels |

use super::Composed;
use crate::{
    Conv2dOptions, Conv3dOptions, Error, Float, Shape, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// These volumes `[batch, channels, depth, height, width]` convolved with the weight `w`; see
    /// [`crate::ops::composed::conv3d`].
    ///
    /// The weight is `[out channels, channels / groups, kernel depth, kernel rows, kernel columns]`; a kernel is not
    /// flipped. Planes that lie in several windows are held once for each.
    ///
    /// # Errors
    ///
    /// As [`Var::try_conv2d`].
    #[track_caller]
    pub fn try_conv3d(self, w: Self, options: &Conv3dOptions) -> Result<Self, Error> {
        let f = options.fitted("conv3d", self.shape(), w.shape())?;
        let ([kt, kh, kw], [t, rows, columns]) = (f.window.kernel, f.out);
        Shape::new([f.batch, f.out_channels, t, rows, columns])?; // before anything is recorded
        let (stride, padding, dilation) = (options.stride, options.padding, options.dilation);
        let x = self.planes_of_windows(&f.window, t, padding[0])?;
        let w = w.try_reshape([f.out_channels, f.channels / options.groups * kt, kh, kw])?;
        let across = Conv2dOptions {
            stride: [stride[1], stride[2]],
            padding: [padding[1], padding[2]],
            dilation: [dilation[1], dilation[2]],
            groups: options.groups,
        };
        let y = x.try_conv2d(w, &across).within("conv3d")?;
        let y = y.try_reshape([f.batch, t, f.out_channels, rows, columns])?;
        Ok(y.ordered(&[0, 2, 1, 3, 4]))
    }

    /// As [`Var::try_conv3d`].
    ///
    /// ```
    /// use wengert::{Conv3dOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([1.0, 2.0, 4.0]).reshape([1, 1, 3, 1, 1]));
    /// let w = tape.leaf(Tensor::from([1.0, -1.0]).reshape([1, 1, 2, 1, 1]));
    /// assert_eq!(x.conv3d(w, &Conv3dOptions::default()).value().to_vec(), [-1.0, -2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv3d(self, w: Self, options: &Conv3dOptions) -> Self {
        or_panic(self.try_conv3d(w, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conv3d",
        f: |x| {
            let options =
                Conv3dOptions { stride: [2, 1, 1], padding: [1, 0, 1], dilation: [1, 2, 1], groups: 2 };
            x[0].conv3d(x[1], &options)
        },
        samples: |draw| {
            let shapes = [
                ([1, 2, 2, 1, 1], [2, 1, 2, 1, 1]),
                ([2, 2, 1, 3, 1], [2, 1, 1, 2, 2]),
                ([1, 4, 2, 1, 1], [2, 2, 3, 1, 1]),
                ([0, 2, 2, 1, 1], [2, 1, 2, 1, 1]),
            ];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
