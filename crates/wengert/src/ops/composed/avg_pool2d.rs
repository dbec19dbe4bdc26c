//! # avg_pool2d
//!
//! The mean of each window of an image.
//!
//! $$ y_{b,c,i,j} = \frac{1}{n_{ij}} \sum_{p,q} x_{b,\,c,\,s_0 i + d_0 p - \pi_0,\; s_1 j + d_1 q - \pi_1} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `conv2d` with one group per channel and a constant kernel of $1 / (k_0 k_1)$, times $k_0 k_1 / n_{ij}$ where these differ |
//! | JVP | by composition |
//! | shape | `[b, c, h, w] → [b, c, h', w']`, $h' = \lfloor (h + 2\pi - d(k - 1) - 1) / s \rfloor + 1$ |
//! | domain | everything; the divisor $n_{ij}$ is the number of cells of the kernel $k_0 k_1$, also where a window reaches into the padding; or, if asked so, of the cells of the image under it; what lies beyond the padding never counts; it is never 0, since every window meets a cell |
//! | numerics | elements are scaled before they are added: a mean of large numbers does not overflow |
//! | source | linearity: `conv2d` with every weight one over the kernel area |

use super::Composed;
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "avg_pool2d",
        f: |x| {
            let options = PoolOptions { stride: Some([2, 1]), padding: [1, 0], ..PoolOptions::default() };
            let uneven = PoolOptions { count_include_pad: false, ceil_mode: true, ..options };
            x[0].avg_pool2d([3, 2], options).sum_axes([1, 2, 3])
                + x[0].avg_pool2d([2, 2], uneven).sum_axes([1, 2, 3])
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 2], [1, 2, 3, 3], [0, 1, 3, 3], [2, 1, 4, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

impl<F: Float> Var<'_, F> {
    /// The mean of each window of these images `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::avg_pool2d`].
    ///
    /// The divisor is the number of cells of the kernel, padding counted as zeros; without
    /// [`PoolOptions::count_include_pad`] it is the number of cells of the image under the window. Rows and columns that
    /// fill no whole window are left out; with [`PoolOptions::ceil_mode`] they make windows of their own, which divide by
    /// what they have within the padding.
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool2d`].
    #[track_caller]
    pub fn try_avg_pool2d(self, kernel: [usize; 2], options: PoolOptions) -> Result<Self, Error> {
        let (_, size) = spatial("avg_pool2d", self.shape())?;
        let window = Window::pooling(kernel, &options);
        let (out, past) = window.pooled("avg_pool2d", size, options.ceil_mode)?;
        let cells = kernel[0] as f64 * kernel[1] as f64;
        let y = self.try_beyond(past, 0.0)?.window_sums("avg_pool2d", window, 1.0 / cells)?;
        match window.corrections(size, out, &options) {
            Some(factors) => y.try_mul(self.tape.constant(factors)),
            None => Ok(y),
        }
    }

    /// As [`Var::try_avg_pool2d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([[1.0, 2.0, 5.0, 6.0], [4.0, 3.0, 8.0, 7.0]]).reshape([1, 1, 2, 4]));
    /// assert_eq!(x.avg_pool2d([2, 2], PoolOptions::default()).value().to_vec(), [2.5, 6.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn avg_pool2d(self, kernel: [usize; 2], options: PoolOptions) -> Self {
        or_panic(self.try_avg_pool2d(kernel, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, Tensor};

    #[test]
    fn padding_counts_in_the_divisor() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1, 1, 1, 3], 4.0));
        let padded = PoolOptions { stride: Some([1, 1]), padding: [0, 1], ..PoolOptions::default() };
        let y = x.avg_pool2d([1, 2], padded);
        assert_eq!(y.value().to_vec(), [2.0, 4.0, 4.0, 2.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn cells_between_windows_get_no_gradient_and_overlaps_add() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1, 1, 1, 5], 1.0));
        let strided = |s| PoolOptions { stride: Some([1, s]), ..PoolOptions::default() };
        let gradient = |s| x.avg_pool2d([1, 2], strided(s)).sum().backward(&[x])[0].to_vec();
        assert_eq!(gradient(3), [0.5, 0.5, 0.0, 0.5, 0.5]);
        assert_eq!(gradient(1), [0.5, 1.0, 1.0, 1.0, 0.5]);
    }

    #[test]
    fn means_of_the_largest_numbers_do_not_overflow() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(Tensor::full([1, 1, 2, 2], f32::MAX));
        assert_eq!(x.avg_pool2d([2, 2], PoolOptions::default()).item(), f32::MAX);
    }

    #[test]
    fn images_without_batch_or_channels_pass_through() {
        let tape = Tape::<f64>::new();
        for (shape, out) in [([0, 2, 4, 4], [0, 2, 2, 2]), ([2, 0, 4, 4], [2, 0, 2, 2])] {
            let x = tape.leaf(Tensor::zeros(shape));
            let y = x.avg_pool2d([2, 2], PoolOptions::default());
            assert_eq!(y.shape().dims(), out);
            assert_eq!(y.sum().backward(&[x])[0].dims(), shape);
        }
    }

    #[test]
    fn refusals_name_the_pooling() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([1, 1, 3, 3]));
        let padded = PoolOptions { padding: [2, 0], ..PoolOptions::default() };
        let refused = [
            (x.try_avg_pool2d([2, 2], padded), "padding"),
            (x.try_avg_pool2d([4, 4], PoolOptions::default()), "kernel"),
            (x.try_avg_pool2d([0, 2], PoolOptions::default()), "kernel"),
        ];
        for (given, what) in refused {
            match given.map(Var::shape) {
                Err(Error::Attribute { op: "avg_pool2d", name, .. }) => assert_eq!(name, what),
                other => panic!("expected an error about {what}, got {other:?}"),
            }
        }
        let flat = tape.leaf([1.0, 2.0]).try_avg_pool2d([1, 1], PoolOptions::default());
        assert!(matches!(flat.map(Var::shape), Err(Error::Shape { op: "avg_pool2d", .. })));
    }
}
