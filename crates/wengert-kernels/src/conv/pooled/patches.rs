//! The weight gradient of 3 x 3 kernels on one input channel, with all that a window sees in one register.
//!
//! A window of two rows and two columns sees a patch of four rows of four elements. Each lane, an output channel,
//! picks from it by the place of its own winner.
#![cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "no register there has the lanes"))]

use super::rows::rows;
use super::sparse::Spread;
use crate::conv::vector::{COLUMNS, Patch};

/// Rows, and columns, of the kernel.
const SIDE: usize = 3;

/// As [`rows`], by patches where the kernel has three rows, a window's step apart.
///
/// # Safety
///
/// As there.
///
/// # Panics
///
/// As there.
#[inline(always)]
pub(in crate::conv) unsafe fn patches<V: Patch>(s: &Spread<'_, V::T>, width: usize) {
    let down = s.cells[2];
    let is_patch = width == SIDE
        && s.taps.len() == SIDE * SIDE
        && s.cells == [0, 1, down, down + 1]
        && (0..).zip(s.taps).all(|(k, &tap)| tap == s.taps[0] + k / 3 * down + k % 3);
    if !is_patch {
        // SAFETY: the caller's promises.
        return unsafe { rows::<V>(s, width) };
    }
    let size = s.windows.len() * s.channels;
    assert!(
        s.g.len() == size && s.winners.len() == size && s.channels.is_multiple_of(V::N),
        "patches: sizes"
    );
    let mut c = 0;
    while c < s.channels {
        let two = s.channels - c >= COLUMNS * V::N;
        // SAFETY: the caller's promises; the channels exist, and taps and cells are those of a patch.
        unsafe { if two { block::<V, COLUMNS>(s, c) } else { block::<V, 1>(s, c) } }
        c += if two { COLUMNS * V::N } else { V::N };
    }
}

/// Sums all taps for `C` registers of channels from `c` on.
///
/// # Safety
///
/// As [`patches`], with taps and cells as it has checked.
#[inline(always)]
unsafe fn block<V: Patch, const C: usize>(s: &Spread<'_, V::T>, c: usize) {
    // SAFETY: the elements of a patch are just those that a tap meets from a cell, which the caller lets be read.
    unsafe {
        let (zero, one) = (V::splat(V::T::default()), V::number(1));
        let down = s.cells[2] as usize;
        let mut sums = [[zero; C]; SIDE * SIDE];
        for (i, &window) in s.windows.iter().enumerate() {
            let at = i * s.channels + c;
            let patch = V::load_patch(s.x.add(window as usize + s.taps[0] as usize), down);
            for k in 0..C {
                let g = V::load(s.g.as_ptr().add(at + k * V::N));
                let open = one.equal_and_nonzero(one, g);
                let places = V::load_cells(s.winners.as_ptr().add(at + k * V::N));
                for (tap, sums) in sums.iter_mut().enumerate() {
                    let x = patch.pick(places, tap / SIDE * 4 + tap % SIDE);
                    sums[k] = V::select(open, x.fma(g, sums[k]), sums[k]);
                }
            }
        }
        for (tap, row) in sums.iter().enumerate() {
            for (k, &sum) in row.iter().enumerate() {
                let to = s.sums.add(tap * s.channels + c + k * V::N);
                if s.first { sum.store(to) } else { V::load(to).add(sum).store(to) }
            }
        }
    }
}
