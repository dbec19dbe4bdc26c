//! Sums and means of tensors where they lie.

use super::columns::{Rows, column_sums};
use super::sum::means_of;
use super::{CHUNK, assert_lengths};
use crate::real::Real;
use crate::threads::Threads;

/// In which order terms are added: that of [`sum`](super::sum) over a contiguous tensor, with or without inner elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// That of `[results, n, 1]`, where each result has a contiguous line of terms.
    Lines,
    /// That of `[outer, n, inner]` with `inner > 1`, where whole rows are added.
    Rows,
}

/// A tensor `[outer, n, inner]` of which inner elements lie side by side, and outer and middle ones steps apart.
///
/// Element `[o, j, i]` is `x[o * outer_step + j * step + i]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    /// The elements, from the first one on.
    pub x: &'a [T],
    /// Sizes of the three axes; the middle one is reduced.
    pub dims: [usize; 3],
    /// Distance of neighbors along the outer axis.
    pub outer_step: usize,
    /// Distance of neighbors along the middle axis.
    pub step: usize,
    /// The order of the sums.
    pub order: Order,
}

/// Writes the sums along the middle axis of a view to `out`, `[outer, inner]`; 0 where that axis is empty.
///
/// The bits are those of [`sum`](super::sum) over a contiguous copy in the shape that the order names.
///
/// # Panics
///
/// If the view reaches outside its elements, or `out` has another length.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::{Order, View, sum_view}};
///
/// // Two channels side by side at each of three places.
/// let x = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
/// let view = View { x: &x, dims: [1, 3, 2], outer_step: 6, step: 2, order: Order::Lines };
/// let mut y = [0.0; 2];
/// sum_view(&Threads::one(), view, &mut y);
/// assert_eq!(y, [6.0, 60.0]);
/// ```
pub fn sum_view<T: Real>(on: &Threads, view: View<'_, T>, out: &mut [T]) {
    let View { x, dims: [outer, n, inner], outer_step, step, order } = view;
    let reach = |size: usize, step: usize| size.saturating_sub(1).checked_mul(step);
    let len =
        outer.checked_mul(n).and_then(|e| e.checked_mul(inner)).expect("sum_view: the view is too large");
    if !assert_lengths("sum_view", view.dims, len, out.len()) {
        return;
    }
    if n == 0 {
        return out.fill(T::ZERO);
    }
    let last =
        reach(outer, outer_step).zip(reach(n, step)).and_then(|(o, j)| o.checked_add(j)?.checked_add(inner));
    assert!(last.is_some_and(|last| last <= x.len()), "sum_view: {view:?} reaches outside its elements");
    let one = |on: &Threads, o: usize, y: &mut [T]| {
        column_sums(on, Rows { x: &x[o * outer_step..], n, row: step, order }, y);
    };
    if outer == 1 || n * inner >= 64 * CHUNK {
        out.chunks_exact_mut(inner).enumerate().for_each(|(o, y)| one(on, o, y));
        return;
    }
    let group = (CHUNK / (n * inner)).max(1);
    on.for_each_chunk(out, group * inner, |block, out| {
        let single = Threads::one();
        (block * group..).zip(out.chunks_exact_mut(inner)).for_each(|(o, y)| one(&single, o, y));
    });
}

/// Writes the means along the middle axis of a view to `out`, `[outer, inner]`; NaN where that axis is empty.
///
/// As [`mean`](super::mean) over a contiguous copy in the shape that the order names.
///
/// # Panics
///
/// As [`sum_view`].
pub fn mean_view<T: Real>(on: &Threads, view: View<'_, T>, out: &mut [T]) {
    sum_view(on, view, out);
    let View { x, dims: [_, n, inner], outer_step, step, .. } = view;
    means_of(on, n, out, |i, j| x[i / inner * outer_step + j * step + i % inner]);
}
