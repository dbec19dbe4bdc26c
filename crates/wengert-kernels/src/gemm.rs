//! Matrix products.
//!
//! The product of each block is left to `matrixmultiply`. Blocks of the result are cut by its shape
//! alone; every element is a sum over `k` in one fixed order, so a row has the same bits alone, in
//! any batch, and on any number of threads.

use crate::real::Real;
use crate::threads::{SendPtr, Threads};

/// Multiplications below which a product stays in one block.
const SMALL: usize = 1 << 19;

/// Writes the matrix product $C = AB$, or adds it to `c`.
///
/// `a` is `[m, k]` and `b` is `[k, n]`, starting at the first element of their slices, with strides
/// `[row, column]` in elements (0 repeats an element); `c` is `[m, n]`, row-major. With `accumulate`
/// the product is added to `c`, else `c` is overwritten. `k == 0` gives zeros, or keeps `c`.
///
/// # Panics
///
/// If a shape with its strides reaches outside its slice, or `c` does not hold `m * n` elements.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, gemm::gemm};
///
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 1.0]);
/// let mut c = [0.0; 2];
/// gemm(&Threads::one(), 2, 2, 1, &a, [2, 1], &b, [1, 1], &mut c, false);
/// assert_eq!(c, [3.0, 7.0]);
/// ```
#[expect(clippy::too_many_arguments, reason = "sizes, operands and strides are the problem itself")]
pub fn gemm<T: Real>(
    on: &Threads,
    m: usize,
    k: usize,
    n: usize,
    a: &[T],
    a_strides: [isize; 2],
    b: &[T],
    b_strides: [isize; 2],
    c: &mut [T],
    accumulate: bool,
) {
    assert_eq!(Some(c.len()), m.checked_mul(n), "gemm: c must hold m * n = {m} * {n} elements");
    assert_inside("a", a.len(), [m, k], a_strides);
    assert_inside("b", b.len(), [k, n], b_strides);
    if c.is_empty() {
        return;
    }
    let [rows, columns] = block_shape(m, k, n);
    let across = n.div_ceil(columns);
    let start = SendPtr(c.as_mut_ptr());
    on.for_each_block(m.div_ceil(rows) * across, |block| {
        let (i, j) = (block / across * rows, block % across * columns);
        let size = [rows.min(m - i), columns.min(n - j)];
        let beta = if accumulate { T::ONE } else { T::ZERO };
        let (at_a, at_b) = (i as isize * a_strides[0], j as isize * b_strides[1]);
        // SAFETY: `assert_inside` proved that all of `a` and `b` that the shapes address lies in
        // their slices, and the block is a part of that (with `k == 0` nothing of them is read, and
        // `wrapping_offset` makes the unused pointers lawful). Rows `i..` and columns `j..` of `c`
        // lie inside its `m * n` elements, which stay mutably borrowed during the call; each block
        // runs once and no two share an element of `c`, whose strides `[n, 1]` never overlap rows.
        unsafe {
            T::gemm_raw(
                size[0],
                k,
                size[1],
                a.as_ptr().wrapping_offset(at_a),
                a_strides,
                b.as_ptr().wrapping_offset(at_b),
                b_strides,
                beta,
                start.get().add(i * n + j),
                [n as isize, 1],
            );
        }
    });
}

/// Writes `batch` matrix products, or adds them to `c`.
///
/// As [`gemm`] for each entry of the batch: strides are `[batch, row, column]` (0 repeats a matrix
/// for the whole batch), and `c` is `[batch, m, n]`, contiguous. Every matrix has the bits that
/// [`gemm`] gives it.
///
/// # Panics
///
/// As [`gemm`], or if a batch stride is negative.
#[expect(clippy::too_many_arguments, reason = "sizes, operands and strides are the problem itself")]
pub fn batched_gemm<T: Real>(
    on: &Threads,
    batch: usize,
    m: usize,
    k: usize,
    n: usize,
    a: &[T],
    [batch_a, row_a, column_a]: [isize; 3],
    b: &[T],
    [batch_b, row_b, column_b]: [isize; 3],
    c: &mut [T],
    accumulate: bool,
) {
    let size = m.checked_mul(n).expect("batched_gemm: m * n overflows");
    assert_eq!(Some(c.len()), batch.checked_mul(size), "batched_gemm: c must hold batch * m * n elements");
    if c.is_empty() {
        return;
    }
    // With k == 0 the operands have no elements, so their strides lead nowhere.
    let (batch_a, batch_b) = if k == 0 { (0, 0) } else { (batch_a, batch_b) };
    let step = |stride| usize::try_from(stride).expect("batched_gemm: batch strides must not be negative");
    let (batch_a, batch_b) = (step(batch_a), step(batch_b));
    let one = |on: &Threads, i: usize, c: &mut [T]| {
        let (a, b) = (&a[i * batch_a..], &b[i * batch_b..]);
        gemm(on, m, k, n, a, [row_a, column_a], b, [row_b, column_b], c, accumulate);
    };
    let work = m.saturating_mul(n).saturating_mul(k);
    if work >= 8 * SMALL {
        c.chunks_exact_mut(size).enumerate().for_each(|(i, c)| one(on, i, c));
        return;
    }
    let per_block = (SMALL / 4 / work.max(1)).clamp(1, batch);
    on.for_each_chunk(c, per_block * size, |block, part| {
        for (i, c) in part.chunks_exact_mut(size).enumerate() {
            one(on, block * per_block + i, c);
        }
    });
}

/// Rows and columns of the blocks that the result is cut into.
///
/// Each block packs its own operands anew, so blocks stay few and as square as the result allows.
fn block_shape(m: usize, k: usize, n: usize) -> [usize; 2] {
    let mut size = [m, n];
    if m.saturating_mul(n).saturating_mul(k) < SMALL {
        return size;
    }
    loop {
        let longer = usize::from(size[1] > size[0]);
        let count = m.div_ceil(size[0]) * n.div_ceil(size[1]);
        let cut = if count < 8 { size[longer] >= 256 } else { count < 64 && size[longer] >= 1024 };
        if !cut {
            return size;
        }
        // Multiples of 16 keep every block but the last on full vector tiles.
        size[longer] = size[longer].div_ceil(2).next_multiple_of(16);
    }
}

/// Checks that a matrix with strides, starting at element 0, lies inside `len` elements.
fn assert_inside(name: &str, len: usize, shape: [usize; 2], strides: [isize; 2]) {
    if shape.contains(&0) {
        return;
    }
    let reach = |axis: usize| isize::try_from(shape[axis] - 1).ok()?.checked_mul(strides[axis]);
    let ends = reach(0).zip(reach(1)).and_then(|(r, c)| {
        let last = r.max(0).checked_add(c.max(0))?;
        Some((r.min(0).checked_add(c.min(0))?, last))
    });
    let inside = ends.is_some_and(|(first, last)| first == 0 && (last as usize) < len);
    assert!(
        inside,
        "gemm: {name} of shape {shape:?} and strides {strides:?} reaches outside its {len} elements"
    );
}

#[cfg(test)]
mod tests;
