//! The sweep from the loss back, with notes of what every line received and sent.

use super::{Cut, Why, norm};
use crate::{Error, Float, Tape, Tensor, Var, explain::pull, nodes::NodeId, ops::accumulate};

/// What one line sent to one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Nothing,
    Zero,
    Something,
}

/// What became of the cotangents.
pub(super) struct Flow<'t, F: Float> {
    tape: &'t Tape<F>,
    loss: NodeId,
    /// Lines that the loss is computed from, also without a derivative.
    needed: Vec<bool>,
    /// The cotangents of the parameters.
    gradients: Vec<Option<Tensor<F>>>,
    parameters: Vec<NodeId>,
    /// What each line sent to each operand, where it received anything.
    sent: Vec<Option<Vec<(NodeId, Sent)>>>,
    /// Whether the sum of what a line received is zero.
    zero: Vec<bool>,
    /// Whether something that is not zero was sent to a line.
    some_part: Vec<bool>,
    /// Parameters, the lines that used them, and the norms of the cotangents that these received.
    arrived: Vec<(NodeId, NodeId, f64)>,
}

impl<'t, F: Float> Flow<'t, F> {
    /// Sweeps from the loss to the parameters.
    pub(super) fn of(loss: Var<'t, F>, parameters: &[(&str, Var<'t, F>)]) -> Result<Self, Error> {
        let tape = loss.tape;
        let end = loss.id as usize + 1;
        let wrt: Vec<_> = parameters.iter().map(|(_, p)| *p).filter(|p| p.is_tracked()).collect();
        let active = tape.active(&wrt, loss.id);
        let mut needed = vec![false; end];
        needed[loss.id as usize] = true;
        for id in (0..end).rev() {
            if needed[id] {
                for &i in &tape.nodes()[id].inputs {
                    needed[i as usize] = true;
                }
            }
        }
        let mut flow = Self {
            tape,
            loss: loss.id,
            needed,
            gradients: vec![None; parameters.len()],
            parameters: parameters.iter().map(|(_, p)| p.id).collect(),
            sent: vec![None; end],
            zero: vec![false; end],
            some_part: vec![false; end],
            arrived: Vec::new(),
        };
        let mut ct: Vec<Option<Tensor<F>>> = vec![None; end];
        ct[loss.id as usize] = Some(Tensor::full(loss.shape(), F::ONE));
        for id in (0..=loss.id).rev() {
            let Some(y_bar) = ct[id as usize].take() else { continue };
            for (k, _) in flow.parameters.iter().enumerate().filter(|(_, p)| **p == id) {
                flow.gradients[k] = Some(y_bar.clone());
            }
            flow.zero[id as usize] = is_zero(&y_bar);
            if let Some(line) = tape.recorded(id) {
                let size = norm(&y_bar);
                let pulled = pull(&line, loss, id, &active, y_bar, false)?;
                let mut sent = Vec::with_capacity(line.inputs.len());
                for (input, x_bar) in pulled.sent {
                    let Some(x_bar) = x_bar.filter(|_| active[input as usize]) else {
                        sent.push((input, Sent::Nothing));
                        continue;
                    };
                    let zero = is_zero(&x_bar);
                    sent.push((input, if zero { Sent::Zero } else { Sent::Something }));
                    flow.some_part[input as usize] |= !zero;
                    if flow.parameters.contains(&input) {
                        flow.arrived.push((input, id, size));
                    }
                    accumulate(&mut ct[input as usize], x_bar, tape.threads());
                }
                flow.sent[id as usize] = Some(sent);
            }
        }
        Ok(flow)
    }

    /// What arrived at a parameter in all.
    pub(super) fn gradient(&self, id: NodeId) -> Option<&Tensor<F>> {
        let k = self.parameters.iter().position(|p| *p == id)?;
        self.gradients[k].as_ref()
    }

    /// Whether the loss is computed from a line.
    pub(super) fn is_used(&self, id: NodeId) -> bool {
        self.needed.get(id as usize).is_some_and(|needed| *needed)
    }

    /// The norms of what arrived at each use of a parameter, in the order of the uses.
    pub(super) fn arrived_at_uses(&self, id: NodeId) -> Vec<Option<f64>> {
        let mut uses: Vec<(NodeId, f64)> =
            self.arrived.iter().filter(|(to, ..)| *to == id).map(|&(_, from, norm)| (from, norm)).collect();
        uses.sort_by_key(|(from, _)| *from);
        uses.into_iter().map(|(_, norm)| Some(norm)).collect()
    }

    /// The lines at which what comes from the loss ends or becomes zero, on every path to `p`.
    pub(super) fn cuts(&self, p: Var<'_, F>) -> Vec<Cut> {
        let from_p = self.computed_from(p.id);
        let mut cuts = Vec::new();
        if self.sent[self.loss as usize].is_none() && self.loss != p.id {
            self.ends(&mut cuts, self.loss, self.loss, &from_p); // the loss itself is a constant
        }
        for id in (p.id..=self.loss).rev().filter(|&id| from_p[id as usize]) {
            let Some(sent) = &self.sent[id as usize] else {
                continue;
            };
            if self.zero[id as usize] {
                // Nonzero parts that add up to nothing; where all parts were zero, the lines that sent them are the cause.
                if self.some_part[id as usize] && id != p.id {
                    self.add(&mut cuts, id, Why::Cancelled);
                }
                continue;
            }
            for &(input, what) in sent.iter().filter(|(input, _)| from_p[*input as usize]) {
                match what {
                    Sent::Something => {}
                    Sent::Zero => self.add(&mut cuts, id, self.constant(id).unwrap_or(Why::ZeroSlope)),
                    Sent::Nothing => self.ends(&mut cuts, id, input, &from_p),
                }
            }
        }
        if cuts.is_empty() && self.some_part[p.id as usize] {
            self.add(&mut cuts, p.id, Why::Cancelled);
        }
        cuts
    }

    /// Lines that are computed from `p` and that the loss is computed from, `p` among them.
    fn computed_from(&self, p: NodeId) -> Vec<bool> {
        let nodes = self.tape.nodes();
        let mut found = vec![false; self.loss as usize + 1];
        found[p as usize] = true;
        for id in p as usize + 1..found.len() {
            found[id] = self.needed[id] && nodes[id].inputs.iter().any(|&i| found[i as usize]);
        }
        found
    }

    /// Finds why line `id` sent nothing to `input`: there, or in the lines that `input` was computed by.
    fn ends(&self, cuts: &mut Vec<Cut>, id: NodeId, input: NodeId, from_p: &[bool]) {
        if let Some(why) = self.constant(id) {
            return self.add(cuts, id, why);
        }
        // Back through lines that are computed from the parameter, to the first that can be the cause.
        let (mut open, mut seen, mut found) = (vec![input], std::collections::BTreeSet::new(), false);
        while let Some(line) = open.pop() {
            if !from_p[line as usize] || !seen.insert(line) {
                continue;
            }
            let cause = {
                let nodes = self.tape.nodes();
                let node = &nodes[line as usize];
                let from_tracked =
                    node.inputs.iter().any(|&i| nodes[i as usize].tracked && from_p[i as usize]);
                match &node.op {
                    Some(_) if !node.tracked && from_tracked => {
                        let detached = node.op.as_ref().is_some_and(|op| op.name() == "alias");
                        Some(if detached { Why::Detached } else { Why::NoGrad })
                    }
                    _ => self.constant(line),
                }
            };
            match cause {
                Some(why) => {
                    self.add(cuts, line, why);
                    found = true;
                }
                None => open.extend(&self.tape.nodes()[line as usize].inputs),
            }
        }
        if !found {
            self.add(cuts, id, Why::SendsNothing);
        }
    }

    /// Why the op of a line has no derivative anywhere, if it has none.
    fn constant(&self, id: NodeId) -> Option<Why> {
        self.tape.nodes()[id as usize].op.as_ref()?.locally_constant().map(Why::LocallyConstant)
    }

    fn add(&self, cuts: &mut Vec<Cut>, id: NodeId, why: Why) {
        let nodes = self.tape.nodes();
        let node = &nodes[id as usize];
        let op = if why == Why::Detached { "detach" } else { node.kind() };
        let cut = Cut { op, at: node.at, why };
        if !cuts.contains(&cut) {
            cuts.push(cut);
        }
    }
}

fn is_zero<F: Float>(x: &Tensor<F>) -> bool {
    x.elements().iter().all(|x| x.to_f64() == 0.0)
}
