//! Largest and smallest elements and their places; NaN wins.

use super::level::{Loop, vectorized};
use super::{CHUNK, assert_lengths};
use crate::buffer::Buffer;
use crate::real::Real;
use crate::threads::Threads;

/// Writes the largest elements along the middle axis of `[outer, n, inner]`; NaN if one is NaN.
///
/// # Panics
///
/// If `n` is 0 while there are results, or a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::{argmax, max}};
///
/// let (x, mut y, mut place) = ([1.0, 3.0, 3.0], [0.0], [0]);
/// max(&Threads::one(), [1, 3, 1], &x, &mut y);
/// argmax(&Threads::one(), [1, 3, 1], &x, &mut place);
/// assert_eq!((y, place), ([3.0], [1]));
/// ```
pub fn max<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    if assert_lengths("max", dims, x.len(), out.len()) {
        extreme(on, dims, x, out, |best, x| best.max(x));
    }
}

/// Writes the smallest elements along the middle axis of `[outer, n, inner]`; NaN if one is NaN.
///
/// # Panics
///
/// If `n` is 0 while there are results, or a length does not fit its shape.
pub fn min<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    if assert_lengths("min", dims, x.len(), out.len()) {
        extreme(on, dims, x, out, |best, x| best.min(x));
    }
}

/// Writes the place of the first largest element along the middle axis, or of the first NaN.
///
/// # Panics
///
/// If `n` is 0 while there are results or exceeds `u32::MAX`, or a length does not fit its shape.
pub fn argmax<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [u32]) {
    if assert_lengths("argmax", dims, x.len(), out.len()) {
        place(on, dims, x, out, |x, best| x > best);
    }
}

/// Writes the place of the first smallest element along the middle axis, or of the first NaN.
///
/// # Panics
///
/// If `n` is 0 while there are results or exceeds `u32::MAX`, or a length does not fit its shape.
pub fn argmin<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [u32]) {
    if assert_lengths("argmin", dims, x.len(), out.len()) {
        place(on, dims, x, out, |x, best| x < best);
    }
}

fn extreme<T: Real>(
    on: &Threads,
    [_, n, inner]: [usize; 3],
    x: &[T],
    out: &mut [T],
    better: impl Fn(T, T) -> T + Sync,
) {
    assert!(n > 0, "max and min of no elements have no value");
    let group = (CHUNK / (n * inner)).max(1);
    on.for_each_chunk(out, group * inner, |block, out| {
        let x = &x[block * group * n * inner..];
        vectorized(Extremes { x, n, inner, out, better: &better });
    });
}

/// Extremes along the middle axis, of as many planes as there are results for.
struct Extremes<'a, T, F> {
    x: &'a [T],
    n: usize,
    inner: usize,
    out: &'a mut [T],
    better: &'a F,
}

impl<T: Real, F: Fn(T, T) -> T> Loop for Extremes<'_, T, F> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Extremes { n, inner, better, .. } = self;
        for (y, x) in self.out.chunks_exact_mut(inner).zip(self.x.chunks_exact(n * inner)) {
            if inner == 1 {
                y[0] = row_extreme(x, better);
                continue;
            }
            y.copy_from_slice(&x[..inner]);
            for row in x[inner..].chunks_exact(inner) {
                for (y, &x) in y.iter_mut().zip(row) {
                    *y = better(*y, x);
                }
            }
        }
    }
}

/// The extreme of a contiguous row, in lanes side by side; a long one in more of them.
#[inline(always)]
pub(crate) fn row_extreme<T: Real>(x: &[T], better: impl Fn(T, T) -> T) -> T {
    const LANES: usize = 16;
    const MANY: usize = 4 * LANES;
    let mut lanes = [x[0]; LANES];
    let mut left = x;
    if x.len() >= 2 * MANY {
        let mut many = [x[0]; MANY];
        let (whole, rest) = x.as_chunks::<MANY>();
        for x in whole {
            for (lane, &x) in many.iter_mut().zip(x) {
                *lane = better(*lane, x);
            }
        }
        for l in 0..LANES {
            let pairs = [0, 2].map(|k| better(many[l + k * LANES], many[l + (k + 1) * LANES]));
            lanes[l] = better(pairs[0], pairs[1]);
        }
        left = rest;
    }
    let (whole, rest) = left.as_chunks::<LANES>();
    for x in whole {
        for (lane, &x) in lanes.iter_mut().zip(x) {
            *lane = better(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = better(*lane, x);
    }
    for half in [8, 4, 2, 1] {
        for l in 0..half {
            lanes[l] = better(lanes[l], lanes[l + half]);
        }
    }
    lanes[0]
}

fn place<T: Real>(
    on: &Threads,
    [_, n, inner]: [usize; 3],
    x: &[T],
    out: &mut [u32],
    better: impl Fn(T, T) -> bool + Sync,
) {
    assert!(n > 0, "argmax and argmin of no elements have no value");
    assert!(u32::try_from(n).is_ok(), "argmax and argmin: an axis of {n} elements exceeds u32 indices");
    let group = (CHUNK / (n * inner)).max(1);
    on.for_each_chunk(out, group * inner, |block, out| {
        let mut best = Buffer::scratch(inner);
        let planes = x[block * group * n * inner..].chunks_exact(n * inner);
        for (places, x) in out.chunks_exact_mut(inner).zip(planes) {
            places.fill(0);
            best.copy_from_slice(&x[..inner]);
            for (j, row) in x.chunks_exact(inner).enumerate().skip(1) {
                for ((place, best), &x) in places.iter_mut().zip(best.iter_mut()).zip(row) {
                    // No comparison with a NaN holds, so the first NaN stays.
                    if better(x, *best) || (x.is_nan() && !best.is_nan()) {
                        (*place, *best) = (j as u32, x);
                    }
                }
            }
        }
    });
}
