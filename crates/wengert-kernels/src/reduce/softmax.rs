//! Logarithms of sums of exponentials, and softmax.
//!
//! Both subtract the largest element first, which keeps `exp` from overflowing (above 88 in f32).

use super::extremes::row_extreme;
use super::sum::row_sum;
use super::{CHUNK, assert_lengths};
use crate::buffer::Buffer;
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
    for_each_row(on, dims, x, out, 1, |on, row, y| {
        let largest = row_extreme(row, T::max);
        y[0] = if largest.is_finite() {
            largest + row_sum(on, row, |x| (x - largest).exp()).ln()
        } else {
            largest
        };
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
        for_each_row(on, dims, x, out, n, |on, row, y| row_softmax(on, row, y, all_masked));
    }
}

fn row_softmax<T: Real>(on: &Threads, x: &[T], y: &mut [T], all_masked: AllMasked) {
    let largest = row_extreme(x, T::max);
    if largest.is_nan() {
        return y.fill(T::NAN);
    }
    if largest == -T::INFINITY {
        return y.fill(if all_masked == AllMasked::Zeros { T::ZERO } else { T::NAN });
    }
    for (y, &x) in y.iter_mut().zip(x) {
        // The difference of equal infinities is NaN, so the largest are told apart first.
        *y = if x == largest { T::ONE } else { (x - largest).exp() };
    }
    let total = row_sum(on, y, |y| y);
    for y in y {
        *y = *y / total;
    }
}

/// Calls `f(threads, row of n elements, its m results)` for each outer and inner place.
///
/// `x` is `[outer, n, inner]` with elements, `out` is `[outer, m, inner]`. Rows with inner places
/// between them are copied together, so that their results have the bits of contiguous ones.
pub(super) fn for_each_row<T: Real>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    out: &mut [T],
    m: usize,
    f: impl Fn(&Threads, &[T], &mut [T]) + Sync,
) {
    if inner == 1 {
        if outer == 1 {
            return f(on, x, out);
        }
        let group = (CHUNK / n).max(1);
        on.for_each_chunk(out, group * m, |block, out| {
            let rows = x[block * group * n..].chunks_exact(n);
            rows.zip(out.chunks_exact_mut(m)).for_each(|(row, y)| f(on, row, y));
        });
        return;
    }
    let mut rows = Buffer::scratch(x.len());
    let strides = |n: usize| [(n * inner) as isize, 1, inner as isize];
    copy_strided(on, x, 0, &[outer, inner, n], &strides(n), &mut rows);
    if m == 1 {
        return for_each_row(on, [outer * inner, n, 1], &rows, out, 1, f);
    }
    let mut results = Buffer::scratch(out.len());
    for_each_row(on, [outer * inner, n, 1], &rows, &mut results, m, f);
    copy_strided(on, &results, 0, &[outer, m, inner], &[(m * inner) as isize, 1, m as isize], out);
}
