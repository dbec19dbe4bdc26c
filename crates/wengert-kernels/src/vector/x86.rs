//! The vectors of AVX2 with FMA, and of AVX-512.

use super::Vector;
use crate::transpose::x86::{eight_rows, four_rows};
use std::arch::x86_64::*;

/// A vector of AVX2 with FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2<T>(T);

/// A vector of AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Avx512<T>(T);

/// Implements [`Vector`] over the intrinsics named.
///
/// Masks differ between the sets: `first` makes one, `load` and `store` take one, and `relu` picks the lanes
/// that are not at or below zero (a NaN is not).
macro_rules! vector {
    (
        $wrapper:ident<$v:ty>, $number:ty, $lanes:literal, mask $mask:ty,
        $zero:ident, $set1:ident, $loadu:ident, $storeu:ident, $fmadd:ident, $add:ident,
        first |$count:ident| $first:expr,
        load |$p:ident, $m:ident| $load:expr,
        store |$q:ident, $n:ident, $x:ident| $store:expr,
        relu |$y:ident| $relu:expr
    ) => {
        impl Vector for $wrapper<$v> {
            type Number = $number;
            type Mask = $mask;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn first($count: usize) -> $mask {
                $first
            }

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: the caller vouches for the instructions.
                $wrapper(unsafe { $zero() })
            }

            #[inline(always)]
            unsafe fn repeat(p: *const $number) -> Self {
                // SAFETY: the caller vouches for the instructions and for the number at `p`.
                $wrapper(unsafe { $set1(*p) })
            }

            #[inline(always)]
            unsafe fn load(p: *const $number) -> Self {
                // SAFETY: the caller vouches for the instructions and for a vector of numbers from `p` on.
                $wrapper(unsafe { $loadu(p) })
            }

            #[inline(always)]
            unsafe fn load_first($p: *const $number, $m: $mask) -> Self {
                // SAFETY: the caller vouches for the instructions and for the numbers in the lanes of the mask, which alone
                // are read.
                $wrapper(unsafe { $load })
            }

            #[inline(always)]
            unsafe fn store(self, p: *mut $number) {
                // SAFETY: the caller vouches for the instructions and for room for a vector from `p` on.
                unsafe { $storeu(p, self.0) }
            }

            #[inline(always)]
            unsafe fn store_first(self, $q: *mut $number, $n: $mask) {
                let $x = self.0;
                // SAFETY: the caller vouches for the instructions and for room for the lanes of the mask, which alone are
                // written.
                unsafe { $store }
            }

            #[inline(always)]
            unsafe fn multiply_add(self, b: Self, sum: Self) -> Self {
                // SAFETY: the caller vouches for the instructions.
                $wrapper(unsafe { $fmadd(self.0, b.0, sum.0) })
            }

            #[inline(always)]
            unsafe fn plus(self, b: Self) -> Self {
                // SAFETY: the caller vouches for the instructions.
                $wrapper(unsafe { $add(self.0, b.0) })
            }

            #[inline(always)]
            fn prefetch(p: *const $number) {
                // SAFETY: a prefetch needs no more than x86-64, and may be given any address.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
            }

            #[inline(always)]
            unsafe fn relu(self) -> Self {
                let $y = self.0;
                // SAFETY: the caller vouches for the instructions.
                $wrapper(unsafe { $relu })
            }
        }
    };
}

vector!(
    Avx512<__m512>, f32, 16, mask __mmask16,
    _mm512_setzero_ps, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps, _mm512_add_ps,
    first |count| (u32::MAX >> (32 - count)) as __mmask16,
    load |p, m| _mm512_maskz_loadu_ps(m, p),
    store |p, m, x| _mm512_mask_storeu_ps(p, m, x),
    relu |x| _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLE_UQ>(x, _mm512_setzero_ps()), x)
);

vector!(
    Avx512<__m512d>, f64, 8, mask __mmask8,
    _mm512_setzero_pd, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd, _mm512_add_pd,
    first |count| (u32::MAX >> (32 - count)) as __mmask8,
    load |p, m| _mm512_maskz_loadu_pd(m, p),
    store |p, m, x| _mm512_mask_storeu_pd(p, m, x),
    relu |x| _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_NLE_UQ>(x, _mm512_setzero_pd()), x)
);

/// Eight set words, then eight clear ones: from word `8 - count` on, the mask of the first `count` lanes.
static WINDOW: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

vector!(
    Avx2<__m256>, f32, 8, mask __m256i,
    _mm256_setzero_ps, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps, _mm256_add_ps,
    // SAFETY: the caller vouches for AVX2; eight words are read, which the slice has.
    first |count| unsafe { _mm256_loadu_si256(WINDOW[8 - count..][..8].as_ptr().cast()) },
    load |p, m| _mm256_maskload_ps(p, m),
    store |p, m, x| _mm256_maskstore_ps(p, m, x),
    relu |x| _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLE_UQ>(x, _mm256_setzero_ps()), x)
);

vector!(
    Avx2<__m256d>, f64, 4, mask __m256i,
    _mm256_setzero_pd, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd, _mm256_add_pd,
    // SAFETY: the caller vouches for AVX2; eight words are read, which the slice has.
    first |count| unsafe { _mm256_loadu_si256(WINDOW[8 - 2 * count..][..8].as_ptr().cast()) },
    load |p, m| _mm256_maskload_pd(p, m),
    store |p, m, x| _mm256_maskstore_pd(p, m, x),
    relu |x| _mm256_and_pd(_mm256_cmp_pd::<_CMP_NLE_UQ>(x, _mm256_setzero_pd()), x)
);

/// A vector as wide as a square of numbers that is transposed in registers.
pub(crate) trait Square: Vector {
    /// A vector for each lane.
    type Vectors: AsRef<[Self]>;

    /// The transpose of `LANES` rows: vector `p` has number `p` of each row `row(i)`.
    ///
    /// # Safety
    ///
    /// As for all of [`Vector`]; each row has `LANES` numbers.
    unsafe fn turned(row: impl Fn(usize) -> *const Self::Number) -> Self::Vectors;

    /// The numbers at `place(i)`.
    ///
    /// # Safety
    ///
    /// As for all of [`Vector`].
    unsafe fn gathered(place: impl Fn(usize) -> *const Self::Number) -> Self;
}

impl Square for Avx2<__m256> {
    type Vectors = [Self; 8];

    #[inline(always)]
    unsafe fn turned(row: impl Fn(usize) -> *const f32) -> [Self; 8] {
        // SAFETY: the caller vouches for the instructions and the rows.
        let [a, b, c, d, e, f, g, h] = unsafe { eight_rows(std::array::from_fn(row)) };
        [Avx2(a), Avx2(b), Avx2(c), Avx2(d), Avx2(e), Avx2(f), Avx2(g), Avx2(h)]
    }

    #[inline(always)]
    unsafe fn gathered(place: impl Fn(usize) -> *const f32) -> Self {
        // SAFETY: the caller vouches for the instructions and the places.
        unsafe { Self::load(std::array::from_fn::<f32, 8, _>(|i| *place(i)).as_ptr()) }
    }
}

impl Square for Avx2<__m256d> {
    type Vectors = [Self; 4];

    #[inline(always)]
    unsafe fn turned(row: impl Fn(usize) -> *const f64) -> [Self; 4] {
        // SAFETY: the caller vouches for the instructions and the rows.
        let [a, b, c, d] = unsafe { four_rows(std::array::from_fn(row)) };
        [Avx2(a), Avx2(b), Avx2(c), Avx2(d)]
    }

    #[inline(always)]
    unsafe fn gathered(place: impl Fn(usize) -> *const f64) -> Self {
        // SAFETY: the caller vouches for the instructions and the places.
        unsafe { Self::load(std::array::from_fn::<f64, 4, _>(|i| *place(i)).as_ptr()) }
    }
}
