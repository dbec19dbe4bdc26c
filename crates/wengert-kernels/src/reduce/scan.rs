//! Running sums, running products and recurrences.

use super::CHUNK;
use crate::real::Real;
use crate::threads::Threads;

/// Writes the running sums along the middle axis of `[outer, n, inner]`; `out` has that shape too.
///
/// Element `j` is the sum of elements `0..=j`, or with `reverse` of elements `j..n`; terms are added one after the other
/// from that end, in double precision, and each sum is rounded once.
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
pub fn cumsum<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T], reverse: bool) {
    // The only number that changes nothing when it is added to, not even the sign of a zero.
    scan("cumsum", on, dims, [x], out, reverse, -0.0_f64, |sum, [x], _| {
        let sum = sum + x.to_f64();
        (sum, T::from_f64(sum))
    });
}

/// Writes the running products along the middle axis of `[outer, n, inner]`; `out` has that shape too.
///
/// Element `j` is the product of elements `0..=j`, one factor after the other.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::cumprod};
///
/// let mut y = [0.0; 3];
/// cumprod(&Threads::one(), [1, 3, 1], &[2.0, 0.5, 3.0], &mut y);
/// assert_eq!(y, [2.0, 1.0, 3.0]);
/// ```
pub fn cumprod<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    scan("cumprod", on, dims, [x], out, false, T::ONE, |product, [x], _| {
        let product = product * x;
        (product, product)
    });
}

/// Writes `y[j] = b[j] + a[j] * y[j - 1]` along the middle axis of `[outer, n, inner]`, or with `reverse`
/// `y[j] = b[j] + a[j + 1] * y[j + 1]`; all have that shape. A product with `y` of 0 is 0, whatever `a`.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::recurrence};
///
/// let (a, b, mut y) = ([9.0, 2.0, 3.0], [1.0, 0.0, 1.0], [0.0; 3]);
/// recurrence(&Threads::one(), [1, 3, 1], &a, &b, &mut y, false);
/// assert_eq!(y, [1.0, 2.0, 7.0]);
/// recurrence(&Threads::one(), [1, 3, 1], &a, &b, &mut y, true);
/// assert_eq!(y, [7.0, 3.0, 1.0]);
/// ```
pub fn recurrence<T: Real>(on: &Threads, dims: [usize; 3], a: &[T], b: &[T], out: &mut [T], reverse: bool) {
    // From the end, the factor is that of the element before, which was come by last.
    let start = (T::ZERO, T::ZERO);
    scan("recurrence", on, dims, [a, b], out, reverse, start, |(y, after), [a, b], reverse| {
        let factor = if reverse { after } else { a };
        let y = if y == T::ZERO { b } else { b + factor * y };
        ((y, a), y)
    });
}

/// Goes along every line of `[outer, n, inner]`, from either end, with a state that starts anew in each: `step` makes of
/// the state and the elements there the next state and the result.
#[expect(clippy::too_many_arguments, reason = "what is scanned, and how")]
fn scan<T: Real, S: Copy + Sync, const N: usize>(
    name: &str,
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: [&[T]; N],
    out: &mut [T],
    reverse: bool,
    start: S,
    step: impl Fn(S, [T; N], bool) -> (S, T) + Sync,
) {
    let elements = outer.checked_mul(n).and_then(|e| e.checked_mul(inner));
    for x in x {
        assert_eq!(
            Some(x.len()),
            elements,
            "{name}: an input is [outer, n, inner] = [{outer}, {n}, {inner}]"
        );
        assert_eq!(x.len(), out.len(), "{name}: the result has the shape of the input");
    }
    if out.is_empty() {
        return;
    }
    let plane = n * inner;
    let group = (CHUNK / plane).max(1);
    on.for_each_chunk(out, group * plane, |block, out| {
        let mut states = vec![start; inner];
        for (k, out) in out.chunks_exact_mut(plane).enumerate() {
            states.fill(start);
            let x = x.map(|x| &x[(block * group + k) * plane..][..plane]);
            for j in 0..n {
                let row = if reverse { n - 1 - j } else { j } * inner;
                let x = x.map(|x| &x[row..][..inner]);
                for (i, (state, y)) in states.iter_mut().zip(&mut out[row..][..inner]).enumerate() {
                    (*state, *y) = step(*state, x.map(|x| x[i]), reverse);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_sum_of_many_tenths_does_not_drift() {
        let n = 3_000_000;
        let (x, mut y) = (vec![0.1_f32; n], vec![0.0; n]);
        for (dims, steps) in [([1, n, 1], n), ([1, n / 3, 3], n / 3)] {
            for reverse in [false, true] {
                cumsum(&Threads::one(), dims, &x, &mut y, reverse);
                let last = f64::from(if reverse { y[0] } else { y[n - 1] });
                assert!((last / (steps as f64 * f64::from(0.1_f32)) - 1.0).abs() < 1e-7, "{last}");
            }
        }
    }

    #[test]
    fn lines_are_told_apart_and_zeros_keep_their_sign() {
        let x = [1.0_f32, 10.0, 2.0, 20.0, -0.0, -0.0, 4.0, 40.0];
        let mut y = [9.0; 8];
        cumsum(&Threads::one(), [2, 2, 2], &x, &mut y, false);
        assert_eq!(y, [1.0, 10.0, 3.0, 30.0, 0.0, 0.0, 4.0, 40.0]);
        assert!(y[4].is_sign_negative() && y[5].is_sign_negative());
        cumprod(&Threads::one(), [2, 2, 2], &x, &mut y);
        assert_eq!(y, [1.0, 10.0, 2.0, 200.0, 0.0, 0.0, 0.0, 0.0]);
        let b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        recurrence(&Threads::one(), [2, 2, 2], &x, &b, &mut y, false);
        assert_eq!(y, [1.0, 2.0, 5.0, 44.0, 5.0, 6.0, 27.0, 248.0]);
        recurrence(&Threads::one(), [2, 2, 2], &x, &b, &mut y, true);
        assert_eq!(y, [7.0, 82.0, 3.0, 4.0, 33.0, 326.0, 7.0, 8.0]);
    }

    #[test]
    fn a_state_of_zero_wins_over_any_factor() {
        let (a, b) = ([1.0, f64::NAN, f64::INFINITY, 2.0], [0.0, 0.0, 1.0, 1.0]);
        let mut y = [9.0; 4];
        recurrence(&Threads::one(), [1, 4, 1], &a, &b, &mut y, false);
        assert_eq!(y, [0.0, 0.0, 1.0, 3.0]);
        recurrence(
            &Threads::one(),
            [1, 4, 1],
            &[5.0, 2.0, f64::NAN, 7.0],
            &[1.0, 3.0, 0.0, 0.0],
            &mut y,
            true,
        );
        assert_eq!(y, [7.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let x: Vec<f32> = (0..120_000).map(|i| 0.9 + (i * 7919 % 1009) as f32 / 5000.0).collect();
        let dims = [40, 300, 10];
        let [mut one, mut three] = [vec![0.0; x.len()], vec![0.0; x.len()]];
        for (threads, y) in [(1, &mut one), (3, &mut three)] {
            cumprod(&Threads::new(threads), dims, &x, y);
        }
        assert_eq!(one, three);
        for (threads, y) in [(1, &mut one), (3, &mut three)] {
            recurrence(&Threads::new(threads), dims, &x, &x, y, true);
        }
        assert_eq!(one, three);
    }
}
