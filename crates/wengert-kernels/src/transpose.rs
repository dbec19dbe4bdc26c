//! Transposing copies of matrices.

use crate::element::Element;
#[cfg(target_arch = "x86_64")]
use crate::lanes::{Instructions, Level};

/// Columns after which a transpose begins again at the first row; a multiple of the side of any square.
const BAND: usize = 32;

/// Copies `x`, `[rows, columns]` with rows `x_row` apart, to its transpose `y`, with rows `y_row` apart.
///
/// # Safety
///
/// All elements of `x` lie in one live allocation, and all of `y`, `[columns, rows]`, in another place that nobody
/// else uses.
pub(crate) unsafe fn transpose<T: Element>(
    x: *const T,
    x_row: usize,
    [rows, columns]: [usize; 2],
    y: *mut T,
    y_row: usize,
) {
    #[cfg(target_arch = "x86_64")]
    let square: Square<T> = match size_of::<T>() {
        _ if !Level::of_machine().has(Instructions::Avx2) => None,
        // SAFETY: the machine has AVX2 (above); whoever calls this vouches for the squares.
        4 => Some((8, |x, x_row, y, y_row| unsafe { x86::four_bytes(x.cast(), x_row, y.cast(), y_row) })),
        // SAFETY: the machine has AVX2 (above); whoever calls this vouches for the squares.
        8 => Some((4, |x, x_row, y, y_row| unsafe { x86::eight_bytes(x.cast(), x_row, y.cast(), y_row) })),
        _ => None,
    };
    #[cfg(not(target_arch = "x86_64"))]
    let square: Square<T> = None;
    let side = square.map_or(1, |(side, _)| side);
    let whole = [rows, columns].map(|n| if square.is_some() { n / side * side } else { 0 });
    if let Some((_, square)) = square {
        // Bands of columns, so that the rows of `y` that are written stay near; in them parts of two squares by two, so
        // that cache lines on both sides are used whole.
        for band in (0..whole[1]).step_by(BAND) {
            for at in (0..whole[0]).step_by(2 * side) {
                for j in (band..whole[1].min(band + BAND)).step_by(side) {
                    for i in (at..whole[0].min(at + 2 * side)).step_by(side) {
                        // SAFETY: the square of `side` rows and columns from `[i, j]` on lies inside `x`, and its transpose
                        // in `y`.
                        unsafe { square(x.add(i * x_row + j), x_row, y.add(j * y_row + i), y_row) }
                    }
                }
            }
        }
    }
    // What no whole square covers: the last columns of all rows, then the last rows of the other columns.
    for (is, js) in [(0..rows, whole[1]..columns), (whole[0]..rows, 0..whole[1])] {
        for j in js {
            for i in is.clone() {
                // SAFETY: `i < rows` and `j < columns`.
                unsafe { *y.add(j * y_row + i) = *x.add(i * x_row + j) }
            }
        }
    }
}

/// The rows and columns of a square, and what writes the transpose of one: from `x` to `y`, with the distances of rows.
type Square<T> = Option<(usize, unsafe fn(*const T, usize, *mut T, usize))>;

/// Transposes in registers.
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use std::arch::x86_64::*;

    /// The transpose of 8 rows of 8 numbers of four bytes.
    ///
    /// # Safety
    ///
    /// The processor has AVX2, and from each pointer on there are 8 numbers.
    // No closures here: they would be compiled without the instructions, and then called.
    #[inline(always)]
    pub(crate) unsafe fn eight_rows(rows: [*const f32; 8]) -> [__m256; 8] {
        #[inline(always)]
        unsafe fn pair(x: *const f32, y: *const f32) -> __m256 {
            // SAFETY: the caller vouches for four numbers from each pointer on.
            unsafe { _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(_mm_loadu_ps(x)), _mm_loadu_ps(y)) }
        }
        let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
        // SAFETY: numbers 0 to 7 of each row are read, for which the caller vouches.
        unsafe {
            // Halves of rows four apart share a vector, so that no later step crosses halves.
            let (a, b, c, d) = (pair(r0, r4), pair(r1, r5), pair(r2, r6), pair(r3, r7));
            let (e, f) = (pair(r0.add(4), r4.add(4)), pair(r1.add(4), r5.add(4)));
            let (g, h) = (pair(r2.add(4), r6.add(4)), pair(r3.add(4), r7.add(4)));
            let (a, b, c, d) = (
                _mm256_unpacklo_ps(a, b),
                _mm256_unpackhi_ps(a, b),
                _mm256_unpacklo_ps(c, d),
                _mm256_unpackhi_ps(c, d),
            );
            let (e, f, g, h) = (
                _mm256_unpacklo_ps(e, f),
                _mm256_unpackhi_ps(e, f),
                _mm256_unpacklo_ps(g, h),
                _mm256_unpackhi_ps(g, h),
            );
            [
                _mm256_shuffle_ps::<0b01_00_01_00>(a, c),
                _mm256_shuffle_ps::<0b11_10_11_10>(a, c),
                _mm256_shuffle_ps::<0b01_00_01_00>(b, d),
                _mm256_shuffle_ps::<0b11_10_11_10>(b, d),
                _mm256_shuffle_ps::<0b01_00_01_00>(e, g),
                _mm256_shuffle_ps::<0b11_10_11_10>(e, g),
                _mm256_shuffle_ps::<0b01_00_01_00>(f, h),
                _mm256_shuffle_ps::<0b11_10_11_10>(f, h),
            ]
        }
    }

    /// The transpose of 4 rows of 4 numbers of eight bytes.
    ///
    /// # Safety
    ///
    /// The processor has AVX2, and from each pointer on there are 4 numbers.
    #[inline(always)]
    pub(crate) unsafe fn four_rows([r0, r1, r2, r3]: [*const f64; 4]) -> [__m256d; 4] {
        #[inline(always)]
        unsafe fn pair(x: *const f64, y: *const f64) -> __m256d {
            // SAFETY: the caller vouches for two numbers from each pointer on.
            unsafe { _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(_mm_loadu_pd(x)), _mm_loadu_pd(y)) }
        }
        // SAFETY: numbers 0 to 3 of each row are read, for which the caller vouches.
        unsafe {
            let (a, b) = (pair(r0, r2), pair(r1, r3));
            let (c, d) = (pair(r0.add(2), r2.add(2)), pair(r1.add(2), r3.add(2)));
            [
                _mm256_unpacklo_pd(a, b),
                _mm256_unpackhi_pd(a, b),
                _mm256_unpacklo_pd(c, d),
                _mm256_unpackhi_pd(c, d),
            ]
        }
    }

    /// Writes the transpose of 8 rows of 8 numbers of four bytes.
    ///
    /// # Safety
    ///
    /// The processor has AVX2; rows from `x` and `y` on hold 8 numbers each, those of `y` writable.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn four_bytes(x: *const f32, x_row: usize, y: *mut f32, y_row: usize) {
        // SAFETY: rows 0 to 7 and in each numbers 0 to 7 are read and written, for which the caller vouches.
        unsafe {
            let columns = eight_rows(std::array::from_fn(|i| x.add(i * x_row)));
            for (j, column) in columns.into_iter().enumerate() {
                _mm256_storeu_ps(y.add(j * y_row), column);
            }
        }
    }

    /// Writes the transpose of 4 rows of 4 numbers of eight bytes.
    ///
    /// # Safety
    ///
    /// The processor has AVX2; rows from `x` and `y` on hold 4 numbers each, those of `y` writable.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn eight_bytes(x: *const f64, x_row: usize, y: *mut f64, y_row: usize) {
        // SAFETY: rows 0 to 3 and in each numbers 0 to 3 are read and written, for which the caller vouches.
        unsafe {
            let columns = four_rows(std::array::from_fn(|i| x.add(i * x_row)));
            for (j, column) in columns.into_iter().enumerate() {
                _mm256_storeu_pd(y.add(j * y_row), column);
            }
        }
    }
}
