//! Products of a few rows with contiguous columns, which are turned into lanes in registers.

#![expect(
    clippy::needless_range_loop,
    reason = "rows, columns and vectors are numbered alike in several arrays"
)]

use super::tile::Task;
use crate::vector::x86::Square;

/// Bytes after which addresses compete for the same places of a first-level cache.
const PAGE: usize = 4096;

/// Computes a task of `R` rows, whose right operand has contiguous columns.
///
/// Bias and `relu` are left to the caller. Each sum is the same chain as in a tile.
///
/// # Safety
///
/// As [`Run`](super::tile::Run), and the processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn dots<V: Square, const R: usize>(task: &Task<V::Number>) {
    // Two vectors of columns have twice the chains in flight, but columns whole pages apart displace one another.
    let two = !(task.b_step * size_of::<V::Number>()).is_multiple_of(PAGE);
    let mut j = 0;
    while j < task.columns {
        let left = task.columns - j;
        // SAFETY: columns from `j` on are at least as many as are taken; the caller vouches for the rest.
        unsafe {
            if two && left >= 2 * V::LANES {
                columns::<V, R, 2>(task, j, V::LANES);
                j += 2 * V::LANES;
            } else {
                columns::<V, R, 1>(task, j, left.min(V::LANES));
                j += V::LANES;
            }
        }
    }
}

/// Computes `G` vectors of columns from `j` on, of which the last one has `last` columns.
///
/// # Safety
///
/// As [`dots`], for those columns.
#[inline(always)]
unsafe fn columns<V: Square, const R: usize, const G: usize>(task: &Task<V::Number>, j: usize, last: usize) {
    let [a_row, a_column] = task.a_strides;
    let x = |r: usize, p: usize| task.a.wrapping_offset(r as isize * a_row + p as isize * a_column);
    // Lanes without a column repeat the last one, so that what they read exists.
    let y = |g: usize, i: usize| {
        let i = if g + 1 < G { i } else { i.min(last - 1) };
        task.b.wrapping_add((j + g * V::LANES + i) * task.b_step)
    };
    // SAFETY: rows are below `R`, terms below `task.k`, and columns are those that the caller vouches for.
    unsafe {
        let mut sums = [[V::zero(); G]; R];
        let whole = task.k / V::LANES * V::LANES;
        // Two squares of the same columns are a cache line of each, used up before it could be displaced.
        for p in (0..whole).step_by(2 * V::LANES) {
            for g in 0..G {
                for p in (p..whole.min(p + 2 * V::LANES)).step_by(V::LANES) {
                    let terms = V::turned(|i| y(g, i).wrapping_add(p));
                    for (q, &terms) in terms.as_ref().iter().enumerate() {
                        for r in 0..R {
                            sums[r][g] = V::repeat(x(r, p + q)).multiply_add(terms, sums[r][g]);
                        }
                    }
                }
            }
        }
        for p in whole..task.k {
            for g in 0..G {
                let terms = V::gathered(|i| y(g, i).wrapping_add(p));
                for r in 0..R {
                    sums[r][g] = V::repeat(x(r, p)).multiply_add(terms, sums[r][g]);
                }
            }
        }
        let mask = V::first(last);
        for r in 0..R {
            for g in 0..G {
                let c = task.c.add(r * task.c_row + j + g * V::LANES);
                let whole = g + 1 < G || last == V::LANES;
                let mut y = sums[r][g];
                if task.add {
                    y = (if whole { V::load(c) } else { V::load_first(c, mask) }).plus(y);
                }
                if whole { y.store(c) } else { y.store_first(c, mask) }
            }
        }
    }
}
