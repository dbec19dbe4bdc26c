//! The block of accumulators of the weight gradient.
//!
//! A block is a few rows of the weight, neighbors in the source, by one panel of output channels.
//! Each element is one chain of fused multiply-adds from 0 over the pixels given, added to what
//! stood there before; its bits do not depend on the block it is in.

use super::vector::{COLUMNS, Vector};

/// Neighboring pixels in one row of the result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Place in the source that the first pixel sees.
    pub(super) x: usize,
    /// Place of the first pixel in the result.
    pub(super) y: usize,
    /// Number of pixels.
    pub(super) len: usize,
}

/// Rows of the weight gradient to be summed over some pixels.
pub(super) struct Outer<'a, T> {
    /// The element of the source that the first row of the weight meets at place 0.
    pub(super) x: *const T,
    /// Elements from what one pixel of a span sees to what the next one sees.
    pub(super) x_step: usize,
    /// The panel's first channel at the first pixel of the result.
    pub(super) y: *const T,
    /// Elements from one pixel of the result to the next.
    pub(super) y_step: usize,
    /// The pixels in the order of the sum.
    pub(super) spans: &'a [Span],
    /// Rows of the weight; row `r` meets the element of the source `r` behind the first row's.
    pub(super) rows: usize,
    /// Registers across the panel, at most [`COLUMNS`].
    pub(super) vectors: usize,
    /// The sums: `vectors` registers for each row.
    pub(super) sums: *mut T,
    /// Whether the sums replace what stands there.
    pub(super) first: bool,
}

/// Adds the products of all pixels to the rows.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. For every pixel of the spans, `rows` elements must be
/// readable at its place in `x`, and `vectors` registers at its place in `y`; `sums` must hold as many
/// registers for each row, writable and not read through another pointer.
#[inline(always)]
pub(super) unsafe fn outer<V: Vector>(o: &Outer<'_, V::T>) {
    debug_assert!((1..=COLUMNS).contains(&o.vectors));
    // SAFETY: the caller's promises, handed on.
    unsafe { if o.vectors == 1 { blocks::<V, 1>(o) } else { blocks::<V, COLUMNS>(o) } }
}

/// Cuts the rows into blocks of the heights that are compiled.
///
/// # Safety
///
/// As [`outer`], with `C` registers across the panel.
#[inline(always)]
unsafe fn blocks<V: Vector, const C: usize>(o: &Outer<'_, V::T>) {
    let mut at = 0;
    while at < o.rows {
        // SAFETY: the caller's promises; a block has no more rows than are left.
        at += unsafe {
            match o.rows - at {
                12.. if V::TALLEST >= 12 => block::<V, 12, C>(o, at),
                8.. if V::TALLEST >= 12 => block::<V, 8, C>(o, at),
                6.. if V::TALLEST == 6 => block::<V, 6, C>(o, at),
                4.. => block::<V, 4, C>(o, at),
                3 => block::<V, 3, C>(o, at),
                2 => block::<V, 2, C>(o, at),
                _ => block::<V, 1, C>(o, at),
            }
        };
    }
}

/// Sums rows `at` to `at + R` and returns `R`.
///
/// # Safety
///
/// As [`outer`], with `C` registers across the panel and `at + R` rows.
#[inline(always)]
unsafe fn block<V: Vector, const R: usize, const C: usize>(o: &Outer<'_, V::T>, at: usize) -> usize {
    // SAFETY: rows `at..at + R` exist; all elements are those that the caller lets be accessed.
    unsafe {
        let mut sums = [[V::splat(V::T::default()); C]; R];
        for span in o.spans {
            let (mut x, mut y) = (o.x.add(span.x + at), o.y.add(span.y));
            for _ in 0..span.len {
                let row: [V; C] = std::array::from_fn(|c| V::load(y.add(c * V::N)));
                for (r, sums) in sums.iter_mut().enumerate() {
                    let element = V::splat(*x.add(r));
                    for (sum, &y) in sums.iter_mut().zip(&row) {
                        *sum = element.fma(y, *sum);
                    }
                }
                x = x.wrapping_add(o.x_step);
                y = y.wrapping_add(o.y_step);
            }
        }
        for (r, row) in sums.iter().enumerate() {
            for (c, sum) in row.iter().enumerate() {
                let place = o.sums.add((at + r) * C * V::N + c * V::N);
                let sum = if o.first { *sum } else { V::load(place).add(*sum) };
                sum.store(place);
            }
        }
    }
    R
}
