//! Elementwise lines of one shape as one program, run tile by tile, with sums at the end.

use super::graph::{Graph, Id};
use super::run::Values;
use crate::{Float, Op, Shape, Tensor, Threads};
use smallvec::SmallVec;
use std::collections::HashMap;
use wengert_kernels::program::{Builder, Program, Reg};

/// The program of a group: inputs are the step's reads, outputs its writes, in their orders.
pub(super) struct Group<F: Float> {
    program: Program<F>,
    shape: Shape,
    /// For each output that is a sum over all elements, its shape.
    sums: SmallVec<[Option<Shape>; 2]>,
    /// Names of the ops, in order.
    ops: Vec<&'static str>,
}

impl<F: Float> Group<F> {
    /// Whether an op of so many operands has a formula.
    pub(super) fn takes(op: &Op<F>, operands: usize) -> bool {
        let mut builder = Builder::new(operands);
        let x: SmallVec<[Reg; 4]> = (0..operands).map(|k| builder.input(k)).collect();
        F::formula(op, &mut builder, &x).is_some()
    }

    /// The program of these lines, what it reads, and what it writes.
    pub(super) fn new(
        graph: &Graph<F>,
        members: &[Id],
        stores: &[Id],
    ) -> (Self, SmallVec<[Id; 4]>, SmallVec<[Id; 2]>) {
        let line = |id: Id| &graph.lines[id as usize];
        let shape = line(members[0]).shape;
        let inside: std::collections::HashSet<Id> = members.iter().copied().collect();
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
        let mut ops = Vec::new();
        for &m in members {
            let (op, inputs) = line(m).fixed_op().expect("members apply an op");
            let x: SmallVec<[Reg; 4]> = inputs
                .iter()
                .map(|i| match (regs.get(i), uniform(*i)) {
                    (Some(&reg), _) => reg,
                    (None, Some(value)) => builder.constant(value),
                    (None, None) => builder.input(place[i]),
                })
                .collect();
            ops.push(op.name());
            let reg = if matches!(op, Op::Sum(_)) {
                x[0]
            } else {
                F::formula(op, &mut builder, &x).expect("elementwise")
            };
            regs.insert(m, reg);
        }
        let outputs: Vec<Reg> = stores.iter().map(|id| regs[id]).collect();
        let is_sum = |id: Id| matches!(line(id).fixed_op(), Some((Op::Sum(_), _)));
        let sums = stores.iter().map(|&id| is_sum(id).then(|| line(id).shape)).collect();
        let group = Self { program: builder.finish(&outputs), shape, sums, ops };
        (group, reads, stores.iter().copied().collect())
    }

    /// The names of the ops; of many, the first and their number.
    pub(super) fn name(&self) -> String {
        listed(&self.ops)
    }

    pub(super) fn program(&self) -> &Program<F> {
        &self.program
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// For each output that is a sum over all elements, its shape.
    pub(super) fn sums(&self) -> &[Option<Shape>] {
        &self.sums
    }

    /// One pass over the operands.
    pub(super) fn run(&self, reads: &[Id], writes: &[Id], values: &mut Values<F>, on: &Threads) {
        let results = {
            let x: SmallVec<[&Tensor<F>; 4]> = reads.iter().map(|&id| values.get(id)).collect();
            Tensor::combine_to(on, &self.program, self.shape, &x, |k| self.sums[k].is_some())
        };
        for ((value, sum), &id) in results.into_iter().zip(&self.sums).zip(writes) {
            values.set(id, sum.map_or(value.clone(), |shape| value.reshape(shape)));
        }
    }
}

/// These names; of many, the first and their number.
pub(super) fn listed(ops: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown = ops[..ops.len().min(SHOWN)].join(", ");
    if ops.len() > SHOWN { format!("{shown}, ... ({} ops)", ops.len()) } else { shown }
}
