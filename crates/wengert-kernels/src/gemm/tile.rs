//! Tiles of a product, whose sums stay in registers.
//!
//! A tile is a few rows by a few vectors of columns. Each of its elements is a chain of fused
//! multiply-adds over one part of `k`, from zero on in rising order, whatever the tile: sizes decide only
//! which chains run side by side.

#![expect(
    clippy::needless_range_loop,
    reason = "rows, columns and vectors are numbered alike in several arrays"
)]

use crate::vector::Vector;

/// A panel of columns of a block of rows, over one part of `k`.
pub(super) struct Task<T> {
    /// Terms of each sum.
    pub(super) k: usize,
    /// Left operand: the first element, and the distances of neighboring rows and columns.
    pub(super) a: *const T,
    pub(super) a_strides: [isize; 2],
    /// Right operand: the first element of the panel, and the distance of neighbors along its long step: of rows,
    /// or for [`Dots`](super::table::Tiles::dots) of columns.
    pub(super) b: *const T,
    pub(super) b_step: usize,
    /// Result: the first element of the panel, and the distance of neighboring rows.
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Columns of the panel, at least 1.
    pub(super) columns: usize,
    /// Tiles, one below the other.
    pub(super) tiles: usize,
    /// Whether the sums are added to the result, or replace it.
    pub(super) add: bool,
    /// What follows the last part of `k`: a number added to each column, if not null, and `relu`.
    pub(super) bias: *const T,
    pub(super) relu: bool,
}

/// Computes a task.
///
/// # Safety
///
/// The processor has the instructions of the function. With `m` the rows of all tiles, all elements of `a` `[m, k]`,
/// `b` `[k, columns]`, `c` `[m, columns]` and of the bias are inside live allocations; those of `c` are distinct and
/// nobody else uses them.
pub(super) type Run<T> = unsafe fn(&Task<T>);

/// Computes the tiles of a task, `R` rows of `W` vectors each; the last vector may have fewer columns.
///
/// # Safety
///
/// As [`Run`].
#[inline(always)]
pub(super) unsafe fn run<V: Vector, const R: usize, const W: usize>(task: &Task<V::Number>) {
    let [a_row, a_column] = task.a_strides;
    let (mut a, mut c) = (task.a, task.c);
    let last = (task.columns - 1) % V::LANES + 1;
    // `a` and `c` move down by `R` rows for each of `task.tiles` tiles; inside one, `b` and `x` move `task.k` times. Those
    // that move past the last element are not used, and the mask keeps the last vector to the columns that are there.
    // SAFETY: so only elements of the task are accessed, for which the caller vouches, as for the instructions.
    unsafe {
        let mask = V::first(last);
        for _ in 0..task.tiles {
            if task.k >= 64 {
                // The sums come late enough that their places can be fetched meanwhile.
                (0..R).for_each(|r| V::prefetch(c.wrapping_add(r * task.c_row)));
            }
            let mut sums = [[V::zero(); W]; R];
            let mut b = task.b;
            // Three rows share a pointer, so that addresses need few registers.
            let mut x: [_; 4] =
                std::array::from_fn(|g| a.wrapping_offset(a_row.wrapping_mul(3 * g as isize)));
            for _ in 0..task.k {
                let row: [V; W] = std::array::from_fn(|w| load::<V, W>(b, w, mask));
                for r in 0..R {
                    let x = V::repeat(x[r / 3].wrapping_offset((r % 3) as isize * a_row));
                    for w in 0..W {
                        sums[r][w] = x.multiply_add(row[w], sums[r][w]);
                    }
                }
                x = x.map(|x| x.wrapping_offset(a_column));
                b = b.wrapping_add(task.b_step);
            }
            match (task.add, last == V::LANES) {
                (false, true) => store::<V, R, W, false, true>(&sums, c, task.c_row, mask),
                (false, false) => store::<V, R, W, false, false>(&sums, c, task.c_row, mask),
                (true, true) => store::<V, R, W, true, true>(&sums, c, task.c_row, mask),
                (true, false) => store::<V, R, W, true, false>(&sums, c, task.c_row, mask),
            }
            if task.relu || !task.bias.is_null() {
                finish::<V, R, W>(task, c, mask);
            }
            a = a.wrapping_offset(R as isize * a_row);
            c = c.wrapping_add(R * task.c_row);
        }
    }
}

/// Vector `w` of the `W` from `p` on; the last one has the lanes of the mask.
///
/// # Safety
///
/// The processor has the instructions, and the numbers are inside one live allocation.
#[inline(always)]
unsafe fn load<V: Vector, const W: usize>(p: *const V::Number, w: usize, mask: V::Mask) -> V {
    // SAFETY: the caller vouches for the same.
    unsafe {
        let p = p.add(w * V::LANES);
        if w + 1 < W { V::load(p) } else { V::load_first(p, mask) }
    }
}

/// Writes the sums of a tile, or adds them to what is there.
///
/// # Safety
///
/// The processor has the instructions; the tile's elements of `c` are inside a live allocation and nobody else
/// uses them. With `FULL`, the mask has all lanes.
#[inline(always)]
unsafe fn store<V: Vector, const R: usize, const W: usize, const ADD: bool, const FULL: bool>(
    sums: &[[V; W]; R],
    c: *mut V::Number,
    c_row: usize,
    mask: V::Mask,
) {
    // No branch but on constants: a loop too long to be unrolled would keep the sums out of registers.
    for r in 0..R {
        for w in 0..W {
            // SAFETY: the caller vouches for `R` rows of `W` vectors, the last one with the lanes of the mask.
            unsafe {
                let p = c.add(r * c_row + w * V::LANES);
                let whole = FULL || w + 1 < W;
                let mut y = sums[r][w];
                if ADD {
                    y = (if whole { V::load(p) } else { V::load_first(p, mask) }).plus(y);
                }
                if whole { y.store(p) } else { y.store_first(p, mask) }
            }
        }
    }
}

/// Adds the bias to a tile that is complete, and replaces what is not above zero, as the task says.
///
/// # Safety
///
/// As [`store`], and the bias has a number for each column.
#[inline(always)]
unsafe fn finish<V: Vector, const R: usize, const W: usize>(
    task: &Task<V::Number>,
    c: *mut V::Number,
    mask: V::Mask,
) {
    for r in 0..R {
        for w in 0..W {
            // SAFETY: the caller vouches for the same.
            unsafe {
                let row = c.add(r * task.c_row);
                let mut y: V = load::<V, W>(row, w, mask);
                if !task.bias.is_null() {
                    y = y.plus(load::<V, W>(task.bias, w, mask));
                }
                if task.relu {
                    y = y.relu();
                }
                let p = row.add(w * V::LANES);
                if w + 1 < W { y.store(p) } else { y.store_first(p, mask) }
            }
        }
    }
}

/// Rows of the right operand that [`row`] reads side by side.
const STREAMS: usize = 8;

/// Computes a task of a single row; `add`, bias and `relu` are left to the caller.
///
/// A few rows of the right operand are read from end to end at a time, which a large operand needs; the chains wait
/// in the result meanwhile.
///
/// # Safety
///
/// As [`Run`].
#[inline(always)]
pub(super) unsafe fn row<V: Vector>(task: &Task<V::Number>) {
    let mut p = 0;
    // SAFETY: rows from `p` on are below `task.k`; the caller vouches for the rest.
    unsafe {
        while p < task.k {
            if p + STREAMS <= task.k {
                rows_added::<V, STREAMS>(task, p);
                p += STREAMS;
            } else {
                rows_added::<V, 1>(task, p);
                p += 1;
            }
        }
    }
}

/// Continues each chain of a row by the terms `p` to `p + P`.
///
/// # Safety
///
/// As [`Run`], with `p + P <= task.k`.
#[inline(always)]
unsafe fn rows_added<V: Vector, const P: usize>(task: &Task<V::Number>, p: usize) {
    // SAFETY: the terms are below `task.k` and `j` below `task.columns`; the mask keeps the last vector to the
    // columns that are there. The caller vouches for the rest.
    unsafe {
        let x: [V; P] =
            std::array::from_fn(|q| V::repeat(task.a.wrapping_offset((p + q) as isize * task.a_strides[1])));
        let b = task.b.add(p * task.b_step);
        let whole = task.columns / V::LANES * V::LANES;
        for j in (0..whole).step_by(V::LANES) {
            let mut y = if p == 0 { V::zero() } else { V::load(task.c.add(j)) };
            for q in 0..P {
                y = x[q].multiply_add(V::load(b.add(q * task.b_step + j)), y);
            }
            y.store(task.c.add(j));
        }
        if whole < task.columns {
            let mask = V::first(task.columns - whole);
            let mut y = if p == 0 { V::zero() } else { V::load_first(task.c.add(whole), mask) };
            for q in 0..P {
                y = x[q].multiply_add(V::load_first(b.add(q * task.b_step + whole), mask), y);
            }
            y.store_first(task.c.add(whole), mask);
        }
    }
}
