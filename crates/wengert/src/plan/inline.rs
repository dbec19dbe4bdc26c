//! Functions recorded as one line, as the lines that they stand for.

use super::graph::{Id, Line, Source};
use super::lower::fed_by;
use crate::ops::draws::varying;
use crate::{Error, Float, Op, Tape, Tensor, Var, nodes::Node, segment::Segment};
use smallvec::SmallVec;

/// Appends the function's lines, recorded on a tape that computes nothing, and returns the place of the last.
///
/// `inputs` are the nodes that it is applied to, with their places. `varies` says whether the value depends on inputs of the
/// plan: then its function may read none while it is recorded.
pub(super) fn inline<F: Float>(
    tape: &Tape<F>,
    segment: &Segment<F>,
    inputs: &[(&Node<F>, Id)],
    varies: bool,
    indices: &[Tensor<u32>],
    lines: &mut Vec<Line<F>>,
    fed: &mut [bool],
) -> Result<Id, Error> {
    let own = Tape::with_threads(tape.threads().clone()).deferred();
    let x: Vec<Var<'_, F>> =
        inputs.iter().map(|(node, _)| segment.operand(&own, node.value.clone())).collect();
    let y = segment.record(&own, &x)?;
    let unknown = varies || inputs.iter().any(|(node, _)| node.deferred);
    let inspected = own.inspected();
    if !inspected.is_empty() {
        // What is drawn at random is known no more.
        let varies = if unknown { Vec::new() } else { varying(&own.nodes(), Vec::new()) };
        if let Some(read) = inspected.iter().find(|read| unknown || varies[read.id as usize]) {
            return Err(Error::ValueInspected { at: read.at.to_string() });
        }
    }
    let mut place: Vec<Id> = inputs.iter().map(|&(_, place)| place).collect();
    let nodes = own.nodes();
    for node in nodes[..=y.id as usize].iter().skip(inputs.len()) {
        if let Some(segment) = node.op.as_ref().and_then(Op::segment) {
            let inputs: Vec<_> =
                node.inputs.iter().map(|&i| (&nodes[i as usize], place[i as usize])).collect();
            place.push(inline(&own, segment, &inputs, varies, indices, lines, fed)?);
            continue;
        }
        let source = match &node.op {
            None => Source::Constant(node.value.clone()),
            Some(op) => {
                let inputs: SmallVec<[Id; 3]> = node.inputs.iter().map(|&i| place[i as usize]).collect();
                let feed = fed_by(op, indices)?;
                feed.iter().for_each(|&k| fed[k] = true);
                Source::Apply { op: op.clone(), inputs, feed }
            }
        };
        place.push(lines.len() as Id);
        lines.push(Line { source, shape: node.value.shape(), at: node.at });
    }
    Ok(place[y.id as usize])
}
