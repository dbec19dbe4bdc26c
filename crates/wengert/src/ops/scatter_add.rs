//! # scatter_add
//!
//! Zeros, with every element of the operand added at its index along an axis: the transpose of `gather`.
//!
//! $$ y_{i \, q \, k} = \sum_{j : p_{ijk} = q} x_{ijk}, \quad j, q \text{ along the axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the elements of $\bar y$ at the same indices |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, n, …] → […, d, …]`; the indices have the shape of the operand |
//! | domain | everything; indices below `d`; repeats add |
//! | numerics | repeats add in the order of the indices, whatever the number of threads; the method adds the result to the whole variable, so that -0 to which nothing is added becomes 0 |
//! | source | linearity: the transpose of addition at places is selection of them |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    gather::{Gather, cell_cases, cells_of},
    index_add::IndexAdd,
    indices::{Picks, resized},
    slice::{Slice, check_reach},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::index;

/// Every element added at its index of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterAdd {
    pub(super) cells: Picks,
}

impl Primitive for ScatterAdd {
    const NAME: &'static str = "scatter_add";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if x[0] != self.cells.shape() {
            let (lhs, rhs) = (x[0].dims().into(), self.cells.shape().dims().into());
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected: "one index per element" });
        }
        resized(x[0], self.cells.axis, self.cells.size)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let x = x[0].contiguous();
        Tensor::build(y, |out| {
            out.fill(F::ZERO);
            index::scatter_add(on, y.around(self.cells.axis), out, self.cells.indices(), x.data());
        })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the elements of {ct} at the same indices".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(Gather { cells: self.cells.clone() }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(self.clone()))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        // Every example is one list of elements, and so the indices are repeated for none of them.
        let (whole, n) = (self.cells.reach(), at.size());
        let rows = self.cells.flattened(Self::NAME, whole)?;
        let lists = at.each(0)?.try_reshape([n, at.shape(0).len()])?;
        lists.tape.try_apply(IndexAdd { rows }, &[lists])?.try_reshape(at.stacked(whole)?)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (axis, length) = (self.cells.axis, x[0].dims()[self.cells.axis]);
        Tensor::from_fn(y, |ix| {
            let sources = (0..length).map(|j| [&ix[..axis], &[j], &ix[axis + 1..]].concat());
            let here = sources.filter(|source| self.cells.at(source) == ix[axis]);
            here.map(|source| x[0].get(source).expect("within the operand")).sum()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(_, cells): (Shape, Picks)| {
            let x = draw.uniform(cells.shape(), -2.0, 2.0);
            Sample::of(Self { cells }, [x])
        };
        cell_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |p: &[u32]| Self { cells: cells_of(0, &[p.len()], p, &[3]) };
        vec![
            Special::unary(op(&[0, 0, 2]), [1.0, 2.0, f64::NAN], [3.0, 0.0, f64::NAN], [1.0; 3]),
            // from left to right this is 0; in another order it would be 1
            Special::unary(op(&[1, 1, 1]), [1e16, 1.0, -1e16], [0.0; 3], [1.0; 3]),
            Special::unary(op(&[]), Tensor::zeros([0]), [0.0; 3], Tensor::zeros([0])),
        ]
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// This variable with elements of `source` added at their indices along an axis; see
    /// [`crate::ops::scatter_add`].
    ///
    /// All three have the same number of axes. The indices may stop short of the source along any axis and of this
    /// variable along the others: what they do not cover stays, with gradient 0.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::ShapeMismatch`] for indices of
    /// another rank or larger sizes; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_scatter_add(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
    ) -> Result<Self, Error> {
        let cells = Picks::new(ScatterAdd::NAME, axis, indices.into(), self.shape())?;
        let reach = cells.reach();
        check_reach(ScatterAdd::NAME, self.shape(), reach)?;
        let source = source.try_corner(ScatterAdd::NAME, cells.shape())?;
        let mut sums = self.tape.try_apply(ScatterAdd { cells }, &[source])?;
        for (axis, (&count, &size)) in reach.dims().iter().zip(self.shape().dims()).enumerate() {
            if count < size {
                sums = sums.embed(Slice { axis, start: 0, count, step: 1 }, size);
            }
        }
        self.try_add(sums)
    }

    /// As [`Var::try_scatter_add`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, 1.0]), tape.leaf([5.0, 7.0, 9.0]));
    /// let y = x.scatter_add(0, [1, 1], source); // the third element has no index
    /// assert_eq!(y.value().to_vec(), [1.0, 13.0]);
    /// assert_eq!(y.sum().backward(&[source])[0].to_vec(), [1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn scatter_add(self, axis: isize, indices: impl Into<Tensor<u32>>, source: Self) -> Self {
        or_panic(self.try_scatter_add(axis, indices, source))
    }
}
