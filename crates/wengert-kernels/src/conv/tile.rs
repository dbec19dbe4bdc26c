//! The block of accumulators that forward pass and input gradient share.
//!
//! A tile is a few pixels of the result by one panel of its channels, all in registers. Each
//! element is one chain of fused multiply-adds from 0, over the runs and then along each run, so
//! its bits depend neither on the tile it is in nor on the width of a register.

use super::vector::{COLUMNS, Vector};

/// Consecutive elements of the source that a pixel is summed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Distance of the first element from the pixel's place in the source.
    pub(super) at: usize,
    /// Row of the weights that it meets; those of the others follow.
    pub(super) weight: usize,
    /// Number of elements.
    pub(super) len: usize,
}

/// Pixels to be computed for one panel of channels.
pub(super) struct Tile<'a, T> {
    /// Place of each pixel in the source.
    pub(super) x: &'a [*const T],
    /// Where each pixel's channels go.
    pub(super) y: &'a [*mut T],
    /// The elements of the source that count, relative to a pixel.
    pub(super) runs: &'a [Run],
    /// Weights of the panel: rows of `vectors` registers.
    pub(super) w: *const T,
    /// Registers across the panel, at most [`COLUMNS`].
    pub(super) vectors: usize,
    /// A row of the panel that is added to each pixel, or null.
    pub(super) bias: *const T,
    /// Whether negative results become 0.
    pub(super) relu: bool,
}

/// Computes all pixels of a tile.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. From every place in `x` the runs must be readable, and
/// at every place in `y`, of which there are as many, the panel's elements writable; `w` must have
/// the rows that the runs name, and `bias` one row unless it is null. What is written is not
/// read through another pointer of the tile.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector>(t: &Tile<'_, V::T>) {
    debug_assert!(t.x.len() == t.y.len() && (1..=COLUMNS).contains(&t.vectors));
    // SAFETY: the caller's promises, handed on.
    unsafe { if t.vectors == 1 { blocks::<V, 1>(t) } else { blocks::<V, COLUMNS>(t) } }
}

/// Cuts the pixels into blocks of the heights that are compiled.
///
/// A block one pixel short runs over its last pixel twice; the two write the same.
///
/// # Safety
///
/// As [`tile`], with `C` registers across the panel.
#[inline(always)]
unsafe fn blocks<V: Vector, const C: usize>(t: &Tile<'_, V::T>) {
    let mut at = 0;
    while at < t.x.len() {
        let left = t.x.len() - at;
        // SAFETY: the caller's promises; a block starts at a pixel of the tile.
        at += unsafe {
            match left {
                _ if V::TALLEST >= 12 && left >= 11 => block::<V, 12, C>(t, at),
                _ if V::TALLEST >= 12 && left >= 7 => block::<V, 8, C>(t, at),
                _ if V::TALLEST == 6 && left >= 5 => block::<V, 6, C>(t, at),
                3.. => block::<V, 4, C>(t, at),
                2 => block::<V, 2, C>(t, at),
                _ => block::<V, 1, C>(t, at),
            }
        };
    }
}

/// Computes up to `R` pixels from number `at` on and returns how many.
///
/// # Safety
///
/// As [`tile`], with `C` registers across the panel and `at` below the number of pixels.
#[inline(always)]
unsafe fn block<V: Vector, const R: usize, const C: usize>(t: &Tile<'_, V::T>, at: usize) -> usize {
    let count = R.min(t.x.len() - at);
    // A run is entered at `wrapping_add`, since a pixel's place itself may lie before the part of the source that is there.
    // SAFETY: pixel numbers are clipped to the last one; what is accessed is the elements of the runs, the panel's rows of
    // weights and the panel's channels at each pixel, as the caller lets it be.
    unsafe {
        let x: [*const V::T; R] = std::array::from_fn(|r| *t.x.get_unchecked(at + r.min(count - 1)));
        let mut sums = [[V::splat(V::T::default()); C]; R];
        for run in t.runs {
            let x: [*const V::T; R] = std::array::from_fn(|r| x[r].wrapping_add(run.at));
            let mut w = t.w.add(run.weight * C * V::N);
            for k in 0..run.len {
                let row: [V; C] = std::array::from_fn(|c| V::load(w.add(c * V::N)));
                w = w.wrapping_add(C * V::N);
                for (x, sums) in x.iter().zip(&mut sums) {
                    let pixel = V::splat(*x.add(k));
                    for (sum, &w) in sums.iter_mut().zip(&row) {
                        *sum = pixel.fma(w, *sum);
                    }
                }
            }
        }
        if !t.bias.is_null() {
            for c in 0..C {
                let bias = V::load(t.bias.add(c * V::N));
                for row in &mut sums {
                    row[c] = row[c].add(bias);
                }
            }
        }
        if t.relu {
            for sum in sums.as_flattened_mut() {
                *sum = V::select(sum.positive(), *sum, V::splat(V::T::default()));
            }
        }
        for (r, row) in sums.iter().enumerate() {
            let y = *t.y.get_unchecked(at + r.min(count - 1));
            for (c, sum) in row.iter().enumerate() {
                sum.store(y.add(c * V::N));
            }
        }
    }
    count
}
