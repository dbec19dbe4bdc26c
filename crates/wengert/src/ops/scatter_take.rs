//! # scatter_take
//!
//! The elements of the operand at indices into an axis, but 0 for every index that a later one repeats: the transpose of
//! `scatter` by its source.
//!
//! $$ y_{i \, j \, k} = \begin{cases} x_{i \, p_{ijk} \, k} & p_{ij'k} \ne p_{ijk} \text{ for all } j' > j \\ 0 & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ zeros, with every element of $\bar y$ where it came from, by `scatter` |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, d, …] → […, n, …]`; one index for each element of the result, or for each of its rows |
//! | domain | everything; indices below `d`; what a later index repeats is an exact 0, also if the element is infinite or NaN |
//! | source | linearity: the transpose of placement is selection |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    index_select::rows_of,
    scatter::Scatter,
    target::{Target, target_cases},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, var::Operand};
use wengert_kernels::scatter::take_last;

/// The element at every index of an axis, or 0 where a later index is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterTake {
    pub(super) target: Target,
}

impl Primitive for ScatterTake {
    const NAME: &'static str = "scatter_take";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.target.source(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (x, sizes) = (x[0].contiguous(), x[0].shape().around(self.target.picks.axis));
        Tensor::build(y, |out| take_last(on, sizes, x.data(), self.target.places(), out))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let op = Self { target: self.target.in_lists(at.shape(0))? };
        self.target.batched(at, op, self.target.source(at.shape(0))?)
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "zeros, with every element of {ct} where it came from".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let zeros = 0.0.on(ct.tape).broadcast_to(at.input(0).shape());
        [Some(ct.tape.apply(Scatter { target: self.target.clone() }, &[zeros, ct]))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(self.clone()))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let axis = self.target.picks.axis;
        Tensor::from_fn(y, |ix| {
            let cell = [&ix[..axis], &[self.target.at(ix)], &ix[axis + 1..]].concat();
            let stays = self.target.winner(&cell, y.dims()[axis]).as_deref() == Some(ix);
            if stays { x[0].get(cell).expect("within the operand") } else { 0.0 }
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(x, _, target): (Shape, Shape, Target)| {
            Sample::of(Self { target }, [draw.uniform(x, -2.0, 2.0)])
        };
        target_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |p: &[u32]| Self { target: Target { picks: rows_of(0, p, Shape::of(&[2])), by_rows: true } };
        let x = [5.0, f64::NAN];
        vec![
            Special::unary(op(&[0, 0, 1]), x, [0.0, 5.0, f64::NAN], [1.0, 1.0]),
            Special::unary(op(&[1, 1]), x, [0.0, f64::NAN], [0.0, 1.0]),
            Special::unary(op(&[]), x, Tensor::zeros([0]), [0.0, 0.0]),
        ]
    }
}
