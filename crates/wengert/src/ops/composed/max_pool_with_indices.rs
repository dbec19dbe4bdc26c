//! # max_pool_with_indices
//!
//! The largest element of each window, and where in its plane it lies.
//!
//! $$ y_i = x_{p_i}, \qquad p_i = \operatorname{argmax}_j x_j, \quad j \text{ over window } i $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `max_pool2d`; the indices have no derivative |
//! | JVP | by composition |
//! | shape | as `max_pool1d`, `max_pool2d` and `max_pool3d`; the indices have the shape of the maxima |
//! | domain | everything; indices count the cells of a plane without its padding, in row-major order |
//! | kinks | ties: the first in scan order; a NaN wins, the first if there are several |
//! | source | definition |

use super::Composed;
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Shape, Tensor, Var, error::or_panic};

/// Where the largest element of each window lies in its plane.
#[track_caller]
fn winners<F: Float, const D: usize>(
    op: &'static str,
    x: Var<'_, F>,
    kernel: [usize; D],
    options: &PoolOptions<D>,
) -> Result<Tensor<u32>, Error> {
    let ([batch, channels], size) = spatial::<D>(op, x.shape())?;
    let window = Window::pooling(kernel, options);
    let (out, _) = window.pooled(op, size, options.ceil_mode)?;
    let shape = Shape::new([&[batch, channels][..], &out].concat())?;
    let cells = size.iter().try_fold(1_u32, |n, &d| n.checked_mul(u32::try_from(d).ok()?));
    let cells = cells.ok_or_else(|| Error::TooLarge { shape: x.shape().dims().into() })? as usize;
    let value = x.value();
    let elements = value.elements();
    let taps = Shape::new(kernel)?;
    Ok(Tensor::from_fn(shape, |at| {
        let plane = &elements[(at[0] * channels + at[1]) * cells..][..cells];
        let mut best: Option<usize> = None;
        taps.for_each_index(|tap| {
            let mut cell = 0;
            for axis in 0..D {
                let Some(along) = window.cell(axis, size, at[2 + axis], tap[axis]) else { return };
                cell = cell * size[axis] + along;
            }
            let beats =
                |best: usize| !plane[best].is_nan() && (plane[cell].is_nan() || plane[cell] > plane[best]);
            if best.is_none_or(beats) {
                best = Some(cell);
            }
        });
        best.expect("every window meets a cell") as u32
    }))
}

impl<'t, F: Float> Var<'t, F> {
    /// As [`Var::try_max_pool1d`], with the place of each maximum in its plane; see
    /// [`crate::ops::composed::max_pool_with_indices`].
    ///
    /// The indices are read off the values of this variable, as [`Var::value`] does: what is recorded with them is for
    /// these values alone, and a plan of it takes them as an input or is refused.
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool1d`]; [`Error::TooLarge`] for planes whose cells have no index of 32 bits.
    #[track_caller]
    pub fn try_max_pool1d_with_indices(
        self,
        kernel: [usize; 1],
        options: PoolOptions<1>,
    ) -> Result<(Self, Tensor<u32>), Error> {
        let y = self.try_max_pool1d(kernel, options)?;
        Ok((y, winners("max_pool1d_with_indices", self, kernel, &options)?))
    }

    /// As [`Var::try_max_pool1d_with_indices`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 5.0, 7.0, 7.0]]]);
    /// let (y, indices) = x.max_pool1d_with_indices([2], PoolOptions::default());
    /// assert_eq!((y.value().to_vec(), indices.to_vec()), (vec![5.0, 7.0], vec![1, 2]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool1d_with_indices(self, kernel: [usize; 1], options: PoolOptions<1>) -> (Self, Tensor<u32>) {
        or_panic(self.try_max_pool1d_with_indices(kernel, options))
    }

    /// As [`Var::try_max_pool2d`], with the place of each maximum in its plane; see
    /// [`crate::ops::composed::max_pool_with_indices`].
    ///
    /// The indices are read off the values of this variable, as [`Var::value`] does: what is recorded with them is for
    /// these values alone, and a plan of it takes them as an input or is refused.
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool2d`]; [`Error::TooLarge`] for planes whose cells have no index of 32 bits.
    #[track_caller]
    pub fn try_max_pool2d_with_indices(
        self,
        kernel: [usize; 2],
        options: PoolOptions<2>,
    ) -> Result<(Self, Tensor<u32>), Error> {
        let y = self.try_max_pool2d(kernel, options)?;
        Ok((y, winners("max_pool2d_with_indices", self, kernel, &options)?))
    }

    /// As [`Var::try_max_pool2d_with_indices`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[[1.0, 2.0, 5.0, 6.0], [4.0, 3.0, 8.0, 7.0]]]]);
    /// let (y, indices) = x.max_pool2d_with_indices([2, 2], PoolOptions::default());
    /// assert_eq!((y.value().to_vec(), indices.to_vec()), (vec![4.0, 8.0], vec![4, 6]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool2d_with_indices(self, kernel: [usize; 2], options: PoolOptions<2>) -> (Self, Tensor<u32>) {
        or_panic(self.try_max_pool2d_with_indices(kernel, options))
    }

    /// As [`Var::try_max_pool3d`], with the place of each maximum in its plane; see
    /// [`crate::ops::composed::max_pool_with_indices`].
    ///
    /// The indices are read off the values of this variable, as [`Var::value`] does: what is recorded with them is for
    /// these values alone, and a plan of it takes them as an input or is refused.
    ///
    /// # Errors
    ///
    /// As [`Var::try_max_pool3d`]; [`Error::TooLarge`] for planes whose cells have no index of 32 bits.
    #[track_caller]
    pub fn try_max_pool3d_with_indices(
        self,
        kernel: [usize; 3],
        options: PoolOptions<3>,
    ) -> Result<(Self, Tensor<u32>), Error> {
        let y = self.try_max_pool3d(kernel, options)?;
        Ok((y, winners("max_pool3d_with_indices", self, kernel, &options)?))
    }

    /// As [`Var::try_max_pool3d_with_indices`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from_fn([1, 1, 2, 2, 2], |ix| (4 * ix[2] + 2 * ix[3] + ix[4]) as f64));
    /// let (y, indices) = x.max_pool3d_with_indices([2, 2, 2], PoolOptions::default());
    /// assert_eq!((y.item(), indices.item()), (7.0, 7));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_pool3d_with_indices(self, kernel: [usize; 3], options: PoolOptions<3>) -> (Self, Tensor<u32>) {
        or_panic(self.try_max_pool3d_with_indices(kernel, options))
    }
}

/// The maxima at the points where the laws check them.
pub fn composed() -> Composed {
    Composed {
        name: "max_pool2d_with_indices",
        f: |x| {
            let options = PoolOptions { stride: Some([1, 2]), padding: [1, 0], ..PoolOptions::default() };
            x[0].max_pool2d_with_indices([2, 2], options).0
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 2], [1, 2, 2, 3], [0, 1, 2, 2]];
            shapes.map(|s| vec![draw.distinct(s)]).into()
        },
        smooth_orders: 4,
    }
}
