//! # affine_grid
//!
//! The points that a linear map with an offset sends those of a regular grid to.
//!
//! $$ g_{b,i,j} = \theta_b \, (u_j, v_i, 1)^\top \text{ or } g_{b,l,i,j} = \theta_b \, (u_j, v_i, w_l, 1)^\top, \qquad u_j = \frac{2 j + 1}{w} - 1 \text{ or, with corners aligned, } \frac{2 j}{w - 1} - 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `matmul` with the constant points |
//! | JVP | by composition |
//! | shape | `[b, 2, 3] → [b, h, w, 2]`, `[b, 3, 4] → [b, t, h, w, 3]` |
//! | domain | everything; along an axis of one cell the point is 0 |
//! | source | definition: the grid that `grid_sample` takes |

use super::Composed;
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The points of a grid of `[height, width]` under these maps `[batch, 2, 3]`, or of `[depth, height, width]` under
    /// maps `[batch, 3, 4]`; see [`crate::ops::composed::affine_grid`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless there are two sizes or three; [`Error::Shape`] unless the maps fit; [`Error::TooLarge`].
    #[track_caller]
    pub fn try_affine_grid(self, size: impl AsRef<[usize]>, align_corners: bool) -> Result<Self, Error> {
        const NAME: &str = "affine_grid";
        let size = size.as_ref();
        let axes = size.len();
        if !(2..=3).contains(&axes) {
            let (given, expected) = (format!("{size:?}"), "[height, width] or [depth, height, width]");
            return Err(Error::Attribute { op: NAME, name: "size", given, expected });
        }
        let shape = self.shape();
        let &[batch, rows, columns] = shape.dims() else { return Err(misfit(shape, axes)) };
        if (rows, columns) != (axes, axes + 1) {
            return Err(misfit(shape, axes));
        }
        let whole = Shape::new([&[batch][..], size, &[axes]].concat())?;
        let constant = Shape::new([size, &[axes + 1]].concat())?;
        let along = |k: usize, n: usize| match (align_corners, n) {
            (_, 1) => 0.0,
            (true, _) => (2 * k) as f64 / (n - 1) as f64 - 1.0,
            (false, _) => (2 * k + 1) as f64 / n as f64 - 1.0,
        };
        let points = Tensor::from_fn(constant, |ix| {
            // The last axis comes first in a point.
            let axis = axes.checked_sub(ix[axes] + 1);
            F::from_f64(axis.map_or(1.0, |axis| along(ix[axis], size[axis])))
        });
        let points = points.reshape([size.iter().product(), axes + 1]);
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
    pub fn affine_grid(self, size: impl AsRef<[usize]>, align_corners: bool) -> Self {
        or_panic(self.try_affine_grid(size, align_corners))
    }
}

fn misfit(given: Shape, axes: usize) -> Error {
    let expected = match axes {
        2 => "maps [batch, 2, 3]: a matrix of two by two and an offset for each",
        _ => "maps [batch, 3, 4]: a matrix of three by three and an offset for each",
    };
    Error::Shape { op: "affine_grid", given: given.dims().into(), expected }
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

/// The composition for volumes, at the points where the laws check it.
pub fn volume() -> Composed {
    Composed {
        name: "affine_grid_volume",
        f: |x| x[0].affine_grid([2, 1, 3], true) * x[0].affine_grid([2, 1, 3], false),
        samples: |draw| [[1, 3, 4], [0, 3, 4]].map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into(),
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
        for size in [&[][..], &[4], &[2, 2, 2, 2]] {
            let refused = maps.try_affine_grid(size, false).map(Var::shape);
            assert!(matches!(refused, Err(Error::Attribute { op: "affine_grid", name: "size", .. })));
        }
        let refused = maps.try_affine_grid([2, 2, 2], false).map(Var::shape);
        assert!(matches!(refused, Err(Error::Shape { op: "affine_grid", .. })));
        let huge = maps.try_affine_grid([usize::MAX, 2], false).map(Var::shape);
        assert!(matches!(huge, Err(Error::TooLarge { .. })));
        assert_eq!(maps.affine_grid([0, 2], true).shape().dims(), [1, 0, 2, 2]);
    }
}
