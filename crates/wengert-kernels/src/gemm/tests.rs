//! Tests of the matrix product against the definition.

use super::*;
use proptest::{prelude::*, test_runner::RngSeed};

fn noise(n: usize, seed: u32) -> Vec<f64> {
    let word = |i| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 7])[0];
    (0..n).map(|i| f64::from(word(i)) / f64::from(u32::MAX) - 0.5).collect()
}

fn single(x: Vec<f64>) -> Vec<f32> {
    x.into_iter().map(|x| x as f32).collect()
}

fn naive<T: Real>(shape: [usize; 3], a: &[T], sa: [usize; 2], b: &[T], sb: [usize; 2]) -> Vec<f64> {
    let [m, k, n] = shape;
    let dot = |i: usize, j: usize| {
        (0..k).map(|p| a[i * sa[0] + p * sa[1]].to_f64() * b[p * sb[0] + j * sb[1]].to_f64()).sum::<f64>()
    };
    (0..m * n).map(|e| dot(e / n, e % n)).collect()
}

fn strides(transposed: bool, rows: usize, columns: usize) -> [usize; 2] {
    if transposed { [1, rows] } else { [columns, 1] }
}

fn agrees<T: Real>(shape: [usize; 3], ta: bool, tb: bool, accumulate: bool) {
    let [m, k, n] = shape;
    let real = |x: Vec<f64>| x.into_iter().map(T::from_f64).collect::<Vec<_>>();
    let (a, b, c0) = (real(noise(m * k, 1)), real(noise(k * n, 2)), real(noise(m * n, 3)));
    let (sa, sb) = (strides(ta, m, k), strides(tb, k, n));
    let signed = |s: [usize; 2]| s.map(|s| s as isize);
    let mut first = None;
    for threads in [1, 2, 3] {
        let mut c = c0.clone();
        gemm(&Threads::new(threads), m, k, n, &a, signed(sa), &b, signed(sb), &mut c, accumulate);
        for ((c, c0), want) in c.iter().zip(&c0).zip(naive(shape, &a, sa, &b, sb)) {
            let want = if accumulate { want + c0.to_f64() } else { want };
            assert!((c.to_f64() - want).abs() <= 2.0 * (k + 1) as f64 * T::EPSILON.to_f64());
        }
        assert_eq!(*first.get_or_insert(c.clone()), c, "bits differ on {threads} threads");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_product_is_the_definition(
        m in 0usize..40, k in 0usize..40, n in 0usize..40, ta: bool, tb: bool, accumulate: bool,
    ) {
        agrees::<f32>([m, k, n], ta, tb, accumulate);
        agrees::<f64>([m, k, n], ta, tb, accumulate);
    }

    #[test]
    fn a_batch_is_its_products_one_by_one(
        batch in 0usize..5, m in 0usize..9, k in 0usize..9, n in 0usize..9, shared: bool, accumulate: bool,
    ) {
        let a = noise(batch * m * k, 1);
        let b = noise(if shared { k * n } else { batch * k * n }, 2);
        let (sa, sb) = (m * k, if shared { 0 } else { k * n });
        let mut c = noise(batch * m * n, 3);
        let mut want = c.clone();
        let (ra, rb) = ([k as isize, 1], [n as isize, 1]);
        for i in 0..if m * n == 0 { 0 } else { batch } {
            let c = &mut want[i * m * n..][..m * n];
            gemm(&Threads::one(), m, k, n, &a[i * sa..], ra, &b[i * sb..], rb, c, accumulate);
        }
        let (sa, sb) = ([sa as isize, ra[0], 1], [sb as isize, rb[0], 1]);
        batched_gemm(&Threads::new(2), batch, m, k, n, &a, sa, &b, sb, &mut c, accumulate);
        prop_assert_eq!(c, want);
    }
}

#[test]
fn products_cut_into_blocks_agree_on_any_number_of_threads() {
    for shape in [[300, 70, 90], [70, 33, 600], [520, 300, 270], [1, 2000, 700], [700, 2000, 1]] {
        agrees::<f32>(shape, false, true, false);
        agrees::<f32>(shape, true, false, true);
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_any_batch() {
    for (k, n) in [(1, 5), (17, 16), (255, 33), (256, 8), (257, 10), (700, 64)] {
        let (a, b) = (single(noise(70 * k, 1)), single(noise(k * n, 2)));
        let on = Threads::new(2);
        let mut alone = vec![0.0; 70 * n];
        for i in 0..70 {
            let c = &mut alone[i * n..][..n];
            gemm(&on, 1, k, n, &a[i * k..], [k as isize, 1], &b, [n as isize, 1], c, false);
        }
        for m in 1..=70 {
            let mut c = vec![0.0; m * n];
            gemm(&on, m, k, n, &a, [k as isize, 1], &b, [n as isize, 1], &mut c, false);
            assert_eq!(c, alone[..m * n], "m = {m}, k = {k}, n = {n}");
        }
    }
}

#[test]
fn a_row_has_the_same_bits_in_a_product_large_enough_for_blocks() {
    let (m, k, n) = (600, 300, 300);
    let (a, b) = (single(noise(m * k, 1)), single(noise(k * n, 2)));
    let mut all = vec![0.0; m * n];
    gemm(&Threads::new(2), m, k, n, &a, [k as isize, 1], &b, [n as isize, 1], &mut all, false);
    for i in [0, 1, 299, 300, 303, 599] {
        let mut row = vec![0.0; n];
        gemm(&Threads::one(), 1, k, n, &a[i * k..], [k as isize, 1], &b, [n as isize, 1], &mut row, false);
        assert_eq!(row, all[i * n..][..n], "row {i}");
    }
}

#[test]
fn an_empty_inner_size_gives_zeros_or_keeps_the_result() {
    let none: [f64; 0] = [];
    let mut c = [7.0; 6];
    gemm(&Threads::one(), 2, 0, 3, &none, [0, 1], &none, [3, 1], &mut c, true);
    assert_eq!(c, [7.0; 6]);
    gemm(&Threads::one(), 2, 0, 3, &none, [0, 1], &none, [3, 1], &mut c, false);
    assert_eq!(c, [0.0; 6]);
    c = [7.0; 6];
    batched_gemm(&Threads::one(), 3, 2, 0, 1, &none, [9, 0, 1], &none, [9, 1, 1], &mut c, false);
    assert_eq!(c, [0.0; 6]);
}

#[test]
fn stride_zero_repeats_an_element() {
    let mut c = [0.0; 4];
    gemm(&Threads::one(), 2, 3, 2, &[2.0], [0, 0], &[1.0, 5.0], [0, 1], &mut c, false);
    assert_eq!(c, [6.0, 30.0, 6.0, 30.0]);
}

#[test]
fn nan_and_infinity_reach_the_result() {
    let mut c = [0.0f32; 2];
    gemm(
        &Threads::one(),
        1,
        2,
        2,
        &[0.0, 1.0],
        [2, 1],
        &[f32::INFINITY, 1.0, 2.0, 3.0],
        [2, 1],
        &mut c,
        false,
    );
    assert!(c[0].is_nan());
    assert_eq!(c[1], 3.0);
}

#[test]
#[should_panic(expected = "a of shape [2, 3] and strides [3, 1] reaches outside its 5 elements")]
fn an_operand_that_is_too_short_is_refused() {
    gemm(&Threads::one(), 2, 3, 1, &[0.0; 5], [3, 1], &[0.0; 3], [1, 1], &mut [0.0; 2], false);
}

#[test]
#[should_panic(expected = "reaches outside")]
fn strides_that_lead_before_the_slice_are_refused() {
    gemm(&Threads::one(), 2, 1, 1, &[0.0; 5], [-1, 1], &[0.0; 3], [1, 1], &mut [0.0; 2], false);
}
