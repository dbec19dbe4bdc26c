//! # avg_pool3d
//!
//! The mean of each window of a volume.
//!
//! $$ y_{b,c,t,i,j} = \frac{1}{n_{tij}} \sum_{r,p,q} x_{b,\,c,\,s_0 t + d_0 r - \pi_0,\; s_1 i + d_1 p - \pi_1,\; s_2 j + d_2 q - \pi_2} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `avg_pool2d` across each plane, then along the depth |
//! | JVP | by composition |
//! | shape | `[b, c, t, h, w] → [b, c, t', h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$, rounded up with `ceil_mode` |
//! | domain | everything; the divisor $n_{tij}$ is the product of those along each axis, as in `avg_pool2d` |
//! | source | definition: sums and divisors over the window are those over its planes, then over its depth |

use super::{Composed, pooled::Kind};
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The mean of each window of these volumes `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::avg_pool3d`].
    ///
    /// The divisor is that of [`Var::try_avg_pool2d`], along each axis.
    ///
    /// # Errors
    ///
    /// As [`Var::try_avg_pool2d`].
    #[track_caller]
    pub fn try_avg_pool3d(self, kernel: [usize; 3], options: PoolOptions<3>) -> Result<Self, Error> {
        let (_, size) = spatial("avg_pool3d", self.shape())?;
        Window::pooling(kernel, &options).pooled("avg_pool3d", size, options.ceil_mode)?;
        self.pooled3d(kernel, &options, Kind::Mean)
    }

    /// As [`Var::try_avg_pool3d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from_fn([1, 1, 2, 2, 2], |ix| (4 * ix[2] + 2 * ix[3] + ix[4]) as f64));
    /// assert_eq!(x.avg_pool3d([2, 2, 2], PoolOptions::default()).item(), 3.5);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn avg_pool3d(self, kernel: [usize; 3], options: PoolOptions<3>) -> Self {
        or_panic(self.try_avg_pool3d(kernel, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "avg_pool3d",
        f: |x| {
            let options = PoolOptions {
                stride: Some([2, 1, 1]),
                padding: [1, 0, 1],
                ceil_mode: true,
                count_include_pad: false,
                ..PoolOptions::default()
            };
            x[0].avg_pool3d([2, 1, 2], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 1, 2], [1, 2, 2, 3, 2], [0, 1, 2, 2, 2], [2, 1, 3, 1, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
