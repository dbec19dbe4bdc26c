//! Temporary naive twin.
use crate::{Real, Threads};
/// C = A B.
#[allow(clippy::too_many_arguments)]
pub fn gemm<T: Real>(
    _: &Threads,
    m: usize,
    k: usize,
    n: usize,
    a: &[T],
    sa: [isize; 2],
    b: &[T],
    sb: [isize; 2],
    c: &mut [T],
    accumulate: bool,
) {
    for i in 0..m {
        for j in 0..n {
            let mut s = if accumulate { c[i * n + j] } else { T::ZERO };
            for p in 0..k {
                s += a[(i as isize * sa[0] + p as isize * sa[1]) as usize]
                    * b[(p as isize * sb[0] + j as isize * sb[1]) as usize];
            }
            c[i * n + j] = s;
        }
    }
}
