//! # scatter
//!
//! An operand with some of its elements, named by indices into an axis, replaced by those of another.
//!
//! $$ y_{i \, q \, k} = \begin{cases} s_{i \, j^* k} & j^* = \max \{ j : p_{ijk} = q \} \\ x_{i \, q \, k} & \text{no such } j \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y $ with 0 in the cells replaced; $ \bar s = $ `scatter_take`$(\bar y)$: the elements of $\bar y$ where those of $s$ stayed |
//! | JVP | $ \dot y = $ the same op of $\dot x$ and $\dot s$ |
//! | shape | `[…, d, …] × […, n, …] → […, d, …]`; one index for each element of $s$, or for each of its rows |
//! | domain | everything; indices below `d`; of several elements for one cell the last in row-major order stays, and the others get gradient 0 |
//! | source | linearity: of a choice of elements the transpose is placement among zeros |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    gather::cells_of,
    index_select::rows_of,
    indices::Picks,
    scatter_take::ScatterTake,
    slice::check_reach,
    target::{Target, target_cases},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic, var::Operand};
use wengert_kernels::scatter::scatter;

/// One operand with elements of another in places of an axis; operands are the whole and the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    pub(super) target: Target,
}

impl Primitive for Scatter {
    const NAME: &'static str = "scatter";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.target.check_source(Self::NAME, x[0], x[1])?;
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (whole, source) = (x[0].contiguous(), x[1].contiguous());
        Tensor::build(y, |out| {
            out.copy_from_slice(whole.data());
            scatter(on, y.around(self.target.picks.axis), out, self.target.places(), source.data());
        })
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let op = Self { target: self.target.in_lists(at.shape(0))? };
        self.target.batched(at, op, at.shape(0))
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "{ct} with 0 in the cells replaced".into(),
            _ => "the elements of {ct} where those of {1} stayed".into(),
        }
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let zeros = |ct: Var<'t, F>| 0.0.on(ct.tape).broadcast_to(at.input(1).shape());
        [
            at.wants(0).then(|| ct.tape.apply(self.clone(), &[ct, zeros(ct)])),
            at.wants(1).then(|| ct.op1(ScatterTake { target: self.target.clone() })),
        ]
        .into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let tape = dx.iter().flatten().next()?.tape;
        let zeros = |k: usize| 0.0.on(tape).broadcast_to(at.input(k).shape());
        let tangents = [0, 1].map(|k| dx[k].unwrap_or_else(|| zeros(k)));
        Some(tape.apply(self.clone(), &tangents))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let n = x[1].dims()[self.target.picks.axis];
        Tensor::from_fn(y, |ix| match self.target.winner(ix, n) {
            Some(source) => x[1].get(source).expect("within the source"),
            None => x[0].get(ix).expect("within the whole"),
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(x, source, target): (Shape, Shape, Target)| {
            Sample::of(Self { target }, [draw.uniform(x, -2.0, 2.0), draw.uniform(source, -2.0, 2.0)])
        };
        target_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        let rows = |p: &[u32]| Target { picks: rows_of(0, p, Shape::of(&[3])), by_rows: true };
        let cells = |p: &[u32]| Target { picks: cells_of(0, &[p.len()], p, &[3]), by_rows: false };
        let x = [1.0, NAN, f64::INFINITY];
        let of = |target: Target, source: &[f64], y: [f64; 3], dx: [f64; 3], ds: &[f64]| {
            Special::binary(
                Self { target },
                [Tensor::from(x), source.into()],
                y,
                [Tensor::from(dx), ds.into()],
            )
        };
        let mut points = Vec::new();
        for to in [rows, cells] {
            // the last of two stays; what is replaced sends nothing back, whatever it was
            points.push(of(
                to(&[1, 1, 2]),
                &[7.0, 8.0, 9.0],
                [1.0, 8.0, 9.0],
                [1.0, 0.0, 0.0],
                &[0.0, 1.0, 1.0],
            ));
            points.push(of(
                to(&[2, 1, 2]),
                &[NAN, 8.0, 9.0],
                [1.0, 8.0, 9.0],
                [1.0, 0.0, 0.0],
                &[0.0, 1.0, 1.0],
            ));
            points.push(of(to(&[]), &[], x, [1.0; 3], &[]));
        }
        points
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// This variable with elements of `source` in place of its own, each at its index along an axis; see
    /// [`crate::ops::scatter`].
    ///
    /// All three have the same number of axes. The indices may stop short of the source along any axis and of this
    /// variable along the others: what they do not cover stays. Of several elements for one cell the last stays.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for an index beyond the axis; [`Error::ShapeMismatch`] for indices of
    /// another rank or larger sizes; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_scatter(
        self,
        axis: isize,
        indices: impl Into<Tensor<u32>>,
        source: Self,
    ) -> Result<Self, Error> {
        let apply = |x: Self, picks, source| {
            x.tape.try_apply(Scatter { target: Target { picks, by_rows: false } }, &[x, source])
        };
        self.changed_at(Scatter::NAME, (axis, indices.into()), source, apply)
    }

    /// This variable with the part that the indices reach changed by `change`, which is given that part, the indices, and
    /// the part of the source that has some.
    ///
    /// Where the indices stop short, the corner that they reach is changed, and the rest put around it.
    #[track_caller]
    pub(super) fn changed_at(
        self,
        op: &'static str,
        (axis, indices): (isize, Tensor<u32>),
        source: Self,
        change: impl FnOnce(Self, Picks, Self) -> Result<Self, Error>,
    ) -> Result<Self, Error> {
        let picks = Picks::new(op, axis, indices, self.shape())?;
        let (reach, shape) = (picks.reach(), self.shape());
        check_reach(op, shape, reach)?;
        check_reach(op, source.shape(), picks.shape())?;
        if !std::ptr::eq(self.tape, source.tape) {
            return Err(Error::DifferentTapes { op });
        }
        let (mut corner, mut rest) = (self, Vec::new());
        for (axis, (&size, &count)) in shape.dims().iter().zip(reach.dims()).enumerate() {
            if count < size {
                let (axis, count) = (axis as isize, count as isize);
                rest.push((axis, corner.try_slice(axis, count..)?));
                corner = corner.try_slice(axis, ..count)?;
            }
        }
        let source = source.try_corner(op, picks.shape())?;
        let mut y = self.tape.at_caller(|| change(corner, picks, source))?;
        for (axis, rest) in rest.into_iter().rev() {
            y = Var::try_concat(&[y, rest], axis)?;
        }
        Ok(y)
    }

    /// As [`Var::try_scatter`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, source) = (tape.leaf([1.0, 2.0, 3.0]), tape.leaf([7.0, 8.0]));
    /// let y = x.scatter(0, [2, 2], source);
    /// assert_eq!(y.value().to_vec(), [1.0, 2.0, 8.0]);
    /// let g = y.sum().backward(&[x, source]);
    /// assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![1.0, 1.0, 0.0], vec![0.0, 1.0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn scatter(self, axis: isize, indices: impl Into<Tensor<u32>>, source: Self) -> Self {
        or_panic(self.try_scatter(axis, indices, source))
    }

    /// Rows of `source` in place of those that a list of checked indices names.
    #[track_caller]
    pub(crate) fn try_put_rows(self, picks: Picks, source: Self) -> Result<Self, Error> {
        let target = Target { picks, by_rows: true };
        self.tape.try_apply(Scatter { target }, &[self, source])
    }
}
