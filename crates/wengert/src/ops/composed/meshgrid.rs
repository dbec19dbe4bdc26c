//! # meshgrid
//!
//! The coordinates of a grid, one array for each vector of positions along an axis.
//!
//! $$ (y_k)_{i_0 i_1 \dots} = (x_k)_{i_k} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `broadcast_to` |
//! | JVP | by composition |
//! | shape | `[n₀], [n₁], … →` as many times `[n₀, n₁, …]`; the first two axes exchanged for `meshgrid_xy` |
//! | domain | everything; vectors, and scalars as vectors of one element; the grids are views |
//! | source | definition; the two orders are those of NumPy's `indexing` |

use super::{Composed, Draw};
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The coordinates of a grid, the first vector along the first axis; see [`crate::ops::composed::meshgrid`].
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] without any vector, [`Error::Shape`] for a matrix, [`Error::RankTooLarge`],
    /// [`Error::TooLarge`].
    #[track_caller]
    pub fn try_meshgrid(vectors: &[Self]) -> Result<Vec<Self>, Error> {
        if vectors.is_empty() {
            return Err(Error::Arity { op: "meshgrid", given: 0, expected: "one vector or more" });
        }
        if let Some(other) = vectors.iter().find(|v| v.rank() > 1) {
            let given = other.shape().dims().into();
            return Err(Error::Shape { op: "meshgrid", given, expected: "vectors (flatten makes one)" });
        }
        let grid: Vec<usize> = vectors.iter().map(|v| v.shape().len()).collect();
        let mut grids = Vec::with_capacity(vectors.len());
        for (k, v) in vectors.iter().enumerate() {
            let mut along = vec![1; grid.len()];
            along[k] = grid[k];
            grids.push(v.try_reshape(along)?.try_broadcast_to(&grid)?);
        }
        Ok(grids)
    }

    /// As [`Var::try_meshgrid`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let (row, column) = (tape.leaf([1.0, 2.0]), tape.leaf([10.0, 20.0, 30.0]));
    /// let [i, j] = Var::meshgrid(&[row, column])[..] else { panic!("one for each") };
    /// assert_eq!((i + j).value().to_vec(), [11.0, 21.0, 31.0, 12.0, 22.0, 32.0]);
    /// assert_eq!(i.sum().backward(&[row])[0].to_vec(), [3.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn meshgrid(vectors: &[Self]) -> Vec<Self> {
        or_panic(Self::try_meshgrid(vectors))
    }

    /// [`Var::try_meshgrid`] with the first two axes exchanged: x runs along a row, y down a column.
    ///
    /// # Errors
    ///
    /// Those of [`Var::try_meshgrid`].
    #[track_caller]
    pub fn try_meshgrid_xy(vectors: &[Self]) -> Result<Vec<Self>, Error> {
        let mut grids = Self::try_meshgrid(vectors)?;
        if grids.len() > 1 {
            for grid in &mut grids {
                *grid = grid.try_transpose(0, 1)?;
            }
        }
        Ok(grids)
    }

    /// As [`Var::try_meshgrid_xy`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let grids = Var::meshgrid_xy(&[tape.leaf([1.0, 2.0, 3.0]), tape.leaf([10.0, 20.0])]);
    /// assert_eq!(grids[0].value().to_vec(), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    /// assert_eq!(grids[1].shape().dims(), [2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn meshgrid_xy(vectors: &[Self]) -> Vec<Self> {
        or_panic(Self::try_meshgrid_xy(vectors))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "meshgrid",
        f: |x| {
            let plain = Var::meshgrid(x).into_iter().reduce(|a, b| a * b).expect("one or more");
            plain + Var::meshgrid_xy(x)[0].sum()
        },
        samples: |draw: &mut Draw| {
            let sizes: [&[usize]; 4] = [&[2, 3], &[3], &[2, 1, 2], &[0, 2]];
            sizes.map(|s| s.iter().map(|&n| draw.uniform([n], -2.0, 2.0)).collect()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn each_grid_varies_along_its_own_axis() {
        let tape = Tape::<f64>::new();
        let vectors = [2, 3, 4].map(|n| tape.leaf(Tensor::from_fn([n], |ix| ix[0] as f64)));
        for (k, grid) in Var::meshgrid(&vectors).into_iter().enumerate() {
            assert_eq!(grid.value(), Tensor::from_fn([2, 3, 4], |ix| ix[k] as f64));
        }
        let swapped = [1, 0, 2];
        for (k, grid) in Var::meshgrid_xy(&vectors).into_iter().enumerate() {
            assert_eq!(grid.value(), Tensor::from_fn([3, 2, 4], |ix| ix[swapped[k]] as f64));
        }
        assert_eq!(Var::meshgrid_xy(&vectors[..1])[0].value(), vectors[0].value());
        assert_eq!(Var::meshgrid(&[tape.leaf(5.0), vectors[0]])[0].value(), Tensor::from([[5.0, 5.0]]));
        assert!(matches!(Var::<f64>::try_meshgrid(&[]), Err(Error::Arity { op: "meshgrid", .. })));
        assert!(matches!(Var::try_meshgrid(&[tape.leaf([[1.0]])]), Err(Error::Shape { .. })));
        assert!(matches!(Var::try_meshgrid(&[vectors[0]; 9]), Err(Error::RankTooLarge { .. })));
    }
}
