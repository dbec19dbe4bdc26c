//! Sums in a fixed tree, and means.
//!
//! An axis is cut into leaves of fixed length. Leaves are summed in order, and their sums pairwise: a
//! term passes as many roundings as its leaf has terms to a lane, and one for each level of the tree, so
//! the error grows with the logarithm of the length.

use super::level::{Loop, vectorized};
use super::view::{Order, View, sum_view};
use super::{CHUNK, assert_lengths};
use crate::buffer::Buffer;
use crate::real::Real;
use crate::threads::Threads;

/// Running sums side by side in a leaf, enough for the widest vector unit.
pub(super) const LANES: usize = 16;

/// Elements of a leaf of a contiguous axis: 16 terms for each lane.
pub(crate) const LEAF: usize = 16 * LANES;

/// Rows of a leaf of an axis with inner elements.
pub(crate) const LEAF_ROWS: usize = 16;

/// Writes the sums along the middle axis of `[outer, n, inner]`; 0 where `n` is 0.
///
/// # Panics
///
/// If a length does not fit its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, reduce::sum};
///
/// let mut y = [0.0; 2];
/// sum(&Threads::one(), [1, 3, 2], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], &mut y);
/// assert_eq!(y, [6.0, 60.0]);
/// ```
pub fn sum<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    if !assert_lengths("sum", dims, x.len(), out.len()) {
        return;
    }
    let [outer, n, inner] = dims;
    if inner > 1 {
        let view = View { x, dims, outer_step: n * inner, step: inner, order: Order::Rows };
        sum_view(on, view, out);
    } else if n == 0 {
        out.fill(T::ZERO);
    } else if outer == 1 || n >= 64 * CHUNK {
        out.iter_mut().zip(x.chunks_exact(n)).for_each(|(y, x)| *y = row_sum(on, x, |x| x));
    } else {
        let group = (CHUNK / n).max(1);
        on.for_each_chunk(out, group, |block, out| {
            let rows = x[block * group * n..].chunks_exact(n);
            out.iter_mut().zip(rows).for_each(|(y, x)| *y = row_sum(&Threads::one(), x, |x| x));
        });
    }
}

/// Writes the means along the middle axis of `[outer, n, inner]`; NaN where `n` is 0.
///
/// Finite elements have a finite mean: where their sum overflows, it is taken again of elements
/// scaled down by a power of two.
///
/// # Panics
///
/// If a length does not fit its shape.
pub fn mean<T: Real>(on: &Threads, dims: [usize; 3], x: &[T], out: &mut [T]) {
    sum(on, dims, x, out);
    let [_, n, inner] = dims;
    means_of(on, n, out, |i, j| x[i / inner * n * inner + i % inner + j * inner]);
}

/// Turns sums of `n` terms into means; `term(i, j)` is term `j` of result `i`.
pub(crate) fn means_of<T: Real>(on: &Threads, n: usize, out: &mut [T], term: impl Fn(usize, usize) -> T) {
    let count = n as f64;
    for (i, y) in out.iter_mut().enumerate() {
        *y = if y.is_finite() || n == 0 {
            T::from_f64(y.to_f64() / count)
        } else {
            let column = Buffer::from_fn(n, |j| term(i, j));
            scaled_mean(on, &column).unwrap_or(*y)
        };
    }
}

/// The mean of finite elements whose sum overflows; none if an element is not finite.
fn scaled_mean<T: Real>(on: &Threads, x: &[T]) -> Option<T> {
    if !x.iter().all(|x| x.is_finite()) {
        return None;
    }
    // The least power of two that is not below the count: sums of scaled elements stay below MAX.
    let power = x.len().next_power_of_two() as f64;
    let scale = T::from_f64(1.0 / power);
    let sum = row_sum(on, x, |x| x * scale);
    let mean = sum / T::from_f64(x.len() as f64 / power);
    // Rounding may carry a mean of largest numbers past the largest.
    Some(if mean.is_finite() { mean } else { T::MAX.copysign(mean) })
}

/// The sum of `f` over contiguous elements; the cut depends on their number alone.
pub(super) fn row_sum<T: Real>(on: &Threads, x: &[T], f: impl Fn(T) -> T + Sync) -> T {
    if x.len() <= GROUP {
        let mut sum = [T::ZERO];
        vectorized(Groups { x, sums: &mut sum, f: &f });
        return sum[0];
    }
    let count = x.len().div_ceil(GROUP);
    let (mut few, mut many);
    let sums = if count <= FEW {
        few = [T::ZERO; FEW];
        &mut few[..count]
    } else {
        many = Buffer::scratch(count);
        &mut many[..]
    };
    let per_chunk = CHUNK / GROUP;
    on.for_each_chunk(sums, per_chunk, |chunk, sums| {
        vectorized(Groups { x: &x[chunk * per_chunk * GROUP..], sums, f: &f });
    });
    add_pairwise(sums, 1);
    sums[0]
}

/// Groups whose sums need no memory beside the stack.
const FEW: usize = 64;

/// Leaves whose lanes are added up side by side.
const TOGETHER: usize = 16;

/// Elements of so many leaves.
const GROUP: usize = TOGETHER * LEAF;

const _: () = assert!(CHUNK.is_multiple_of(GROUP));

/// Sums of `f` over group after group, as many as there are sums; an empty line has one of no terms.
struct Groups<'a, T, F> {
    x: &'a [T],
    sums: &'a mut [T],
    f: &'a F,
}

impl<T: Real, F: Fn(T) -> T> Loop for Groups<'_, T, F> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let mut rest = self.x;
        for sum in self.sums {
            let (x, after) = rest.split_at(GROUP.min(rest.len()));
            rest = after;
            *sum = match x.len() {
                ..=LEAF => leaf_sum(x, self.f),
                n if n <= 4 * LEAF => sum_of_four(x, self.f),
                _ => sum_of_sixteen(x, self.f),
            };
        }
    }
}

/// Defines the sum of `f` over up to so many leaves, as [`leaf_sum`] of each and [`add_pairwise`] have it bit for bit.
///
/// `sum_of_leaves!(sum_of_two, 2: 16, 8, 4, 2, 1)` expands to a function `sum_of_two` that puts the lanes of two leaves in
/// a row and adds neighbors until 16, 8, 4, 2, 1 numbers are left: vectors stay full nearly to the last. Leaves that are
/// not there are zeros, which change no sum: none is -0, since all begin with 0.
macro_rules! sum_of_leaves {
    ($name:ident, $leaves:literal: $($left:literal),*) => {
        #[inline(always)]
        fn $name<T: Real>(x: &[T], f: impl Fn(T) -> T) -> T {
            let mut rows = [[T::ZERO; LANES]; $leaves];
            let (whole, rest) = x.as_chunks::<LEAF>();
            for (row, leaf) in rows.iter_mut().zip(whole) {
                *row = leaf_lanes(leaf, &f);
            }
            if let Some(row) = rows.get_mut(whole.len()) {
                *row = leaf_lanes(rest, &f);
            }
            let numbers = rows.as_flattened();
            $(
                let mut sums = [T::ZERO; $left];
                add_neighbors(numbers, &mut sums);
                let numbers = &sums;
            )*
            numbers[0]
        }
    };
}

sum_of_leaves!(sum_of_four, 4: 32, 16, 8, 4, 2, 1);
sum_of_leaves!(sum_of_sixteen, 16: 128, 64, 32, 16, 8, 4, 2, 1);

#[inline(always)]
fn add_neighbors<T: Real>(x: &[T], sums: &mut [T]) {
    for (sum, &[a, b]) in sums.iter_mut().zip(x.as_chunks::<2>().0) {
        *sum = a + b;
    }
}

/// The running sums of `f` over one leaf, side by side.
#[inline(always)]
fn leaf_lanes<T: Real>(x: &[T], f: impl Fn(T) -> T) -> [T; LANES] {
    let mut lanes = [T::ZERO; LANES];
    let (whole, rest) = x.as_chunks::<LANES>();
    for x in whole {
        for (lane, &x) in lanes.iter_mut().zip(x) {
            *lane += f(x);
        }
    }
    // Over all lanes, and zeros where there is nothing: a loop of its own length would store the lanes one by one.
    for (i, lane) in lanes.iter_mut().enumerate() {
        *lane += rest.get(i).map_or(T::ZERO, |&x| f(x));
    }
    lanes
}

/// The sum of `f` over one leaf: lanes side by side, then the lanes pairwise.
#[inline(always)]
pub(crate) fn leaf_sum<T: Real>(x: &[T], f: impl Fn(T) -> T) -> T {
    let mut lanes = leaf_lanes(x, f);
    // As `add_pairwise`, with distances that the compiler knows.
    for step in [1, 2, 4, 8] {
        for l in (0..LANES).step_by(2 * step) {
            lanes[l] += lanes[l + step];
        }
    }
    lanes[0]
}

const _: () = assert!(LANES == 16, "the distances in `leaf_sum`");

/// Adds rows of `width` numbers in neighboring pairs until the first row holds the sum.
pub(crate) fn add_pairwise<T: Real>(rows: &mut [T], width: usize) {
    let count = rows.len() / width;
    let mut step = 1;
    while step < count {
        for pair in rows.chunks_mut(2 * step * width) {
            if let Some((left, right)) = pair.split_at_mut_checked(step * width) {
                for (l, &r) in left[..width].iter_mut().zip(&right[..width.min(right.len())]) {
                    *l += r;
                }
            }
        }
        step *= 2;
    }
}
