//! Matrix products.
//!
//! Every element of a result is a sum over `k` in one fixed order, whatever the other sizes, strides, threads
//! and instructions: `k` is cut into equal parts by its length alone, the terms of a part are added by fused
//! multiply-adds in rising order from zero on, and the parts in order. So a row has the same bits alone, in
//! any batch, and on any machine.

mod block;
#[cfg(target_arch = "x86_64")]
mod dots;
mod pack;
mod product;
mod table;
mod tile;

use crate::lanes::Level;
use crate::real::Real;
use crate::threads::Threads;
use block::Target;
use pack::Operand;
use product::{Problem, run};
use std::ptr;
pub(crate) use table::Product;

/// Multiplications below which matrices of a batch share a block.
const SMALL: usize = 1 << 17;

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
    if !(accumulate && k == 0) {
        multiply(on, [m, k, n], (a, a_strides), (b, b_strides), c, accumulate, None, false);
    } else {
        assert_eq!(Some(c.len()), m.checked_mul(n), "gemm: c must hold m * n = {m} * {n} elements");
    }
}

/// Writes the matrix product with a bias, $C = AB + b$, and sets what is not above zero to zero if asked.
///
/// As [`gemm`] without `accumulate`; then `bias`, one number for each column, is added to each row, and with
/// `relu` an element that is neither above zero nor NaN becomes 0. The bits are those of the three steps one
/// after the other.
///
/// # Panics
///
/// As [`gemm`], or if the bias does not have `n` elements.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, gemm::gemm_bias};
///
/// let (x, w, bias) = ([1.0, 2.0], [1.0, -1.0, 0.5, -1.0], [0.25, 0.5]);
/// let mut y = [0.0; 2];
/// gemm_bias(&Threads::one(), 1, 2, 2, &x, [2, 1], &w, [2, 1], Some(&bias), true, &mut y);
/// assert_eq!(y, [2.25, 0.0]);
/// ```
#[expect(clippy::too_many_arguments, reason = "sizes, operands and strides are the problem itself")]
pub fn gemm_bias<T: Real>(
    on: &Threads,
    m: usize,
    k: usize,
    n: usize,
    a: &[T],
    a_strides: [isize; 2],
    b: &[T],
    b_strides: [isize; 2],
    bias: Option<&[T]>,
    relu: bool,
    c: &mut [T],
) {
    multiply(on, [m, k, n], (a, a_strides), (b, b_strides), c, false, bias, relu);
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
    if batch == 1 || batch_b == 0 && batch_a == m as isize * row_a {
        // The rows of all matrices on the left are those of one matrix.
        return gemm(on, batch * m, k, n, a, [row_a, column_a], b, [row_b, column_b], c, accumulate);
    }
    let step = |stride| usize::try_from(stride).expect("batched_gemm: batch strides must not be negative");
    let (batch_a, batch_b) = (step(batch_a), step(batch_b));
    let one = |on: &Threads, i: usize, c: &mut [T]| {
        let (a, b) = (&a[i * batch_a..], &b[i * batch_b..]);
        gemm(on, m, k, n, a, [row_a, column_a], b, [row_b, column_b], c, accumulate);
    };
    let work = size.saturating_mul(k);
    if work >= 32 * SMALL {
        c.chunks_exact_mut(size).enumerate().for_each(|(i, c)| one(on, i, c));
        return;
    }
    let per_block = (SMALL / work.max(1)).clamp(1, batch);
    on.for_each_chunk(c, per_block * size, |block, part| {
        for (i, c) in part.chunks_exact_mut(size).enumerate() {
            one(&Threads::one(), block * per_block + i, c);
        }
    });
}

/// Checks the operands and computes their product.
#[expect(clippy::too_many_arguments, reason = "what the functions above take")]
fn multiply<T: Real>(
    on: &Threads,
    [m, k, n]: [usize; 3],
    (a, a_strides): (&[T], [isize; 2]),
    (b, b_strides): (&[T], [isize; 2]),
    c: &mut [T],
    add: bool,
    bias: Option<&[T]>,
    relu: bool,
) {
    assert_eq!(Some(c.len()), m.checked_mul(n), "gemm: c must hold m * n = {m} * {n} elements");
    assert_inside("a", a.len(), [m, k], a_strides);
    assert_inside("b", b.len(), [k, n], b_strides);
    assert!(bias.is_none_or(|b| b.len() == n), "gemm: the bias must hold n = {n} elements");
    let bias = bias.map_or(ptr::null(), <[T]>::as_ptr);
    let problem = Problem {
        m,
        k,
        n,
        a: Operand { start: a.as_ptr(), strides: a_strides },
        b: Operand { start: b.as_ptr(), strides: b_strides },
        to: Target { c: c.as_mut_ptr(), c_row: n, add, bias, relu },
    };
    // SAFETY: `assert_inside` proved that all elements of `a` and `b` that shapes and strides address lie in their
    // slices, as do those of `c` and of the bias by their lengths. `c` is mutably borrowed. The level is the machine's.
    unsafe { run(on, Level::of_machine(), &problem) }
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
