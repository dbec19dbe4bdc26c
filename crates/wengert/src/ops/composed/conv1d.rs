//! # conv1d
//!
//! One-dimensional convolution of signals by kernels, as cross-correlation.
//!
//! $$ y_{b,o,i} = \sum_{c,p} x_{b,\,c,\,s i + d p - \pi} \; w_{o,c,p} $$
//!
//! with stride $s$, dilation $d$ and padding $\pi$; $x$ is 0 outside the signal, and $c$ runs over the channels of the group
//! that $o$ is in.
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `conv2d` of an image of height 1 |
//! | JVP | by composition |
//! | shape | `[b, c, n] × [o, c / groups, k] → [b, o, n']`, $n' = \lfloor (n + 2\pi - d(k - 1) - 1) / s \rfloor + 1$ |
//! | domain | all finite signals and kernels; cells that no window reaches have gradient 0 |
//! | source | definition: the sum of `conv2d` over one axis |

use super::Composed;
use crate::{
    Conv1dOptions, Conv2dOptions, Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// An axis of size 1 before the last one: images of height 1.
    #[track_caller]
    pub(super) fn flat_images(self) -> Result<Self, Error> {
        self.try_unsqueeze(-2)
    }

    /// These signals `[batch, channels, length]` convolved with the weight `w`; see [`crate::ops::composed::conv1d`].
    ///
    /// The weight is `[out channels, channels / groups, kernel]`; a kernel is not flipped.
    ///
    /// # Errors
    ///
    /// As [`Var::try_conv2d`].
    #[track_caller]
    pub fn try_conv1d(self, w: Self, options: &Conv1dOptions) -> Result<Self, Error> {
        options.fitted("conv1d", self.shape(), w.shape())?;
        let Conv1dOptions { stride: [s], padding: [p], dilation: [d], groups } = *options;
        let options = Conv2dOptions { stride: [1, s], padding: [0, p], dilation: [1, d], groups };
        self.flat_images()?.try_conv2d(w.flat_images()?, &options).within("conv1d")?.try_squeeze(-2)
    }

    /// As [`Var::try_conv1d`].
    ///
    /// ```
    /// use wengert::{Conv1dOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0, 3.0, 4.0, 5.0]]]);
    /// let w = tape.leaf([[[1.0, -1.0]]]);
    /// let y = x.conv1d(w, &Conv1dOptions { stride: [2], ..Conv1dOptions::default() });
    /// assert_eq!(y.value().to_vec(), [-1.0, -1.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, -1.0, 1.0, -1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn conv1d(self, w: Self, options: &Conv1dOptions) -> Self {
        or_panic(self.try_conv1d(w, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "conv1d",
        f: |x| {
            let options = Conv1dOptions { stride: [2], padding: [1], dilation: [2], groups: 2 };
            x[0].conv1d(x[1], &options)
        },
        samples: |draw| {
            let shapes = [([1, 2, 3], [2, 1, 2]), ([2, 4, 5], [2, 2, 3]), ([0, 2, 3], [4, 1, 1])];
            shapes.map(|(x, w)| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(w, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
