//! When values come and go: what a step is the last to read is dropped after it, and its memory serves the next.

use super::graph::{Graph, Id};
use super::step::Step;
use crate::{Float, Tensor};

/// For each step, the values that nothing reads after it; outputs and constants are kept.
pub(super) fn drops<F: Float>(graph: &Graph<F>, steps: &[Step<F>]) -> Vec<Vec<Id>> {
    let mut seen = vec![false; graph.lines.len()];
    graph.outputs.iter().for_each(|&id| seen[id as usize] = true);
    for (id, line) in graph.lines.iter().enumerate() {
        seen[id] |= line.constant().is_some();
    }
    let mut drops = vec![Vec::new(); steps.len()];
    for (step, drops) in steps.iter().zip(&mut drops).rev() {
        for &id in step.reads.iter().chain(&step.writes) {
            if !std::mem::replace(&mut seen[id as usize], true) {
                drops.push(id);
            }
        }
    }
    drops
}

/// The constants that some step reads or that are outputs themselves; others live in programs.
pub(super) fn constants<F: Float>(graph: &Graph<F>, steps: &[Step<F>]) -> Vec<(Id, Tensor<F>)> {
    let mut needed = vec![false; graph.lines.len()];
    let read = steps.iter().flat_map(|step| &step.reads).chain(&graph.outputs);
    read.for_each(|&id| needed[id as usize] = true);
    let constant = |(id, line): (usize, &super::graph::Line<F>)| {
        needed[id].then(|| Some((id as Id, line.constant()?.clone()))).flatten()
    };
    graph.lines.iter().enumerate().filter_map(constant).collect()
}

/// Bytes of the values held at once, at the most, and of all of them together.
///
/// A view holds what it looks at; inputs and constants are not the run's. `size` is that of a line's value with what is
/// kept beside it.
pub(super) fn bytes<F: Float>(
    steps: &[Step<F>],
    drops: &[Vec<Id>],
    lines: usize,
    size: impl Fn(Id) -> usize,
) -> [usize; 2] {
    // Which line's memory each value lies in, how many lie in each, and what comes into being with it.
    let mut owner: Vec<Option<Id>> = vec![None; lines];
    let (mut users, mut beside) = (vec![0; lines], vec![0; lines]);
    for step in steps.iter().filter(|step| step.takes_part()) {
        beside[step.reads[0] as usize] += size(step.writes[0]);
    }
    let (mut now, mut most, mut all) = (0, 0, 0);
    for (step, drops) in steps.iter().zip(drops) {
        for &id in &step.writes {
            owner[id as usize] = if step.is_view() { owner[step.reads[0] as usize] } else { Some(id) };
            owner[id as usize].iter().for_each(|&of| users[of as usize] += 1);
            let own = if step.is_view() || step.takes_part() { 0 } else { size(id) };
            now += own + beside[id as usize];
            all += own + beside[id as usize];
        }
        most = most.max(now);
        for of in drops.iter().filter_map(|&id| owner[id as usize].take()) {
            users[of as usize] -= 1;
            if users[of as usize] == 0 {
                now -= size(of);
            }
        }
    }
    [most, all]
}
