//! Programs over few elements, whose operands and results have fixed places in one memory.
//!
//! Where each slot lies, the tiles of the constants and the length of a tile are settled once; a run only adds the start
//! of the memory to them.

use super::Program;
use super::run::{LONGEST, SCRATCH};
use super::single::Single;
use super::tile::{BLOCK, SPREAD, Tile, run_steps};
use crate::lanes::Level;
use crate::real::Real;
use crate::reduce::{LEAF, add_pairwise, leaf_sum};
use smallvec::SmallVec;
use std::ops::Range;

/// Elements that a value of `n` elements has room for: whole blocks, for programs that run over them.
pub(crate) const fn padded(n: usize) -> usize {
    n.next_multiple_of(BLOCK)
}

/// A program with the places of its slots.
///
/// It reads its operands, each [`padded`], and writes inside its own range, which is behind all of them.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    program: Program<T>,
    n: usize,
    own: Range<usize>,
    /// Elements of a tile; all of them, if that is 1.
    tile: usize,
    slots: Vec<Slot>,
    /// Tiles for operands that are constants without one.
    operands: usize,
    /// The program over one element, if that is what it runs over.
    single: Option<Single>,
    /// Where its operands are.
    singles: Vec<usize>,
    /// The results that are sums: where their terms begin, and where the sum goes.
    sums: Vec<[usize; 2]>,
}

/// Where a slot lies.
#[derive(Clone, Copy, Debug)]
enum Slot {
    /// In one tile, the same for all tiles of elements.
    Tile(usize),
    /// As all its elements, of which a tile is a part.
    Whole(usize),
    /// Nowhere: it is a constant beyond those that have a tile.
    Nowhere,
}

impl<T: Real> Settled<T> {
    /// Settles a program over `n` elements, not none, whose operands begin at `inputs` and whose own range at `start`,
    /// with the places of its results, of which those in `is_summed` are their sum over all elements.
    pub(crate) fn new(
        program: &Program<T>,
        n: usize,
        inputs: &[usize],
        is_summed: impl Fn(usize) -> bool,
        start: usize,
    ) -> (Self, SmallVec<[usize; 2]>) {
        assert!(n > 0 && inputs.len() == program.inputs, "a place for each operand of some elements");
        assert!(
            inputs.iter().all(|&at| at + padded(n) <= start || n == 1 && at < start),
            "operands come before"
        );
        if n == 1 {
            Self::single(program, inputs, is_summed, start)
        } else {
            Self::tiled(program, n, inputs, is_summed, start)
        }
    }

    fn single(
        program: &Program<T>,
        inputs: &[usize],
        is_summed: impl Fn(usize) -> bool,
        start: usize,
    ) -> (Self, SmallVec<[usize; 2]>) {
        let single = Single::new(program);
        let slots = single.slots();
        // Sums have cells of their own: a result may be an operand or another result too.
        let place = |(k, &slot): (usize, &u32)| start + if is_summed(k) { slots + k } else { slot as usize };
        let places: SmallVec<[usize; 2]> = single.outputs().iter().enumerate().map(place).collect();
        let terms = single.outputs().iter().zip(&places).enumerate();
        let sums =
            terms.filter(|&(k, _)| is_summed(k)).map(|(_, (&slot, &sum))| [start + slot as usize, sum]);
        let settled = Self {
            n: 1,
            own: start..start + slots + program.outputs,
            tile: 1,
            slots: Vec::new(),
            operands: start,
            singles: inputs.to_vec(),
            sums: sums.collect(),
            program: program.clone(),
            single: Some(single),
        };
        (settled, places)
    }

    fn tiled(
        program: &Program<T>,
        n: usize,
        inputs: &[usize],
        is_summed: impl Fn(usize) -> bool,
        start: usize,
    ) -> (Self, SmallVec<[usize; 2]>) {
        let whole = padded(n);
        let spread = if program.constants.len() > SPREAD { 4 } else { 0 };
        let tiles = program.slots() + spread;
        let tile = (SCRATCH / size_of::<T>() / tiles / LEAF * LEAF).clamp(LEAF, LONGEST).min(whole);
        let mut end = start;
        let mut take = |len: usize| {
            end += len;
            end - len
        };
        let mut slots: Vec<Slot> = inputs.iter().map(|&at| Slot::Whole(at)).collect();
        slots.extend(
            (0..program.constants.len())
                .map(|k| if k < SPREAD { Slot::Tile(take(tile)) } else { Slot::Nowhere }),
        );
        let (mut sums, mut results) = (Vec::new(), SmallVec::new());
        for k in 0..program.outputs {
            // The terms of a sum are filled up to whole leaves.
            let at = take(if is_summed(k) { whole.next_multiple_of(LEAF) } else { whole });
            slots.push(Slot::Whole(at));
            results.push(at);
            if is_summed(k) {
                let sum = take(padded(n.div_ceil(LEAF)));
                sums.push([at, sum]);
                results[k] = sum;
            }
        }
        slots.extend((0..program.registers).map(|_| Slot::Tile(take(tile))));
        let operands = take(spread * tile);
        let settled = Self {
            program: program.clone(),
            n,
            own: start..end,
            tile,
            slots,
            operands,
            single: None,
            singles: Vec::new(),
            sums,
        };
        (settled, results)
    }

    /// The range that it writes in.
    pub(crate) fn own(&self) -> Range<usize> {
        self.own.clone()
    }

    /// Writes what a run finds: the constants.
    pub(crate) fn prepare(&self, memory: &mut [T]) {
        let fixed = self.program.inputs..self.program.fixed();
        if self.n == 1 {
            let at = self.own.start;
            memory[at + fixed.start..at + fixed.end].copy_from_slice(&self.program.constants);
        }
        for (slot, &c) in self.slots.iter().skip(fixed.start).zip(&self.program.constants) {
            if let Slot::Tile(at) = *slot {
                memory[at..at + self.tile].fill(c);
            }
        }
    }

    /// Runs the program in a memory of at least the length where its own range ends.
    pub(crate) fn run(&self, level: Level, memory: &mut [T]) {
        assert!(self.own.end <= memory.len(), "the memory of the sequence");
        if let Some(single) = &self.single {
            return self.run_single(single, level, memory);
        }
        let p = &self.program;
        let base = memory.as_mut_ptr();
        let operands = std::array::from_fn(|k| base.wrapping_add(self.operands + k * self.tile));
        let whole = padded(self.n);
        for first in (0..whole).step_by(self.tile) {
            let pointers: SmallVec<[*mut T; 32]> = self
                .slots
                .iter()
                .map(|slot| match *slot {
                    Slot::Tile(at) => base.wrapping_add(at),
                    Slot::Whole(at) => base.wrapping_add(at + first),
                    Slot::Nowhere => std::ptr::null_mut(),
                })
                .collect();
            let len = self.tile.min(whole - first);
            let view = Tile { slots: &pointers, constants: &p.constants, inputs: p.inputs, operands, len };
            // Operands have `whole` numbers before the own range (`new`), results as many inside it; constants, registers
            // and operand tiles have a tile each there (`tiled`). Slots are nowhere only where there are operand tiles.
            // SAFETY: all this is inside the memory (above), borrowed mutably, and parts of the own range do not overlap;
            // `Builder::finish` has no step write a slot that it reads, nor an input or constant.
            unsafe { run_steps(level, &p.steps, &view) };
        }
        for &[terms, sum] in &self.sums {
            let leaves = self.n.div_ceil(LEAF);
            let (terms, sums) = memory[terms..sum + leaves].split_at_mut(sum - terms);
            terms[self.n..].fill(T::ZERO);
            for (sum, terms) in sums.iter_mut().zip(terms.chunks_exact(LEAF)) {
                *sum = leaf_sum(terms, |x| x);
            }
            add_pairwise(sums, 1);
        }
    }

    fn run_single(&self, single: &Single, level: Level, memory: &mut [T]) {
        let (before, own) = memory[..self.own.end].split_at_mut(self.own.start);
        for (slot, &at) in own.iter_mut().zip(&self.singles) {
            *slot = before[at];
        }
        single.run(level, own);
        for &[term, sum] in &self.sums {
            // As a sum, which begins with 0: of -0 it is 0.
            own[sum - self.own.start] = T::ZERO + own[term - self.own.start];
        }
    }
}
