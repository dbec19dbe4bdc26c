//! The registers of NEON, which every 64-bit ARM has; in the order of bytes that all but a few use.

use super::Vector;
use super::define::vector;
use std::arch::aarch64::*;

vector! {
    /// Four single-precision lanes.
    F32x4(float32x4_t) of f32, mask uint32x4_t, 4 lanes, 12 rows;
    splat(x) vdupq_n_f32(x);
    load(p) vld1q_f32(p);
    load_part(p, n) {
        let x: [f32; 4] = std::array::from_fn(|i| if i < n { p.add(i).read() } else { 0.0 });
        vld1q_f32(x.as_ptr())
    };
    store(v, p) vst1q_f32(p, v);
    store_part(v, p, n) {
        let mut x = [0.0; 4];
        vst1q_f32(x.as_mut_ptr(), v);
        std::ptr::copy_nonoverlapping(x.as_ptr(), p, n);
    };
    fma(a, b, c) vfmaq_f32(c, a, b);
    add(a, b) vaddq_f32(a, b);
    // Not less or equal is also true where either is NaN; a NaN among the best is then let stand.
    beats(a, best) vandq_u32(vmvnq_u32(vcleq_f32(a, best)), vceqq_f32(best, best));
    positive(a) vmvnq_u32(vcleq_f32(a, vdupq_n_f32(0.0)));
    equal_and_nonzero(a, b, o) vbicq_u32(vceqq_f32(a, b), vceqq_f32(o, vdupq_n_f32(0.0)));
    select(m, a, b) vbslq_f32(m, a, b);
    load_places(p) {
        let bytes = u32::from_le_bytes(p.cast::<[u8; 4]>().read());
        vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(u64::from(bytes))))))
    };
    store_places(v, p) {
        let v = vmovn_u32(vcvtq_u32_f32(v));
        let bytes = vget_lane_u32::<0>(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(v, v))));
        p.cast::<[u8; 4]>().write(bytes.to_le_bytes());
    };
}

vector! {
    /// Two double-precision lanes.
    F64x2(float64x2_t) of f64, mask uint64x2_t, 2 lanes, 12 rows;
    splat(x) vdupq_n_f64(x);
    load(p) vld1q_f64(p);
    load_part(p, n) vcombine_f64(vdup_n_f64(if n > 0 { p.read() } else { 0.0 }), vdup_n_f64(0.0));
    store(v, p) vst1q_f64(p, v);
    store_part(v, p, n) if n > 0 {
        p.write(vgetq_lane_f64::<0>(v));
    };
    fma(a, b, c) vfmaq_f64(c, a, b);
    add(a, b) vaddq_f64(a, b);
    beats(a, best) vbicq_u64(vceqq_f64(best, best), vcleq_f64(a, best));
    positive(a) vbicq_u64(vdupq_n_u64(u64::MAX), vcleq_f64(a, vdupq_n_f64(0.0)));
    equal_and_nonzero(a, b, o) vbicq_u64(vceqq_f64(a, b), vceqq_f64(o, vdupq_n_f64(0.0)));
    select(m, a, b) vbslq_f64(m, a, b);
    load_places(p) vcombine_f64(vdup_n_f64(f64::from(p.read())), vdup_n_f64(f64::from(p.add(1).read())));
    store_places(v, p) {
        p.write(vgetq_lane_f64::<0>(v) as u8);
        p.add(1).write(vgetq_lane_f64::<1>(v) as u8);
    };
}
