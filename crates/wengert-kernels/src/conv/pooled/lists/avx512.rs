//! Lists sixteen channels at a time: what wins is chosen by masks, moved together, and counted.

use super::{Group, Lists, SLACK, scalar};
use std::arch::x86_64::*;

/// Lanes of a register.
const N: usize = 16;

/// Cells of a window that are compared one after another; with more, plain loops are as fast.
const CELLS: usize = 8;

const _: () = assert!(SLACK >= N, "a register is written at the last entry");

/// As [`scalar::by_channel`], each lane writing to the list of its channel.
///
/// # Safety
///
/// The CPU must have AVX-512 with its extensions BW and VL.
///
/// # Panics
///
/// As there.
#[inline(always)]
pub(in crate::conv) unsafe fn by_channel(g: &Group<'_, f32>, lists: &mut Lists<f32>) {
    if g.cells.len() > N || lists.at.len() > i32::MAX as usize {
        return scalar::by_channel(g, lists);
    }
    lists.counts.fill(0);
    if !g.check(lists) {
        return;
    }
    g.check_winners();
    let (at, values) = (lists.at.as_mut_ptr(), lists.values.as_mut_ptr());
    for c in (0..g.channels).step_by(N) {
        let count = N.min(g.channels - c);
        // There are 1 to 16 cells, as seen above and by `check_winners`, and a channel's list has room for `capacity`
        // entries and gets at most one of each window, of which there are no more.
        // SAFETY: so each lane's place is in the buffers, and in an `i32`. `check` has seen channels `c..c + count` of every
        // window in both slices; masked lanes are neither read nor written.
        unsafe {
            let lanes = u16::MAX >> (N - count);
            let cells = _mm512_maskz_loadu_epi32(u16::MAX >> (N - g.cells.len()), g.cells.as_ptr().cast());
            let numbers = _mm512_add_epi32(_mm512_set1_epi32(c as i32), counting());
            let first = _mm512_mullo_epi32(numbers, _mm512_set1_epi32(lists.capacity as i32));
            let mut to = first;
            for (i, &window) in g.windows.iter().enumerate() {
                let from = i * g.step + c;
                let value = _mm512_maskz_loadu_ps(lanes, g.values.as_ptr().add(from));
                let winner = _mm_maskz_loadu_epi8(lanes, g.winners.as_ptr().add(from).cast());
                let cell = _mm512_permutexvar_epi32(_mm512_cvtepu8_epi32(winner), cells);
                let place = _mm512_add_epi32(cell, _mm512_set1_epi32(window.cast_signed()));
                let there = _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(value, _mm512_setzero_ps());
                _mm512_mask_i32scatter_epi32::<4>(at.cast(), there, to, place);
                _mm512_mask_i32scatter_ps::<4>(values, there, to, value);
                to = _mm512_mask_add_epi32(to, there, to, _mm512_set1_epi32(1));
            }
            let counts = lists.counts[c..c + count].as_mut_ptr();
            _mm512_mask_storeu_epi32(counts.cast(), lanes, _mm512_sub_epi32(to, first));
        }
    }
}

/// As [`scalar::by_window`], cell after cell.
///
/// # Safety
///
/// The CPU must have AVX-512 with its extensions BW and VL.
///
/// # Panics
///
/// As there.
#[inline(always)]
pub(in crate::conv) unsafe fn by_window(g: &Group<'_, f32>, [first, row]: [u32; 2], lists: &mut Lists<f32>) {
    if g.cells.len() > CELLS {
        return scalar::by_window(g, [first, row], lists);
    }
    lists.ends.clear();
    if !g.check(lists) {
        return;
    }
    g.check_winners();
    let (at, values) = (lists.at.as_mut_ptr(), lists.values.as_mut_ptr());
    let mut done = 0;
    for (i, &window) in g.windows.iter().enumerate() {
        for (cell, &seen) in (0..).zip(g.cells) {
            for c in (0..g.channels).step_by(N) {
                let (count, from) = (N.min(g.channels - c), i * g.step + c);
                // SAFETY: `check` has seen channels `c..c + count` of every window in both slices. Each channel of each
                // window is listed for one cell at most, so `done` is at most their number, and behind as many entries
                // there is room for a register. Masked lanes are not read.
                unsafe {
                    let lanes = u16::MAX >> (N - count);
                    let value = _mm512_maskz_loadu_ps(lanes, g.values.as_ptr().add(from));
                    let winner = _mm_maskz_loadu_epi8(lanes, g.winners.as_ptr().add(from).cast());
                    let here = _mm_mask_cmpeq_epi8_mask(lanes, winner, _mm_set1_epi8(cell));
                    let there = _mm512_mask_cmp_ps_mask::<_CMP_NEQ_UQ>(here, value, _mm512_setzero_ps());
                    let numbers = _mm512_add_epi32(_mm512_set1_epi32(c as i32), counting());
                    let rows = _mm512_mullo_epi32(numbers, _mm512_set1_epi32(row.cast_signed()));
                    let rows = _mm512_add_epi32(rows, _mm512_set1_epi32(first.cast_signed()));
                    _mm512_storeu_epi32(at.add(done).cast(), _mm512_maskz_compress_epi32(there, rows));
                    _mm512_storeu_ps(values.add(done), _mm512_maskz_compress_ps(there, value));
                    done += there.count_ones() as usize;
                }
            }
            lists.ends.push((done as u32, window + seen));
        }
    }
}

/// The numbers of the lanes.
///
/// # Safety
///
/// The CPU must have AVX-512.
#[inline(always)]
unsafe fn counting() -> __m512i {
    // SAFETY: the caller's.
    unsafe { _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
}
