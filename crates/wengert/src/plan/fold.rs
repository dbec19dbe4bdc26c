//! Passes that leave fewer lines: constants computed once, equal lines merged, unused lines dropped.

use super::graph::{Graph, Id, Source};
use crate::{Error, Float, Op, Threads};
use smallvec::SmallVec;
use std::collections::HashMap;

/// Evaluates lines that depend on constants alone.
pub(super) fn fold<F: Float>(graph: &mut Graph<F>, on: &Threads) -> Result<(), Error> {
    for id in 0..graph.lines.len() {
        let Some((op, inputs)) = graph.lines[id].fixed_op() else { continue };
        let stays = match op {
            // Other numbers at each step.
            Op::Dropout(_) => true,
            // A view costs nothing at run time, and says along which axis a bias lies.
            Op::BroadcastTo(_) => graph.lines[inputs[0] as usize].shape.len() != 1,
            _ => false,
        };
        if stays {
            continue;
        }
        let values: Option<SmallVec<[_; 3]>> =
            inputs.iter().map(|&i| graph.lines[i as usize].constant()).collect();
        let folded = values.map(|values| F::eval(op, &values, graph.lines[id].shape, on)).transpose()?;
        if let Some(value) = folded {
            graph.lines[id].source = Source::Constant(value);
        }
    }
    Ok(())
}

/// Merges lines that apply the same op to the same lines.
pub(super) fn merge<F: Float>(graph: &mut Graph<F>) {
    let mut seen: HashMap<(String, SmallVec<[Id; 3]>), Id> = HashMap::new();
    let mut of: Vec<Id> = Vec::with_capacity(graph.lines.len());
    for (id, line) in graph.lines.iter().enumerate() {
        let id = id as Id;
        let first = match line.fixed_op() {
            // A name does not say what a user's op does, and attributes with indices are long.
            Some((op, inputs)) if !matches!(op, Op::Custom(_)) && op.picks().is_none() => {
                let inputs = inputs.iter().map(|&i| of[i as usize]).collect();
                *seen.entry((format!("{op:?}"), inputs)).or_insert(id)
            }
            _ => id,
        };
        of.push(first);
    }
    graph.redirect(&of);
}

/// Drops lines that no output depends on.
pub(super) fn drop_unused<F: Float>(graph: &mut Graph<F>) {
    let mut used = vec![false; graph.lines.len()];
    graph.outputs.iter().for_each(|&id| used[id as usize] = true);
    for id in (0..graph.lines.len()).rev() {
        if used[id] {
            graph.lines[id].inputs().iter().for_each(|&i| used[i as usize] = true);
        }
    }
    let mut place = vec![0; graph.lines.len()];
    for (kept, id) in (0..used.len()).filter(|&id| used[id]).enumerate() {
        place[id] = kept as Id;
    }
    let lines = std::mem::take(&mut graph.lines);
    graph.lines = lines.into_iter().zip(used).filter_map(|(line, used)| used.then_some(line)).collect();
    graph.redirect(&place);
}
