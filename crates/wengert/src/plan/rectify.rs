//! A pass that asks the sign of a rectified value of the value itself, so that what was rectified need not be kept.
//!
//! The slope of $r = \max(s, 0)$ is recorded as comparisons of $s$: with 0, and with itself for NaN. Both come out the
//! same for $r$, bit for bit: $r > 0$ just where $s > 0$, and $r$ is NaN just where $s$ is.

use super::graph::{Graph, Id, Source};
use crate::{Float, Op, Tensor, ops::compare::Compare};
use std::collections::HashMap;

/// Makes comparisons of a rectified line's operand read the rectified line.
pub(super) fn rectify<F: Float>(graph: &mut Graph<F>) {
    let mut rectified: HashMap<Id, Id> = HashMap::new();
    for id in 0..graph.lines.len() {
        let Some((op, inputs)) = graph.lines[id].fixed_op() else { continue };
        let is_zero = |id: Id| graph.lines[id as usize].constant().and_then(Tensor::uniform) == Some(F::ZERO);
        let of = match (op, inputs) {
            (Op::Relu(_), [s]) => {
                rectified.entry(*s).or_insert(id as Id);
                continue;
            }
            (Op::Compare(op), [s, zero]) if **op == Compare::Greater && is_zero(*zero) => {
                rectified.get(s).map(|&r| [r, *zero])
            }
            (Op::Compare(op), [s, t]) if **op == Compare::NotEqual && s == t => {
                rectified.get(s).map(|&r| [r, r])
            }
            _ => None,
        };
        if let (Some(of), Source::Apply { inputs, .. }) = (of, &mut graph.lines[id].source) {
            inputs.copy_from_slice(&of);
        }
    }
}
