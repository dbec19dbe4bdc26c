//! Programs over one element each, where the time is that from one result to the next.
//!
//! A number that is written to memory and read at once arrives several times later than its addition takes. So the last
//! two results stay at hand, and instructions are put in an order, among those that may come next, in which they find
//! their operands there. Sine and cosine of one angle are computed together. Every instruction has the bits that it has
//! alone.

use super::Program;
use super::code::Code;
use super::scalar::{chain, value_of};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
use crate::lanes::{self, Lane, Level};
use crate::real::Real;
use std::collections::HashMap;

/// Instructions, in the order of the program, among which the next one is chosen.
const AHEAD: usize = 6;

/// A program over one element.
#[derive(Debug)]
pub(super) struct Single {
    moves: Vec<Move>,
    /// Instructions by their operands in memory, for moves that name them.
    others: Vec<(Code, [u32; 4])>,
    slots: usize,
    /// The slots of the results.
    outputs: Vec<u32>,
}

/// One instruction: what it does with operands from where, and the slots of the result and of operands.
#[derive(Clone, Copy, Debug)]
struct Move {
    key: u8,
    /// Where the operand of an instruction of one operand is.
    from: From,
    y: u32,
    /// Operands in memory. The second of [`SIN_COS`] is the slot of the cosine; the first of [`OTHER`] the position among
    /// other instructions.
    x: [u32; 2],
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum From {
    Memory,
    /// It is the last result.
    Last,
    /// It is the result before the last.
    Before,
}

/// Instructions of two operands have a key for each pair of places.
struct Key<const CODE: u8, const A: u8, const B: u8>;

impl<const CODE: u8, const A: u8, const B: u8> Key<CODE, A, B> {
    const OF: u8 = 9 * CODE + 3 * A + B;
}

const ADD: u8 = 0;
const SUB: u8 = 1;
const MUL: u8 = 2;
const DIV: u8 = 3;
const CHAIN: u8 = 4;
/// Keys from here on are those of instructions of one operand.
const ONE: u8 = 9 * 5;
const NEG: u8 = ONE;
const SQRT: u8 = ONE + 1;
const EXP: u8 = ONE + 2;
const LN: u8 = ONE + 3;
const SIN: u8 = ONE + 4;
const COS: u8 = ONE + 5;
const SIN_COS: u8 = ONE + 6;
const TANH: u8 = ONE + 7;
const SIGMOID: u8 = ONE + 8;
const OTHER: u8 = ONE + 9;

/// The value of a program, by its number: inputs, constants, then results.
type Id = usize;

/// A result to compute: its instruction, and the cosine if that is computed with it.
struct Line {
    code: Code,
    x: [Id; 4],
    y: Id,
    cosine: Option<Id>,
}

impl Line {
    fn operands(&self) -> &[Id] {
        &self.x[..self.code.operands()]
    }
}

/// The lines of a program, each value once, and the values of its outputs.
fn lines_of<T: Real>(p: &Program<T>) -> (Vec<Line>, Vec<Id>) {
    let mut value_in: Vec<Id> = (0..p.slots()).collect();
    let mut lines = Vec::with_capacity(p.steps.len());
    let mut next = p.fixed();
    // For each angle, the line of its sine or its cosine.
    let mut angles: HashMap<Id, usize> = HashMap::new();
    for step in &p.steps {
        let x = step.x.map(|slot| value_in[slot as usize]);
        let y = match step.code {
            Code::Copy => x[0],
            _ => next,
        };
        value_in[step.y as usize] = y;
        if y < next {
            continue;
        }
        next += 1;
        if matches!(step.code, Code::Sin | Code::Cos) {
            let first = *angles.entry(x[0]).or_insert(lines.len());
            if let Some(Line { code, y: known, cosine, .. }) = lines.get_mut(first) {
                // A program has an instruction over the same operands once, so this is the other function.
                if *code == Code::Sin {
                    *cosine = Some(y)
                } else {
                    (*code, *cosine) = (Code::Sin, Some(std::mem::replace(known, y)))
                }
                continue;
            }
        }
        lines.push(Line { code: step.code, x, y, cosine: None });
    }
    let outputs = value_in[p.fixed()..p.fixed() + p.outputs].to_vec();
    (lines, outputs)
}

/// The lines in an order in which operands are often among the last two results.
fn ordered(mut left: std::collections::VecDeque<Line>, values: usize, fixed: usize) -> Vec<Line> {
    let mut known = vec![false; values];
    known[..fixed].fill(true);
    let [mut last, mut before] = [Id::MAX; 2];
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let ready = |line: &Line| line.operands().iter().all(|&x| known[x]);
        let reads = |k: usize, of: Id| left[k].operands().contains(&of);
        let candidates: Vec<usize> = (0..AHEAD.min(left.len())).filter(|&k| ready(&left[k])).collect();
        let chosen =
            [before, last].into_iter().find_map(|of| candidates.iter().copied().find(|&k| reads(k, of)));
        let chosen = chosen.or(candidates.first().copied()).expect("the first line left is ready");
        let line = left.remove(chosen).expect("a candidate");
        [Some(line.y), line.cosine].into_iter().flatten().for_each(|y| known[y] = true);
        (before, last) = (last, line.y);
        order.push(line);
    }
    order
}

impl Single {
    pub(super) fn new<T: Real>(p: &Program<T>) -> Self {
        let fixed = p.fixed();
        let (lines, outputs) = lines_of(p);
        let values = fixed + p.steps.len();
        let lines = ordered(lines.into(), values, fixed);
        let place = |k: usize, x: Id| match () {
            () if k > 0 && lines[k - 1].y == x => From::Last,
            () if k > 1 && lines[k - 2].y == x => From::Before,
            () => From::Memory,
        };
        // The last line that reads each value from memory.
        let mut last = vec![0; values];
        for (k, line) in lines.iter().enumerate() {
            let is_other = key_of(line).is_none();
            for &x in line.operands() {
                if is_other || place(k, x) == From::Memory {
                    last[x] = k + 1;
                }
            }
        }
        outputs.iter().for_each(|&y| last[y] = usize::MAX);
        // What nothing reads from memory is written to one slot that nothing reads.
        let unread = fixed as u32;
        let mut slots = fixed as u32 + 1;
        let mut slot_of: Vec<u32> = (0..values as u32).collect();
        slot_of[fixed..].fill(unread);
        let mut free = Vec::new();
        let (mut moves, mut others) = (Vec::with_capacity(lines.len()), Vec::new());
        for (k, line) in lines.iter().enumerate() {
            let at = line.x.map(|x| slot_of[x]);
            for (i, &x) in line.operands().iter().enumerate() {
                if x >= fixed && last[x] == k + 1 && slot_of[x] != unread && !line.x[..i].contains(&x) {
                    free.push(slot_of[x]);
                }
            }
            for y in [Some(line.y), line.cosine].into_iter().flatten().filter(|&y| last[y] > 0) {
                slot_of[y] = free.pop().unwrap_or_else(|| {
                    slots += 1;
                    slots - 1
                });
            }
            let (a, b) = (place(k, line.x[0]), place(k, line.x[1]));
            let y = slot_of[line.y];
            moves.push(match key_of(line) {
                Some(key) if key < ONE => {
                    Move { key: key + 3 * a as u8 + b as u8, from: From::Memory, y, x: [at[0], at[1]] }
                }
                Some(key) => {
                    let cosine = line.cosine.map_or(unread, |cosine| slot_of[cosine]);
                    Move { key, from: a, y, x: [at[0], cosine] }
                }
                None => {
                    others.push((line.code, at));
                    Move { key: OTHER, from: From::Memory, y, x: [others.len() as u32 - 1, 0] }
                }
            });
        }
        let outputs = outputs.iter().map(|&y| slot_of[y]).collect();
        Self { moves, others, slots: slots as usize, outputs }
    }

    /// The slots that a run needs: inputs, constants, and what it computes.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// The slots of the results.
    pub(super) fn outputs(&self) -> &[u32] {
        &self.outputs
    }

    /// Runs over slots that begin with the inputs and constants.
    pub(super) fn run<T: Real>(&self, level: Level, slots: &mut [T]) {
        let slots = &mut slots[..self.slots];
        #[cfg(target_arch = "x86_64")]
        if level.has(Instructions::Avx2) {
            #[target_feature(enable = "avx2,fma")]
            fn with_fma<T: Real>(single: &Single, slots: &mut [T]) {
                single.run_each(slots);
            }
            // SAFETY: the machine has AVX2 and FMA, as the level has just said.
            return unsafe { with_fma(self, slots) };
        }
        let _ = level;
        self.run_each(slots);
    }

    #[inline(always)]
    fn run_each<T: Real>(&self, slots: &mut [T]) {
        let [mut last, mut before] = [T::ZERO; 2];
        for &Move { key, from, y, x } in &self.moves {
            let of_two = |k: usize, from: u8| match from {
                0 => slots[x[k] as usize],
                1 => last,
                _ => before,
            };
            macro_rules! value { (@$code:ident $a:literal $b:literal) => { Key::<$code, $a, $b>::OF };
            ({ $($code:ident: $a:ident $b:ident => $two:expr;)* } $($one:pat => $value:expr,)*) => {
                match key {
                    $(value!(@$code 0 0) => { let ($a, $b) = (of_two(0, 0), of_two(1, 0)); $two })*
                    $(value!(@$code 0 1) => { let ($a, $b) = (of_two(0, 0), of_two(1, 1)); $two })*
                    $(value!(@$code 0 2) => { let ($a, $b) = (of_two(0, 0), of_two(1, 2)); $two })*
                    $(value!(@$code 1 0) => { let ($a, $b) = (of_two(0, 1), of_two(1, 0)); $two })*
                    $(value!(@$code 1 1) => { let ($a, $b) = (of_two(0, 1), of_two(1, 1)); $two })*
                    $(value!(@$code 1 2) => { let ($a, $b) = (of_two(0, 1), of_two(1, 2)); $two })*
                    $(value!(@$code 2 0) => { let ($a, $b) = (of_two(0, 2), of_two(1, 0)); $two })*
                    $(value!(@$code 2 1) => { let ($a, $b) = (of_two(0, 2), of_two(1, 1)); $two })*
                    $(value!(@$code 2 2) => { let ($a, $b) = (of_two(0, 2), of_two(1, 2)); $two })*
                    $($one => $value,)*
                }
            } }
            let one = || match from {
                From::Memory => slots[x[0] as usize],
                From::Last => last,
                From::Before => before,
            };
            let near = |a: T| a.abs() <= T::from_f64(<T as Lane>::FAR);
            let value = value! {
                {
                ADD: a b => a + b;
                SUB: a b => a - b;
                MUL: a b => a * b;
                DIV: a b => a / b;
                CHAIN: a b => chain(a, b);
                }
                NEG => -one(),
                SQRT => one().sqrt(),
                EXP => lanes::exp(one()),
                LN => lanes::ln(one()),
                SIN => { let a = one(); if near(a) { T::sine(a) } else { a.sin() } },
                COS => { let a = one(); if near(a) { T::cosine(a) } else { a.cos() } },
                SIN_COS => {
                    let a = one();
                    let [sine, cosine] = if near(a) { [T::sine(a), T::cosine(a)] } else { [a.sin(), a.cos()] };
                    slots[x[1] as usize] = cosine;
                    sine
                },
                TANH => lanes::tanh(one()),
                SIGMOID => lanes::sigmoid(one()),
                _ => {
                    let (code, x) = self.others[x[0] as usize];
                    value_of(code, |k| slots[x[k] as usize])
                },
            };
            slots[y as usize] = value;
            (before, last) = (last, value);
        }
    }
}

/// The key of a line whose operands are all in memory; none if it is one of the others.
fn key_of(line: &Line) -> Option<u8> {
    Some(match line.code {
        Code::Add => 9 * ADD,
        Code::Sub => 9 * SUB,
        Code::Mul => 9 * MUL,
        Code::Div => 9 * DIV,
        Code::Chain => 9 * CHAIN,
        Code::Neg => NEG,
        Code::Sqrt => SQRT,
        Code::Exp => EXP,
        Code::Ln => LN,
        Code::Sin if line.cosine.is_some() => SIN_COS,
        Code::Sin => SIN,
        Code::Cos => COS,
        Code::Tanh => TANH,
        Code::Sigmoid => SIGMOID,
        _ => return None,
    })
}
