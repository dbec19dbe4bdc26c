//! # max_unpool
//!
//! Zeros, with every element at the place of its plane that an index names: what undoes `max_pool2d`, maxima alone.
//!
//! $$ y_{b,c,q} = \begin{cases} x_{b,c,j} & q = p_{b,c,j} \\ 0 & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `scatter_add` over flat planes, so $\bar x$ is $\bar y$ at the indices |
//! | JVP | by composition |
//! | shape | `[b, c, n…] → [b, c, m…]`, one axis, two or three; the indices have the shape of the operand |
//! | domain | everything; indices count the cells of a plane in row-major order, none twice |
//! | source | definition |

use super::Composed;
use crate::ops::{indices::Picks, scatter_add::ScatterAdd, window::spatial};
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};

#[track_caller]
fn unpool<'t, F: Float, const D: usize>(
    op: &'static str,
    x: Var<'t, F>,
    indices: &Tensor<u32>,
    size: [usize; D],
) -> Result<Var<'t, F>, Error> {
    let ([batch, channels], own) = spatial::<D>(op, x.shape())?;
    if indices.shape() != x.shape() {
        let (lhs, rhs) = (x.shape().dims().into(), indices.dims().into());
        return Err(Error::ShapeMismatch { op, lhs, rhs, expected: "one index per element" });
    }
    let whole = Shape::new([&[batch, channels][..], &size].concat())?;
    let flat = |size: [usize; D]| size.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    let too_large = || Error::TooLarge { shape: whole.dims().into() };
    let (cells, places) = (flat(own).ok_or_else(too_large)?, flat(size).ok_or_else(too_large)?);
    let planes = batch * channels;
    let flat_indices = indices.reshape([planes, cells]);
    let picks = Picks::new(op, 1, flat_indices, Shape::new([planes, places])?)?.copied_from(indices);
    if let Some(index) = repeated(picks.indices(), cells) {
        let expected = "each place of a plane at most once (windows that overlap name a place twice)";
        return Err(Error::Attribute {
            op,
            name: "indices",
            given: format!("{index} twice in a plane"),
            expected,
        });
    }
    let y = x.tape().try_apply(ScatterAdd { cells: picks }, &[x.try_reshape([planes, cells])?])?;
    y.try_reshape(whole)
}

/// An index that occurs twice among those of one plane.
fn repeated(indices: &[u32], cells: usize) -> Option<u32> {
    indices.chunks(cells.max(1)).find_map(|plane| {
        let mut sorted = plane.to_vec();
        sorted.sort_unstable();
        sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    })
}

impl<F: Float> Var<'_, F> {
    /// The elements of `[batch, channels, length]` at their indices in planes of `size`, zeros elsewhere;
    /// see [`crate::ops::composed::max_unpool`].
    ///
    /// The indices are those of [`Var::try_max_pool1d_with_indices`]. In a plan with indices as an input, an index that
    /// comes twice in a later run adds.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes, [`Error::ShapeMismatch`] unless there is one index per element,
    /// [`Error::Index`] for an index beyond the plane, [`Error::Attribute`] for one that comes twice in a plane.
    #[track_caller]
    pub fn try_max_unpool1d(self, indices: &Tensor<u32>, size: [usize; 1]) -> Result<Self, Error> {
        unpool("max_unpool1d", self, indices, size)
    }

    /// As [`Var::try_max_unpool1d`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[5.0, 7.0]]]);
    /// let y = x.max_unpool1d(&[[[1_u32, 2]]].into(), [4]);
    /// assert_eq!(y.value().to_vec(), [0.0, 5.0, 7.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_unpool1d(self, indices: &Tensor<u32>, size: [usize; 1]) -> Self {
        or_panic(self.try_max_unpool1d(indices, size))
    }

    /// The elements of `[batch, channels, height, width]` at their indices in planes of `size`, zeros elsewhere;
    /// see [`crate::ops::composed::max_unpool`].
    ///
    /// The indices are those of [`Var::try_max_pool2d_with_indices`]. In a plan with indices as an input, an index that
    /// comes twice in a later run adds.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes, [`Error::ShapeMismatch`] unless there is one index per element,
    /// [`Error::Index`] for an index beyond the plane, [`Error::Attribute`] for one that comes twice in a plane.
    #[track_caller]
    pub fn try_max_unpool2d(self, indices: &Tensor<u32>, size: [usize; 2]) -> Result<Self, Error> {
        unpool("max_unpool2d", self, indices, size)
    }

    /// As [`Var::try_max_unpool2d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[[1.0, 2.0, 5.0, 6.0], [4.0, 3.0, 8.0, 7.0]]]]);
    /// let (y, indices) = x.max_pool2d_with_indices([2, 2], PoolOptions::default());
    /// let back = y.max_unpool2d(&indices, [2, 4]);
    /// assert_eq!(back.value().to_vec(), [0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 8.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_unpool2d(self, indices: &Tensor<u32>, size: [usize; 2]) -> Self {
        or_panic(self.try_max_unpool2d(indices, size))
    }

    /// The elements of `[batch, channels, depth, height, width]` at their indices in planes of `size`, zeros elsewhere;
    /// see [`crate::ops::composed::max_unpool`].
    ///
    /// The indices are those of [`Var::try_max_pool3d_with_indices`]. In a plan with indices as an input, an index that
    /// comes twice in a later run adds.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes, [`Error::ShapeMismatch`] unless there is one index per element,
    /// [`Error::Index`] for an index beyond the plane, [`Error::Attribute`] for one that comes twice in a plane.
    #[track_caller]
    pub fn try_max_unpool3d(self, indices: &Tensor<u32>, size: [usize; 3]) -> Result<Self, Error> {
        unpool("max_unpool3d", self, indices, size)
    }

    /// As [`Var::try_max_unpool3d`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::full([1, 1, 1, 1, 1], 5.0));
    /// let y = x.max_unpool3d(&Tensor::full([1, 1, 1, 1, 1], 3), [2, 1, 2]);
    /// assert_eq!(y.value().to_vec(), [0.0, 0.0, 0.0, 5.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn max_unpool3d(self, indices: &Tensor<u32>, size: [usize; 3]) -> Self {
        or_panic(self.try_max_unpool3d(indices, size))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "max_unpool2d",
        f: |x| {
            let shape = x[0].shape();
            let indices = Tensor::from_fn(shape, |ix| (7 - (ix[2] * shape.dims()[3] + ix[3])) as u32);
            x[0].max_unpool2d(&indices, [2, 4])
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 1], [2, 1, 1, 3], [1, 2, 2, 2], [0, 1, 1, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    #[test]
    fn indices_that_do_not_fit_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[5.0, 7.0], [1.0, 2.0]]]);
        let of = |indices: [[[u32; 2]; 2]; 1], n| x.try_max_unpool1d(&indices.into(), [n]).map(Var::shape);
        assert!(of([[[0, 1], [1, 0]]], 2).is_ok());
        assert!(matches!(
            of([[[0, 1], [2, 0]]], 2),
            Err(Error::Index { op: "max_unpool1d", index: 2, size: 2 })
        ));
        let twice = of([[[0, 1], [2, 2]]], 3);
        assert!(matches!(twice, Err(Error::Attribute { op: "max_unpool1d", name: "indices", .. })));
        let fewer = x.try_max_unpool1d(&Tensor::zeros([1, 2, 1]), [3]).map(Var::shape);
        assert!(matches!(fewer, Err(Error::ShapeMismatch { op: "max_unpool1d", .. })));
        let rank = x.try_max_unpool2d(&Tensor::zeros([1, 2, 2]), [3, 3]).map(Var::shape);
        assert!(matches!(rank, Err(Error::Shape { op: "max_unpool2d", .. })));
    }
}
