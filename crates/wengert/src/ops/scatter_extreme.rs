//! # scatter_extreme
//!
//! An operand with the largest or smallest of the elements of another for each of its cells, named by indices into an
//! axis.
//!
//! $$ y_{i \, q \, k} = \max \left( \{ x_{i \, q \, k} \} \cup \{ s_{ijk} : p_{ijk} = q \} \right), \quad \text{or } \min $$
//!
//! Where the operand does not count, its cell is among them only if no element goes there.
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = w \odot \bar y, \; \bar s_{ijk} = v_{ijk} \, \bar y_{i \, p_{ijk} \, k} $, with $w$ and $v$ the shares of op `scatter_shares` |
//! | JVP | $ \dot y = w \odot \dot x $ plus the products $ v \odot \dot s $ added at their indices |
//! | shape | `[…, d, …] × […, n, …] → […, d, …]`; one index for each element of $s$, or for each of its rows |
//! | domain | everything; indices below `d`; NaN wins |
//! | kinks | $k$ equal extremes get $\bar y / k$ each, the subgradient of least norm; the first NaN gets all of it, the cell's own before those of $s$ |
//! | source | the derivative of the element attained; among ties, of all convex weights the equal ones have the least norm |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    elementwise::sum_of,
    gather::cells_of,
    index_select::rows_of,
    scatter_shares::ScatterShares,
    target::{Target, target_cases},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::scatter_extreme::{Of, Rule, extreme};

/// One operand with the extremes of another in places of an axis; operands are the whole and the source.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterExtreme {
    pub(crate) target: Target,
    pub(crate) rule: Rule,
}

impl ScatterExtreme {
    fn shares(&self, of: Of) -> ScatterShares {
        ScatterShares { target: self.target.clone(), rule: self.rule, of }
    }

    /// The elements for the cell `ix`, its own first, if it counts.
    pub(super) fn candidates(&self, x: &[Tensor<f64>], ix: &[usize]) -> Vec<f64> {
        let axis = self.target.picks.axis;
        let sources = (0..x[1].dims()[axis]).map(|j| [&ix[..axis], &[j], &ix[axis + 1..]].concat());
        let here = sources.filter(|source| self.target.at(source) == ix[axis]);
        let mut found: Vec<f64> = here.map(|s| x[1].get(s).expect("within the source")).collect();
        if self.rule.with_whole || found.is_empty() {
            found.insert(0, x[0].get(ix).expect("within the whole"));
        }
        found
    }

    /// The one of several numbers that stays.
    pub(super) fn best(&self, of: &[f64]) -> f64 {
        let better = if self.rule.largest { f64::max } else { f64::min };
        let nan = of.iter().copied().find(|v| v.is_nan());
        nan.or_else(|| of.iter().copied().reduce(better)).expect("one candidate or more")
    }
}

impl Primitive for ScatterExtreme {
    const NAME: &'static str = "scatter_extreme";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.target.check_source(Self::NAME, x[0], x[1])?;
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (whole, source) = (x[0].contiguous(), x[1].contiguous());
        Tensor::build(y, |out| {
            out.copy_from_slice(whole.data());
            let sizes = y.around(self.target.picks.axis);
            extreme(on, self.rule, sizes, out, self.target.places(), source.data());
        })
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "{ct} times the share that {0} has in each cell",
            _ => "the elements of {ct} where those of {1} went, times the share of each",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let shares = |of| ct.tape.apply(self.shares(of), &at.x::<2>());
        [
            at.wants(0).then(|| shares(Of::Whole).chain(ct)),
            at.wants(1).then(|| shares(Of::Source).chain(self.target.taken(ct))),
        ]
        .into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let shares = |of| at.input(0).tape.apply(self.shares(of), &at.x::<2>());
        let of_whole = dx[0].map(|dx| shares(Of::Whole).chain(dx));
        let of_source = dx[1].map(|ds| self.target.added(shares(Of::Source).chain(ds)));
        sum_of([of_whole, of_source])
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let op = Self { target: self.target.in_lists(at.shape(0))?, rule: self.rule };
        self.target.batched(at, op, at.shape(0))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| self.best(&self.candidates(x, ix)))
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        extreme_cases(draw).into_iter().map(|(op, x)| Sample::of(op, x)).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        const INF: f64 = f64::INFINITY;
        let of =
            |(largest, with_whole), x: [f64; 3], s: [f64; 4], y: [f64; 3], dx: [f64; 3], ds: [f64; 4]| {
                let rows = Target { picks: rows_of(0, &[0, 0, 2, 0], Shape::of(&[3])), by_rows: true };
                let cells = Target { picks: cells_of(0, &[4], &[0, 0, 2, 0], &[3]), by_rows: false };
                [rows, cells].map(|target| Special {
                    op: Self { target, rule: Rule { largest, with_whole } },
                    inputs: vec![x.into(), s.into()],
                    value: y.into(),
                    gradients: vec![Some(dx.into()), Some(ds.into())],
                })
            };
        let third = 1.0 / 3.0;
        [
            // equal ones share; what no element goes to stays
            of(
                (true, true),
                [5.0, NAN, 7.0],
                [5.0, 5.0, 8.0, 1.0],
                [5.0, NAN, 8.0],
                [third, 1.0, 0.0],
                [third, third, 1.0, 0.0],
            ),
            of(
                (true, false),
                [9.0, INF, 9.0],
                [5.0, 5.0, 8.0, 1.0],
                [5.0, INF, 8.0],
                [0.0, 1.0, 0.0],
                [0.5, 0.5, 1.0, 0.0],
            ),
            of(
                (false, true),
                [5.0, 2.0, 0.0],
                [1.0, 2.0, -0.0, 1.0],
                [1.0, 2.0, 0.0],
                [0.0, 1.0, 0.5],
                [0.5, 0.0, 0.5, 0.5],
            ),
            // the first NaN has all
            of(
                (true, true),
                [5.0, 2.0, NAN],
                [INF, NAN, NAN, NAN],
                [NAN, 2.0, NAN],
                [0.0, 1.0, 1.0],
                [0.0, 1.0, 0.0, 0.0],
            ),
            of(
                (false, false),
                [NAN, 2.0, NAN],
                [-INF, 1.0, -INF, -INF],
                [-INF, 2.0, -INF],
                [0.0, 1.0, 0.0],
                [0.5, 0.0, 1.0, 0.5],
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The op at wholes and sources of which no two elements are equal.
pub(super) fn extreme_cases(draw: &mut Draw) -> Vec<(ScatterExtreme, [Tensor<f64>; 2])> {
    let rules = [(true, true), (false, false), (true, false), (false, true)];
    let rules = rules.map(|(largest, with_whole)| Rule { largest, with_whole });
    let mut of = |((x, source, target), rule): ((Shape, Shape, Target), Rule)| {
        let all = draw.distinct([x.len() + source.len()]);
        let part = |range, shape: Shape| all.narrow(0, range).reshape(shape);
        let operands = [part(0..x.len(), x), part(x.len()..all.len(), source)];
        (ScatterExtreme { target, rule }, operands)
    };
    target_cases().into_iter().zip(rules.into_iter().cycle()).map(&mut of).collect()
}
