//! The registers of AVX-512 and of AVX2 with FMA.

use super::define::vector;
use super::{Patch, Vector};
use std::arch::x86_64::*;

vector! {
    /// Sixteen single-precision lanes; needs `avx512f`.
    F32x16(__m512) of f32, mask __mmask16, 16 lanes, 12 rows;
    splat(x) _mm512_set1_ps(x);
    load(p) _mm512_loadu_ps(p);
    load_part(p, n) _mm512_maskz_loadu_ps((1 << n) - 1, p);
    store(v, p) _mm512_storeu_ps(p, v);
    store_part(v, p, n) _mm512_mask_storeu_ps(p, (1 << n) - 1, v);
    fma(a, b, c) _mm512_fmadd_ps(a, b, c);
    add(a, b) _mm512_add_ps(a, b);
    // Not less or equal is also true where either is NaN; a NaN among the best is then let stand.
    beats(a, best) _mm512_mask_cmp_ps_mask::<_CMP_NLE_UQ>(_mm512_cmp_ps_mask::<_CMP_ORD_Q>(best, best), a, best);
    positive(a) _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(a, _mm512_setzero_ps());
    equal_and_nonzero(a, b, o)
        _mm512_mask_cmp_ps_mask::<_CMP_NEQ_UQ>(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), o, _mm512_setzero_ps());
    select(m, a, b) _mm512_mask_mov_ps(b, m, a);
    load_places(p) _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(p.cast())));
    store_places(v, p) _mm_storeu_si128(p.cast(), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}

vector! {
    /// Eight double-precision lanes; needs `avx512f` and `avx512vl`.
    F64x8(__m512d) of f64, mask __mmask8, 8 lanes, 12 rows;
    splat(x) _mm512_set1_pd(x);
    load(p) _mm512_loadu_pd(p);
    load_part(p, n) _mm512_maskz_loadu_pd((1 << n) - 1, p);
    store(v, p) _mm512_storeu_pd(p, v);
    store_part(v, p, n) _mm512_mask_storeu_pd(p, (1 << n) - 1, v);
    fma(a, b, c) _mm512_fmadd_pd(a, b, c);
    add(a, b) _mm512_add_pd(a, b);
    beats(a, best) _mm512_mask_cmp_pd_mask::<_CMP_NLE_UQ>(_mm512_cmp_pd_mask::<_CMP_ORD_Q>(best, best), a, best);
    positive(a) _mm512_cmp_pd_mask::<_CMP_NLE_UQ>(a, _mm512_setzero_pd());
    equal_and_nonzero(a, b, o)
        _mm512_mask_cmp_pd_mask::<_CMP_NEQ_UQ>(_mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b), o, _mm512_setzero_pd());
    select(m, a, b) _mm512_mask_mov_pd(b, m, a);
    load_places(p) _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p.cast())));
    store_places(v, p) _mm_storel_epi64(p.cast(), _mm256_cvtepi32_epi8(_mm512_cvtpd_epi32(v)));
}

vector! {
    /// Eight single-precision lanes; needs `avx2` and `fma`.
    F32x8(__m256) of f32, mask __m256, 8 lanes, 6 rows;
    splat(x) _mm256_set1_ps(x);
    load(p) _mm256_loadu_ps(p);
    load_part(p, n) _mm256_maskload_ps(p, first_of_8(n));
    store(v, p) _mm256_storeu_ps(p, v);
    store_part(v, p, n) _mm256_maskstore_ps(p, first_of_8(n), v);
    fma(a, b, c) _mm256_fmadd_ps(a, b, c);
    add(a, b) _mm256_add_ps(a, b);
    beats(a, best) _mm256_and_ps(
        _mm256_cmp_ps::<_CMP_NLE_UQ>(a, best),
        _mm256_cmp_ps::<_CMP_ORD_Q>(best, best),
    );
    positive(a) _mm256_cmp_ps::<_CMP_NLE_UQ>(a, _mm256_setzero_ps());
    equal_and_nonzero(a, b, o) _mm256_and_ps(
        _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b),
        _mm256_cmp_ps::<_CMP_NEQ_UQ>(o, _mm256_setzero_ps()),
    );
    select(m, a, b) _mm256_blendv_ps(b, a, m);
    load_places(p) _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p.cast())));
    store_places(v, p) {
        let v = _mm256_cvtps_epi32(v);
        let v = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
        _mm_storel_epi64(p.cast(), _mm_packus_epi16(v, v));
    };
}

vector! {
    /// Four double-precision lanes; needs `avx2` and `fma`.
    F64x4(__m256d) of f64, mask __m256d, 4 lanes, 6 rows;
    splat(x) _mm256_set1_pd(x);
    load(p) _mm256_loadu_pd(p);
    load_part(p, n) _mm256_maskload_pd(p, first_of_4(n));
    store(v, p) _mm256_storeu_pd(p, v);
    store_part(v, p, n) _mm256_maskstore_pd(p, first_of_4(n), v);
    fma(a, b, c) _mm256_fmadd_pd(a, b, c);
    add(a, b) _mm256_add_pd(a, b);
    beats(a, best) _mm256_and_pd(
        _mm256_cmp_pd::<_CMP_NLE_UQ>(a, best),
        _mm256_cmp_pd::<_CMP_ORD_Q>(best, best),
    );
    positive(a) _mm256_cmp_pd::<_CMP_NLE_UQ>(a, _mm256_setzero_pd());
    equal_and_nonzero(a, b, o) _mm256_and_pd(
        _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b),
        _mm256_cmp_pd::<_CMP_NEQ_UQ>(o, _mm256_setzero_pd()),
    );
    select(m, a, b) _mm256_blendv_pd(b, a, m);
    load_places(p) _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(p.cast::<i32>().read_unaligned())));
    store_places(v, p) {
        let v = _mm_packus_epi32(_mm256_cvtpd_epi32(v), _mm_setzero_si128());
        p.cast::<i32>().write_unaligned(_mm_cvtsi128_si32(_mm_packus_epi16(v, v)));
    };
}

impl Patch for F32x16 {
    type Places = __m512i;

    #[inline(always)]
    unsafe fn load_patch(p: *const f32, row: usize) -> Self {
        // SAFETY: the caller vouches for the instructions, and four elements of each row may be read.
        unsafe {
            let patch = _mm512_castps128_ps512(_mm_loadu_ps(p));
            let patch = _mm512_insertf32x4::<1>(patch, _mm_loadu_ps(p.add(row)));
            let patch = _mm512_insertf32x4::<2>(patch, _mm_loadu_ps(p.add(2 * row)));
            F32x16(_mm512_insertf32x4::<3>(patch, _mm_loadu_ps(p.add(3 * row))))
        }
    }

    #[inline(always)]
    unsafe fn load_cells(p: *const u8) -> __m512i {
        // SAFETY: the caller vouches for the instructions and for 16 bytes at `p`.
        unsafe {
            let cells = _mm512_cvtepu8_epi32(_mm_loadu_si128(p.cast()));
            // Cells 2 and 3 are in the second row, elements 4 and 5.
            _mm512_add_epi32(cells, _mm512_and_epi32(cells, _mm512_set1_epi32(2)))
        }
    }

    #[inline(always)]
    unsafe fn pick(self, places: __m512i, offset: usize) -> Self {
        // SAFETY: the caller vouches for the instructions.
        unsafe {
            let places = _mm512_add_epi32(places, _mm512_set1_epi32(offset as i32));
            F32x16(_mm512_permutexvar_ps(places, self.0))
        }
    }
}

/// A mask of the first `n` of eight 32-bit lanes.
///
/// # Safety
///
/// The CPU must have AVX2.
#[inline(always)]
unsafe fn first_of_8(n: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

/// A mask of the first `n` of four 64-bit lanes.
///
/// # Safety
///
/// The CPU must have AVX2.
#[inline(always)]
unsafe fn first_of_4(n: usize) -> __m256i {
    // SAFETY: the caller's.
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}
