//! A product cut into parts of `k` and blocks of the result.

use super::block::{Block, Copies, Panels, Target};
use super::pack::{Operand, pack};
use super::table::{DOTS_ROWS, Tiles, widest};
use super::tile::Task;
use crate::buffer::Buffer;
use crate::lanes::Level;
use crate::real::Real;
use crate::threads::{SendPtr, Threads};
use crate::transpose::transpose;
use std::ops::Range;
use std::{ptr, slice};

/// Most terms of one chain: a longer `k` is cut into equal parts, whose sums are added in order.
///
/// The cut depends on `k` alone, as every element must. A panel of that many rows still lies in a second-level
/// cache, and the result passes through memory seldom.
pub(super) const DEPTH: usize = 384;

/// Multiplications below which a product stays on the caller: a few microseconds of work.
const SMALL: usize = 1 << 19;

/// Blocks that a large product has at least, where its shape allows: some for each thread.
const BLOCKS: usize = 8;

/// Most rows of a block, whose part of the left operand stays in a second-level cache.
const MOST_ROWS: usize = 288;

/// Bytes of a strip of each row of a left operand below which a block of strips waits for memory.
const STRIP: usize = 1024;

/// Columns up to which the sums of all parts take at most a third of the memory of the left operand.
const FLAT: usize = DEPTH / 3;

/// Rows and columns from which on panels of the right operand are copied once for all blocks.
const SHARE: [usize; 2] = [96, 129];

/// Sizes up to which a narrow result is computed transposed: its columns, and least multiplications.
const NARROW: [usize; 2] = [DOTS_ROWS, 512];

/// A product to compute.
#[derive(Clone, Copy)]
pub(super) struct Problem<T> {
    pub(super) m: usize,
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) a: Operand<T>,
    pub(super) b: Operand<T>,
    pub(super) to: Target<T>,
}

// SAFETY: the pointers stand for shared slices of the operands and the bias, and for a result whose elements each
// block writes alone; the numbers are `Sync` and `Send`.
unsafe impl<T: Real> Sync for Problem<T> {}

/// Terms of each part of `k` but the last, which has the rest.
fn part_len(k: usize) -> usize {
    if k <= DEPTH { k } else { k.div_ceil(k.div_ceil(DEPTH)) }
}

/// The parts of `k`: a single one without terms if it is 0.
fn parts(k: usize) -> impl Iterator<Item = Range<usize>> {
    let len = part_len(k);
    let count = if k <= DEPTH { 1 } else { k.div_ceil(len) };
    (0..count).map(move |i| i * len..k.min((i + 1) * len))
}

/// Computes a product.
///
/// # Safety
///
/// All elements of `a` `[m, k]`, `b` `[k, n]`, `c` `[m, n]` and `n` of the bias are inside live allocations, and
/// nobody else uses those of `c`. The machine has the instructions of the level.
pub(super) unsafe fn run<T: Real>(on: &Threads, level: Level, p: &Problem<T>) {
    if p.m == 0 || p.n == 0 {
        return;
    }
    let work = p.m.saturating_mul(p.n).saturating_mul(p.k);
    // SAFETY: the caller vouches for the same.
    unsafe {
        if p.n <= NARROW[0] && p.n < p.m && work >= NARROW[1] {
            run_transposed(on, level, p, work);
        } else {
            run_upright(on, T::tiles(level), p, work);
        }
    }
}

/// Computes a product with few columns as the transposed product, whose vectors are full.
///
/// # Safety
///
/// As [`run`].
unsafe fn run_transposed<T: Real>(on: &Threads, level: Level, p: &Problem<T>, work: usize) {
    let (n, m) = (p.n, p.m);
    let turned = |c, c_row| {
        let to = Target { c, c_row, bias: ptr::null(), relu: false, ..p.to };
        Problem { m: n, n: m, k: p.k, a: p.b.transposed(), b: p.a.transposed(), to }
    };
    // SAFETY: the caller vouches for the operands, and for a result whose single column, with rows next to one
    // another, is the row of its transpose. Else that is a buffer of its size, which starts with what is added to.
    unsafe {
        if n == 1 && p.to.c_row == 1 {
            run_upright(on, T::tiles(level), &turned(p.to.c, m), work);
        } else {
            let mut sums = Buffer::<T>::scratch(n * m);
            if p.to.add {
                transpose(p.to.c, p.to.c_row, [m, n], sums.as_mut_ptr(), m);
            }
            run_upright(on, T::tiles(level), &turned(sums.as_mut_ptr(), m), work);
            transpose(sums.as_ptr(), m, [n, m], p.to.c, p.to.c_row);
        }
        (0..m).for_each(|i| p.to.finish(i, 0..n));
    }
}

/// Computes a product whose result has rows along vectors.
///
/// # Safety
///
/// As [`run`].
unsafe fn run_upright<T: Real>(on: &Threads, tiles: &Tiles<T>, p: &Problem<T>, work: usize) {
    let in_place = (p.b.strides[1] == 1 || p.n == 1) && p.b.strides[0] >= 0;
    let own = if in_place { Panels::InPlace(p.b) } else { Panels::Copied(p.b) };
    if work < SMALL {
        // SAFETY: one tile in each panel, or one block, is the whole product; operands are in place where that is asked.
        return unsafe {
            if in_place && p.m <= tiles.rows && p.k <= DEPTH {
                few_rows(tiles, p);
            } else {
                block(tiles, p, &own, 0..p.m, 0..p.n);
            }
        };
    }
    let share = p.m >= SHARE[0] && (p.n >= SHARE[1] || !in_place);
    let [rows, columns] = block_shape([p.m, p.n], work, tiles.width(), share);
    let across = p.n.div_ceil(columns);
    let blocks = p.m.div_ceil(rows) * across;
    // Of a left operand that lies transposed, blocks below one another each read a strip of every row.
    // Parts side by side read whole rows, if there are as many of them to share out.
    let short = p.a.strides[0] == 1 && rows < p.m && rows < STRIP / size_of::<T>() && p.n <= FLAT;
    let enough = |blocks: usize| p.k >= blocks.min(2 * BLOCKS) * DEPTH;
    if (blocks < 4 && enough(4)) || (short && enough(blocks.max(4))) {
        // SAFETY: the caller vouches for the same.
        return unsafe { parts_at_once(on, tiles, p, &own) };
    }
    let copies;
    let panels = if share {
        let padded = p.n.next_multiple_of(tiles.width());
        // SAFETY: the caller vouches for the right operand.
        copies = unsafe { all_panels(on, tiles, p, padded) };
        Panels::Shared(&copies, padded)
    } else {
        own
    };
    on.for_each_block(blocks, |i| {
        let (i, j) = (i / across * rows, i % across * columns);
        // SAFETY: blocks are disjoint parts of the result, and their columns start at multiples of a panel.
        unsafe { block(tiles, p, &panels, i..p.m.min(i + rows), j..p.n.min(j + columns)) }
    });
}

/// Computes a product of a single part and of rows that fit in a tile: a block without what only larger ones need.
///
/// # Safety
///
/// As [`run`], and the rows of the right operand are contiguous.
unsafe fn few_rows<T: Real>(tiles: &Tiles<T>, p: &Problem<T>) {
    let (most, to) = (widest(p.m), &p.to);
    let mut j = 0;
    while j < p.n {
        let vectors = most.min(1 << tiles.vectors(p.n - j).ilog2());
        let columns = (p.n - j).min(vectors << tiles.lanes_log2);
        let task = Task {
            k: p.k,
            a: p.a.start,
            a_strides: p.a.strides,
            b: p.b.start.wrapping_add(j),
            b_step: p.b.strides[0] as usize,
            c: to.c.wrapping_add(j),
            c_row: to.c_row,
            columns,
            tiles: 1,
            add: to.add,
            bias: if to.bias.is_null() { to.bias } else { to.bias.wrapping_add(j) },
            relu: to.relu,
        };
        // SAFETY: the tile has all rows and the columns from `j` on, for which the caller vouches.
        unsafe { tiles.run(p.m, vectors)(&task) };
        j += columns;
    }
}

/// Rows and columns of the blocks that a result is cut into; columns are a multiple of `width`.
fn block_shape([m, n]: [usize; 2], work: usize, width: usize, share: bool) -> [usize; 2] {
    let blocks = (work / SMALL).clamp(1, BLOCKS);
    let (mut down, mut across) = (1, 1);
    while down * across < blocks {
        let (rows, columns) = (m / down, n / across);
        // Blocks beside one another each copy their rows of the left operand, blocks below one another nothing.
        if rows >= 48 && (share || rows >= columns) {
            down += 1;
        } else if columns >= 2 * width {
            across += 1;
        } else {
            break;
        }
    }
    [m.div_ceil(down.max(m.div_ceil(MOST_ROWS))), n.div_ceil(across).next_multiple_of(width)]
}

/// Computes a block of the result, part after part of `k`.
///
/// # Safety
///
/// As [`run`], for the rows and columns given; in shared panels, columns start at a panel.
unsafe fn block<T: Real>(
    tiles: &Tiles<T>,
    p: &Problem<T>,
    panels: &Panels<'_, T>,
    rows: Range<usize>,
    columns: Range<usize>,
) {
    let block = Block { tiles, a: p.a, panels, rows, columns };
    let mut copies = Copies::default();
    for part in parts(p.k) {
        let last = part.end == p.k;
        let (bias, relu) = if last { (p.to.bias, p.to.relu) } else { (ptr::null(), false) };
        let to = Target { add: p.to.add || part.start > 0, bias, relu, ..p.to };
        // SAFETY: the caller vouches for the same.
        unsafe { block.part(part, &mut copies, to) }
    }
}

/// Copies of all panels of the right operand, two vectors wide.
///
/// # Safety
///
/// All elements of the right operand are inside a live allocation.
unsafe fn all_panels<T: Real>(on: &Threads, tiles: &Tiles<T>, p: &Problem<T>, padded: usize) -> Buffer<T> {
    let width = tiles.width();
    let mut copies = Buffer::<T>::scratch(p.k.checked_mul(padded).expect("gemm: k * n overflows"));
    let start = SendPtr(copies.as_mut_ptr());
    on.for_each_block(padded / width, |i| {
        let j = i * width;
        for part in parts(p.k) {
            let size = [part.len(), width.min(p.n - j)];
            // SAFETY: rows of the part and columns from `j` on are a panel of the operand. Its copy has a place of its
            // own: after the panels of parts before, `part.start` rows of the padded width, and those before it in
            // its part, `j` columns.
            unsafe {
                let to = start.get().add(part.start * padded + j * part.len());
                pack(p.b.from(part.start, j), size, to, width);
            }
        }
    });
    copies
}

/// Computes all parts of `k` side by side, and adds them in order.
///
/// # Safety
///
/// As [`run`].
unsafe fn parts_at_once<T: Real>(on: &Threads, tiles: &Tiles<T>, p: &Problem<T>, panels: &Panels<'_, T>) {
    let (size, len, count) = (p.m * p.n, part_len(p.k), parts(p.k).count());
    let mut sums = Buffer::<T>::scratch(count.checked_mul(size).expect("gemm: sums of all parts overflow"));
    let group = count.div_ceil(2 * BLOCKS);
    on.for_each_chunk(&mut sums, group * size, |i, sums| {
        let block = Block { tiles, a: p.a, panels, rows: 0..p.m, columns: 0..p.n };
        let mut copies = Copies::default();
        for (at, sums) in (i * group..).map(|q| q * len).zip(sums.chunks_exact_mut(size)) {
            let to = Target { c: sums.as_mut_ptr(), c_row: p.n, add: false, bias: ptr::null(), relu: false };
            // SAFETY: `sums` is a result of its own for each part; the caller vouches for the operands.
            unsafe { block.part(at..p.k.min(at + len), &mut copies, to) }
        }
    });
    for i in 0..p.m {
        // SAFETY: row `i` of the result has `n` elements, which nobody else uses.
        let c = unsafe { slice::from_raw_parts_mut(p.to.c.add(i * p.to.c_row), p.n) };
        for (q, sums) in sums.chunks_exact(size).enumerate() {
            let sums = &sums[i * p.n..][..p.n];
            if q == 0 && !p.to.add {
                c.copy_from_slice(sums);
            } else {
                c.iter_mut().zip(sums).for_each(|(c, &sum)| *c += sum);
            }
        }
        // SAFETY: the caller vouches for the row and the bias.
        unsafe { p.to.finish(i, 0..p.n) }
    }
}
