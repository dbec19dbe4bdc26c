//! The first pass: from a recorded tape to the lines that the outputs need.

use super::graph::{Graph, Id, Line, Source};
use super::inline::inline;
use crate::ops::{draws::varying, indices::Picks};
use crate::{Error, Float, Op, Tape, Tensor, Var};
use smallvec::SmallVec;
use std::ptr;

/// Collects the lines that lead from `inputs` to `outputs`; whatever else they need is a constant.
pub(super) fn lower<F: Float>(
    tape: &Tape<F>,
    inputs: &[Var<'_, F>],
    indices: &[Tensor<u32>],
    outputs: &[Var<'_, F>],
) -> Result<Graph<F>, Error> {
    if inputs.iter().chain(outputs).any(|v| !std::ptr::eq(v.tape, tape)) {
        return Err(Error::DifferentTapes { op: "compile" });
    }
    let nodes = tape.nodes();
    let mut input_of: Vec<Option<usize>> = vec![None; nodes.len()];
    for (position, v) in inputs.iter().enumerate() {
        let node = &nodes[v.id as usize];
        let refused = |problem| Err(Error::PlanInput { position, at: node.at.to_string(), problem });
        if node.op.is_some() {
            return refused("is computed from others; only a leaf or a constant can be an input");
        }
        if input_of[v.id as usize].replace(position).is_some() {
            return refused("is named twice");
        }
    }

    let mut needed = vec![false; nodes.len()];
    let mut open: Vec<Id> = outputs.iter().map(|v| v.id).collect();
    while let Some(id) = open.pop() {
        if !std::mem::replace(&mut needed[id as usize], true) && input_of[id as usize].is_none() {
            open.extend(&nodes[id as usize].inputs);
        }
    }
    if let Some((position, v)) = inputs.iter().enumerate().find(|(_, v)| !needed[v.id as usize]) {
        let (at, problem) =
            (v.recorded_at().to_string(), "reaches no output; leave it out, or check the outputs");
        return Err(Error::PlanInput { position, at, problem });
    }
    // Random numbers and new indices make another value at each run, as inputs do.
    let is_fed = |op: &Op<F>| !matches!(fed_by(op, indices), Ok(None));
    let given = nodes.iter().zip(&input_of);
    let varies = given.map(|(node, input)| input.is_some() || node.op.as_ref().is_some_and(is_fed)).collect();
    let varies = varying(&nodes, varies);
    refuse_inspected(tape, &varies, &needed)?;
    let mut fed = vec![false; indices.len()];
    let mut place: Vec<Id> = vec![0; nodes.len()];
    let mut lines = Vec::with_capacity(needed.iter().filter(|n| **n).count());
    for (id, node) in nodes.iter().enumerate().filter(|(id, _)| needed[*id]) {
        place[id] = lines.len() as Id;
        let source = match (input_of[id], &node.op) {
            (Some(position), _) => Source::Input(position),
            (None, None) => Source::Constant(node.value.clone()),
            (None, Some(op)) if op.segment().is_some() => {
                let inputs: Vec<_> =
                    node.inputs.iter().map(|&i| (&nodes[i as usize], place[i as usize])).collect();
                let segment = op.segment().expect("asked above");
                place[id] = inline(tape, segment, &inputs, varies[id], indices, &mut lines, &mut fed)?;
                continue;
            }
            (None, Some(op)) => {
                let inputs: SmallVec<[Id; 3]> = node.inputs.iter().map(|&i| place[i as usize]).collect();
                let feed = fed_by(op, indices)?;
                feed.iter().for_each(|&k| fed[k] = true);
                Source::Apply { op: op.clone(), inputs, feed }
            }
        };
        lines.push(Line { source, shape: node.value.shape(), at: node.at });
    }
    match fed.iter().position(|used| !used) {
        Some(position) => Err(Error::PlanIndices { position }),
        None => Ok(Graph { lines, outputs: outputs.iter().map(|v| place[v.id as usize]).collect() }),
    }
}

/// Refuses values that change from run to run and that the user read before the last line needed was recorded.
fn refuse_inspected<F: Float>(tape: &Tape<F>, varies: &[bool], needed: &[bool]) -> Result<(), Error> {
    let inspected = tape.inspected();
    let end = needed.iter().rposition(|&needed| needed).map_or(0, |last| last + 1);
    match inspected.iter().find(|read| varies[read.id as usize] && read.len < end) {
        Some(read) => Err(Error::ValueInspected { at: read.at.to_string() }),
        None => Ok(()),
    }
}

/// The index input that the op's indices are.
///
/// Indices that share storage with an input, but are not all of it in its order, could not be taken from a new one.
pub(super) fn fed_by<F: Float>(op: &Op<F>, indices: &[Tensor<u32>]) -> Result<Option<usize>, Error> {
    let cells = |t: &Tensor<u32>| t.storage().0.as_ptr_range();
    for from in op.picks().map_or(&[][..], Picks::origins).iter().filter(|from| !from.is_empty()) {
        if let Some(position) = indices.iter().position(|given| cells(given) == cells(from)) {
            return Err(Error::PlanIndices { position });
        }
    }
    let Some(own) = op.picks().map(Picks::indices).filter(|own| !own.is_empty()) else { return Ok(None) };
    let whole = |given: &Tensor<u32>| given.as_slice().is_some_and(|given| ptr::eq(given, own));
    if let Some(position) = indices.iter().position(whole) {
        return Ok(Some(position));
    }
    let shared = |given: &Tensor<u32>| given.storage().0.as_ptr_range().contains(&own.as_ptr());
    match indices.iter().position(shared) {
        Some(position) => Err(Error::PlanIndices { position }),
        None => Ok(None),
    }
}
