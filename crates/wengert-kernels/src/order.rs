//! Which element of a line stands at which place: orders by value and running extremes, as positions.

use crate::real::Real;
use crate::threads::Threads;

/// Elements that one block handles, at least one slice of the outer axis.
const CHUNK: usize = 16 * 1024;

/// Where the NaN of a line go when it is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nans {
    /// After all numbers, in the order in which they came.
    Last,
    /// Before all numbers, in the order in which they came.
    First,
    /// The first of them stands at every place of its line, so that no number chosen from it is plausible.
    Everywhere,
}

/// A choice of one element of a line for each of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// From the smallest to the largest; equal elements, and zeros of either sign, stay in their order.
    Ascending(Nans),
    /// From the largest to the smallest; equal elements, and zeros of either sign, stay in their order.
    Descending(Nans),
    /// The middle of the numbers: at even places the lower of the two if their count is even, at odd ones the upper.
    ///
    /// NaN is left out; of NaN alone the first.
    Middles,
    /// The largest element so far, the first of equal ones; from the first NaN on that one.
    RunningMax,
    /// The smallest element so far, the first of equal ones; from the first NaN on that one.
    RunningMin,
}

/// Writes for every place along the middle axis of `[outer, n, inner]` the position of the element chosen for it.
///
/// # Panics
///
/// If a length does not fit its shape, or `n` is above `u32::MAX`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, order::{Nans, Order, positions}};
///
/// let mut p = [0; 3];
/// positions(&Threads::one(), [1, 3, 1], &[5.0, 2.0, 5.0], Order::Descending(Nans::Last), &mut p);
/// assert_eq!(p, [0, 2, 1]);
/// positions(&Threads::one(), [1, 3, 1], &[5.0, 2.0, 5.0], Order::RunningMax, &mut p);
/// assert_eq!(p, [0, 0, 0]);
/// ```
pub fn positions<T: Real>(
    on: &Threads,
    [outer, n, inner]: [usize; 3],
    x: &[T],
    order: Order,
    out: &mut [u32],
) {
    let elements = outer.checked_mul(n).and_then(|e| e.checked_mul(inner));
    assert_eq!(
        Some(x.len()),
        elements,
        "positions: the input is [outer, n, inner] = [{outer}, {n}, {inner}]"
    );
    assert_eq!(x.len(), out.len(), "positions: the result has the shape of the input");
    assert!(
        u32::try_from(n).is_ok(),
        "positions: {n} elements along the axis, at most 2^32 - 1 are supported"
    );
    if out.is_empty() {
        return;
    }
    let plane = n * inner;
    let group = (CHUNK / plane).max(1);
    on.for_each_chunk(out, group * plane, |block, out| {
        let x = &x[block * group * plane..][..out.len()];
        let mut keyed = Vec::new();
        for (x, out) in x.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
            for i in 0..inner {
                let (x, out) = (x[i..].iter().step_by(inner), out[i..].iter_mut().step_by(inner));
                match order {
                    Order::Ascending(nans) => sort(x, nans, false, &mut keyed, out),
                    Order::Descending(nans) => sort(x, nans, true, &mut keyed, out),
                    Order::Middles => middles(x, &mut keyed, out),
                    Order::RunningMax => running(x, |a, b| a > b, out),
                    Order::RunningMin => running(x, |a, b| a < b, out),
                }
            }
        }
    });
}

/// An integer that is larger the larger the number is, the same for zeros of either sign; never 0 nor `u64::MAX`.
fn rank<T: Real>(x: T, descending: bool) -> u64 {
    let bits = (x.to_f64() + 0.0).to_bits();
    let rank = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    if descending { !rank } else { rank }
}

/// The elements of a line in order, as ranks with positions.
fn sort_keys<'a, T: Real>(
    x: impl Iterator<Item = &'a T>,
    nans: Nans,
    descending: bool,
    keyed: &mut Vec<(u64, u32)>,
) {
    let of_nan = if nans == Nans::Last { u64::MAX } else { 0 };
    let key = |x: T| if x.is_nan() { of_nan } else { rank(x, descending) };
    keyed.clear();
    keyed.extend(x.zip(0..).map(|(&x, k)| (key(x), k)));
    // Positions settle ties, so that the sort is stable.
    keyed.sort_unstable();
}

/// The positions of a line in the order of its elements.
fn sort<'a, T: Real>(
    x: impl Iterator<Item = &'a T>,
    nans: Nans,
    descending: bool,
    keyed: &mut Vec<(u64, u32)>,
    out: impl Iterator<Item = &'a mut u32>,
) {
    sort_keys(x, nans, descending, keyed);
    if nans == Nans::Everywhere
        && let Some(&(0, first)) = keyed.first()
    {
        out.for_each(|p| *p = first);
        return;
    }
    for (p, &(_, k)) in out.zip(keyed.iter()) {
        *p = k;
    }
}

/// The positions of the two middle numbers of a line, in turn.
fn middles<'a, T: Real>(
    x: impl Iterator<Item = &'a T>,
    keyed: &mut Vec<(u64, u32)>,
    out: impl Iterator<Item = &'a mut u32>,
) {
    sort_keys(x, Nans::Last, false, keyed);
    let numbers = keyed.partition_point(|&(key, _)| key != u64::MAX).max(1);
    let middle = [keyed[(numbers - 1) / 2].1, keyed[numbers / 2 % numbers].1];
    for (p, k) in out.zip(middle.into_iter().cycle()) {
        *p = k;
    }
}

/// The position of the best element so far.
fn running<'a, T: Real>(
    x: impl Iterator<Item = &'a T>,
    beats: impl Fn(T, T) -> bool,
    out: impl Iterator<Item = &'a mut u32>,
) {
    let mut best: Option<(T, u32)> = None;
    for ((&x, k), p) in x.zip(0..).zip(out) {
        // Nothing beats a NaN: comparisons with it are false.
        let winner = match best {
            Some((b, _)) if beats(x, b) || (x.is_nan() && !b.is_nan()) => (x, k),
            Some(best) => best,
            None => (x, k),
        };
        best = Some(winner);
        *p = winner.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn of(x: &[f64], order: Order) -> Vec<u32> {
        let mut out = vec![9; x.len()];
        positions(&Threads::one(), [1, x.len(), 1], x, order, &mut out);
        out
    }

    #[test]
    fn equal_elements_keep_their_order_both_ways() {
        let x = [2.0, 1.0, 2.0, -0.0, 0.0, 1.0];
        assert_eq!(of(&x, Order::Ascending(Nans::Last)), [3, 4, 1, 5, 0, 2]);
        assert_eq!(of(&x, Order::Descending(Nans::Last)), [0, 2, 1, 5, 3, 4]);
    }

    #[test]
    fn nan_goes_where_it_is_sent() {
        let x = [1.0, NAN, f64::INFINITY, -NAN, f64::NEG_INFINITY];
        assert_eq!(of(&x, Order::Ascending(Nans::Last)), [4, 0, 2, 1, 3]);
        assert_eq!(of(&x, Order::Descending(Nans::Last)), [2, 0, 4, 1, 3]);
        assert_eq!(of(&x, Order::Ascending(Nans::First)), [1, 3, 4, 0, 2]);
        assert_eq!(of(&x, Order::Descending(Nans::First)), [1, 3, 2, 0, 4]);
        assert_eq!(of(&x, Order::Ascending(Nans::Everywhere)), [1; 5]);
        assert_eq!(of(&[3.0, 1.0], Order::Ascending(Nans::Everywhere)), [1, 0]);
    }

    #[test]
    fn the_first_of_equal_extremes_stays_and_nan_wins() {
        assert_eq!(of(&[1.0, 3.0, 3.0, 2.0, 4.0], Order::RunningMax), [0, 1, 1, 1, 4]);
        assert_eq!(of(&[3.0, 1.0, 1.0, -0.0, 0.0], Order::RunningMin), [0, 1, 1, 3, 3]);
        assert_eq!(of(&[1.0, NAN, 5.0, NAN], Order::RunningMax), [0, 1, 1, 1]);
        assert_eq!(of(&[NAN, -5.0], Order::RunningMin), [0, 0]);
        assert_eq!(of(&[f64::NEG_INFINITY; 2], Order::RunningMax), [0, 0]);
    }

    #[test]
    fn the_middle_of_the_numbers_is_found_between_nan() {
        assert_eq!(of(&[4.0, NAN, 1.0, 3.0, 9.0], Order::Middles), [3, 0, 3, 0, 3]);
        assert_eq!(of(&[NAN, 4.0, 1.0, 3.0], Order::Middles), [3; 4]);
        assert_eq!(of(&[NAN, 2.0], Order::Middles), [1, 1]);
        assert_eq!(of(&[2.0, 2.0], Order::Middles), [0, 1]);
        assert_eq!(of(&[NAN, NAN], Order::Middles), [0, 0]);
        assert_eq!(of(&[7.0], Order::Middles), [0]);
    }

    #[test]
    fn numbers_of_every_size_are_ordered_as_they_compare() {
        let x = [1e300, -1e-310, 5e-324, -1e300, f64::MAX, -5e-324, f64::MIN, 0.0, 1.0, -1.0];
        let p = of(&x, Order::Ascending(Nans::Last));
        assert!(p.windows(2).all(|w| x[w[0] as usize] < x[w[1] as usize]), "{p:?}");
        let down: Vec<u32> = p.iter().rev().copied().collect();
        assert_eq!(of(&x, Order::Descending(Nans::Last)), down);
    }

    #[test]
    fn lines_are_told_apart_and_threads_change_nothing() {
        let x = [3.0, 1.0, 2.0, 4.0, 1.0, 0.0];
        let mut out = [9; 6];
        positions(&Threads::one(), [1, 3, 2], &x, Order::Ascending(Nans::Last), &mut out);
        assert_eq!(out, [2, 2, 1, 0, 0, 1]);
        let many: Vec<f32> = (0..120_000).map(|i| (i * 7919 % 1009) as f32).collect();
        let [mut one, mut three] = [vec![0; many.len()], vec![0; many.len()]];
        for order in [Order::Descending(Nans::First), Order::RunningMin] {
            positions(&Threads::one(), [120, 100, 10], &many, order, &mut one);
            positions(&Threads::new(3), [120, 100, 10], &many, order, &mut three);
            assert_eq!(one, three);
        }
    }

    #[test]
    fn of_nothing_there_are_none_and_of_one_the_first() {
        positions::<f32>(&Threads::one(), [3, 0, 2], &[], Order::RunningMax, &mut []);
        positions::<f64>(&Threads::one(), [0, 4, 2], &[], Order::Ascending(Nans::First), &mut []);
        let mut only = [7];
        positions(&Threads::one(), [1, 1, 1], &[f64::NAN], Order::Ascending(Nans::First), &mut only);
        assert_eq!(only, [0], "of one it is the first");
    }
}
