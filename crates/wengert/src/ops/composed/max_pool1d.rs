//! # max_pool1d
//!
//! The largest element of each window of a signal.
//!
//! $$ y_{b,c,i} = \max_p x_{b,\,c,\,s i + d p - \pi} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `max_pool2d` of an image of height 1 |
//! | JVP | by composition |
//! | shape | `[b, c, n] → [b, c, n']`, $n' = \lfloor (n + 2\pi - d(k - 1) - 1) / s \rfloor + 1$, rounded up with `ceil_mode` |
//! | domain | everything; cells of the padding never win, a window of $-\infty$ alone gives $-\infty$ |
//! | kinks | ties: the first in scan order takes all; a NaN wins, the first if there are several |
//! | source | definition |

use super::{Composed, pooled::Kind};
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The largest element of each window of these signals `[batch, channels, length]`; see
    /// [`crate::ops::composed::max_pool1d`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool2d`].
    #[track_caller]
    pub fn try_max_pool1d(self, kernel: [usize; 1], options: PoolOptions<1>) -> Result<Self, Error> {
        let (_, size) = spatial("max_pool1d", self.shape())?;
        Window::pooling(kernel, &options).pooled("max_pool1d", size, options.ceil_mode)?;
        self.pooled1d(kernel, &options, Kind::Max)
    }

    /// As [`Var::try_max_pool1d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0, 5.0, 6.0, 2.0]]]);
    /// assert_eq!(x.max_pool1d([2], PoolOptions::default()).value().to_vec(), [3.0, 6.0]);
    /// let begun = PoolOptions { ceil_mode: true, ..PoolOptions::default() };
    /// assert_eq!(x.max_pool1d([2], begun).value().to_vec().len(), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool1d(self, kernel: [usize; 1], options: PoolOptions<1>) -> Self {
        or_panic(self.try_max_pool1d(kernel, options))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "max_pool1d",
        f: |x| {
            let options =
                PoolOptions { stride: Some([2]), padding: [1], ceil_mode: true, ..PoolOptions::default() };
            x[0].max_pool1d([2], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 2], [1, 2, 5], [0, 1, 3], [2, 1, 4]];
            shapes.map(|s| vec![draw.distinct(s)]).into()
        },
        smooth_orders: 4,
    }
}
