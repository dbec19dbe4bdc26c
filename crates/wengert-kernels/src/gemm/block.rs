//! A block of the result, panel by panel, for one part of `k`.

use super::pack::{Operand, copied_rows, pack, roomy};
use super::table::{DOTS_ROWS, Tiles, widest};
use super::tile::Task;
use crate::buffer::Buffer;
use crate::real::Real;
use crate::vector::relu;
use std::ops::Range;
use std::{ptr, slice};

/// Columns of a block from which on its rows of the left operand are copied close together.
const COPY_ROWS: usize = 129;

/// Bytes from column to column of a left operand from which on its rows are copied for more than one panel.
const FAR: usize = 1024;

/// Terms from which on such a copy pays.
const LONG: usize = 64;

/// Columns of a block from which on a single row reads the right operand from end to end.
const LONG_ROW: usize = 256;

/// Vectors of a shared panel.
const SHARED: usize = 2;

/// Where panels of the right operand come from.
pub(super) enum Panels<'a, T> {
    /// The operand itself, whose rows are contiguous.
    InPlace(Operand<T>),
    /// Copies that each block makes for itself, if it needs any.
    Copied(Operand<T>),
    /// Copies made beforehand: part after part of `k`, in each panel after panel of two vectors; the numbers, and
    /// the columns they are padded to.
    Shared(&'a [T], usize),
}

// SAFETY: an operand stands for a shared slice of numbers, which are `Sync`.
unsafe impl<T: Real> Sync for Panels<'_, T> {}

/// Where the sums of a block go.
#[derive(Clone, Copy)]
pub(super) struct Target<T> {
    /// The first element of the whole result, and the distance of neighboring rows.
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Whether the sums are added to the result, or replace it.
    pub(super) add: bool,
    /// What follows the last part of `k`: a number added to each column, if not null, and `relu`.
    pub(super) bias: *const T,
    pub(super) relu: bool,
}

impl<T: Real> Target<T> {
    /// Adds the bias to columns of row `i`, and replaces what is not above zero, as asked.
    ///
    /// # Safety
    ///
    /// The elements are inside live allocations, and nobody else uses those of the result.
    pub(super) unsafe fn finish(&self, i: usize, columns: Range<usize>) {
        if self.bias.is_null() && !self.relu {
            return;
        }
        for j in columns {
            // SAFETY: the caller vouches for column `j` of the row and of the bias.
            unsafe {
                let y = self.c.add(i * self.c_row + j);
                if !self.bias.is_null() {
                    *y += *self.bias.add(j);
                }
                if self.relu {
                    *y = relu(*y);
                }
            }
        }
    }
}

/// A block of the result: what it is computed from, its rows and its columns.
pub(super) struct Block<'a, T> {
    pub(super) tiles: &'a Tiles<T>,
    pub(super) a: Operand<T>,
    pub(super) panels: &'a Panels<'a, T>,
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

/// Copies of operands, whose memory serves part after part.
#[derive(Default)]
pub(super) struct Copies<T: Real> {
    rows: Option<Buffer<T>>,
    panel: Option<Buffer<T>>,
}

impl<T: Real> Block<'_, T> {
    /// Computes the block for the terms from `part.start` to `part.end`.
    ///
    /// # Safety
    ///
    /// With `m` and `n` the ends of rows and columns and `k` that of the part, all elements of `a` `[m, k]`, of the
    /// panels' operand `[k, n]` and `n` of the bias are inside live allocations, and nobody else uses those of `c`
    /// in the block. There is a row and a column. In shared panels, columns start at a panel.
    pub(super) unsafe fn part(&self, part: Range<usize>, copies: &mut Copies<T>, to: Target<T>) {
        let (rows, columns) = (self.rows.len(), self.columns.len());
        // SAFETY: the caller vouches for the same.
        unsafe {
            match (self.panels, self.tiles.dots) {
                (&Panels::InPlace(b), _) if rows == 1 && columns >= LONG_ROW => {
                    self.long_row(part, b, copies, to);
                }
                (&Panels::Copied(b), Some(dots))
                    if rows <= DOTS_ROWS && b.strides[0] == 1 && b.strides[1] > 0 =>
                {
                    let b = b.from(part.start, self.columns.start);
                    let task = self.task(part, 0, self.columns.start, to);
                    dots[rows - 1](&Task { b: b.start, b_step: b.strides[1] as usize, columns, ..task });
                    self.rows.clone().for_each(|i| to.finish(i, self.columns.clone()));
                }
                _ => self.in_tiles(part, copies, to),
            }
        }
    }

    /// A task at row `i` of the block and column `j`, without right operand, columns and tiles.
    fn task(&self, part: Range<usize>, i: usize, j: usize, to: Target<T>) -> Task<T> {
        Task {
            k: part.len(),
            a: self.a.from(self.rows.start + i, part.start).start,
            a_strides: self.a.strides,
            b: ptr::null(),
            b_step: 0,
            c: to.c.wrapping_add((self.rows.start + i) * to.c_row + j),
            c_row: to.c_row,
            columns: 0,
            tiles: 1,
            add: to.add,
            bias: if to.bias.is_null() { to.bias } else { to.bias.wrapping_add(j) },
            relu: to.relu,
        }
    }

    /// Computes a block of one row, whose right operand `b` has contiguous rows.
    ///
    /// # Safety
    ///
    /// As [`part`](Block::part).
    unsafe fn long_row(&self, part: Range<usize>, b: Operand<T>, copies: &mut Copies<T>, to: Target<T>) {
        let (columns, j) = (self.columns.len(), self.columns.start);
        let b = b.from(part.start, j);
        let task = self.task(part, 0, j, to);
        let c = task.c;
        let task = Task { b: b.start, b_step: b.strides[0] as usize, columns, ..task };
        // SAFETY: the caller vouches for the row; where it is added to, the chains run in a buffer as long.
        unsafe {
            if to.add {
                let sums = roomy(&mut copies.panel, columns);
                (self.tiles.row)(&Task { c: sums, ..task });
                let (c, sums) = (slice::from_raw_parts_mut(c, columns), slice::from_raw_parts(sums, columns));
                c.iter_mut().zip(sums).for_each(|(c, &sum)| *c += sum);
            } else {
                (self.tiles.row)(&task);
            }
            to.finish(self.rows.start, self.columns.clone());
        }
    }

    /// Computes the block in tiles.
    ///
    /// # Safety
    ///
    /// As [`part`](Block::part).
    unsafe fn in_tiles(&self, part: Range<usize>, copies: &mut Copies<T>, to: Target<T>) {
        let (tiles, height, k) = (self.tiles, self.rows.len(), part.len());
        // Tiles of one height or one row more, so that none is much lower than the others.
        let count = if height <= tiles.rows { 1 } else { height.div_ceil(tiles.rows) };
        let (low, higher) = if count == 1 { (height, 0) } else { (height / count, height % count) };
        // Few rows take more vectors at a time, but a shared panel has two.
        let most = match self.panels {
            Panels::Shared(..) => SHARED,
            _ => widest(low + usize::from(higher > 0)),
        };
        let mut a = self.a.from(self.rows.start, part.start);
        // Far apart, columns of the left operand fall on few sets of a cache, and each on a page of its own.
        let far = a.strides[0] == 1 && a.strides[1].unsigned_abs() >= FAR / size_of::<T>();
        if self.columns.len() >= COPY_ROWS || (far && self.columns.len() > tiles.width() && k >= LONG) {
            // SAFETY: the rows of the block, over the part, are inside the operand.
            a = unsafe { copied_rows(a, [height, k], &mut copies.rows) };
        }
        let mut j = self.columns.start;
        while j < self.columns.end {
            let left = self.columns.end - j;
            let vectors = most.min(1 << tiles.vectors(left).ilog2());
            let pitch = vectors << tiles.lanes_log2;
            let columns = left.min(pitch);
            let (b, b_step) = match *self.panels {
                Panels::InPlace(b) => (b.from(part.start, j).start, b.strides[0] as usize),
                Panels::Copied(b) => {
                    let panel = roomy(&mut copies.panel, k * (most << tiles.lanes_log2));
                    // SAFETY: the panel lies inside the operand; the buffer has room for `k` rows of its vectors.
                    unsafe { pack(b.from(part.start, j), [k, columns], panel, pitch) };
                    (panel.cast_const(), pitch)
                }
                Panels::Shared(packed, padded) => {
                    (packed[part.start * padded + j * k..].as_ptr(), tiles.width())
                }
            };
            let mut i = 0;
            for (rows, count) in [(low + 1, higher), (low, count - higher)] {
                if count == 0 {
                    continue;
                }
                let task = self.task(part.clone(), i, j, to);
                let (start, a_strides) = (a.from(i, 0).start, a.strides);
                let task = Task { a: start, a_strides, b, b_step, columns, tiles: count, ..task };
                // SAFETY: the tiles are rows from `i` on of the block and columns from `j` on; the caller vouches for
                // all they address, the copies hold the same places, and whoever chose `tiles` asked the processor.
                unsafe { tiles.run(rows, vectors)(&task) };
                i += rows * count;
            }
            j += columns;
        }
    }
}
