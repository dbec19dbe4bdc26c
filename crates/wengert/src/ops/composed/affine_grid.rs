//! # affine_grid
//!
//! The points that a linear map with an offset sends those of a regular grid to.
//!
//! $$ g_{b,i,j} = \theta_b \, (u_j, v_i, 1)^\top, \qquad u_j = \frac{2 j + 1}{w} - 1 \text{ or, with corners aligned, } \frac{2 j}{w - 1} - 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul` with the constant points |
//! | JVP | by composition |
//! | shape | `[b, 2, 3] → [b, h, w, 2]` |
//! | domain | everything; along an axis of one cell the point is 0 |
//! | source | definition: the grid that `grid_sample` takes |

use super::Composed;
use crate::{Error, Float, Tensor, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The points of a grid of `[height, width]` under these maps `[batch, 2, 3]`; see
    /// [`crate::ops::composed::affine_grid`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the maps are `[batch, 2, 3]`; [`Error::TooLarge`].
    #[track_caller]
    pub fn try_affine_grid(self, [height, width]: [usize; 2], align_corners: bool) -> Result<Self, Error> {
        let &[batch, 2, 3] = self.shape().dims() else {
            let expected = "maps [batch, 2, 3]: a matrix of two by two and an offset for each";
            return Err(Error::Shape { op: "affine_grid", given: self.shape().dims().into(), expected });
        };
        let whole = crate::Shape::new([batch, height, width, 2])?;
        crate::Shape::new([height, width, 3])?;
        let along = |k: usize, n: usize| match (align_corners, n) {
            (_, 1) => 0.0,
            (true, _) => (2 * k) as f64 / (n - 1) as f64 - 1.0,
            (false, _) => (2 * k + 1) as f64 / n as f64 - 1.0,
        };
        let points = Tensor::from_fn([height * width, 3], |ix| {
            F::from_f64(match ix[1] {
                0 => along(ix[0] % width, width),
                1 => along(ix[0] / width, height),
                _ => 1.0,
            })
        });
        self.tape().constant(points).try_matmul(self.ordered(&[0, 2, 1]))?.try_reshape(whole)
    }

    /// As [`Var::try_affine_grid`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let shift = tape.leaf([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]); // half the width to the right
    /// let grid = shift.affine_grid([1, 2], false);
    /// assert_eq!(grid.value().to_vec(), [0.0, 0.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn affine_grid(self, size: [usize; 2], align_corners: bool) -> Self {
        or_panic(self.try_affine_grid(size, align_corners))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "affine_grid",
        f: |x| x[0].affine_grid([2, 3], true) * x[0].affine_grid([2, 3], false),
        samples: |draw| [[1, 2, 3], [2, 2, 3], [0, 2, 3]].map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn maps_of_another_shape_are_refused() {
        let tape = Tape::<f64>::new();
        for dims in [&[2_usize, 3][..], &[1, 3, 4], &[1, 2, 2]] {
            let refused = tape.leaf(Tensor::zeros(dims)).try_affine_grid([2, 2], false).map(Var::shape);
            assert!(matches!(refused, Err(Error::Shape { op: "affine_grid", .. })));
        }
        let maps = tape.leaf(Tensor::zeros([1, 2, 3]));
        let huge = maps.try_affine_grid([usize::MAX, 2], false).map(Var::shape);
        assert!(matches!(huge, Err(Error::TooLarge { .. })));
        assert_eq!(maps.affine_grid([0, 2], true).shape().dims(), [1, 0, 2, 2]);
    }
}
