//! # index_add
//!
//! Zeros, with every row of the operand added at its index: the transpose of `index_select`.
//!
//! $$ y_{\dots j \dots} = \sum_{i : p_i = j} x_{\dots i \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the rows of $\bar y$ at the same indices |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, n, …] → […, d, …]` with `n` indices |
//! | domain | everything; indices below `d`, in any order; repeats add |
//! | numerics | repeats add in the order of the indices, whatever the number of threads; the method adds the result to the whole variable, so that -0 to which nothing is added becomes 0 |
//! | source | linearity: the transpose of addition at places is selection of them |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    index_select::{IndexSelect, row_cases, rows_of},
    indices::{Picks, resized},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::index;

/// Row `i` of an axis added at position `p_i` of a longer or shorter one.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexAdd {
    pub(super) rows: Picks,
}

impl Primitive for IndexAdd {
    const NAME: &'static str = "index_add";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if x[0].dims().get(self.rows.axis) != Some(&self.rows.indices().len()) {
            let (lhs, rhs) = (x[0].dims().into(), self.rows.shape().dims().into());
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected: "one index per row" });
        }
        resized(x[0], self.rows.axis, self.rows.size)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let x = x[0].contiguous();
        Tensor::build(y, |out| {
            out.fill(F::ZERO);
            index::index_add(on, y.around(self.rows.axis), out, self.rows.indices(), x.data());
        })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the rows of {ct} at the same indices".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(IndexSelect { rows: self.rows.clone() }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(self.clone()))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { rows: self.rows.behind_batch() })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let axis = self.rows.axis;
        Tensor::from_fn(y, |ix| {
            let here = (0..x[0].dims()[axis]).filter(|&i| self.rows.at(&[i]) == ix[axis]);
            let row =
                |i| x[0].get([&ix[..axis], &[i], &ix[axis + 1..]].concat()).expect("within the operand");
            here.map(row).sum()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(whole, rows): (Shape, Picks)| {
            let shape = whole.with(rows.axis, rows.indices().len());
            Sample::of(Self { rows }, [draw.uniform(shape, -2.0, 2.0)])
        };
        row_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |p: &[u32]| Self { rows: rows_of(0, p, Shape::of(&[3])) };
        vec![
            Special::unary(op(&[0, 0, 2]), [1.0, 2.0, f64::NAN], [3.0, 0.0, f64::NAN], [1.0; 3]),
            // from left to right this is 0; in another order it would be 1
            Special::unary(op(&[1, 1, 1]), [1e16, 1.0, -1e16], [0.0; 3], [1.0; 3]),
            Special::unary(op(&[]), Tensor::zeros([0]), [0.0; 3], Tensor::zeros([0])),
        ]
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// This variable with every row of `source` added at its index along an axis; see [`crate::ops::index_add`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::Shape`] unless the indices have
    /// rank 1; [`Error::ShapeMismatch`] unless `source` has one row per index and this variable's sizes elsewhere;
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_index_add(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
    ) -> Result<Self, Error> {
        let rows = Picks::new(IndexAdd::NAME, axis, indices.into(), self.shape())?.listed(IndexAdd::NAME)?;
        if resized(self.shape(), rows.axis, rows.indices().len())? != source.shape() {
            let (lhs, rhs) = (self.shape().dims().into(), source.shape().dims().into());
            let expected = "one row of the source per index, and equal sizes along the other axes";
            return Err(Error::ShapeMismatch { op: IndexAdd::NAME, lhs, rhs, expected });
        }
        self.try_add(self.tape.try_apply(IndexAdd { rows }, &[source])?)
    }

    /// As [`Var::try_index_add`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, rows) = (tape.leaf([1.0, 1.0]), tape.leaf([5.0, 7.0, 9.0]));
    /// assert_eq!(x.index_add(0, [1, 1, 0], rows).value().to_vec(), [10.0, 13.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index_add(self, axis: isize, indices: impl Into<Tensor<u32>>, source: Self) -> Self {
        or_panic(self.try_index_add(axis, indices, source))
    }
}
