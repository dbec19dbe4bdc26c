//! The rows that one thread works through, some at a time.

use super::across::{Operands, across};
use super::{Across, Per, Phase, RowProgram};
use crate::buffer::Buffer;
use crate::lanes::Level;
use crate::program::scalar::run_few;
use crate::program::source::Feed;
use crate::program::tile::{BLOCK, Tile, run_steps};
use crate::real::Real;
use crate::reduce::{LEAF, LEAF_ROWS, Loop, leaf_sum, vectorized_at};
use crate::threads::SendPtr;
use crate::view::Walk;
use smallvec::SmallVec;

/// Where a result goes.
pub(super) enum Out<T> {
    /// To the start of the numbers.
    Store(SendPtr<T>),
    /// To the start of the sums over some rows, `n` numbers each.
    Columns(SendPtr<T>),
    /// To the start of the sums over some elements.
    Total(SendPtr<T>),
}

/// The rows from `first` to `end`, of `n` elements each, `tile` of them at a time.
pub(super) struct Block<'a, T> {
    pub(super) level: Level,
    pub(super) p: &'a RowProgram<T>,
    pub(super) feeds: &'a [Feed<'a, T>],
    pub(super) outs: &'a [Out<T>],
    pub(super) picks: &'a [&'a [u32]],
    pub(super) n: usize,
    pub(super) tile: usize,
    pub(super) first: usize,
    pub(super) end: usize,
}

/// Rows whose numbers are computed one after the other: a block of them would be mostly filling.
const FEW: usize = 4;

/// Where the numbers of the rows at hand lie, for each slot.
type Places<T> = SmallVec<[*mut T; 32]>;

impl<T: Real> Block<'_, T> {
    /// Numbers of `rows` rows.
    fn count(&self, per: Per, rows: usize) -> usize {
        if per == Per::Element { rows * self.n } else { rows }
    }

    /// Whether the numbers of a slot need a place in scratch memory.
    fn needs_home(&self, slot: usize) -> bool {
        let p = self.p;
        let is_dense = match slot.checked_sub(p.fixed()) {
            None => slot < p.inputs && matches!(self.feeds[slot], Feed::Dense(_)),
            Some(k) => k < p.outputs && matches!(self.outs[k], Out::Store(_)),
        };
        let is_whole = |rows: usize| (rows * self.n).is_multiple_of(BLOCK);
        // Numbers are worked on where they lie if those of a tile are whole blocks, also of the last one.
        let in_place = self.p.slots[slot] == Per::Element
            && is_dense
            && is_whole(self.tile)
            && is_whole(self.end - self.first);
        !in_place
    }

    /// Computes the rows.
    ///
    /// # Safety
    ///
    /// `feeds` and `outs` are as many as the inputs and outputs of the program; the feeds have numbers for `end` rows.
    /// Each `Store` points to the numbers of at least `end` rows, each `Columns` to `n` numbers for every [`LEAF_ROWS`]
    /// rows up to `end`, each `Total` to one for every [`LEAF`] elements up to there; nothing else uses those that belong
    /// to this block. Where there are `Columns`, `first` is a multiple of [`LEAF_ROWS`]; where there is a `Total`, `first`
    /// and `tile` are of as many rows as make whole leaves, or the tile is the only one.
    pub(super) unsafe fn run(&self) {
        let (p, n) = (self.p, self.n);
        let size = |per: Per| self.count(per, self.tile).next_multiple_of(BLOCK);
        let total: usize = (0..p.slots.len()).filter(|&s| self.needs_home(s)).map(|s| size(p.slots[s])).sum();
        let mut scratch = Buffer::<T>::scratch(total);
        let base: *mut T = scratch.as_mut_ptr();
        let mut used = 0;
        let homes: Places<T> = (0..p.slots.len())
            .map(|s| {
                if !self.needs_home(s) {
                    return std::ptr::null_mut();
                }
                used += size(p.slots[s]);
                // SAFETY: the sizes of all slots that need a home add up to the length of `scratch`.
                unsafe { base.add(used - size(p.slots[s])) }
            })
            .collect();
        // SAFETY: a home that is not null is `size` numbers of scratch memory, to which no reference is live.
        let cells = |s: usize| unsafe { std::slice::from_raw_parts_mut(homes[s], size(p.slots[s])) };
        for (s, &c) in (p.inputs..).zip(&p.constants) {
            cells(s).fill(c);
        }
        let mut loads: SmallVec<[Load; 8]> = SmallVec::new();
        for (s, feed) in self.feeds.iter().enumerate() {
            let from = self.count(p.slots[s], self.first);
            loads.push(match feed {
                Feed::Uniform(c) => {
                    cells(s).fill(*c);
                    Load::Done
                }
                Feed::Dense(_) => Load::Dense,
                Feed::Strided(view) => {
                    let mut walk = view.at(from);
                    if p.slots[s] == Per::Element && view.repeats(n) {
                        let cells = cells(s);
                        let len = self.count(Per::Element, self.tile.min(self.end - self.first));
                        view.copy(&mut walk, &mut cells[..len]);
                        cells[len..].fill(T::ONE);
                        Load::Done
                    } else {
                        Load::Walk(walk)
                    }
                }
            });
        }
        let mut slots = homes.clone();
        for at in (self.first..self.end).step_by(self.tile) {
            let rows = self.tile.min(self.end - at);
            for (s, (feed, load)) in self.feeds.iter().zip(&mut loads).enumerate() {
                let (start, len) = (self.count(p.slots[s], at), self.count(p.slots[s], rows));
                match (feed, load) {
                    (Feed::Dense(x), _) if homes[s].is_null() => {
                        slots[s] = x[start..start + len].as_ptr().cast_mut();
                    }
                    (Feed::Dense(x), _) => {
                        cells(s)[..len].copy_from_slice(&x[start..start + len]);
                        cells(s)[len..].fill(T::ONE);
                    }
                    (Feed::Strided(view), Load::Walk(walk)) => {
                        view.copy(walk, &mut cells(s)[..len]);
                        cells(s)[len..].fill(T::ONE);
                    }
                    _ => {}
                }
            }
            for (s, out) in (p.fixed()..).zip(self.outs) {
                if let (Out::Store(y), true) = (out, homes[s].is_null()) {
                    // SAFETY: the caller gives the numbers of at least `end` rows, and `at` is before that.
                    slots[s] = unsafe { y.get().add(self.count(p.slots[s], at)) };
                }
            }
            // Every slot points to numbers of `rows` rows, filled up to whole blocks: an input's part of its slice or a
            // result's part of what the caller gives, where these are whole blocks, or a home, of the size of a tile.
            // SAFETY: the numbers are there, as just said. Those written are results and homes, which do not overlap; a
            // program writes no input, no constant, and no slot that the instruction reads.
            unsafe { self.compute(&slots, at, rows) };
            for (s, out) in (p.fixed()..).zip(self.outs) {
                if homes[s].is_null() {
                    continue;
                }
                let len = self.count(p.slots[s], rows);
                let x = &mut cells(s)[..len];
                match out {
                    Out::Store(y) => {
                        // SAFETY: the caller gives the numbers of at least `end` rows; those from `at` on are of this
                        // block, which nothing else uses.
                        let y = unsafe {
                            std::slice::from_raw_parts_mut(y.get().add(self.count(p.slots[s], at)), len)
                        };
                        y.copy_from_slice(x);
                    }
                    Out::Columns(sums) => {
                        let leaves = at / LEAF_ROWS..(at + rows).div_ceil(LEAF_ROWS);
                        // SAFETY: the caller gives `n` numbers for each leaf up to `end`; those of the rows of this block
                        // are its own, since it begins with a leaf.
                        let sums = unsafe {
                            std::slice::from_raw_parts_mut(sums.get().add(leaves.start * n), leaves.len() * n)
                        };
                        vectorized_at(self.level, Columns { x, n, first: at % LEAF_ROWS, sums });
                    }
                    Out::Total(sums) => {
                        // SAFETY: the caller gives a number for each leaf up to `end`; a tile begins with one, so that
                        // those from `at` on are of this block.
                        let sums = unsafe {
                            std::slice::from_raw_parts_mut(sums.get().add(at * n / LEAF), len.div_ceil(LEAF))
                        };
                        vectorized_at(self.level, Leaves { x, sums });
                    }
                }
            }
        }
    }

    /// Runs the instructions on `rows` rows from `at` on.
    ///
    /// # Safety
    ///
    /// Each slot points to the numbers of these rows, and on to a whole number of blocks; nothing else uses them
    /// meanwhile, and those that an instruction writes overlap no other slot.
    unsafe fn compute(&self, slots: &[*mut T], at: usize, rows: usize) {
        let p = self.p;
        for phase in &p.phases {
            match *phase {
                Phase::Steps { per: Per::Row, ref steps } if rows <= FEW => {
                    // SAFETY: these steps read and write slots of rows, none of them null, which have `rows` numbers.
                    unsafe { run_few(self.level, &p.steps[steps.clone()], slots, rows) };
                }
                Phase::Steps { per, ref steps } => {
                    let len = self.count(per, rows).next_multiple_of(BLOCK);
                    let operands = [std::ptr::null_mut(); 4];
                    let tile = Tile { slots, constants: &p.constants, inputs: p.inputs, operands, len };
                    // SAFETY: these steps read and write slots of extent `per`, none of them null, which have `len`
                    // numbers; the rest is passed on to the caller.
                    unsafe { run_steps(self.level, &p.steps[steps.clone()], &tile) };
                }
                Phase::Across { what, x, y } => {
                    let operand = |k: usize| {
                        let len = self.count(what.takes(k), rows);
                        // SAFETY: the caller gives so many numbers, which nothing writes meanwhile.
                        unsafe { std::slice::from_raw_parts(slots[x[k] as usize].cast_const(), len) }
                    };
                    let len = self.count(what.gives(), rows);
                    // SAFETY: the caller gives so many numbers, and on to a whole block; no instruction writes what it
                    // reads.
                    let y = unsafe {
                        std::slice::from_raw_parts_mut(slots[y as usize], len.next_multiple_of(BLOCK))
                    };
                    let picks: &[u32] = match what {
                        Across::Pick(k) | Across::Place(k) => &self.picks[k as usize][at..at + rows],
                        _ => &[],
                    };
                    let of_rows = if what.operands() == 2 { operand(1) } else { &[] };
                    let from = Operands { n: self.n, x: operand(0), of_rows, picks };
                    let (y, rest) = y.split_at_mut(len);
                    across(self.level, what, &from, y);
                    rest.fill(T::ONE);
                }
            }
        }
    }
}

/// How an operand comes to the rows at hand.
enum Load {
    /// It is there, the same for every tile.
    Done,
    Dense,
    Walk(Walk),
}

/// Adds rows of `n` numbers to the sums of their leaves, of which the first has `first` rows already.
struct Columns<'a, T> {
    x: &'a [T],
    n: usize,
    first: usize,
    sums: &'a mut [T],
}

impl<T: Real> Loop for Columns<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for (row, x) in (self.first..).zip(self.x.chunks_exact(self.n)) {
            let sums = &mut self.sums[row / LEAF_ROWS * self.n..][..self.n];
            if row.is_multiple_of(LEAF_ROWS) {
                // As a sum, which begins with 0: of -0 it is 0.
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = T::ZERO + x;
                }
            } else {
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum += x;
                }
            }
        }
    }
}

/// The sum of each leaf of the elements.
struct Leaves<'a, T> {
    x: &'a [T],
    sums: &'a mut [T],
}

impl<T: Real> Loop for Leaves<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for (sum, x) in self.sums.iter_mut().zip(self.x.chunks(LEAF)) {
            *sum = leaf_sum(x, |x| x);
        }
    }
}
