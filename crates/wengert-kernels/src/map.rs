//! Sums in place.
//!
//! Short slices run on the caller; longer ones in fixed chunks over the threads. Each output
//! element depends on its own inputs alone, so no cut can change its bits.

use crate::real::Real;
use crate::threads::Threads;

/// Elements of one chunk, and the length up to which work stays on the caller.
const CHUNK: usize = 16 * 1024;

/// Adds `x` to `acc`, element by element.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, map::add_assign};
///
/// let mut sum = [1.0, 2.0];
/// add_assign(&Threads::one(), &mut sum, &[10.0, 20.0]);
/// assert_eq!(sum, [11.0, 22.0]);
/// ```
pub fn add_assign<T: Real>(on: &Threads, acc: &mut [T], x: &[T]) {
    assert_eq!(acc.len(), x.len(), "add_assign: lengths differ");
    on.for_each_chunk(acc, CHUNK, |i, acc| {
        let x = &x[i * CHUNK..][..acc.len()];
        for (a, &x) in acc.iter_mut().zip(x) {
            *a += x;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_equal_the_plain_loop_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            for n in [0, 1, 7, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
                let a: Vec<f32> = (0..n).map(|i| i as f32 * 0.37 - 5.0).collect();
                let mut sum: Vec<f32> = a.iter().map(|x| x * 1.7 + 1.0).collect();
                let expected: Vec<f32> = sum.iter().zip(&a).map(|(s, x)| s + x).collect();
                add_assign(&Threads::new(threads), &mut sum, &a);
                assert_eq!(sum, expected);
            }
        }
    }

    #[test]
    #[should_panic(expected = "lengths differ")]
    fn unequal_lengths_are_refused() {
        add_assign(&Threads::one(), &mut [1.0], &[0.0, 0.0]);
    }
}
