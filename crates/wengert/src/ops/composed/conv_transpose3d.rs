//! # conv_transpose3d
//!
//! Transposed convolution of volumes: each element of the input spreads a kernel over the output.
//!
//! $$ y_{b,o,t,h,w} = \sum x_{b,c,l,i,j} \, w_{c,o,r,p,q} \quad \text{over } s_0 l + d_0 r - \pi_0 = t,\; s_1 i + d_1 p - \pi_1 = h,\; s_2 j + d_2 q - \pi_2 = w $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: one `conv_transpose2d` with the planes of a kernel as channels, and `index_add` along the depth |
//! | JVP | by composition |
//! | shape | `[b, c, t, h, w] × [c, o / groups, kt, kh, kw] → [b, o, t', h', w']`, $h' = (h - 1) s - 2\pi + d(k - 1) + 1 + $ output padding |
//! | domain | all finite operands |
//! | source | the transpose of `conv3d` in $x$ |

use super::{Composed, transposed::ConvTranspose3dOptions};
use crate::ops::{index_add::IndexAdd, indices::Picks};
use crate::{
    ConvTranspose2dOptions, Error, Float, Shape, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The transposed convolution of these volumes `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::conv_transpose3d`].
    ///
    /// The weight is `[channels, out channels / groups, kernel depth, kernel rows, kernel columns]`, that of the
    /// convolution which this one transposes.
    ///
    /// # Errors
    ///
    /// As [`Var::try_conv_transpose2d`].
    #[track_caller]
    pub fn try_conv_transpose3d(self, w: Self, options: &ConvTranspose3dOptions) -> Result<Self, Error> {
        const NAME: &str = "conv_transpose3d";
        let f = options.fitted(NAME, self.shape(), w.shape())?;
        let ([t, height, width], [kt, kh, kw], [depth, rows, columns]) = (f.size, f.kernel, f.out);
        let out_channels = f.per_group.saturating_mul(options.groups);
        Shape::new([f.batch, out_channels, depth, rows, columns])?; // before anything is recorded
        let ConvTranspose3dOptions { stride, padding, output_padding, dilation, groups } = *options;
        let across = ConvTranspose2dOptions {
            stride: [stride[1], stride[2]],
            padding: [padding[1], padding[2]],
            output_padding: [output_padding[1], output_padding[2]],
            dilation: [dilation[1], dilation[2]],
            groups,
        };
        let x = self.ordered(&[0, 2, 1, 3, 4]).try_reshape([f.batch * t, f.channels, height, width])?;
        let w = w.try_reshape([f.channels, f.per_group * kt, kh, kw])?;
        let y = x.try_conv_transpose2d(w, &across).within(NAME)?;
        let y = y.try_reshape([f.batch, t, out_channels, kt, rows, columns])?.ordered(&[0, 2, 1, 3, 4, 5]);
        let y = y.try_reshape([f.batch, out_channels, t * kt, rows, columns])?;
        // Each plane of each kernel to its place, then the padding off both ends.
        let whole = Shape::new([f.batch, out_channels, depth + 2 * padding[0], rows, columns])?;
        let places = (0..t).flat_map(|i| (0..kt).map(move |r| (i * stride[0] + r * dilation[0]) as u32));
        let places: Vec<u32> = places.collect();
        let rows = Picks::new(NAME, 2, places.into(), whole)?;
        let y = self.tape.try_apply(IndexAdd { rows }, &[y])?;
        y.try_narrow(2, padding[0]..padding[0] + depth)
    }

    /// As [`Var::try_conv_transpose3d`].
    ///
    /// ```
    /// use wengert::{ConvTranspose3dOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([1.0, 2.0]).reshape([1, 1, 2, 1, 1]));
    /// let w = tape.leaf(Tensor::from([10.0, 1.0]).reshape([1, 1, 2, 1, 1]));
    /// let y = x.conv_transpose3d(w, &ConvTranspose3dOptions::default());
    /// assert_eq!(y.value().to_vec(), [10.0, 21.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv_transpose3d(self, w: Self, options: &ConvTranspose3dOptions) -> Self {
        or_panic(self.try_conv_transpose3d(w, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conv_transpose3d",
        f: |x| {
            let options = ConvTranspose3dOptions {
                stride: [2, 1, 1],
                padding: [1, 0, 0],
                output_padding: [1, 0, 0],
                dilation: [1, 2, 1],
                groups: 2,
            };
            x[0].conv_transpose3d(x[1], &options)
        },
        samples: |draw| {
            let shapes = [
                ([1, 2, 2, 1, 1], [2, 1, 2, 1, 1]),
                ([2, 2, 1, 2, 1], [2, 1, 2, 1, 2]),
                ([1, 4, 1, 1, 1], [4, 1, 3, 1, 1]),
                ([0, 2, 2, 1, 1], [2, 1, 2, 1, 1]),
            ];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
