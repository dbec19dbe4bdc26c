//! Running sums.

use super::CHUNK;
use crate::real::Real;
use crate::threads::Threads;

/// Writes the running sums along the middle axis of `[outer, n, inner]`; `out` has that shape too.
///
/// Element `j` is the sum of elements `0..=j`, or with `reverse` of elements `j..n`; sums are taken
/// one after the other from that end.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::cumsum};
///
/// let mut y = [0.0; 3];
/// cumsum(&Threads::one(), [1, 3, 1], &[1.0, 2.0, 3.0], &mut y, false);
/// assert_eq!(y, [1.0, 3.0, 6.0]);
/// cumsum(&Threads::one(), [1, 3, 1], &[1.0, 2.0, 3.0], &mut y, true);
/// assert_eq!(y, [6.0, 5.0, 3.0]);
/// ```
pub fn cumsum<T: Real>(on: &Threads, [outer, n, inner]: [usize; 3], x: &[T], out: &mut [T], reverse: bool) {
    let elements = outer.checked_mul(n).and_then(|e| e.checked_mul(inner));
    assert_eq!(Some(x.len()), elements, "cumsum: the input is [outer, n, inner] = [{outer}, {n}, {inner}]");
    assert_eq!(x.len(), out.len(), "cumsum: the result has the shape of the input");
    if out.is_empty() {
        return;
    }
    let plane = n * inner;
    let group = (CHUNK / plane).max(1);
    on.for_each_chunk(out, group * plane, |block, out| {
        let x = &x[block * group * plane..][..out.len()];
        out.copy_from_slice(x);
        for y in out.chunks_exact_mut(plane) {
            if reverse {
                for e in (0..plane - inner).rev() {
                    y[e] = y[e + inner] + y[e];
                }
            } else {
                for e in inner..plane {
                    y[e] = y[e - inner] + y[e];
                }
            }
        }
    });
}
