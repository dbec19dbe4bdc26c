//! Lines of a tape, taken out in order to be recorded again for a whole batch.

use crate::ops::{Batch, Batched};
use crate::{Error, Float, Op, Shape, Tape, Tensor, Var, nodes::NodeId};
use smallvec::SmallVec;
use std::panic::Location;

/// Where a line of an excerpt comes from.
enum Source<F: Float> {
    /// One of the lines that are given anew at every repetition.
    Given(usize),
    Constant(Tensor<F>),
    /// A line of the tape that the excerpt is repeated on, which stands for itself.
    Outside(NodeId),
    Apply {
        op: Op<F>,
        inputs: SmallVec<[NodeId; 3]>,
    },
}

struct Excerpted<F: Float> {
    source: Source<F>,
    shape: Shape,
    at: &'static Location<'static>,
    tracked: bool,
    /// Whether it depends on what is given.
    varies: bool,
}

/// Where the lines are repeated: on a tape of their own, or beside themselves.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// On another tape, for which every line is taken out.
    Elsewhere,
    /// On the same tape: what does not depend on what is given is there already.
    SameTape,
}

/// The lines that lead from some variables of a tape to others, in order.
pub(crate) struct Excerpt<F: Float> {
    lines: Vec<Excerpted<F>>,
    outputs: Vec<NodeId>,
}

impl<F: Float> Excerpt<F> {
    /// Takes out what leads from `given` to `outputs`.
    pub(crate) fn of(tape: &Tape<F>, given: &[NodeId], outputs: &[NodeId], place: Place) -> Self {
        let nodes = tape.nodes();
        let end = outputs.iter().max().map_or(0, |&last| last as usize + 1);
        let mut varies = vec![false; end];
        for &id in given.iter().filter(|&&id| (id as usize) < end) {
            varies[id as usize] = true;
        }
        for id in 0..end {
            varies[id] |= nodes[id].inputs.iter().any(|&i| varies[i as usize]);
        }
        let is_source = |id: usize| {
            given.contains(&(id as NodeId))
                || nodes[id].op.is_none()
                || (place == Place::SameTape && !varies[id])
        };
        let mut needed = vec![false; end];
        for &id in outputs {
            needed[id as usize] = true;
        }
        for id in (0..end).rev() {
            if needed[id] && !is_source(id) {
                nodes[id].inputs.iter().for_each(|&i| needed[i as usize] = true);
            }
        }
        let mut position: Vec<NodeId> = vec![0; end];
        let mut lines = Vec::with_capacity(needed.iter().filter(|needed| **needed).count());
        for id in (0..end).filter(|&id| needed[id]) {
            let node = &nodes[id];
            position[id] = lines.len() as NodeId;
            let source = match (given.iter().position(|&g| g as usize == id), &node.op) {
                (Some(k), _) => Source::Given(k),
                (None, _) if place == Place::SameTape && !varies[id] => Source::Outside(id as NodeId),
                (None, None) => Source::Constant(node.value.clone()),
                (None, Some(op)) => {
                    let inputs = node.inputs.iter().map(|&i| position[i as usize]).collect();
                    Source::Apply { op: op.clone(), inputs }
                }
            };
            let (shape, at, tracked, varies) = (node.value.shape(), node.at, node.tracked, varies[id]);
            lines.push(Excerpted { source, shape, at, tracked, varies });
        }
        Self { lines, outputs: outputs.iter().map(|&id| position[id as usize]).collect() }
    }

    /// How many elements the lines that depend on what is given have together, for one example.
    pub(crate) fn elements(&self) -> usize {
        self.lines.iter().filter(|line| line.varies).map(|line| line.shape.len()).sum()
    }

    /// Records the lines on `tape` once for all `size` examples, with `given` in place of what was given.
    ///
    /// Lines are attributed to the source that recorded them first. What was recorded without derivatives has none.
    pub(crate) fn repeat<'t>(
        &self,
        tape: &'t Tape<F>,
        given: &[Batched<'t, F>],
        size: usize,
        own_numbers: bool,
    ) -> Result<Vec<Batched<'t, F>>, Error> {
        let mut done: Vec<Batched<'t, F>> = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let once = |value| Batched { value, varies: false };
            let next = match &line.source {
                Source::Given(k) => given[*k],
                Source::Constant(value) => tape.on_behalf_of(line.at, || once(tape.constant(value))),
                Source::Outside(id) => once(Var { tape, id: *id }),
                Source::Apply { op, inputs } => {
                    let operands: SmallVec<[_; 3]> = inputs.iter().map(|&i| done[i as usize]).collect();
                    let batch = Batch::new(operands, size, own_numbers, line.at);
                    let recording = tape.is_recording() && line.tracked;
                    let applied = || tape.with_recording(recording, || apply(tape, op, &batch, line.shape));
                    tape.on_behalf_of(line.at, applied)?
                }
            };
            done.push(next);
        }
        Ok(self.outputs.iter().map(|&place| done[place as usize]).collect())
    }
}

/// Applies an op to the operands of all examples, or once where they share all of them.
fn apply<'t, F: Float>(
    tape: &'t Tape<F>,
    op: &Op<F>,
    batch: &Batch<'t, F>,
    one: Shape,
) -> Result<Batched<'t, F>, Error> {
    let draws =
        || batch.own_numbers() && op.draws_at(|| (0..batch.arity()).map(|k| batch.x(k).known()).collect());
    if !((0..batch.arity()).any(|k| batch.varies(k)) || draws()) {
        let x: SmallVec<[Var<'t, F>; 3]> = (0..batch.arity()).map(|k| batch.x(k)).collect();
        return Ok(Batched { value: tape.try_apply(op.clone(), &x)?, varies: false });
    }
    let value = F::batch(op, batch)?;
    if value.shape() != batch.stacked(one)? {
        let problem = format!(
            "the rule for batches of {} gave shape {}, one example has {one}",
            batch.size(),
            value.shape()
        );
        return Err(Error::Custom { op: op.name(), problem });
    }
    Ok(Batched { value, varies: true })
}
