//! Where elements differ from zero, and where a triangle of a matrix lies: positions as index tensors.

use super::Tensor;
use crate::{Element, Error, Float, Mask, Shape, error::or_panic};

impl<T: Element> Tensor<T> {
    /// The positions of all elements that are not 0, a row for each, in row-major order: `[count, rank]`.
    ///
    /// NaN is not 0.
    ///
    /// ```
    /// let t = wengert::Tensor::from([[0.0, 3.0], [5.0, 0.0]]);
    /// assert_eq!(t.argwhere(), wengert::Tensor::from([[0_u32, 1], [1, 0]]));
    /// ```
    ///
    /// # Panics
    ///
    /// If an axis has more than 2³² elements.
    #[track_caller]
    pub fn argwhere(&self) -> Tensor<u32> {
        let mut rows = Vec::new();
        let mut elements = self.to_vec().into_iter();
        self.shape().for_each_index(|ix| {
            if elements.next().is_some_and(|x| x != T::default()) {
                rows.extend(ix.iter().map(|&i| u32::try_from(i).expect("an axis that u32 can count")));
            }
        });
        let count = self.elements().iter().filter(|&&x| x != T::default()).count();
        or_panic(Tensor::new([count, self.rank()], rows))
    }

    /// The positions of all elements that are not 0, a list for each axis: as [`Var::index`](crate::Var::index) and
    /// [`Var::index_put`](crate::Var::index_put) take them.
    ///
    /// ```
    /// let t = wengert::Tensor::from([[0.0, 3.0], [5.0, 0.0]]);
    /// assert_eq!(t.nonzero().iter().map(|k| k.to_vec()).collect::<Vec<_>>(), [[0, 1], [1, 0]]);
    /// ```
    ///
    /// # Panics
    ///
    /// If an axis has more than 2³² elements.
    #[track_caller]
    pub fn nonzero(&self) -> Vec<Tensor<u32>> {
        let rows = self.argwhere();
        (0..self.rank()).map(|k| rows.narrow(1, k..k + 1).reshape([rows.dims()[0]])).collect()
    }
}

impl<F: Float> Mask<'_, F> {
    /// The positions where the mask holds, a row for each, in row-major order: `[count, rank]`.
    ///
    /// This reads the mask, so a [plan](crate::Plan) refuses what follows if the mask depends on its inputs.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, -2.0, 3.0]);
    /// assert_eq!(x.gt(0.0).argwhere(), wengert::Tensor::from([[0_u32], [2]]));
    /// ```
    ///
    /// # Panics
    ///
    /// If an axis has more than 2³² elements.
    #[track_caller]
    pub fn argwhere(self) -> Tensor<u32> {
        self.value().argwhere()
    }

    /// The positions where the mask holds, a list for each axis; as [`Mask::argwhere`] otherwise.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, -2.0, 3.0]);
    /// let places = x.gt(0.0).nonzero();
    /// assert_eq!(x.index(&places).value().to_vec(), [1.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// If an axis has more than 2³² elements.
    #[track_caller]
    pub fn nonzero(self) -> Vec<Tensor<u32>> {
        self.value().nonzero()
    }
}

impl Tensor<u32> {
    /// Rows and columns of the elements whose column minus row is kept, in row-major order.
    fn triangle(rows: usize, columns: usize, keep: impl Fn(isize) -> bool) -> Result<Self, Error> {
        Shape::new([rows, columns])?;
        let each = (0..rows).flat_map(|r| (0..columns).map(move |c| [r, c]));
        let kept: Vec<[usize; 2]> = each.filter(|&[r, c]| keep(c as isize - r as isize)).collect();
        let along = |k: usize| kept.iter().map(move |at| at[k] as u32);
        Tensor::new([2, kept.len()], along(0).chain(along(1)).collect::<Vec<_>>())
    }

    /// Rows and columns of the lower triangle of a matrix, on and below the diagonal `offset`: `[2, count]`.
    ///
    /// ```
    /// let lower = wengert::Tensor::tril_indices(2, 3, 0);
    /// assert_eq!(lower, wengert::Tensor::from([[0_u32, 1, 1], [0, 0, 1]]));
    /// ```
    ///
    /// # Panics
    ///
    /// If such a matrix would not fit in memory.
    #[track_caller]
    pub fn tril_indices(rows: usize, columns: usize, offset: isize) -> Self {
        or_panic(Self::triangle(rows, columns, |k| k <= offset))
    }

    /// Rows and columns of the upper triangle of a matrix, on and above the diagonal `offset`: `[2, count]`.
    ///
    /// ```
    /// let upper = wengert::Tensor::triu_indices(2, 3, 1);
    /// assert_eq!(upper, wengert::Tensor::from([[0_u32, 0, 1], [1, 2, 2]]));
    /// ```
    ///
    /// # Panics
    ///
    /// If such a matrix would not fit in memory.
    #[track_caller]
    pub fn triu_indices(rows: usize, columns: usize, offset: isize) -> Self {
        or_panic(Self::triangle(rows, columns, |k| k >= offset))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Tensor};

    #[test]
    fn positions_of_what_is_not_zero() {
        assert_eq!(Tensor::from([f64::NAN, 0.0, -0.0, 1.0]).argwhere(), Tensor::from([[0_u32], [3]]));
        assert_eq!(Tensor::from(2.0).argwhere().dims(), [1, 0]);
        assert_eq!(Tensor::from(0.0).argwhere().dims(), [0, 0]);
        assert_eq!(Tensor::<f64>::zeros([0, 3]).argwhere().dims(), [0, 2]);
        assert!(Tensor::from(2.0).nonzero().is_empty());
        let t = Tensor::from([[1_i32, 0], [7, 0]]).transpose(0, 1);
        assert_eq!(t.argwhere(), Tensor::from([[0_u32, 0], [0, 1]]));
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, -1.0], [f64::NAN, 2.0]]);
        assert_eq!(x.gt(0.0).argwhere(), Tensor::from([[0_u32, 0], [1, 1]]));
    }

    #[test]
    fn triangles_are_those_of_tril_and_triu() {
        let tape = Tape::<f64>::new();
        for (r, c) in [(2, 3), (3, 2), (1, 1), (0, 2), (4, 4)] {
            let x = tape.leaf(Tensor::full([r, c], 1.0));
            for k in -4..=4 {
                let flat = |t: Tensor<u32>| Tensor::from_fn([t.dims()[1], 2], |ix| t[[ix[1], ix[0]]]);
                assert_eq!(flat(Tensor::tril_indices(r, c, k)), x.tril(k).value().argwhere());
                assert_eq!(flat(Tensor::triu_indices(r, c, k)), x.triu(k).value().argwhere());
            }
        }
    }
}
