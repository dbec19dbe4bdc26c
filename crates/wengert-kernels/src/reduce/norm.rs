//! Euclidean norms, and norms of other exponents, without overflow or underflow.

use super::assert_lengths;
use super::extremes::row_extreme;
use super::softmax::for_each_row;
use super::sum::row_sum;
use crate::real::Real;
use crate::threads::Threads;

/// Writes the Euclidean norms along the middle axis of `[outer, n, inner]`; 0 where `n` is 0.
///
/// Where a square would overflow or underflow, elements are scaled by a power of two first. The norm
/// of a row with a NaN is NaN, else with an infinity it is infinite.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::norm2};
///
/// let mut y = [0.0f32; 1];
/// norm2(&Threads::one(), [1, 2, 1], &[3e20, 4e20], &mut y);
/// assert_eq!(y, [5e20]);
/// ```
pub fn norm2<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    if !assert_lengths("norm2", dims, x.len(), out.len()) {
        return;
    }
    if dims[1] == 0 {
        return out.fill(T::ZERO);
    }
    for_each_row(on, dims, x, out, 1, |on, row, y| y[0] = row_norm(on, row));
}

/// The norm of one row, not empty.
pub(crate) fn row_norm<T: Real>(on: &Threads, x: &[T]) -> T {
    let squares = row_sum(on, x, |x| x * x);
    // Above this bound, squares lost to underflow are below rounding.
    let safe = T::from_f64(x.len() as f64) * T::MIN_POSITIVE / T::EPSILON;
    if squares.is_finite() && squares >= safe {
        return squares.sqrt();
    }
    let largest = largest_size(x);
    if !largest.is_finite() || largest == T::ZERO {
        return largest;
    }
    // Scaling by 2^-e brings the largest into [1/2, 1). In two steps, as 2^1073 alone overflows.
    let (_, e) = libm::frexp(largest.to_f64());
    let power = |e: i32| T::from_f64(libm::scalbn(1.0, e));
    let (first, second) = (e / 2, e - e / 2);
    let (down, down_too) = (power(-first), power(-second));
    let scaled = row_sum(on, x, |x| {
        let x = x * down * down_too;
        x * x
    });
    scaled.sqrt() * power(first) * power(second)
}

/// Writes the norms of exponent `p`, finite and above 0, along the middle axis of `[outer, n, inner]`; 0 where `n` is 0.
///
/// Elements are divided by the largest first. The norm of a row with a NaN is NaN, else with an infinity it is infinite.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::p_norm};
///
/// let mut y = [0.0f64; 1];
/// p_norm(&Threads::one(), [1, 3, 1], &[3e200, -4e200, 5e200], 3.0, &mut y);
/// assert!((y[0] / 6e200 - 1.0).abs() < 1e-15);
/// ```
pub fn p_norm<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], p: f64, out: &mut [T]) {
    if !assert_lengths("p_norm", dims, x.len(), out.len()) {
        return;
    }
    if dims[1] == 0 {
        return out.fill(T::ZERO);
    }
    for_each_row(on, dims, x, out, 1, |on, row, y| y[0] = row_p_norm(on, row, p));
}

fn row_p_norm<T: Real>(on: &Threads, x: &[T], p: f64) -> T {
    let largest = largest_size(x);
    if !largest.is_finite() || largest == T::ZERO {
        return largest;
    }
    let (power, root) = (T::from_f64(p), T::from_f64(1.0 / p));
    let whole = p as i32; // saturates
    let sum = if f64::from(whole) == p {
        row_sum(on, x, |x| (x / largest).abs().powi(whole))
    } else {
        row_sum(on, x, |x| (x / largest).abs().pow(power))
    };
    sum.pow(root) * largest
}

/// The largest absolute value; NaN if an element is.
fn largest_size<T: Real>(x: &[T]) -> T {
    row_extreme(x, |best, x| if best.abs() > x.abs() || best.is_nan() { best } else { x }).abs()
}
