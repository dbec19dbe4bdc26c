//! # conv_transpose1d
//!
//! Transposed convolution along one axis: each element of the input spreads a kernel over the output.
//!
//! $$ y_{b,o,h} = \sum_{c,p,i} x_{b,c,i} \, w_{c,o,p} \quad \text{over } s i + d p - \pi = h $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `conv_transpose2d` of an image of height 1 |
//! | JVP | by composition |
//! | shape | `[b, c, n] × [c, o / groups, k] → [b, o, n']`, $n' = (n - 1) s - 2\pi + d(k - 1) + 1 + $ output padding |
//! | domain | all finite operands |
//! | source | the transpose of `conv1d` in $x$ |

use super::{Composed, transposed::ConvTranspose1dOptions};
use crate::{
    ConvTranspose2dOptions, Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The transposed convolution of these signals `[batch, channels, length]`; see
    /// [`crate::ops::composed::conv_transpose1d`].
    ///
    /// The weight is `[channels, out channels / groups, kernel]`, that of the convolution which this one transposes.
    ///
    /// # Errors
    ///
    /// As [`Var::try_conv_transpose2d`].
    #[track_caller]
    pub fn try_conv_transpose1d(self, w: Self, options: &ConvTranspose1dOptions) -> Result<Self, Error> {
        options.fitted("conv_transpose1d", self.shape(), w.shape())?;
        let ConvTranspose1dOptions { stride: [s], padding: [p], output_padding: [e], dilation: [d], groups } =
            *options;
        let options = ConvTranspose2dOptions {
            stride: [1, s],
            padding: [0, p],
            output_padding: [0, e],
            dilation: [1, d],
            groups,
        };
        let y = self.flat_images()?.try_conv_transpose2d(w.flat_images()?, &options);
        y.within("conv_transpose1d")?.try_squeeze(-2)
    }

    /// As [`Var::try_conv_transpose1d`].
    ///
    /// ```
    /// use wengert::{ConvTranspose1dOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let (x, w) = (tape.leaf([[[1.0, 2.0]]]), tape.leaf([[[10.0, 1.0]]]));
    /// let options = ConvTranspose1dOptions { stride: [2], ..ConvTranspose1dOptions::default() };
    /// assert_eq!(x.conv_transpose1d(w, &options).value().to_vec(), [10.0, 1.0, 20.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv_transpose1d(self, w: Self, options: &ConvTranspose1dOptions) -> Self {
        or_panic(self.try_conv_transpose1d(w, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conv_transpose1d",
        f: |x| {
            let options = ConvTranspose1dOptions {
                stride: [2],
                padding: [1],
                output_padding: [1],
                dilation: [2],
                groups: 2,
            };
            x[0].conv_transpose1d(x[1], &options)
        },
        samples: |draw| {
            let shapes = [([1, 2, 3], [2, 1, 2]), ([2, 4, 2], [4, 2, 3]), ([0, 2, 3], [2, 1, 1])];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
