//! Running a program over rows: what is given and asked for, checked and cut into blocks of rows.

use super::block::{Block, Out};
use super::{Per, RowProgram};
use crate::buffer::Buffer;
use crate::lanes::Level;
use crate::program::source::{Feed, Source};
use crate::program::tile::BLOCK;
use crate::real::Real;
use crate::reduce::{LEAF, LEAF_ROWS, add_pairwise};
use crate::threads::{SendPtr, Threads};
use smallvec::SmallVec;

/// Elements of one block of rows, at least, and the length up to which work stays on the caller.
const CHUNK: usize = 16 * 1024;

/// Bytes of scratch memory that the rows at hand are cut to fit, as far as a row is not longer.
const SCRATCH: usize = 24 * 1024;

/// Elements of the rows at hand, at most, as far as a row is not longer.
const LONGEST: usize = 2048;

/// Where a result of a program over rows goes.
#[derive(Debug)]
pub enum RowSink<'a, T> {
    /// The numbers, in order: of all elements, or of all rows.
    Store(&'a mut [T]),
    /// The sum of the rows, `n` numbers and not one, with the bits of [`reduce::sum`](crate::reduce::sum) over `[1, rows, n]`.
    Columns(&'a mut [T]),
    /// The sum of all elements, with the bits of [`reduce::sum`](crate::reduce::sum) over `[1, rows * n, 1]`.
    Total(&'a mut T),
}

/// The rows that a program runs over, and an index into each for each index operand.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(super) rows: usize,
    pub(super) n: usize,
    pub(super) picks: &'a [&'a [u32]],
}

/// Runs a program over `[rows, n]` elements.
///
/// An operand has `rows * n` numbers or `rows`, as the program says; `picks` are the index operands, each an index below
/// `n` for each row.
///
/// # Panics
///
/// If there are no rows or no elements, if operands or results do not match the program in number or in length, if a view
/// reaches outside its data, or if an index is not below `n`.
pub fn run_rows<T: Real>(
    on: &Threads,
    p: &RowProgram<T>,
    [rows, n]: [usize; 2],
    x: &[Source<'_, T>],
    picks: &[&[u32]],
    y: &mut [RowSink<'_, T>],
) {
    T::run_row_program(on, p, Rows { rows, n, picks }, x, y);
}

/// The same with the instructions of one level.
pub(crate) fn run_rows_at<T: Real>(
    level: Level,
    on: &Threads,
    p: &RowProgram<T>,
    given: Rows<'_>,
    x: &[Source<'_, T>],
    y: &mut [RowSink<'_, T>],
) {
    let Rows { rows, n, picks } = given;
    let len = rows.checked_mul(n).filter(|&len| len > 0).expect("run_rows: rows with elements");
    assert_eq!(x.len(), p.inputs, "run_rows: operands given, and inputs of the program");
    assert_eq!(y.len(), p.outputs, "run_rows: results given, and outputs of the program");
    assert_eq!(picks.len(), p.picks, "run_rows: index operands given, and those of the program");
    assert!(picks.iter().all(|picks| picks.len() == rows), "run_rows: an index for each of {rows} rows");
    let count = |per| if per == Per::Element { len } else { rows };
    let feeds: SmallVec<[Feed<'_, T>; 8]> =
        x.iter().zip(&p.slots).map(|(x, &per)| Feed::of(x, count(per))).collect();
    let mut sums: SmallVec<[Buffer<T>; 2]> = SmallVec::new();
    let outs: SmallVec<[Out<T>; 4]> = y
        .iter_mut()
        .zip(&p.slots[p.fixed()..])
        .map(|(y, &per)| {
            let mut scratch = |cells: usize| {
                assert!(per == Per::Element, "run_rows: a sum over numbers of rows");
                let mut buffer = Buffer::scratch(cells);
                let start = SendPtr(buffer.as_mut_ptr());
                sums.push(buffer);
                start
            };
            match y {
                RowSink::Store(y) => {
                    assert_eq!(y.len(), count(per), "a result of a program over [{rows}, {n}]");
                    Out::Store(SendPtr(y.as_mut_ptr()))
                }
                RowSink::Columns(y) => {
                    // A single column would be a line, which is summed in another order.
                    assert!(n > 1 && y.len() == n, "sums of columns of a program over [{rows}, {n}]");
                    Out::Columns(scratch(rows.div_ceil(LEAF_ROWS) * n))
                }
                RowSink::Total(_) => Out::Total(scratch(len.div_ceil(LEAF))),
            }
        })
        .collect();
    let cut = Cut::new(p, given, &outs);
    on.for_each_block(rows.div_ceil(cut.block), |i| {
        let (first, end) = (i * cut.block, rows.min((i + 1) * cut.block));
        let block = Block { level, p, feeds: &feeds, outs: &outs, picks, n, tile: cut.tile, first, end };
        // Feeds were made for all rows. `Store` points to a number for each element or row, `Columns` to a row of sums for
        // each `LEAF_ROWS` rows, `Total` to a sum for each `LEAF` elements, borrowed mutably or owned until this ends.
        // SAFETY: feeds and outs are as long as a block expects. A block number is run once, the rows of two do not overlap,
        // and where there are sums a block is a whole number of their leaves (`Cut`), so neither do those.
        unsafe { block.run() }
    });
    let mut sums = sums.into_iter();
    for y in y {
        match y {
            RowSink::Store(_) => {}
            RowSink::Columns(y) => {
                let mut leaves = sums.next().expect("made for each sum above");
                add_pairwise(&mut leaves, n);
                y.copy_from_slice(&leaves[..n]);
            }
            RowSink::Total(y) => {
                let mut leaves = sums.next().expect("made for each sum above");
                add_pairwise(&mut leaves, 1);
                **y = leaves[0];
            }
        }
    }
}

/// How many rows are worked on at once, and by one thread.
struct Cut {
    tile: usize,
    block: usize,
}

impl Cut {
    fn new<T: Real>(p: &RowProgram<T>, Rows { rows, n, .. }: Rows<'_>, outs: &[Out<T>]) -> Cut {
        let slots = p.slots.iter().filter(|&&per| per == Per::Element).count();
        let elements = (SCRATCH / size_of::<T>() / slots.max(1)).clamp(LEAF, LONGEST);
        let totals = outs.iter().any(|out| matches!(out, Out::Total(_)));
        // Whole vectors of elements are worked on where they lie; a total needs whole leaves.
        let unit = if totals { LEAF } else { BLOCK };
        let whole = unit / gcd(unit, n);
        let fitting = elements / n;
        let tile = if totals || fitting >= whole { (fitting / whole).max(1) * whole } else { fitting.max(1) };
        let tile = if tile >= rows { rows } else { tile };
        let mut block = (CHUNK / n).max(1).next_multiple_of(tile);
        if outs.iter().any(|out| matches!(out, Out::Columns(_))) {
            block = block.next_multiple_of(tile / gcd(tile, LEAF_ROWS) * LEAF_ROWS);
        }
        Cut { tile, block }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

const _: () = assert!(LEAF.is_multiple_of(BLOCK));
