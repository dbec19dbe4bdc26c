//! Logarithms of sums of exponentials, and softmax.
//!
//! Both subtract the largest element first, which keeps `exp` from overflowing (above 88 in f32).

use super::extremes::row_extreme;
use super::level::{Loop, vectorized};
use super::sum::row_sum;
use super::{CHUNK, assert_lengths};
use crate::buffer::Buffer;
use crate::lanes;
use crate::real::Real;
use crate::strided::copy_strided;
use crate::threads::Threads;

/// What softmax gives for a row in which every element is -inf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AllMasked {
    /// NaN, as the quotient 0/0 that it is.
    Nan,
    /// Zeros, for attention whose every key is masked.
    Zeros,
}

/// Writes $\ln \sum_j e^{x_j}$ along the middle axis of `[outer, n, inner]`; -inf where `n` is 0.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::logsumexp};
///
/// let mut y = [0.0f64; 1];
/// logsumexp(&Threads::one(), [1, 2, 1], &[1e4, 1e4], &mut y);
/// assert_eq!(y, [1e4 + 2f64.ln()]);
/// ```
pub fn logsumexp<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    if !assert_lengths("logsumexp", dims, x.len(), out.len()) {
        return;
    }
    if dims[1] == 0 {
        return out.fill(-T::INFINITY);
    }
    for_each_group(on, dims, x, out, 1, |on, n, x, out| {
        let mut terms = Buffer::scratch(x.len());
        vectorized(Largest { x, n, out });
        vectorized(Shifted { x, largest: out, n, terms: &mut terms });
        exponentials(on, &mut terms);
        for (y, terms) in out.iter_mut().zip(terms.chunks_exact(n)) {
            if y.is_finite() {
                *y += row_sum(on, terms, |x| x).ln();
            }
        }
    });
}

/// Writes $e^{x_j} / \sum_k e^{x_k}$ along the middle axis of `[outer, n, inner]`.
///
/// `out` has the shape of `x`. An element of -inf gives exactly 0; infinite elements share 1
/// equally; a row with a NaN is NaN; `all_masked` says what a row of -inf is.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::{AllMasked, softmax}};
///
/// let mut y = [0.0; 2];
/// softmax(&Threads::one(), [1, 2, 1], &[1.0, f64::INFINITY], &mut y, AllMasked::Nan);
/// assert_eq!(y, [0.0, 1.0]);
/// ```
pub fn softmax<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T], all_masked: AllMasked) {
    let [outer, n, inner] = dims;
    let elements = outer.checked_mul(n).and_then(|e| e.checked_mul(inner));
    assert_eq!(Some(x.len()), elements, "softmax: the input is [outer, n, inner] = [{outer}, {n}, {inner}]");
    assert_eq!(x.len(), out.len(), "softmax: the result has the shape of the input");
    if !out.is_empty() {
        for_each_group(on, dims, x, out, n, |on, n, x, y| {
            let mut largest = Buffer::scratch(x.len() / n);
            vectorized(Largest { x, n, out: &mut largest });
            vectorized(Shifted { x, largest: &largest, n, terms: y });
            exponentials(on, y);
            for (y, &largest) in y.chunks_exact_mut(n).zip(largest.iter()) {
                let total = row_sum(on, y, |y| y);
                if largest == -T::INFINITY {
                    y.fill(if all_masked == AllMasked::Zeros { T::ZERO } else { T::NAN });
                } else {
                    vectorized(Divided { y, total });
                }
            }
        });
    }
}

/// The largest element of each row of `n`, NaN if one is.
struct Largest<'a, T> {
    x: &'a [T],
    n: usize,
    out: &'a mut [T],
}

impl<T: Real> Loop for Largest<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for (y, x) in self.out.iter_mut().zip(self.x.chunks_exact(self.n)) {
            *y = row_extreme(x, T::max);
        }
    }
}

/// The elements of each row less its largest one.
struct Shifted<'a, T> {
    x: &'a [T],
    largest: &'a [T],
    n: usize,
    terms: &'a mut [T],
}

impl<T: Real> Loop for Shifted<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let rows = self.terms.chunks_exact_mut(self.n).zip(self.x.chunks_exact(self.n));
        for ((y, x), &largest) in rows.zip(self.largest) {
            for (y, &x) in y.iter_mut().zip(x) {
                // The difference of equal infinities is NaN, so the largest are told apart.
                *y = if x == largest { T::ZERO } else { x - largest };
            }
        }
    }
}

/// Each element over a total.
struct Divided<'a, T> {
    y: &'a mut [T],
    total: T,
}

impl<T: Real> Loop for Divided<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for y in self.y {
            *y = *y / self.total;
        }
    }
}

/// Exponentials in place.
struct Exponentials<'a, T>(&'a mut [T]);

impl<T: Real> Loop for Exponentials<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        for y in self.0 {
            *y = lanes::exp(*y);
        }
    }
}

/// Replaces each element by its exponential.
fn exponentials<T: Real>(on: &Threads, y: &mut [T]) {
    on.for_each_chunk(y, CHUNK, |_, y| vectorized(Exponentials(y)));
}

/// Calls `f(threads, n, rows, their results)` for groups of rows of `n` elements, which have `m` results each.
///
/// As [`for_each_row`], but for several rows at once.
fn for_each_group<T: Real>(
    on: &Threads,
    dims: [usize; 3],
    x: &[T],
    out: &mut [T],
    m: usize,
    f: impl Fn(&Threads, usize, &[T], &mut [T]) + Sync,
) {
    let n = dims[1];
    in_rows(on, dims, x, out, m, |rows, x, out| {
        if rows == 1 {
            return f(on, n, x, out);
        }
        let group = (CHUNK / n).max(1);
        on.for_each_chunk(out, group * m, |block, out| {
            f(&Threads::one(), n, &x[block * group * n..][..out.len() / m * n], out);
        });
    });
}

/// Calls `f(threads, row of n elements, its m results)` for each outer and inner place.
///
/// `x` is `[outer, n, inner]` with elements, `out` is `[outer, m, inner]`.
pub(super) fn for_each_row<T: Real>(
    on: &Threads,
    dims: [usize; 3],
    x: &[T],
    out: &mut [T],
    m: usize,
    f: impl Fn(&Threads, &[T], &mut [T]) + Sync,
) {
    for_each_group(on, dims, x, out, m, |on, n, x, out| {
        x.chunks_exact(n).zip(out.chunks_exact_mut(m)).for_each(|(row, y)| f(on, row, y));
    });
}

/// Calls `f(rows, elements, results)` once, with all rows contiguous.
///
/// Rows with inner places between them are copied, so that their results have the bits of contiguous ones.
fn in_rows<T: Real>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    out: &mut [T],
    m: usize,
    f: impl FnOnce(usize, &[T], &mut [T]),
) {
    if inner == 1 {
        return f(outer, x, out);
    }
    let mut rows = Buffer::scratch(x.len());
    copy_strided(on, x, 0, &[outer, inner, n], &[(n * inner) as isize, 1, inner as isize], &mut rows);
    if m == 1 {
        return f(outer * inner, &rows, out);
    }
    let mut results = Buffer::scratch(out.len());
    f(outer * inner, &rows, &mut results);
    copy_strided(on, &results, 0, &[outer, m, inner], &[(m * inner) as isize, 1, m as isize], out);
}
