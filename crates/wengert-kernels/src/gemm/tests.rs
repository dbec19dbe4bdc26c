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

/// A matrix inside a slice, with strides.
#[derive(Clone)]
struct Matrix<T> {
    values: Vec<T>,
    strides: [isize; 2],
}

impl<T: Real> Matrix<T> {
    /// `[rows, columns]` of noise in one of the forms that a view can have.
    fn new([rows, columns]: [usize; 2], form: usize, seed: u32) -> Self {
        let strides = match form {
            0 => [columns, 1],
            1 => [1, rows],
            2 => [columns + 3, 1],
            3 => [1, rows + 5],
            4 => [2 * columns + 1, 2],
            5 => [0, 1],
            6 => [1, 0],
            _ => [0, 0],
        };
        let reach = |n: usize, stride: usize| n.saturating_sub(1) * stride;
        let len = 1 + reach(rows, strides[0]) + reach(columns, strides[1]);
        let values = noise(len, seed).into_iter().map(T::from_f64).collect();
        Matrix { values, strides: strides.map(|s| s as isize) }
    }

    fn at(&self, i: usize, j: usize) -> T {
        self.values[i * self.strides[0] as usize + j * self.strides[1] as usize]
    }
}

/// The forms of [`Matrix::new`].
const FORMS: usize = 8;

/// What the module promises for each element, in plain loops; `c` is what the product is added to.
fn naive<T: Real>([m, k, n]: [usize; 3], a: &Matrix<T>, b: &Matrix<T>, c: Option<&[T]>) -> Vec<T> {
    let parts = k.div_ceil(product::DEPTH).max(1);
    let len = k.div_ceil(parts).max(1);
    let element = |e: usize| {
        let part = |at: usize| {
            (at..k.min(at + len)).fold(T::ZERO, |sum, p| a.at(e / n, p).fused(b.at(p, e % n), sum))
        };
        (0..k).step_by(len).map(part).fold(c.map(|c| c[e]), |sum, x| Some(sum.map_or(x, |sum| sum + x)))
    };
    (0..m * n).map(|e| element(e).unwrap_or(T::ZERO)).collect()
}

/// The product on one instruction set, with what follows it.
fn product_at<T: Real>(
    level: Level,
    threads: usize,
    [m, k, n]: [usize; 3],
    (a, b): (&Matrix<T>, &Matrix<T>),
    c: Option<&[T]>,
    (bias, relu): (Option<&[T]>, bool),
) -> Vec<T> {
    let mut y = c.map_or(vec![T::NAN; m * n], <[T]>::to_vec);
    let bias = bias.map_or(ptr::null(), <[T]>::as_ptr);
    let operand = |x: &Matrix<T>| Operand { start: x.values.as_ptr(), strides: x.strides };
    let to = Target { c: y.as_mut_ptr(), c_row: n, add: c.is_some(), bias, relu };
    let problem = Problem { m, k, n, a: operand(a), b: operand(b), to };
    // SAFETY: `Matrix::new` made room for all elements, `y` and the bias have theirs, and tests name only levels that
    // the machine has.
    unsafe { run(&Threads::new(threads), level, &problem) };
    y
}

/// Checks that all instruction sets and some numbers of threads give the bits of the definition.
fn agrees<T: Real>(shape: [usize; 3], forms: [usize; 2], add: bool) {
    let [m, k, n] = shape;
    let (a, b) = (Matrix::<T>::new([m, k], forms[0], 1), Matrix::<T>::new([k, n], forms[1], 2));
    let (a, b) = (&a, &b);
    let c = add.then(|| noise(m * n, 3).into_iter().map(T::from_f64).collect::<Vec<_>>());
    let want = naive(shape, a, b, c.as_deref());
    for level in Level::available() {
        for threads in [1, 2, 3] {
            let y = product_at(level, threads, shape, (a, b), c.as_deref(), (None, false));
            assert_eq!(y, want, "{shape:?} in forms {forms:?}, {level:?}, {threads} threads");
        }
    }
    let bias: Vec<T> = noise(n, 4).into_iter().map(T::from_f64).collect();
    for (given, relu) in [(Some(&bias[..]), false), (None, true), (Some(&bias[..]), true)] {
        let then = |e: usize| {
            let y = given.map_or(want[e], |bias| want[e] + bias[e % n]);
            if relu { crate::vector::relu(y) } else { y }
        };
        let want: Vec<T> = (0..m * n).map(then).collect();
        for level in Level::available() {
            let y = product_at(level, 2, shape, (a, b), c.as_deref(), (given, relu));
            assert_eq!(y, want, "{shape:?} in forms {forms:?}, {level:?}, bias and relu");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_product_is_the_definition(
        m in 0usize..40, k in 0usize..40, n in 0usize..40,
        form_a in 0..FORMS, form_b in 0..FORMS, add: bool,
    ) {
        // Adding nothing to a result keeps it, which the functions see to before there is a problem to run.
        agrees::<f32>([m, k, n], [form_a, form_b], add && k > 0);
        agrees::<f64>([m, k, n], [form_a, form_b], add && k > 0);
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
fn every_height_and_width_of_tiles_is_the_definition() {
    for m in (1..=26).chain([48, 97]) {
        for n in [1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 100, 129] {
            let (a, b) = (Matrix::<f32>::new([m, 5], m % 2, 1), Matrix::new([5, n], n % 2, 2));
            let want = naive([m, 5, n], &a, &b, None);
            for level in Level::available() {
                let y = product_at(level, 1, [m, 5, n], (&a, &b), None, (None, false));
                assert_eq!(y, want, "{m} rows, {n} columns, {level:?}");
            }
        }
    }
}

#[test]
fn products_with_many_parts_and_blocks_are_the_definition() {
    let depth = product::DEPTH;
    let shapes = [
        [9, 4 * depth + 5, 32],
        [1, 2 * depth + 1, 300],
        [300, depth + 9, 1],
        [150, depth, 3],
        [3, 2 * depth, 140],
        [100, depth + 1, 30],
        [97, 65, 130],
        [300, 70, 40],
        [280, 16 * depth + 5, 70], // transposed, strips of rows
    ];
    for (i, shape) in shapes.into_iter().enumerate() {
        for forms in [[0, 0], [1, 1], [2, 3]] {
            agrees::<f32>(shape, forms, (i + forms[0]) % 2 == 0);
        }
        for forms in [[0, 1], [1, 0]] {
            agrees::<f64>(shape, forms, i % 2 == 0);
        }
    }
}

#[test]
fn a_single_column_may_have_any_stride() {
    let mut c = [0.0_f32; 16];
    gemm(&Threads::one(), 2, 1, 8, &[2.0, 3.0], [1, isize::MAX], &[1.0; 8], [8, 1], &mut c, false);
    assert_eq!(c, [[2.0; 8], [3.0; 8]].concat()[..]);
}

#[test]
fn large_products_have_the_same_bits_on_any_threads_and_instructions() {
    for (shape, forms) in [([700, 400, 300], [1, 0]), ([130, 900, 520], [0, 1]), ([33, 7000, 40], [1, 0])] {
        let [m, k, n] = shape;
        let (a, b) = (Matrix::<f32>::new([m, k], forms[0], 1), Matrix::new([k, n], forms[1], 2));
        let on = |level, threads| product_at(level, threads, shape, (&a, &b), None, (None, false));
        let first = on(Level::of_machine(), 1);
        for threads in 2..=8 {
            assert_eq!(on(Level::of_machine(), threads), first, "{shape:?}, {threads} threads");
        }
        // Without instructions for them, so many fused operations would take seconds.
        for level in Level::available().filter(|&level| level > Level::PORTABLE) {
            assert_eq!(on(level, 2), first, "{shape:?}, {level:?}");
        }
    }
}

#[test]
fn a_last_block_of_few_rows_is_the_definition() {
    // Cut into blocks of 288 rows, of which one, two and three are left over.
    let (k, n, last) = (3, 72, 4);
    let b = Matrix::<f32>::new([k, n], 1, 2);
    for m in [82_657, 82_370, 82_083] {
        let a = Matrix::new([m, k], 0, 1);
        let tail = Matrix { values: a.values[(m - last) * k..].to_vec(), ..a.clone() };
        let want = naive([last, k, n], &tail, &b, None);
        for level in Level::available() {
            let y = product_at(level, 2, [m, k, n], (&a, &b), None, (None, false));
            assert_eq!(y[(m - last) * n..], want, "{m} rows, {level:?}");
        }
    }
}

#[test]
fn another_library_agrees_to_rounding() {
    let [m, k, n] = [70, 800, 90];
    let (a, b) = (Matrix::<f32>::new([m, k], 0, 1), Matrix::<f32>::new([k, n], 1, 2));
    let mut c = vec![0.0; m * n];
    let ([ra, ca], [rb, cb]) = (a.strides, b.strides);
    let (pa, pb) = (a.values.as_ptr(), b.values.as_ptr());
    // SAFETY: `Matrix::new` made room for all elements, and `c` holds `m * n`.
    unsafe {
        matrixmultiply::sgemm(m, k, n, 1.0, pa, ra, ca, pb, rb, cb, 0.0, c.as_mut_ptr(), n as isize, 1)
    };
    let mut y = vec![0.0; m * n];
    gemm(&Threads::new(2), m, k, n, &a.values, a.strides, &b.values, b.strides, &mut y, false);
    let bound = k as f32 * f32::EPSILON;
    assert!(y.iter().zip(&c).all(|(y, c)| (y - c).abs() <= bound));
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
fn nan_passes_relu_and_the_bias_is_for_columns() {
    let (a, bias) = ([f32::NAN, -1.0], [1.0, 0.5]);
    let mut c = [9.0f32; 4];
    gemm_bias(&Threads::one(), 2, 1, 2, &a, [1, 1], &[1.0, 1.0], [2, 1], Some(&bias), true, &mut c);
    assert!(c[0].is_nan() && c[1].is_nan());
    assert_eq!(c[2..], [0.0, 0.0]);
    gemm_bias(&Threads::one(), 2, 0, 2, &[], [0, 1], &[], [2, 1], Some(&bias), false, &mut c);
    assert_eq!(c, [1.0, 0.5, 1.0, 0.5]);
}

#[test]
#[should_panic(expected = "the bias must hold n = 2 elements")]
fn a_bias_of_another_length_is_refused() {
    gemm_bias(
        &Threads::one(),
        1,
        1,
        2,
        &[1.0],
        [1, 1],
        &[1.0; 2],
        [2, 1],
        Some(&[1.0]),
        false,
        &mut [0.0; 2],
    );
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

#[test]
#[should_panic(expected = "overflows")]
fn a_sum_of_more_terms_than_memory_can_hold_is_refused() {
    let mut c = vec![0.0_f32; 96 * 128];
    gemm(&Threads::one(), 96, 1 << 57, 128, &[1.0], [0, 0], &[1.0], [0, 0], &mut c, false);
}
