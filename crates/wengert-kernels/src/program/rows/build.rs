//! From collected values to a program over rows: slots, constants, phases.

use super::{Across, Per, Phase, RowProgram};
use crate::program::Step;
use crate::program::builder::{Builder, NEVER, Node, Reg};
use crate::program::code::Code;
use crate::real::Real;
use std::collections::HashMap;

/// No slot yet.
const NOWHERE: u32 = u32::MAX;

impl<T: Real> Builder<T> {
    /// The result of leading elements to rows or back; such values are for [`Builder::finish_rows`].
    ///
    /// # Panics
    ///
    /// If it takes another number of operands, or one is not of this builder.
    pub fn across(&mut self, what: Across, x: &[Reg]) -> Reg {
        assert_eq!(x.len(), what.operands(), "{what:?}: number of operands");
        let mut operands = [0; 2];
        for (o, x) in operands.iter_mut().zip(x) {
            assert!((x.0 as usize) < self.nodes.nodes.len(), "{what:?}: an operand of another builder");
            *o = x.0;
        }
        if what == Across::Spread && matches!(self.nodes.nodes[operands[0] as usize], Node::Constant(_)) {
            return x[0]; // a constant serves elements and rows alike
        }
        self.nodes.number(Node::Across(what, operands))
    }

    /// The program over rows that computes these values, without what they do not need.
    ///
    /// `inputs` and the second parts of `outputs` say what each has a number for.
    ///
    /// # Panics
    ///
    /// If an output is not of this builder, if there are not so many inputs, or if an instruction meets numbers of rows
    /// and of elements without [`Across`] between them.
    pub fn finish_rows(self, inputs: &[Per], outputs: &[(Reg, Per)]) -> RowProgram<T> {
        assert_eq!(inputs.len(), self.nodes.inputs, "finish_rows: extents given, and inputs of the program");
        let nodes = &self.nodes.nodes;
        let kinds = extents(nodes, inputs);
        let regs: Vec<Reg> = outputs.iter().map(|&(reg, _)| reg).collect();
        let needed = self.nodes.needed(&regs);
        for &(Reg(r), per) in outputs {
            assert!(kinds[r as usize].is_none_or(|kind| kind == per), "an output for each {per:?} is none");
        }
        let mut parts = Parts::new(nodes, &kinds, &needed, outputs);
        for i in (0..nodes.len()).filter(|&i| needed[i] != NEVER) {
            parts.place(i);
        }
        let Parts { slots, constants, steps, phases, copies, .. } = parts;
        let mut program = RowProgram {
            inputs: inputs.len(),
            constants: constants.iter().map(|&(c, _)| T::from_f64(c)).collect(),
            outputs: outputs.len(),
            slots,
            steps,
            phases,
            picks: 0,
        };
        for (step, per) in copies {
            program.push(step, per);
        }
        let index = |phase: &Phase| match phase {
            Phase::Across { what: Across::Pick(k) | Across::Place(k), .. } => *k as usize + 1,
            _ => 0,
        };
        program.picks = program.phases.iter().map(index).max().unwrap_or(0);
        program
    }
}

impl<T> RowProgram<T> {
    fn push(&mut self, step: Step, per: Per) {
        push(&mut self.steps, &mut self.phases, step, per);
    }
}

/// Adds a step, to the last phase if that is of its kind.
fn push(steps: &mut Vec<Step>, phases: &mut Vec<Phase>, step: Step, per: Per) {
    steps.push(step);
    match phases.last_mut() {
        Some(Phase::Steps { per: last, steps: range }) if *last == per => range.end += 1,
        _ => phases.push(Phase::Steps { per, steps: steps.len() - 1..steps.len() }),
    }
}

/// What each value has a number for; a constant serves both.
fn extents(nodes: &[Node], inputs: &[Per]) -> Vec<Option<Per>> {
    let mut kinds: Vec<Option<Per>> = Vec::with_capacity(nodes.len());
    for (i, node) in nodes.iter().enumerate() {
        kinds.push(match node {
            Node::Input => Some(inputs[i]),
            Node::Constant(_) => None,
            Node::Across(what, x) => {
                for (k, &x) in x[..what.operands()].iter().enumerate() {
                    assert!(
                        kinds[x as usize].is_none_or(|per| per == what.takes(k)),
                        "{what:?}: operand {k}"
                    );
                }
                Some(what.gives())
            }
            Node::Result(code, _) => {
                let mut found = node.operands().iter().filter_map(|&x| kinds[x as usize]);
                let first = found.next().unwrap_or(Per::Element);
                assert!(found.all(|kind| kind == first), "{code}: numbers of rows and of elements");
                Some(first)
            }
        });
    }
    kinds
}

/// What operand `k` of an instruction with this result has a number for.
fn reads(node: &Node, k: usize, result: Option<Per>) -> Per {
    match node {
        Node::Across(what, _) => what.takes(k),
        _ => result.expect("a result has an extent"),
    }
}

/// A program while its values get their slots.
struct Parts<'n> {
    nodes: &'n [Node],
    kinds: &'n [Option<Per>],
    needed: &'n [u32],
    /// The slot of each value that is no constant.
    at: Vec<u32>,
    /// Slots of constants, which have one for each extent that they are used in.
    constant_at: HashMap<(u64, Per), u32>,
    constants: Vec<(f64, Per)>,
    /// What each slot has a number for.
    slots: Vec<Per>,
    first_register: u32,
    free: [Vec<u32>; 2],
    steps: Vec<Step>,
    phases: Vec<Phase>,
    /// Outputs that are also something else: copied at the end.
    copies: Vec<(Step, Per)>,
}

impl<'n> Parts<'n> {
    fn new(
        nodes: &'n [Node],
        kinds: &'n [Option<Per>],
        needed: &'n [u32],
        outputs: &[(Reg, Per)],
    ) -> Parts<'n> {
        let inputs = nodes.iter().take_while(|node| matches!(node, Node::Input)).count();
        let slots = kinds[..inputs].iter().map(|kind| kind.expect("inputs have an extent")).collect();
        let mut parts = Parts {
            nodes,
            kinds,
            needed,
            at: (0..nodes.len()).map(|i| if i < inputs { i as u32 } else { NOWHERE }).collect(),
            constant_at: HashMap::new(),
            constants: Vec::new(),
            slots,
            first_register: 0,
            free: [Vec::new(), Vec::new()],
            steps: Vec::new(),
            phases: Vec::new(),
            copies: Vec::new(),
        };
        for (i, node) in nodes.iter().enumerate().filter(|&(i, _)| needed[i] != NEVER) {
            for (k, &x) in node.operands().iter().enumerate() {
                parts.constant(x, reads(node, k, kinds[i]));
            }
        }
        outputs.iter().for_each(|&(Reg(r), per)| parts.constant(r, per));
        // The first output of a value is its slot; the others, and those of inputs and constants, are copies.
        for &(Reg(r), per) in outputs {
            let y = parts.slots.len() as u32;
            parts.slots.push(per);
            if parts.at[r as usize] == NOWHERE && parts.kinds[r as usize].is_some() {
                parts.at[r as usize] = y;
            } else {
                let x = parts.slot(r, per);
                parts.copies.push((Step { code: Code::Copy, y, x: [x, 0, 0, 0] }, per));
            }
        }
        parts.first_register = parts.slots.len() as u32;
        parts
    }

    /// Gives value `x`, if it is a constant, a slot of this extent.
    fn constant(&mut self, x: u32, per: Per) {
        let Node::Constant(bits) = self.nodes[x as usize] else { return };
        if !self.constant_at.contains_key(&(bits, per)) {
            self.constant_at.insert((bits, per), self.slots.len() as u32);
            self.constants.push((f64::from_bits(bits), per));
            self.slots.push(per);
        }
    }

    /// The slot of a value that is read as one of this extent.
    fn slot(&self, x: u32, per: Per) -> u32 {
        match self.nodes[x as usize] {
            Node::Constant(bits) => self.constant_at[&(bits, per)],
            _ => self.at[x as usize],
        }
    }

    /// Adds the instruction of value `i`, if it has one.
    fn place(&mut self, i: usize) {
        let node = self.nodes[i];
        if matches!(node, Node::Input | Node::Constant(_)) {
            return;
        }
        let per = self.kinds[i].expect("a result has an extent");
        // Taken before those of the operands are free: a step never writes what it reads.
        if self.at[i] == NOWHERE {
            self.at[i] = self.free[per as usize].pop().unwrap_or_else(|| {
                self.slots.push(per);
                self.slots.len() as u32 - 1
            });
        }
        let (y, mut x) = (self.at[i], [0; 4]);
        for (k, &operand) in node.operands().iter().enumerate() {
            x[k] = self.slot(operand, reads(&node, k, Some(per)));
            let last = self.needed[operand as usize] == i as u32 && !node.operands()[..k].contains(&operand);
            if last && x[k] >= self.first_register {
                self.free[self.slots[x[k] as usize] as usize].push(x[k]);
            }
        }
        match node {
            Node::Result(code, _) => push(&mut self.steps, &mut self.phases, Step { code, y, x }, per),
            Node::Across(what, _) => self.phases.push(Phase::Across { what, x: [x[0], x[1]], y }),
            Node::Input | Node::Constant(_) => unreachable!("returned above"),
        }
    }
}
