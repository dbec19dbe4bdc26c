//! # index_select
//!
//! Rows of an axis in the order of a list of indices, as an embedding looks them up.
//!
//! $$ y_{\dots i \dots} = x_{\dots p_i \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ zeros, with every row of $\bar y$ added where it came from |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, d, …] → […, n, …]` with `n` indices |
//! | domain | everything; indices below `d`, in any order, repeated or not |
//! | source | linearity: the transpose of selection is addition at the selected places |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special, index_add::IndexAdd, indices::Picks, indices::resized,
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};
use wengert_kernels::index;

/// Row `p` of an axis for every `p` in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSelect {
    pub(super) rows: Picks,
}

impl Primitive for IndexSelect {
    const NAME: &'static str = "index_select";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.rows.check(Self::NAME, x[0])?;
        resized(x[0], self.rows.axis, self.rows.indices().len())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = (x[0].contiguous(), x[0].shape().around(self.rows.axis));
        Tensor::build(y, |out| index::index_select(on, sizes, x.data(), self.rows.indices(), out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "zeros, with every row of {ct} added where it came from".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(IndexAdd { rows: self.rows.clone() }))].into()
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
            let source = [&ix[..axis], &[self.rows.at(&[ix[axis]])], &ix[axis + 1..]].concat();
            x[0].get(source).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(shape, rows): (Shape, Picks)| Sample::of(Self { rows }, [draw.uniform(shape, -2.0, 2.0)]);
        row_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |p: &[u32]| Self { rows: rows_of(0, p, Shape::of(&[2])) };
        let x = [5.0, f64::NAN];
        vec![
            Special::unary(op(&[0, 0, 1]), x, [5.0, 5.0, f64::NAN], [2.0, 1.0]),
            Special::unary(op(&[0]), x, [5.0], [1.0, 0.0]),
            Special::unary(op(&[]), x, Tensor::zeros([0]), [0.0, 0.0]),
        ]
    }
}

/// A list of indices known to fit.
pub(super) fn rows_of(axis: isize, indices: &[u32], whole: Shape) -> Picks {
    Picks::new(IndexSelect::NAME, axis, indices.into(), whole).expect("indices of the shape")
}

/// Shapes of the whole, with the rows picked.
pub(super) fn row_cases() -> Vec<(Shape, Picks)> {
    let cases: [(&[usize], isize, &[u32]); 8] = [
        (&[3], 0, &[2, 0, 0, 1]),
        (&[3, 2], 0, &[1, 1]),
        (&[2, 3], 1, &[2, 0, 2, 1]),
        (&[2, 3, 2], 1, &[0, 2]),
        (&[3, 2], -1, &[]),
        (&[0, 2], 1, &[1]),
        (&[0], 0, &[]),
        (&[1, 2, 1], 2, &[0, 0]),
    ];
    cases.map(|(dims, axis, p)| (Shape::of(dims), rows_of(axis, p, Shape::of(dims)))).into()
}

impl<F: Float> Var<'_, F> {
    /// Rows of an axis in the order of a list of indices; see [`crate::ops::index_select`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::Shape`] unless the indices have
    /// rank 1.
    #[track_caller]
    pub fn try_index_select(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Result<Self, Error> {
        let rows = Picks::new(IndexSelect::NAME, axis, indices.into(), self.shape())?;
        self.tape.try_apply(IndexSelect { rows: rows.listed(IndexSelect::NAME)? }, &[self])
    }

    /// As [`Var::try_index_select`].
    ///
    /// An embedding is a table whose rows are looked up; a row looked up twice gets both gradients:
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let table = tape.leaf([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]); // [words, features]
    /// let text = table.index_select(0, [2, 0, 2]); // [positions, features]
    /// assert_eq!(text.value().to_vec(), [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
    /// assert_eq!(text.sum().backward(&[table])[0].to_vec(), [1.0, 1.0, 0.0, 0.0, 2.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn index_select(self, axis: isize, indices: impl Into<Tensor<u32>>) -> Self {
        or_panic(self.try_index_select(axis, indices))
    }
}
