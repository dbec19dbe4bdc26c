//! Sums of the columns of rows that lie apart, with vectors along the columns.

use super::sum::{LANES, LEAF, LEAF_ROWS, add_pairwise};
use super::view::Order;
use super::{CHUNK, COLUMNS};
use crate::buffer::Buffer;
#[cfg(target_arch = "x86_64")]
use crate::lanes::Instructions;
use crate::lanes::Level;
use crate::real::Real;
use crate::threads::Threads;
use crate::vector::{Plain, Vector};

/// `n` rows of numbers, `row` apart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub(super) x: &'a [T],
    pub(super) n: usize,
    pub(super) row: usize,
    pub(super) order: Order,
}

/// Writes the sums of the first `y.len()` columns, of at least one row.
pub(super) fn column_sums<T: Real>(on: &Threads, rows: Rows<'_, T>, y: &mut [T]) {
    let width = y.len();
    if width >= 2 * COLUMNS {
        on.for_each_chunk(y, COLUMNS, |i, y| {
            column_sums(&Threads::one(), Rows { x: &rows.x[i * COLUMNS..], ..rows }, y);
        });
        return;
    }
    let leaf = match rows.order {
        Order::Lines => LEAF,
        Order::Rows => LEAF_ROWS,
    };
    if rows.n <= leaf {
        return leaf_sums(rows, y);
    }
    let mut sums = Buffer::scratch(rows.n.div_ceil(leaf) * width);
    let group = (CHUNK / (leaf * width)).max(1);
    on.for_each_chunk(&mut sums, group * width, |block, sums| {
        for (i, y) in (block * group..).zip(sums.chunks_exact_mut(width)) {
            let (x, n) = (&rows.x[i * leaf * rows.row..], leaf.min(rows.n - i * leaf));
            leaf_sums(Rows { x, n, ..rows }, y);
        }
    });
    add_pairwise(&mut sums, width);
    y.copy_from_slice(&sums[..width]);
}

/// Writes the column sums of a single leaf.
fn leaf_sums<T: Real>(rows: Rows<'_, T>, y: &mut [T]) {
    T::sum_leaf(Level::of_machine(), rows, y);
}

/// Writes the column sums of a single leaf: as lines, or as rows.
///
/// # Panics
///
/// If there are no rows or no columns, or they reach outside.
///
/// # Safety
///
/// The processor has the instructions of `V`.
#[inline(always)]
unsafe fn leaf<V: Vector>(rows: Rows<'_, V::Number>, y: &mut [V::Number]) {
    let width = y.len();
    let last = rows.n.checked_sub(1).and_then(|n| n.checked_mul(rows.row)?.checked_add(width));
    assert!(width > 0 && last.is_some_and(|last| last <= rows.x.len()), "column sums: rows reach outside");
    match rows.order {
        // SAFETY: columns below `width` of rows below `n` lie inside `x`, as was checked, and inside `y`; the caller
        // vouches for the instructions.
        Order::Lines => unsafe { lines::<V>(rows, y.as_mut_ptr(), width) },
        // SAFETY: as for lines.
        Order::Rows => unsafe { in_order::<V>(rows, y.as_mut_ptr(), width) },
    }
}

/// Sums with [`LANES`] running sums for each column, as a leaf of a contiguous line has.
///
/// # Safety
///
/// `width` columns of all rows are inside `x` and `y`; the processor has the instructions.
#[inline(always)]
unsafe fn lines<V: Vector>(rows: Rows<'_, V::Number>, y: *mut V::Number, width: usize) {
    for j in (0..width).step_by(V::LANES) {
        // SAFETY: rows below `n` and columns below `width` are read and written; the mask keeps to the latter.
        unsafe {
            let count = V::LANES.min(width - j);
            let mask = V::first(count);
            let at = |r: usize| {
                let p = rows.x.as_ptr().add(r * rows.row + j);
                if count == V::LANES { V::load(p) } else { V::load_first(p, mask) }
            };
            let mut lanes = [V::zero(); LANES];
            let whole = rows.n / LANES * LANES;
            for r in (0..whole).step_by(LANES) {
                lanes = add_each(lanes, |l| at(r + l));
            }
            // Unrolled over all lanes, so that they stay in registers.
            for (l, lane) in lanes.iter_mut().enumerate() {
                if whole + l < rows.n {
                    *lane = lane.plus(at(whole + l));
                }
            }
            let pairs: [V; LANES / 2] = std::array::from_fn(|i| lanes[2 * i].plus(lanes[2 * i + 1]));
            let fours: [V; LANES / 4] = std::array::from_fn(|i| pairs[2 * i].plus(pairs[2 * i + 1]));
            let sum = fours[0].plus(fours[1]).plus(fours[2].plus(fours[3]));
            if count == V::LANES { sum.store(y.add(j)) } else { sum.store_first(y.add(j), mask) }
        }
    }
}

/// Each lane plus `f` of its number.
#[inline(always)]
unsafe fn add_each<V: Vector>(lanes: [V; LANES], f: impl Fn(usize) -> V) -> [V; LANES] {
    let mut sums = lanes;
    for (l, sum) in sums.iter_mut().enumerate() {
        // SAFETY: the caller vouches for the instructions.
        *sum = unsafe { sum.plus(f(l)) };
    }
    sums
}

/// Sums row after row.
///
/// # Safety
///
/// As [`lines`].
#[inline(always)]
unsafe fn in_order<V: Vector>(rows: Rows<'_, V::Number>, y: *mut V::Number, width: usize) {
    // SAFETY: rows below `n` and columns below `width` are read and written; the mask keeps to the latter.
    unsafe {
        let at = |r: usize, j: usize| rows.x.as_ptr().add(r * rows.row + j);
        let mut j = 0;
        while j + 4 * V::LANES <= width {
            let mut sums = [V::zero(); 4];
            for r in 0..rows.n {
                for (w, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.plus(V::load(at(r, j + w * V::LANES)));
                }
            }
            for (w, sum) in sums.into_iter().enumerate() {
                sum.store(y.add(j + w * V::LANES));
            }
            j += 4 * V::LANES;
        }
        while j < width {
            let mask = V::first(V::LANES.min(width - j));
            let mut sum = V::zero();
            for r in 0..rows.n {
                sum = sum.plus(V::load_first(at(r, j), mask));
            }
            sum.store_first(y.add(j), mask);
            j += V::LANES;
        }
    }
}

/// A number type whose columns are summed in vectors.
pub trait Columns: Sized {
    /// Writes the column sums of a leaf with the instructions of a level.
    #[expect(private_interfaces, reason = "the trait is not exported: nobody outside can call this")]
    fn sum_leaf(level: Level, rows: Rows<'_, Self>, y: &mut [Self]);
}

/// Implements [`Columns`] for a number type: lanes of the portable vector, the vectors of AVX2 and AVX-512.
macro_rules! columns {
    ($t:ident, $lanes:literal, $avx2:ident, $avx512:ident) => {
        impl Columns for $t {
            #[expect(private_interfaces, reason = "as for the trait")]
            fn sum_leaf(level: Level, rows: Rows<'_, $t>, y: &mut [$t]) {
                #[cfg(target_arch = "x86_64")]
                {
                    use crate::vector::x86::{Avx2, Avx512};
                    use std::arch::x86_64::{$avx2, $avx512};
                    #[target_feature(enable = "avx2,fma")]
                    fn avx2(rows: Rows<'_, $t>, y: &mut [$t]) {
                        // SAFETY: this function may be called only where there are AVX2 and FMA.
                        unsafe { leaf::<Avx2<$avx2>>(rows, y) }
                    }
                    #[target_feature(enable = "avx512f")]
                    fn avx512(rows: Rows<'_, $t>, y: &mut [$t]) {
                        // SAFETY: this function may be called only where there is AVX-512.
                        unsafe { leaf::<Avx512<$avx512>>(rows, y) }
                    }
                    match level.instructions() {
                        // SAFETY: the machine has AVX-512, which its level says.
                        Instructions::Avx512 => return unsafe { avx512(rows, y) },
                        // SAFETY: the machine has AVX2 and FMA, which its level says.
                        Instructions::Avx2 => return unsafe { avx2(rows, y) },
                        Instructions::Portable => {}
                    }
                }
                let _ = level;
                // SAFETY: this vector needs no instructions that a machine could lack.
                unsafe { leaf::<Plain<$t, $lanes>>(rows, y) }
            }
        }
    };
}

columns!(f32, 8, __m256, __m512);
columns!(f64, 4, __m256d, __m512d);
