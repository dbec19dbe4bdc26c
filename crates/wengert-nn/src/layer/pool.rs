//! # Pooling
//!
//! The largest element or the mean of each window of an image.

use crate::{Error, error::or_panic, tree};
use wengert::{Float, PoolOptions, Var};

macro_rules! pool {
    ($Name:ident, $method:ident, $doc:literal) => {
        tree! {
            #[doc = $doc]
            ///
            /// `[batch, channels, height, width] → [batch, channels, height′, width′]`
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $Name {
                /// Rows and columns of a window.
                pub kernel: [usize; 2],
                /// Stride, padding and dilation of the windows.
                pub options: PoolOptions,
            }
        }

        impl $Name {
            /// Returns a layer with windows that do not overlap.
            pub fn new(kernel: [usize; 2]) -> Self {
                Self { kernel, options: PoolOptions::default() }
            }

            /// The pooled image.
            ///
            /// # Errors
            ///
            /// [`Error::Core`] if `x` has not four axes, is smaller than a window, or the options do not fit.
            #[track_caller]
            pub fn try_forward<'t, F: Float>(&self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
                Ok(x.$method(self.kernel, self.options)?)
            }

            /// As `try_forward`.
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn forward<'t, F: Float>(&self, x: Var<'t, F>) -> Var<'t, F> {
                or_panic(self.try_forward(x))
            }
        }
    };
}
pool!(
    MaxPool2d,
    try_max_pool2d,
    "The largest element of each window; of equal ones, the first takes the gradient."
);
pool!(
    AvgPool2d,
    try_avg_pool2d,
    "The mean of each window, padding counted unless the options say otherwise."
);

#[cfg(test)]
mod tests {
    use super::*;
    use wengert::{Tape, Tensor};

    #[test]
    fn windows_do_not_overlap_by_default() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[[1.0, 2.0, 5.0, 0.0], [3.0, 4.0, 0.0, 3.0]]]]);
        let y = MaxPool2d::new([2, 2]).forward(x);
        assert_eq!(y.value(), Tensor::from([[[[4.0, 5.0]]]]));
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let y = AvgPool2d::new([2, 2]).forward(x);
        assert_eq!(y.value(), Tensor::from([[[[2.5, 2.0]]]]));
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.25; 8]);
        assert!(matches!(MaxPool2d::new([3, 3]).try_forward(x), Err(Error::Core(_))));
    }
}
