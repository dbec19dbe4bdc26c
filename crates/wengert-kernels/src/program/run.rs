//! Running a program: cutting its elements into chunks for the threads and tiles for the cache.

use super::code::Code;
use super::rows::{Rows, run_rows_at};
use super::scalar::{run_one, value_of};
use super::source::{Feed, Sink, Source};
use super::tile::{BLOCK, SPREAD, Tile, run_steps};
use super::{Program, RowProgram, RowSink, Step};
use crate::buffer::Buffer;
use crate::lanes::Level;
use crate::real::Real;
use crate::reduce::{LEAF, add_pairwise, leaf_sum};
use crate::threads::{SendPtr, Threads};
use crate::view::Walk;
use smallvec::SmallVec;

/// Elements of one chunk, and the length up to which work stays on the caller.
const CHUNK: usize = 16 * 1024;

/// Bytes of scratch memory that tiles are cut to fit, about half of the nearest cache.
pub(super) const SCRATCH: usize = 16 * 1024;

/// Elements of the longest tile.
pub(super) const LONGEST: usize = 1024;

/// Runs a program over `n` elements.
///
/// Nothing is allocated from the system once the buffers of earlier runs can be used again.
///
/// # Panics
///
/// If the operands or results do not match the program in number or `n` in length, or a view reaches outside its data.
pub fn run<T: Real>(on: &Threads, p: &Program<T>, n: usize, x: &[Source<'_, T>], y: &mut [Sink<'_, T>]) {
    T::run_program(on, p, n, x, y);
}

/// Running programs, one implementation per type, so that the loops are compiled once, in this crate.
pub trait Run: Sized {
    /// As [`run`].
    fn run_program(
        on: &Threads,
        p: &Program<Self>,
        n: usize,
        x: &[Source<'_, Self>],
        y: &mut [Sink<'_, Self>],
    );
    /// As [`run_rows`](super::run_rows), in `rows`.
    #[expect(private_interfaces, reason = "the trait is not exported: nobody outside can call this")]
    fn run_row_program(
        on: &Threads,
        p: &RowProgram<Self>,
        rows: Rows<'_>,
        x: &[Source<'_, Self>],
        y: &mut [RowSink<'_, Self>],
    );
    /// The value of one instruction.
    fn value_of(code: Code, x: [Self; 4]) -> Self;
}

macro_rules! runs { ($($t:ty),*) => { $(
    impl Run for $t {
        fn run_program(on: &Threads, p: &Program<$t>, n: usize, x: &[Source<'_, $t>], y: &mut [Sink<'_, $t>]) {
            run_at(Level::of_machine(), on, p, n, x, y);
        }
        #[expect(private_interfaces, reason = "as for the trait")]
        fn run_row_program(
            on: &Threads,
            p: &RowProgram<$t>,
            rows: Rows<'_>,
            x: &[Source<'_, $t>],
            y: &mut [RowSink<'_, $t>],
        ) {
            run_rows_at(Level::of_machine(), on, p, rows, x, y);
        }
        fn value_of(code: Code, x: [$t; 4]) -> $t {
            value_of(code, |k| x[k])
        }
    }
)* } }
runs!(f32, f64);

/// The same with the instructions of one level.
pub(super) fn run_at<T: Real>(
    level: Level,
    on: &Threads,
    p: &Program<T>,
    n: usize,
    x: &[Source<'_, T>],
    y: &mut [Sink<'_, T>],
) {
    assert_eq!(x.len(), p.inputs, "run: operands given, and inputs of the program");
    assert_eq!(y.len(), p.outputs, "run: results given, and outputs of the program");
    for y in &*y {
        if let Sink::Store(y) = y {
            assert_eq!(y.len(), n, "a result of a program over {n} elements");
        }
    }
    if n == 0 {
        for y in y {
            if let Sink::Sum(sum) = y {
                **sum = T::ZERO;
            }
        }
        return;
    }
    if n == 1 {
        return run_single(level, p, x, y);
    }
    let feeds: SmallVec<[Feed<'_, T>; 8]> = x.iter().map(|x| Feed::of(x, n)).collect();
    let leaves = n.div_ceil(LEAF);
    let mut sums: SmallVec<[Buffer<T>; 2]> = SmallVec::new();
    let outs: SmallVec<[Out<T>; 4]> = y
        .iter_mut()
        .map(|y| match y {
            Sink::Store(y) => Out::Store(SendPtr(y.as_mut_ptr())),
            Sink::Sum(_) => {
                let mut leaves = Buffer::scratch(leaves);
                let start = leaves.as_mut_ptr();
                sums.push(leaves);
                Out::Sum(SendPtr(start))
            }
        })
        .collect();
    on.for_each_block(n.div_ceil(CHUNK), |i| {
        let chunk =
            Chunk { level, p, feeds: &feeds, outs: &outs, start: i * CHUNK, end: n.min((i + 1) * CHUNK) };
        // SAFETY: results have `n` elements and sums a cell for each leaf of them, all borrowed mutably until this
        // function ends. A block number is run once, and the ranges of two do not overlap; a chunk is a whole number of
        // leaves, so neither do their cells.
        unsafe { chunk.run() }
    });
    let totals = y.iter_mut().filter_map(|y| if let Sink::Sum(total) = y { Some(total) } else { None });
    for (total, mut leaves) in totals.zip(sums) {
        add_pairwise(&mut leaves, 1);
        **total = leaves[0];
    }
}

/// The one element of a program over one.
fn run_single<T: Real>(level: Level, p: &Program<T>, x: &[Source<'_, T>], y: &mut [Sink<'_, T>]) {
    const INLINE: usize = 32;
    let mut inline = [T::ZERO; INLINE];
    if p.slots() <= INLINE {
        return run_single_in(&mut inline, level, p, x, y);
    }
    run_single_in(&mut Buffer::scratch(p.slots()), level, p, x, y);
}

fn run_single_in<T: Real>(
    slots: &mut [T],
    level: Level,
    p: &Program<T>,
    x: &[Source<'_, T>],
    y: &mut [Sink<'_, T>],
) {
    for (slot, x) in slots.iter_mut().zip(x) {
        *slot = x.single();
    }
    slots[p.inputs..p.fixed()].copy_from_slice(&p.constants);
    run_one(level, p, slots);
    for (y, &value) in y.iter_mut().zip(&slots[p.fixed()..]) {
        match y {
            Sink::Store(y) => y[0] = value,
            // As a sum, which begins with 0: of -0 it is 0.
            Sink::Sum(sum) => **sum = T::ZERO + value,
        }
    }
}

/// Where a result goes.
enum Out<T> {
    /// To the start of the elements.
    Store(SendPtr<T>),
    /// To the start of the sums of leaves.
    Sum(SendPtr<T>),
}

/// A range of elements that one thread works through.
struct Chunk<'a, T> {
    level: Level,
    p: &'a Program<T>,
    feeds: &'a [Feed<'a, T>],
    outs: &'a [Out<T>],
    start: usize,
    end: usize,
}

impl<T: Real> Chunk<'_, T> {
    /// Whether the value of a slot needs a place in scratch memory.
    fn needs_tile(&self, slot: usize) -> bool {
        let p = self.p;
        // A tile that is no whole number of blocks is copied, and filled up to one.
        let ragged = !(self.end - self.start).is_multiple_of(BLOCK);
        if slot < p.inputs {
            ragged || !matches!(self.feeds[slot], Feed::Dense(_))
        } else if slot < p.fixed() {
            slot < p.inputs + SPREAD
        } else if slot < p.fixed() + p.outputs {
            ragged || matches!(self.outs[slot - p.fixed()], Out::Sum(_))
        } else {
            true
        }
    }

    /// Computes the elements from `start` to `end`.
    ///
    /// # Safety
    ///
    /// Each `Store` points to at least `end` numbers and each `Sum` to one for every leaf up to `end`, of which nothing
    /// else uses those that belong to this range. `start` is a multiple of [`LEAF`].
    unsafe fn run(&self) {
        let p = self.p;
        let spread = if p.constants.len() > SPREAD { 4 } else { 0 };
        let tiles = (0..p.slots()).filter(|&s| self.needs_tile(s)).count() + spread;
        let count = self.end - self.start;
        let fitting = SCRATCH / size_of::<T>() / tiles.max(1);
        let tile = (fitting / LEAF * LEAF).clamp(LEAF, LONGEST).min(count.next_multiple_of(BLOCK));
        // A tile with a sum is filled up to whole leaves; others are kept short, since constants fill them.
        let sums = self.outs.iter().any(|out| matches!(out, Out::Sum(_)));
        let size = if sums { tile.next_multiple_of(LEAF) } else { tile };
        let mut scratch = Buffer::<T>::scratch(tiles * size);
        let base: *mut T = scratch.as_mut_ptr();
        let mut used = 0;
        let mut next_tile = || {
            used += 1;
            // SAFETY: at most `tiles` of `size` numbers each are asked for: one for each slot that needs one, and
            // `spread` more. They follow one another in `scratch`.
            unsafe { base.add((used - 1) * size) }
        };
        let homes: SmallVec<[*mut T; 32]> = (0..p.slots())
            .map(|s| if self.needs_tile(s) { next_tile() } else { std::ptr::null_mut() })
            .collect();
        let mut operands = [std::ptr::null_mut(); 4];
        if spread > 0 {
            operands.fill_with(&mut next_tile);
        }
        let fill = |home: *mut T, c: T| {
            // SAFETY: a home is a tile of `size` numbers of scratch memory, to which no reference is live.
            unsafe { std::slice::from_raw_parts_mut(home, size) }.fill(c);
        };
        let mut walks: SmallVec<[Option<Walk>; 8]> = SmallVec::new();
        for (feed, &home) in self.feeds.iter().zip(&homes) {
            walks.push(match feed {
                Feed::Strided(view) => Some(view.at(self.start)),
                Feed::Dense(_) => None,
                Feed::Uniform(c) => {
                    fill(home, *c);
                    None
                }
            });
        }
        for (&c, &home) in p.constants.iter().zip(&homes[p.inputs..]).take(SPREAD) {
            fill(home, c);
        }
        let mut slots = homes.clone();
        for at in (self.start..self.end).step_by(tile) {
            let len = tile.min(self.end - at);
            let whole = len.next_multiple_of(BLOCK);
            // SAFETY: a home is a tile of `size` numbers of scratch memory, to which no reference is live.
            let cells = |home: *mut T| unsafe { std::slice::from_raw_parts_mut(home, size) };
            for (k, feed) in self.feeds.iter().enumerate() {
                match feed {
                    Feed::Uniform(_) => {}
                    Feed::Dense(x) if len == whole => slots[k] = x[at..at + len].as_ptr().cast_mut(),
                    Feed::Dense(x) => {
                        slots[k] = homes[k];
                        cells(homes[k])[..len].copy_from_slice(&x[at..at + len]);
                        cells(homes[k])[len..whole].fill(T::ONE);
                    }
                    Feed::Strided(view) => {
                        let walk = walks[k].as_mut().expect("made for each view above");
                        view.copy(walk, &mut cells(homes[k])[..len]);
                        cells(homes[k])[len..whole].fill(T::ONE);
                    }
                }
            }
            for (out, k) in self.outs.iter().zip(p.fixed()..) {
                slots[k] = match out {
                    // SAFETY: the caller gives at least `end` numbers, and `at + len` is not beyond.
                    Out::Store(y) if len == whole => unsafe { y.get().add(at) },
                    _ => homes[k],
                };
            }
            let view =
                Tile { slots: &slots, constants: &p.constants, inputs: p.inputs, operands, len: whole };
            // `Builder::finish` has no step write a slot that it reads, nor an input or constant. Null slots are the
            // constants beyond `SPREAD`, for which there are operand tiles.
            // SAFETY: every other slot has `whole` numbers: an input's part of its slice, a home, or a result's part of what
            // the caller gives; those written, outputs and registers, have scratch memory or results of their own.
            unsafe { run_steps(self.level, &p.steps, &view) };
            for (out, k) in self.outs.iter().zip(p.fixed()..) {
                match out {
                    Out::Store(_) if len == whole => {}
                    Out::Store(y) => {
                        // SAFETY: the caller gives at least `end` numbers, and nothing else uses those of this range.
                        let y = unsafe { std::slice::from_raw_parts_mut(y.get().add(at), len) };
                        y.copy_from_slice(&cells(homes[k])[..len]);
                    }
                    Out::Sum(sums) => {
                        let (leaves, sums) = (len.div_ceil(LEAF), sums.get());
                        let x = cells(homes[k]);
                        x[len..leaves * LEAF].fill(T::ZERO);
                        // SAFETY: the caller gives a number for each leaf up to `end`, and nothing else uses those of
                        // this range.
                        let sums = unsafe { std::slice::from_raw_parts_mut(sums.add(at / LEAF), leaves) };
                        for (sum, x) in sums.iter_mut().zip(x.chunks_exact(LEAF)) {
                            *sum = leaf_sum(x, |x| x);
                        }
                    }
                }
            }
        }
    }
}

const _: () = assert!(CHUNK.is_multiple_of(LEAF) && LEAF.is_multiple_of(BLOCK) && size_of::<Step>() == 28);
