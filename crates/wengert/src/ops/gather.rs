//! # gather
//!
//! One element per index, taken along an axis at that index.
//!
//! $$ y_{i \, j \, k} = x_{i \, p_{ijk} \, k}, \quad j \text{ along the axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ zeros, with every element of $\bar y$ added where it came from |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, d, …] → […, n, …]`, the shape of the indices |
//! | domain | everything; indices below `d`, repeated or not |
//! | source | linearity: the transpose of selection is addition at the selected places |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special, index_select::IndexSelect, indices::Picks,
    scatter_add::ScatterAdd,
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::index;

/// The element at index `p` of the axis, for every `p` in an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Gather {
    pub(super) cells: Picks,
}

impl Primitive for Gather {
    const NAME: &'static str = "gather";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.cells.check(Self::NAME, x[0])?;
        let (axis, y) = (self.cells.axis, self.cells.shape());
        if y.rank() != x[0].rank() || y.with(axis, self.cells.size) != x[0] {
            let (lhs, rhs) = (x[0].dims().into(), y.dims().into());
            let expected = "indices of equal sizes along every axis but the one indexed";
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected });
        }
        Ok(y)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = (x[0].contiguous(), x[0].shape().around(self.cells.axis));
        Tensor::build(y, |out| index::gather(on, sizes, x.data(), self.cells.indices(), out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "zeros, with every element of {ct} added where it came from".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(ScatterAdd { cells: self.cells.clone() }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(self.clone()))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        // Every example is one list of elements, and so the indices are repeated for none of them.
        let (whole, n) = (at.shape(0), at.size());
        let rows = self.cells.flattened(Self::NAME, whole)?;
        let lists = at.each(0)?.try_reshape([n, whole.len()])?;
        lists.tape.try_apply(IndexSelect { rows }, &[lists])?.try_reshape(at.stacked(self.cells.shape())?)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| {
            let mut source = ix.to_vec();
            source[self.cells.axis] = self.cells.at(ix);
            x[0].get(source).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of =
            |(shape, cells): (Shape, Picks)| Sample::of(Self { cells }, [draw.uniform(shape, -2.0, 2.0)]);
        cell_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |p: &[u32]| Self { cells: cells_of(0, &[p.len()], p, &[2]) };
        let x = [5.0, f64::NAN];
        vec![
            Special::unary(op(&[0, 0, 1]), x, [5.0, 5.0, f64::NAN], [2.0, 1.0]),
            Special::unary(op(&[0]), x, [5.0], [1.0, 0.0]),
            Special::unary(op(&[]), x, Tensor::zeros([0]), [0.0, 0.0]),
        ]
    }
}

/// Indices known to fit.
pub(super) fn cells_of(axis: isize, shape: &[usize], indices: &[u32], whole: &[usize]) -> Picks {
    let indices = Tensor::new(shape, indices).expect("as many indices as the shape has");
    Picks::new(Gather::NAME, axis, indices, Shape::of(whole)).expect("indices of the shape")
}

/// Shapes of the whole, with the cells picked.
pub(super) fn cell_cases() -> Vec<(Shape, Picks)> {
    let of = |whole: &[usize], axis: isize, shape: &[usize], indices: &[u32]| {
        (Shape::of(whole), cells_of(axis, shape, indices, whole))
    };
    vec![
        of(&[3], 0, &[4], &[2, 0, 0, 1]),
        of(&[3, 2], 0, &[1, 2], &[1, 0]),
        of(&[2, 3], 1, &[2, 2], &[2, 2, 0, 1]),
        of(&[2, 3, 2], 1, &[2, 1, 2], &[0, 2, 1, 1]),
        of(&[2, 1, 3], 0, &[3, 1, 3], &[0, 1, 1, 0, 0, 1, 1, 1, 0]),
        of(&[3, 2], -1, &[3, 0], &[]),
        of(&[0, 2], 1, &[0, 4], &[]),
        of(&[1, 2, 1], 2, &[1, 2, 2], &[0, 0, 0, 0]),
    ]
}

impl<F: Float> Var<'_, F> {
    /// One element per index, taken along an axis at that index; see [`crate::ops::gather`].
    ///
    /// The indices have as many axes as this variable; along the other axes they may stop short of its sizes.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::ShapeMismatch`] for indices of
    /// another rank, or larger along another axis.
    #[track_caller]
    pub fn try_gather(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Result<Self, Error> {
        let cells = Picks::new(Gather::NAME, axis, indices.into(), self.shape())?;
        let x = self.try_corner(Gather::NAME, cells.reach())?;
        self.tape.try_apply(Gather { cells }, &[x])
    }

    /// As [`Var::try_gather`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let picked = x.gather(1, [[2, 2], [0, 1]]);
    /// assert_eq!(picked.value().to_vec(), [3.0, 3.0, 4.0, 5.0]);
    /// assert_eq!(picked.sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 2.0, 1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn gather(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Self {
        or_panic(self.try_gather(axis, indices))
    }
}
