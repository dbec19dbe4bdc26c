//! Windows of two rows and two columns, computed and compared without leaving the registers.
#![expect(clippy::needless_range_loop, reason = "an index runs over several arrays of registers at once")]

use crate::conv::tile::Run;
use crate::conv::vector::{COLUMNS, Vector};

/// Neighboring windows of a row, for one panel of channels.
pub(in crate::conv) struct Squares<'a, T> {
    /// Place in the source of the first window's first pixel.
    pub(in crate::conv) x: *const T,
    /// Elements of the source from a pixel to the one below, and to the next.
    pub(in crate::conv) steps: [usize; 2],
    /// The elements of the source that count, relative to a pixel.
    pub(in crate::conv) runs: &'a [Run],
    /// Weights of the panel: for each element, in the order of the runs, a row of `vectors` registers.
    pub(in crate::conv) w: *const T,
    /// Registers across the panel, at most [`COLUMNS`].
    pub(in crate::conv) vectors: usize,
    /// A row of the panel that is added to each pixel, or null.
    pub(in crate::conv) bias: *const T,
    /// Whether results that are not above 0 become 0.
    pub(in crate::conv) relu: bool,
    /// Number of windows.
    pub(in crate::conv) count: usize,
    /// The panel's first channel at the first window of the result.
    pub(in crate::conv) y: *mut T,
    /// Likewise of the places of the largest in their windows; null if they are not wanted.
    pub(in crate::conv) winners: *mut u8,
    /// Channels of the panel.
    pub(in crate::conv) channels: usize,
    /// Elements from one window to the next, of both.
    pub(in crate::conv) step: usize,
}

/// Writes the largest of each window, and its place, as [`pool`](super::winners::pool) does.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. The elements must be readable from every pixel of the
/// windows; `w` must have a row for each, and `bias` one row unless it is null; at each window
/// `channels` elements must be writable, which fill no more than `vectors` registers.
#[inline(always)]
pub(in crate::conv) unsafe fn squares<V: Vector>(s: &Squares<'_, V::T>) {
    debug_assert!((1..=COLUMNS).contains(&s.vectors));
    // SAFETY: the caller's promises, handed on.
    unsafe { if s.vectors == 1 { blocks::<V, 1>(s) } else { blocks::<V, COLUMNS>(s) } }
}

/// Cuts the windows into blocks of the widths that are compiled.
///
/// # Safety
///
/// As [`squares`], with `C` registers across the panel.
#[inline(always)]
unsafe fn blocks<V: Vector, const C: usize>(s: &Squares<'_, V::T>) {
    let mut at = 0;
    while at < s.count {
        // SAFETY: the caller's promises; a block has no more windows than are left.
        at += unsafe {
            match s.count - at {
                3.. if V::TALLEST >= 12 => block::<V, 3, C>(s, at),
                2 if V::TALLEST >= 8 => block::<V, 2, C>(s, at),
                _ => block::<V, 1, C>(s, at),
            }
        };
    }
}

/// Computes `P` windows from number `at` on, and returns `P`.
///
/// # Safety
///
/// As [`squares`], with `C` registers across the panel and `at + P` windows.
#[inline(always)]
unsafe fn block<V: Vector, const P: usize, const C: usize>(s: &Squares<'_, V::T>, at: usize) -> usize {
    let [down, right] = s.steps;
    // SAFETY: the pixels are those of windows `at..at + P`; from each the elements are read, and a
    // row of weights for each element.
    unsafe {
        let zero = V::splat(V::T::default());
        // By row of a window, window, and column.
        let mut sums = [[[[zero; C]; 2]; P]; 2];
        let first = s.x.wrapping_add(2 * at * right);
        let mut w = s.w;
        for element in s.runs.iter().flat_map(|run| run.at..run.at + run.len) {
            let weights: [V; C] = std::array::from_fn(|c| V::load(w.add(c * V::N)));
            w = w.wrapping_add(C * V::N);
            let top = first.wrapping_add(element);
            let rows = [top, top.wrapping_add(down)];
            for i in 0..2 {
                for p in 0..P {
                    for j in 0..2 {
                        let pixel = V::splat(*rows[i].add((2 * p + j) * right));
                        for c in 0..C {
                            sums[i][p][j][c] = pixel.fma(weights[c], sums[i][p][j][c]);
                        }
                    }
                }
            }
        }
        macro_rules! put {
            ($($p:literal $c:literal),*) => {
                $(if $p < P && $c < C {
                    let pixels = [sums[0][$p][0][$c], sums[0][$p][1][$c], sums[1][$p][0][$c], sums[1][$p][1][$c]];
                    largest(s, at + $p, $c, pixels);
                })*
            };
        }
        // Without a loop: the sums would not stay in registers if they were indexed by one.
        put!(0 0, 0 1, 1 0, 1 1, 2 0, 2 1);
    }
    P
}

/// Writes the largest of the four pixels of a window for register `c`.
///
/// # Safety
///
/// As [`squares`].
#[inline(always)]
unsafe fn largest<V: Vector>(s: &Squares<'_, V::T>, window: usize, c: usize, pixels: [V; 4]) {
    let count = V::N.min(s.channels - c * V::N);
    let first = window * s.step + c * V::N;
    // SAFETY: `count` elements are channels of the panel; a register has at most 16 lanes.
    unsafe {
        let zero = V::splat(V::T::default());
        let bias = if s.bias.is_null() { zero } else { V::load(s.bias.add(c * V::N)) };
        let value = |place: usize| if s.bias.is_null() { pixels[place] } else { pixels[place].add(bias) };
        let (mut best, mut place, noted) = (value(0), zero, !s.winners.is_null());
        for i in 1..4 {
            let x = value(i);
            let wins = x.beats(best);
            best = V::select(wins, x, best);
            if noted {
                place = V::select(wins, V::number(i), place);
            }
        }
        if s.relu {
            let positive = best.positive();
            best = V::select(positive, best, zero);
            if noted {
                place = V::select(positive, place, zero);
            }
        }
        best.store_some(s.y.add(first), count);
        if !noted {
            return;
        }
        let winners = s.winners.add(first);
        if count == V::N {
            place.store_places(winners);
        } else {
            let mut bytes = [0; 16];
            place.store_places(bytes.as_mut_ptr());
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), winners, count);
        }
    }
}
