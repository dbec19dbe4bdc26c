//! Elementwise loops with any formula.
//!
//! Short slices run on the caller; longer ones in fixed chunks over the threads. Each output
//! element depends on its own inputs alone, so no cut can change its bits.

use crate::element::Element;
use crate::real::Real;
use crate::threads::Threads;

/// Elements of one chunk, and the length up to which work stays on the caller.
const CHUNK: usize = 16 * 1024;

/// Writes `out[i] = f(x[i])`.
///
/// # Panics
///
/// If the lengths differ.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, map::map1};
///
/// let mut y = [0.0; 3];
/// map1(&Threads::one(), &[1.0, 2.0, 3.0], &mut y, |x: f64| x * x);
/// assert_eq!(y, [1.0, 4.0, 9.0]);
/// ```
pub fn map1<A: Element, U: Element>(on: &Threads, x: &[A], out: &mut [U], f: impl Fn(A) -> U + Sync) {
    assert_eq!(x.len(), out.len(), "map1: input and output lengths differ");
    on.for_each_chunk(out, CHUNK, |i, out| {
        let x = &x[i * CHUNK..][..out.len()];
        for (y, &x) in out.iter_mut().zip(x) {
            *y = f(x);
        }
    });
}

/// Writes `out[i] = f(a[i], b[i])`.
///
/// # Panics
///
/// If the lengths differ.
pub fn map2<A: Element, B: Element, U: Element>(
    on: &Threads,
    a: &[A],
    b: &[B],
    out: &mut [U],
    f: impl Fn(A, B) -> U + Sync,
) {
    assert!(a.len() == out.len() && b.len() == out.len(), "map2: input and output lengths differ");
    on.for_each_chunk(out, CHUNK, |i, out| {
        let (a, b) = (&a[i * CHUNK..][..out.len()], &b[i * CHUNK..][..out.len()]);
        for ((y, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *y = f(a, b);
        }
    });
}

/// Writes `out[i] = f(a[i], b[i], c[i])`.
///
/// # Panics
///
/// If the lengths differ.
pub fn map3<A: Element, B: Element, C: Element, U: Element>(
    on: &Threads,
    a: &[A],
    b: &[B],
    c: &[C],
    out: &mut [U],
    f: impl Fn(A, B, C) -> U + Sync,
) {
    let n = out.len();
    assert!(a.len() == n && b.len() == n && c.len() == n, "map3: input and output lengths differ");
    on.for_each_chunk(out, CHUNK, |i, out| {
        let at = i * CHUNK;
        let (a, b, c) = (&a[at..][..out.len()], &b[at..][..out.len()], &c[at..][..out.len()]);
        for (((y, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
            *y = f(a, b, c);
        }
    });
}

/// Adds `x` to `acc`, element by element.
///
/// # Panics
///
/// If the lengths differ.
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

    const LENGTHS: [usize; 7] = [0, 1, 7, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5];

    #[test]
    fn maps_equal_the_plain_loop_on_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let on = Threads::new(threads);
            for n in LENGTHS {
                let a: Vec<f32> = (0..n).map(|i| i as f32 * 0.37 - 5.0).collect();
                let b: Vec<f32> = a.iter().map(|x| x * 1.7 + 1.0).collect();
                let c: Vec<u32> = (0..n as u32).collect();
                let mut one = vec![0.0; n];
                map1(&on, &a, &mut one, |x| x.exp());
                assert_eq!(one, a.iter().map(|x| x.exp()).collect::<Vec<_>>());
                let mut two = vec![0; n];
                map2(&on, &a, &b, &mut two, |x, y| u8::from(x < y));
                assert_eq!(two, a.iter().zip(&b).map(|(x, y)| u8::from(x < y)).collect::<Vec<_>>());
                let mut three = vec![0.0; n];
                map3(&on, &a, &b, &c, &mut three, |x, y, i| x * y + i as f32);
                assert_eq!(three, (0..n).map(|i| a[i] * b[i] + i as f32).collect::<Vec<_>>());
                add_assign(&on, &mut three, &a);
                assert_eq!(three, (0..n).map(|i| a[i] * b[i] + i as f32 + a[i]).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    #[should_panic(expected = "lengths differ")]
    fn unequal_lengths_are_refused() {
        map1(&Threads::one(), &[1.0], &mut [0.0, 0.0], |x: f64| x);
    }
}
