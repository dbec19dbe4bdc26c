//! # avg_pool1d
//!
//! The mean of each window of a signal.
//!
//! $$ y_{b,c,i} = \frac{1}{n_i} \sum_p x_{b,\,c,\,s i + d p - \pi} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `avg_pool2d` of an image of height 1 |
//! | JVP | by composition |
//! | shape | `[b, c, n] → [b, c, n']`, $n' = \lfloor (n + 2\pi - d(k - 1) - 1) / s \rfloor + 1$, rounded up with `ceil_mode` |
//! | domain | everything; the divisor $n_i$ is that of `avg_pool2d` |
//! | source | definition |

use super::{Composed, pooled::Kind};
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The mean of each window of these signals `[batch, channels, length]`; see
    /// [`crate::ops::composed::avg_pool1d`].
    ///
    /// The divisor is that of [`Var::try_avg_pool2d`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_avg_pool2d`].
    #[track_caller]
    pub fn try_avg_pool1d(self, kernel: [usize; 1], options: PoolOptions<1>) -> Result<Self, Error> {
        let (_, size) = spatial("avg_pool1d", self.shape())?;
        Window::pooling(kernel, &options).pooled("avg_pool1d", size, options.ceil_mode)?;
        self.pooled1d(kernel, &options, Kind::Mean)
    }

    /// As [`Var::try_avg_pool1d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0, 5.0, 6.0, 2.0]]]);
    /// assert_eq!(x.avg_pool1d([2], PoolOptions::default()).value().to_vec(), [2.0, 5.5]);
    /// let begun = PoolOptions { ceil_mode: true, ..PoolOptions::default() };
    /// assert_eq!(x.avg_pool1d([2], begun).value().to_vec().len(), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn avg_pool1d(self, kernel: [usize; 1], options: PoolOptions<1>) -> Self {
        or_panic(self.try_avg_pool1d(kernel, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "avg_pool1d",
        f: |x| {
            let options = PoolOptions {
                stride: Some([2]),
                padding: [1],
                ceil_mode: true,
                count_include_pad: false,
                ..PoolOptions::default()
            };
            x[0].avg_pool1d([3], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 2], [1, 2, 5], [0, 1, 3], [2, 1, 4]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
