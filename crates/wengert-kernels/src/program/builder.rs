//! Collecting a program: value numbering, dead code, registers.

use super::code::Code;
use super::rows::Across;
use super::{Program, Step};
use crate::real::Real;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;

/// A value of a [`Builder`]: an input, a constant, or the result of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reg(pub(super) u32);

/// What a value is; constants by the bits of the equal `f64`, so that this is compiled once for all types.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Input,
    Constant(u64),
    Result(Code, [u32; 4]),
    /// Of a program over rows alone.
    Across(Across, [u32; 2]),
}

impl Node {
    /// The values it is computed from.
    pub(super) fn operands(&self) -> &[u32] {
        match self {
            Node::Result(code, x) => &x[..code.operands()],
            Node::Across(across, x) => &x[..across.operands()],
            Node::Input | Node::Constant(_) => &[],
        }
    }
}

/// A program under construction.
///
/// Asking twice for the same instruction over the same operands, or for the same constant, gives one value. An
/// instruction over constants is computed here.
///
/// ```
/// use wengert_kernels::program::{Builder, Code};
///
/// let mut b = Builder::<f32>::new(2);
/// let (x, y) = (b.input(0), b.input(1));
/// assert_eq!(b.push(Code::Mul, &[x, y]), b.push(Code::Mul, &[y, x]));
/// let two = b.constant(2.0);
/// assert_eq!(b.push(Code::Sqrt, &[two]), b.constant(2.0_f32.sqrt()));
/// ```
pub struct Builder<T: Real> {
    pub(super) nodes: Nodes,
    of: PhantomData<T>,
}

impl<T: Real> Builder<T> {
    /// A program of so many inputs and no instruction yet.
    pub fn new(inputs: usize) -> Builder<T> {
        Builder { nodes: Nodes::new(inputs), of: PhantomData }
    }

    /// Input `k`.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn input(&self, k: usize) -> Reg {
        let inputs = self.nodes.inputs;
        assert!(k < inputs, "input {k} of a program of {inputs} inputs");
        Reg(k as u32)
    }

    /// The constant `c`; constants of different bits, as 0 and -0, are different values.
    pub fn constant(&mut self, c: T) -> Reg {
        self.nodes.constant(c.to_f64())
    }

    /// The result of an instruction over these operands.
    ///
    /// # Panics
    ///
    /// If the instruction takes another number of operands, or one is not of this builder.
    pub fn push(&mut self, code: Code, x: &[Reg]) -> Reg {
        let fold = |code, x: [f64; 4]| T::value_of(code, x.map(T::from_f64)).to_f64();
        self.nodes.push(code, x, &fold)
    }

    /// The program that computes these values, without what they do not need.
    ///
    /// # Panics
    ///
    /// If an output is not of this builder, or depends on what [`Builder::across`] gave.
    pub fn finish(self, outputs: &[Reg]) -> Program<T> {
        let Nodes { inputs, .. } = self.nodes;
        let Finished { constants, registers, steps } = self.nodes.finish(outputs);
        let constants = constants.into_iter().map(T::from_f64).collect();
        Program { inputs, constants, outputs: outputs.len(), registers, steps }
    }
}

/// The values of a program under construction.
pub(super) struct Nodes {
    pub(super) inputs: usize,
    pub(super) nodes: Vec<Node>,
    known: HashMap<Node, u32, BuildHasherDefault<Fold>>,
}

/// What a program is made of, besides the numbers of its inputs and outputs.
struct Finished {
    constants: Vec<f64>,
    registers: usize,
    steps: Vec<Step>,
}

impl Nodes {
    fn new(inputs: usize) -> Nodes {
        let mut nodes = Vec::with_capacity(inputs + 16);
        nodes.resize(inputs, Node::Input);
        Nodes { inputs, nodes, known: HashMap::default() }
    }

    fn constant(&mut self, c: f64) -> Reg {
        self.number(Node::Constant(c.to_bits()))
    }

    /// The result of an instruction; `fold` computes it of numbers.
    fn push(&mut self, code: Code, x: &[Reg], fold: &dyn Fn(Code, [f64; 4]) -> f64) -> Reg {
        assert_eq!(x.len(), code.operands(), "{code}: number of operands");
        let mut operands = [0; 4];
        for (o, x) in operands.iter_mut().zip(x) {
            assert!((x.0 as usize) < self.nodes.len(), "{code}: an operand of another builder");
            *o = x.0;
        }
        if code.commutes() && operands[0] > operands[1] {
            operands.swap(0, 1);
        }
        match code {
            // Powers that are products are written as such, so that they run as vector code.
            Code::Copy | Code::PowI(1) => return x[0],
            Code::PowI(0) => return self.constant(1.0),
            Code::PowI(2) => return self.push(Code::Mul, &[x[0], x[0]], fold),
            Code::PowI(3) => {
                let square = self.push(Code::Mul, &[x[0], x[0]], fold);
                return self.push(Code::Mul, &[square, x[0]], fold);
            }
            Code::PowI(-1) => {
                let one = self.constant(1.0);
                return self.push(Code::Div, &[one, x[0]], fold);
            }
            _ => {}
        }
        if let Some(values) = self.constants_at(&operands[..x.len()]) {
            return self.constant(fold(code, values));
        }
        self.number(Node::Result(code, operands))
    }

    /// The values of the operands, if all of them are constants.
    fn constants_at(&self, operands: &[u32]) -> Option<[f64; 4]> {
        let mut values = [0.0; 4];
        for (value, &x) in values.iter_mut().zip(operands) {
            let Node::Constant(bits) = self.nodes[x as usize] else { return None };
            *value = f64::from_bits(bits);
        }
        Some(values)
    }

    pub(super) fn number(&mut self, node: Node) -> Reg {
        let next = u32::try_from(self.nodes.len()).expect("a program has at most 2^32 values");
        let number = *self.known.entry(node).or_insert(next);
        if number == next {
            self.nodes.push(node);
        }
        Reg(number)
    }

    fn finish(self, outputs: &[Reg]) -> Finished {
        let needed = self.needed(outputs);
        let mut slots = vec![u32::MAX; self.nodes.len()];
        let mut constants = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            match *node {
                Node::Input => slots[i] = i as u32,
                Node::Constant(c) if needed[i] != NEVER => {
                    slots[i] = (self.inputs + constants.len()) as u32;
                    constants.push(f64::from_bits(c));
                }
                _ => {}
            }
        }
        let fixed = (self.inputs + constants.len()) as u32;
        // The first output of a value is its slot; the others, and those of inputs and constants, are copies.
        let mut copies = Vec::new();
        for (k, &Reg(r)) in outputs.iter().enumerate() {
            let y = fixed + k as u32;
            if slots[r as usize] == u32::MAX {
                slots[r as usize] = y;
            } else {
                copies.push(Step { code: Code::Copy, y, x: [slots[r as usize], 0, 0, 0] });
            }
        }
        let first_register = fixed + outputs.len() as u32;
        let (mut free, mut registers) = (Vec::new(), 0);
        let mut steps = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            if needed[i] == NEVER {
                continue;
            }
            let (code, x) = match *node {
                Node::Result(code, x) => (code, x),
                Node::Across(across, _) => panic!("{across:?} needs a program over rows"),
                Node::Input | Node::Constant(_) => continue,
            };
            // Taken before those of the operands are free: a step never writes what it reads.
            if slots[i] == u32::MAX {
                slots[i] = free.pop().unwrap_or_else(|| {
                    registers += 1;
                    first_register + registers - 1
                });
            }
            let operands = &x[..code.operands()];
            let mut at = [0; 4];
            for (k, &x) in operands.iter().enumerate() {
                at[k] = slots[x as usize];
                let last = needed[x as usize] == i as u32 && !operands[..k].contains(&x);
                if last && at[k] >= first_register {
                    free.push(at[k]);
                }
            }
            steps.push(Step { code, y: slots[i], x: at });
        }
        steps.append(&mut copies);
        Finished { constants, registers: registers as usize, steps }
    }

    /// For each value the last one that reads it, [`NEVER`] if none does and it is no output.
    pub(super) fn needed(&self, outputs: &[Reg]) -> Vec<u32> {
        let mut needed = vec![NEVER; self.nodes.len()];
        for &Reg(r) in outputs {
            assert!((r as usize) < self.nodes.len(), "an output of another builder");
            needed[r as usize] = TO_THE_END;
        }
        for (i, node) in self.nodes.iter().enumerate().rev() {
            if needed[i] == NEVER {
                continue;
            }
            for &x in node.operands() {
                // Readers come in falling order, so the first one seen is the last to run.
                if needed[x as usize] == NEVER {
                    needed[x as usize] = i as u32;
                }
            }
        }
        needed
    }
}

pub(super) const NEVER: u32 = u32::MAX;
const TO_THE_END: u32 = u32::MAX - 1;

/// Hashes a few small integers: multiply and rotate.
#[derive(Default)]
struct Fold(u64);

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|c| {
            let mut word = [0; 8];
            word[..c.len()].copy_from_slice(c);
            self.write_u64(u64::from_le_bytes(word));
        });
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_i32(&mut self, n: i32) {
        self.write_u64(u64::from(n as u32));
    }

    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        // The table takes its position from the low bits, where a product is weakest.
        self.0 ^ (self.0 >> 32)
    }
}
