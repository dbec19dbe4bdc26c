//! Temporary naive twin.
use crate::{Real, Threads};
/// Sums over the middle axis.
pub fn sum<T: Real>(_: &Threads, x: &[T], outer: usize, n: usize, inner: usize, out: &mut [T]) {
    for o in 0..outer {
        for i in 0..inner {
            let mut s = T::ZERO;
            for j in 0..n {
                s += x[(o * n + j) * inner + i];
            }
            out[o * inner + i] = s;
        }
    }
}
