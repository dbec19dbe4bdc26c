//! A group over rows as one program: each row is read and written once.

use super::graph::{Graph, Id, Source};
use super::rows::{End, Extents, applied, end};
use super::run::Values;
use crate::{Float, Op, Shape, Tensor, Threads};
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};
use wengert_kernels::program::{Across, Builder, Code, Per, Reg, RowProgram};

/// The program of a group over rows: inputs are the step's reads, outputs its writes, in their orders.
pub(super) struct RowGroup<F: Float> {
    program: RowProgram<F>,
    extents: Extents,
    /// The shape of each output, and which sum it is if it is one.
    outputs: SmallVec<[(Shape, Option<End>); 2]>,
    /// The op that has the indices of all picks, and the index input that replaces them.
    picks: Option<(Op<F>, Option<usize>)>,
    /// Names of the ops, in order.
    ops: Vec<&'static str>,
}

impl<F: Float> RowGroup<F> {
    /// The program of these lines, what it reads, and what it writes.
    pub(super) fn new(
        graph: &Graph<F>,
        members: &[Id],
        stores: &[Id],
        extents: Extents,
    ) -> (Self, SmallVec<[Id; 4]>, SmallVec<[Id; 2]>) {
        let line = |id: Id| &graph.lines[id as usize];
        let per = |id: Id| if line(id).shape.len() == extents[0] { Per::Row } else { Per::Element };
        let inside: HashSet<Id> = members.iter().copied().collect();
        let uniform = |id: Id| line(id).constant().and_then(Tensor::uniform);
        let mut reads: SmallVec<[Id; 4]> = SmallVec::new();
        let mut place: HashMap<Id, usize> = HashMap::new();
        for &i in members.iter().flat_map(|&m| line(m).inputs()) {
            if !inside.contains(&i) && uniform(i).is_none() && !place.contains_key(&i) {
                place.insert(i, reads.len());
                reads.push(i);
            }
        }
        let mut builder = Builder::new(reads.len());
        let mut regs: HashMap<Id, Reg> = HashMap::new();
        let (mut picks, mut ops) = (None, Vec::new());
        for &m in members {
            let (op, inputs) = applied(graph, m).expect("members apply an op");
            let x: SmallVec<[Reg; 4]> = inputs
                .iter()
                .map(|i| match (regs.get(i), uniform(*i)) {
                    (Some(&reg), _) => reg,
                    (None, Some(value)) => builder.constant(value),
                    (None, None) => builder.input(place[i]),
                })
                .collect();
            if let (Some(_), Source::Apply { feed, .. }) = (op.picks(), &line(m).source) {
                picks.get_or_insert_with(|| (op.clone(), *feed));
            }
            ops.push(op.name());
            let ends = is_end(graph, m, extents).is_some();
            regs.insert(m, if ends { x[0] } else { write_down(op, &mut builder, &x) });
        }
        let kinds: SmallVec<[Per; 4]> = reads.iter().map(|&id| per(id)).collect();
        let ends: SmallVec<[Option<End>; 2]> = stores.iter().map(|&id| is_end(graph, id, extents)).collect();
        let stored =
            |(&id, end): (&Id, &Option<End>)| (regs[&id], if end.is_some() { Per::Element } else { per(id) });
        let outputs: Vec<(Reg, Per)> = stores.iter().zip(&ends).map(stored).collect();
        let group = Self {
            program: builder.finish_rows(&kinds, &outputs),
            extents,
            outputs: stores.iter().zip(ends).map(|(&id, end)| (line(id).shape, end)).collect(),
            picks,
            ops,
        };
        (group, reads, stores.iter().copied().collect())
    }

    /// The rows, and the names of the ops; of many, the first and their number.
    pub(super) fn name(&self) -> String {
        let [rows, n] = self.extents;
        format!("{rows} rows of {n}: {}", super::group::listed(&self.ops))
    }

    /// Instructions on each element, at the most.
    pub(super) fn flops(&self) -> usize {
        self.extents[0] * self.extents[1] * self.program.instructions()
    }

    /// The op with the indices of the picks, and the index input that replaces them.
    pub(super) fn picks(&self) -> Option<&(Op<F>, Option<usize>)> {
        self.picks.as_ref()
    }

    /// One pass over the operands; `fed` has the indices of this run.
    pub(super) fn run(
        &self,
        reads: &[Id],
        writes: &[Id],
        values: &mut Values<F>,
        fed: Option<&Op<F>>,
        on: &Threads,
    ) {
        let results = {
            let x: SmallVec<[&Tensor<F>; 4]> = reads.iter().map(|&id| values.get(id)).collect();
            let op = fed.or(self.picks.as_ref().map(|(op, _)| op));
            let picks = op.and_then(Op::picks).map(|picks| picks.indices());
            Tensor::combine_rows(on, &self.program, self.extents, &x, picks, &self.outputs)
        };
        for (value, &id) in results.into_iter().zip(writes) {
            values.set(id, value);
        }
    }
}

/// Which sum over rows a line is that ends a group.
fn is_end<F: Float>(graph: &Graph<F>, id: Id, extents: Extents) -> Option<End> {
    match applied(graph, id)? {
        (Op::Sum(sum), &[x]) => end(sum.axes, graph.lines[x as usize].shape, extents),
        _ => None,
    }
}

/// The value of an op over rows, as its kernel computes it.
fn write_down<F: Float>(op: &Op<F>, b: &mut Builder<F>, x: &[Reg]) -> Reg {
    let reduced = |b: &mut Builder<F>, what| b.across(what, &x[..1]);
    match op {
        Op::Sum(_) => reduced(b, Across::Sum),
        Op::Mean(_) => reduced(b, Across::Mean),
        Op::Max(_) => reduced(b, Across::Max),
        Op::Min(_) => reduced(b, Across::Min),
        Op::Norm2(_) => reduced(b, Across::Norm2),
        Op::Gather(_) => reduced(b, Across::Pick(0)),
        Op::ScatterAdd(_) => reduced(b, Across::Place(0)),
        Op::BroadcastTo(_) => reduced(b, Across::Spread),
        Op::Reshape(_) => x[0],
        Op::Ties(ties) => {
            let most = reduced(b, if ties.largest { Across::Max } else { Across::Min });
            b.across(Across::Shares, &[x[0], most])
        }
        Op::LogSumExp(_) => {
            let (largest, _, total) = exponentials(b, x[0]);
            let log = b.push(Code::Ln, &[total]);
            let (y, size) = (b.push(Code::Add, &[largest, log]), b.push(Code::Abs, &[largest]));
            // Of an infinite or missing largest element, that itself.
            let infinity = b.constant(F::INFINITY);
            b.push(Code::IfGt, &[infinity, size, y, largest])
        }
        Op::Softmax(softmax) => {
            let (largest, terms, total) = exponentials(b, x[0]);
            // Over infinity the terms are 0, over NaN they are NaN: what a row of nothing but -infinity is.
            let of_nothing = b.constant(if softmax.masked { F::INFINITY } else { F::NAN });
            let nothing = b.constant(-F::INFINITY);
            let total = b.push(Code::IfEq, &[largest, nothing, of_nothing, total]);
            let totals = b.across(Across::Spread, &[total]);
            b.push(Code::Div, &[terms, totals])
        }
        _ => F::formula(op, b, x).expect("other members are elementwise"),
    }
}

/// The largest element of each row, the exponentials of all elements less that, and their sum.
fn exponentials<F: Float>(b: &mut Builder<F>, x: Reg) -> (Reg, Reg, Reg) {
    let largest = b.across(Across::Max, &[x]);
    let spread = b.across(Across::Spread, &[largest]);
    let (zero, difference) = (b.constant(F::ZERO), b.push(Code::Sub, &[x, spread]));
    // The difference of equal infinities is NaN, so the largest are told apart.
    let shifted = b.push(Code::IfEq, &[x, spread, zero, difference]);
    let terms = b.push(Code::Exp, &[shifted]);
    (largest, terms, b.across(Across::Sum, &[terms]))
}
