//! Sums over the pixels that won their windows, for the gradients of a pooled convolution.
//!
//! Of each window only one pixel has a gradient, a different one in each channel. The kernels here
//! visit lists of those pixels, so they cost what a convolution of the pooled size costs.

use super::lists::Entries;
use crate::conv::tile::Run;
use crate::conv::vector::Vector;
use std::ops::Range;

/// Rows of the weight gradient, one for each output channel, with the winners of the channel.
pub(in crate::conv) struct Gather<'a, T> {
    /// The source.
    pub(in crate::conv) x: *const T,
    /// The elements of the source that a winner meets, and where in the row their sums are.
    pub(in crate::conv) runs: &'a [Run],
    /// Lists of `capacity` entries, of which the first `counts[i]` are there.
    pub(in crate::conv) entries: Entries<'a, T>,
    pub(in crate::conv) counts: &'a [u32],
    pub(in crate::conv) capacity: usize,
    /// The sums of the first channel.
    pub(in crate::conv) sums: *mut T,
    /// Elements from one channel's sums to the next.
    pub(in crate::conv) row: usize,
    /// Whether the sums replace what stands there.
    pub(in crate::conv) first: bool,
}

/// Adds to each channel's row the source around its winners, times their gradients.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. The runs must be readable from the place of every
/// entry in `x`, and their elements of each row writable and not read through another pointer.
#[inline(always)]
pub(in crate::conv) unsafe fn gather<V: Vector>(g: &Gather<'_, V::T>) {
    for (channel, &count) in g.counts.iter().enumerate() {
        let start = channel * g.capacity;
        let list = g.entries.part(start, start + count as usize);
        let sums = g.sums.wrapping_add(channel * g.row);
        let mut runs = g.runs;
        while let Some(first) = runs.first() {
            // Runs of three rows of a kernel share the visit of the list.
            let together =
                if runs.len() >= 3 && runs[1].len == first.len && runs[2].len == first.len { 3 } else { 1 };
            // SAFETY: the runs are those of the caller, whose promises are handed on.
            unsafe {
                if together == 3 {
                    runs_of::<V, 3>(g, &[runs[0], runs[1], runs[2]], list, sums);
                } else {
                    runs_of::<V, 1>(g, &[*first], list, sums);
                }
            }
            runs = &runs[together..];
        }
    }
}

/// Cuts runs of one length into blocks of registers.
///
/// # Safety
///
/// As [`gather`], with `R` of its runs and the sums of one channel.
#[inline(always)]
unsafe fn runs_of<V: Vector, const R: usize>(
    g: &Gather<'_, V::T>,
    runs: &[Run; R],
    list: Entries<'_, V::T>,
    sums: *mut V::T,
) {
    let mut at = 0;
    while at < runs[0].len {
        let left = runs[0].len - at;
        // SAFETY: the caller's promises; a block has no more elements than are left.
        at += unsafe {
            match left / V::N {
                6.. if V::TALLEST >= 12 => gather_block::<V, R, 6, false>(g, runs, at, V::N, list, sums),
                4.. => gather_block::<V, R, 4, false>(g, runs, at, V::N, list, sums),
                2.. => gather_block::<V, R, 2, false>(g, runs, at, V::N, list, sums),
                1 => gather_block::<V, R, 1, false>(g, runs, at, V::N, list, sums),
                _ => gather_block::<V, R, 1, true>(g, runs, at, left, list, sums),
            }
        };
    }
}

/// Sums `R` runs of `C` registers, and returns the elements of a run.
///
/// `PART` is for a single register of which only `count` elements are meant.
///
/// # Safety
///
/// As [`gather`]: from element `at` on the runs must have as many elements.
#[inline(always)]
unsafe fn gather_block<V: Vector, const R: usize, const C: usize, const PART: bool>(
    g: &Gather<'_, V::T>,
    runs: &[Run; R],
    at: usize,
    count: usize,
    list: Entries<'_, V::T>,
    sums: *mut V::T,
) -> usize {
    // SAFETY: that many elements exist from element `at` of each run, and of its sums.
    unsafe {
        let mut acc = [[V::splat(V::T::default()); C]; R];
        for (place, value) in list.iter() {
            let value = V::splat(value);
            let x = g.x.add(place + at);
            for (run, acc) in runs.iter().zip(&mut acc) {
                for (c, acc) in acc.iter_mut().enumerate() {
                    *acc = value.fma(load::<V, PART>(x.add(run.at + c * V::N), count), *acc);
                }
            }
        }
        for (run, acc) in runs.iter().zip(&acc) {
            for (c, acc) in acc.iter().enumerate() {
                let sums = sums.add(run.weight + at + c * V::N);
                let sum = if g.first { *acc } else { load::<V, PART>(sums, count).add(*acc) };
                store::<V, PART>(sum, sums, count);
            }
        }
    }
    (C - 1) * V::N + count
}

/// A register, or its first `count` elements.
///
/// # Safety
///
/// As the methods of [`Vector`] that it chooses between.
#[inline(always)]
unsafe fn load<V: Vector, const PART: bool>(p: *const V::T, count: usize) -> V {
    // SAFETY: the caller's promises.
    unsafe { if PART { V::load_part(p, count) } else { V::load(p) } }
}

/// Writes a register, or its first `count` elements.
///
/// # Safety
///
/// As the methods of [`Vector`] that it chooses between.
#[inline(always)]
unsafe fn store<V: Vector, const PART: bool>(x: V, p: *mut V::T, count: usize) {
    // SAFETY: the caller's promises.
    unsafe { if PART { x.store_part(p, count) } else { x.store(p) } }
}

/// Pixels of a source, each with the output channels for which a pixel of the result won there.
pub(in crate::conv) struct Scatter<'a, T> {
    /// The gradient of the source.
    pub(in crate::conv) dx: *mut T,
    /// The elements that a winner met in the source, and in its channel's row of weights.
    pub(in crate::conv) runs: &'a [Run],
    /// The weights, a row for each channel; an entry tells where its row starts.
    pub(in crate::conv) w: *const T,
    /// The entries of all lists, one list after another.
    pub(in crate::conv) entries: Entries<'a, T>,
    /// Where each list ends, and the place in the source that its winners see.
    pub(in crate::conv) lists: &'a [(u32, u32)],
}

/// Elements of a run for which all lists are visited before the next ones: few enough for the weights
/// to stay in the first-level cache, and a number of its own, as it decides the order of the sums.
const STRETCH: usize = 96;

/// Adds to the source around each place the rows of weights of its winners, times their gradients.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. The runs must be writable from each list's place in
/// `dx`, not read through another pointer, and readable from each entry's place in `w`.
#[inline(always)]
pub(in crate::conv) unsafe fn scatter<V: Vector>(s: &Scatter<'_, V::T>) {
    for run in s.runs {
        for first in (0..run.len).step_by(STRETCH) {
            let mut start = 0;
            for &(end, place) in s.lists {
                let list = s.entries.part(start as usize, end as usize);
                start = end;
                if !list.is_empty() {
                    let dx = s.dx.wrapping_add(place as usize + run.at);
                    let w = s.w.wrapping_add(run.weight);
                    // SAFETY: the caller's promises for this list's place and entries.
                    unsafe { stretch::<V>(dx, w, list, first..(first + STRETCH).min(run.len)) };
                }
            }
        }
    }
}

/// Adds the winners of one list to some elements of a run.
///
/// # Safety
///
/// As [`scatter`], with the run's start at a place in `dx` and in the first row of weights.
#[inline(always)]
unsafe fn stretch<V: Vector>(dx: *mut V::T, w: *const V::T, list: Entries<'_, V::T>, elements: Range<usize>) {
    let mut at = elements.start;
    while at < elements.end {
        let left = elements.end - at;
        // SAFETY: the caller's promises; a block has no more elements than are left.
        at += unsafe {
            match left / V::N {
                12.. => scatter_block::<V, 12, false>(dx.add(at), w.add(at), list, V::N),
                6.. => scatter_block::<V, 6, false>(dx.add(at), w.add(at), list, V::N),
                2.. => scatter_block::<V, 2, false>(dx.add(at), w.add(at), list, V::N),
                1 => scatter_block::<V, 1, false>(dx.add(at), w.add(at), list, V::N),
                _ => scatter_block::<V, 1, true>(dx.add(at), w.add(at), list, left),
            }
        };
    }
}

/// Adds `C` registers, and returns the number of elements.
///
/// `PART` is for a single register of which only `count` elements are meant.
///
/// # Safety
///
/// As [`stretch`], with as many elements at `dx` and in each entry's row of `w`.
#[inline(always)]
unsafe fn scatter_block<V: Vector, const C: usize, const PART: bool>(
    dx: *mut V::T,
    w: *const V::T,
    list: Entries<'_, V::T>,
    count: usize,
) -> usize {
    // SAFETY: that many elements exist in `dx` and in the rows of weights.
    unsafe {
        let mut acc = [V::splat(V::T::default()); C];
        for (row, value) in list.iter() {
            let value = V::splat(value);
            let w = w.add(row);
            for (c, acc) in acc.iter_mut().enumerate() {
                *acc = value.fma(load::<V, PART>(w.add(c * V::N), count), *acc);
            }
        }
        for (c, acc) in acc.iter().enumerate() {
            let dx = dx.add(c * V::N);
            store::<V, PART>(load::<V, PART>(dx, count).add(*acc), dx, count);
        }
    }
    (C - 1) * V::N + count
}

/// Rows of the weight gradient with the output channels side by side, for few input channels.
pub(in crate::conv) struct Spread<'a, T> {
    /// The source.
    pub(in crate::conv) x: *const T,
    /// The place in the source that the first pixel of each window sees.
    pub(in crate::conv) windows: &'a [u32],
    /// What the pixels of a window see, relative to that.
    pub(in crate::conv) cells: &'a [u32],
    /// The elements of the source that a pixel meets: one row of the gradient each.
    pub(in crate::conv) taps: &'a [u32],
    /// The gradient of each window, `channels` elements.
    pub(in crate::conv) g: &'a [T],
    /// The place of each window's winner, `channels` elements.
    pub(in crate::conv) winners: &'a [u8],
    /// Output channels, whole registers.
    pub(in crate::conv) channels: usize,
    /// The sums: for each tap a row of `channels` elements.
    pub(in crate::conv) sums: *mut T,
    /// Whether the sums replace what stands there.
    pub(in crate::conv) first: bool,
}

/// Adds to each tap's row the source that the winners of each window see, times their gradients.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. Every tap must be readable from every cell of every
/// window in `x`, and the rows of the taps writable and not read through another pointer.
///
/// # Panics
///
/// If a slice does not have `channels` elements for each window, or these are not whole registers.
#[inline(always)]
pub(in crate::conv) unsafe fn spread<V: Vector>(s: &Spread<'_, V::T>) {
    let size = s.windows.len() * s.channels;
    assert!(s.g.len() == size && s.winners.len() == size && s.channels.is_multiple_of(V::N), "spread: sizes");
    for c in (0..s.channels).step_by(V::N) {
        let mut tap = 0;
        while tap < s.taps.len() {
            // SAFETY: the caller's promises; a block has no more taps than are left, and channels
            // `c..c + N` exist, as checked above.
            tap += unsafe {
                match s.taps.len() - tap {
                    9.. => spread_block::<V, 9>(s, c, tap),
                    4.. => spread_block::<V, 4>(s, c, tap),
                    _ => spread_block::<V, 1>(s, c, tap),
                }
            };
        }
    }
}

/// Sums taps `tap` to `tap + R` for the channels of one register, and returns `R`.
///
/// # Safety
///
/// As [`spread`], with `R` taps from `tap` on and `N` channels from `c` on.
#[inline(always)]
unsafe fn spread_block<V: Vector, const R: usize>(s: &Spread<'_, V::T>, c: usize, tap: usize) -> usize {
    // SAFETY: the taps exist; all elements are those that the caller lets be accessed.
    unsafe {
        let taps: [usize; R] = std::array::from_fn(|r| s.taps[tap + r] as usize);
        let mut acc = [V::splat(V::T::default()); R];
        for (i, &window) in s.windows.iter().enumerate() {
            let g = V::load(s.g.as_ptr().add(i * s.channels + c));
            let place = V::load_places(s.winners.as_ptr().add(i * s.channels + c));
            for (cell, &at) in s.cells.iter().enumerate() {
                let won = place.equal_and_nonzero(V::number(cell), g);
                let x = s.x.add(window as usize + at as usize);
                for (acc, &tap) in acc.iter_mut().zip(&taps) {
                    *acc = V::select(won, V::splat(*x.add(tap)).fma(g, *acc), *acc);
                }
            }
        }
        for (r, acc) in acc.iter().enumerate() {
            let sums = s.sums.add((tap + r) * s.channels + c);
            let sum = if s.first { *acc } else { V::load(sums).add(*acc) };
            sum.store(sums);
        }
    }
    R
}
