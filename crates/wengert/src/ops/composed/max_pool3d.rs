//! # max_pool3d
//!
//! The largest element of each window of a volume.
//!
//! $$ y_{b,c,t,i,j} = \max_{r,p,q} x_{b,\,c,\,s_0 t + d_0 r - \pi_0,\; s_1 i + d_1 p - \pi_1,\; s_2 j + d_2 q - \pi_2} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `max_pool2d` across each plane, then along the depth |
//! | JVP | by composition |
//! | shape | `[b, c, t, h, w] → [b, c, t', h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$, rounded up with `ceil_mode` |
//! | domain | everything; cells of the padding never win, a window of $-\infty$ alone gives $-\infty$ |
//! | kinks | ties: the first in scan order takes all; a NaN wins, the first if there are several: the first winner of the first plane that has one |
//! | source | definition: the maximum over a window is that of the maxima over its planes |

use super::{Composed, pooled::Kind};
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The largest element of each window of these volumes `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::max_pool3d`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool2d`].
    #[track_caller]
    pub fn try_max_pool3d(self, kernel: [usize; 3], options: PoolOptions<3>) -> Result<Self, Error> {
        let (_, size) = spatial("max_pool3d", self.shape())?;
        Window::pooling(kernel, &options).pooled("max_pool3d", size, options.ceil_mode)?;
        self.pooled3d(kernel, &options, Kind::Max)
    }

    /// As [`Var::try_max_pool3d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from_fn([1, 1, 2, 2, 2], |ix| (4 * ix[2] + 2 * ix[3] + ix[4]) as f64));
    /// assert_eq!(x.max_pool3d([2, 2, 2], PoolOptions::default()).item(), 7.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool3d(self, kernel: [usize; 3], options: PoolOptions<3>) -> Self {
        or_panic(self.try_max_pool3d(kernel, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "max_pool3d",
        f: |x| {
            let options = PoolOptions {
                stride: Some([2, 1, 1]),
                padding: [1, 0, 1],
                ceil_mode: true,
                ..PoolOptions::default()
            };
            x[0].max_pool3d([2, 1, 2], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 1, 2], [1, 2, 2, 3, 2], [0, 1, 2, 2, 2], [2, 1, 3, 1, 2]];
            shapes.map(|s| vec![draw.distinct(s)]).into()
        },
        smooth_orders: 4,
    }
}
