//! # scatter_shares
//!
//! The share of each element in what `scatter_extreme` leaves in its cell: of the operand, or of the source.
//!
//! $$ w_e = \frac{\lbrack z_e = y_{q(e)} \rbrack}{\# \{ e' : q(e') = q(e), \; z_{e'} = y_{q(e)} \}}, \quad z \text{ all elements for a cell } q, \; y = \max z \text{ or } \min z $$
//!
//! | | |
//! |---|---|
//! | VJP | none: no contribution |
//! | JVP | none: no contribution |
//! | shape | `[…, d, …] × […, n, …] → […, d, …]` for the operand, `→ […, n, …]` for the source |
//! | domain | all numbers; the first NaN takes all, the cell's own before those of the source |
//! | kinks | where elements tie; constant elsewhere, so no derivative is offered |
//! | source | of all convex weights on the tied elements, the subgradients, the equal ones have the least norm |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    index_select::rows_of,
    scatter_extreme::{ScatterExtreme, extreme_cases},
    target::Target,
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::scatter_extreme::{Of, Rule, shares};

/// How the elements for a cell share its extreme; operands are the whole and the source.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterShares {
    pub(super) target: Target,
    pub(super) rule: Rule,
    pub(super) of: Of,
}

impl Primitive for ScatterShares {
    const NAME: &'static str = "scatter_shares";
    const ARITY: Arity = Arity::Exactly(2);
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("which element is the largest is constant wherever it is differentiable");

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.target.check_source(Self::NAME, x[0], x[1])?;
        Ok(if self.of == Of::Whole { x[0] } else { x[1] })
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (whole, source) = (x[0].contiguous(), x[1].contiguous());
        let sizes = whole.shape().around(self.target.picks.axis);
        Tensor::build(y, |out| {
            let sources = (self.target.places(), source.data());
            shares(on, self.rule, sizes, whole.data(), sources, (self.of, out));
        })
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, _: Var<'t, F>) -> Pullback<'t, F> {
        [None, None].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, _: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        None
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let op = Self { target: self.target.in_lists(at.shape(0))?, ..self.clone() };
        self.target.batched(at, op, at.shape(if self.of == Of::Whole { 0 } else { 1 }))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        // by the definition, where no element is NaN
        let (op, axis) =
            (ScatterExtreme { target: self.target.clone(), rule: self.rule }, self.target.picks.axis);
        Tensor::from_fn(y, |ix| {
            let own = x[usize::from(self.of == Of::Source)].get(ix).expect("within the operand");
            let mut cell = ix.to_vec();
            if self.of == Of::Source {
                cell[axis] = self.target.at(ix);
            }
            let all = op.candidates(x, &cell);
            let best = op.best(&all);
            let counts = all.contains(&own) && own == best;
            if counts { 1.0 / all.iter().filter(|&&v| v == best).count() as f64 } else { 0.0 }
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(op, x): (ScatterExtreme, [Tensor<f64>; 2])| {
            [Of::Whole, Of::Source].map(|of| {
                let op = Self { target: op.target.clone(), rule: op.rule, of };
                Sample::of(op, x.clone())
            })
        };
        extreme_cases(draw).into_iter().flat_map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        let of = |of, with_whole, x: [f64; 2], s: [f64; 3], value: &[f64]| Special {
            op: Self {
                target: Target { picks: rows_of(0, &[0, 0, 0], Shape::of(&[2])), by_rows: true },
                rule: Rule { largest: true, with_whole },
                of,
            },
            inputs: vec![x.into(), s.into()],
            value: value.into(),
            gradients: vec![None, None],
        };
        vec![
            of(Of::Whole, true, [3.0, NAN], [3.0, 1.0, 2.0], &[0.5, 1.0]),
            of(Of::Source, true, [3.0, NAN], [3.0, 1.0, 2.0], &[0.5, 0.0, 0.0]),
            of(Of::Whole, false, [3.0, NAN], [3.0, 1.0, 3.0], &[0.0, 1.0]),
            of(Of::Source, false, [3.0, NAN], [3.0, 1.0, 3.0], &[0.5, 0.0, 0.5]),
            of(Of::Source, true, [3.0, 0.0], [1.0, NAN, NAN], &[0.0, 1.0, 0.0]),
            of(Of::Source, true, [NAN, 0.0], [1.0, NAN, NAN], &[0.0; 3]),
        ]
    }
}
