//! Tests of reductions against exact or double-precision results.

use super::sum::{LEAF, add_pairwise, leaf_sum};
use super::*;
use crate::lanes::Level;
use crate::threads::Threads;
use proptest::{prelude::*, test_runner::RngSeed};

fn noise(n: usize, seed: u32) -> Vec<f32> {
    let word = |i: usize| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 11])[0];
    (0..n).map(|i| word(i) as f32 / 2e9 - 1.0).collect()
}

type Reduction = fn(&Threads, [usize; 3], &[f32], &mut [f32]);

fn reduced(f: Reduction, threads: usize, dims: [usize; 3], x: &[f32]) -> Vec<f32> {
    let mut y = vec![9.0; dims[0] * dims[2]];
    f(&Threads::new(threads), dims, x, &mut y);
    y
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// Elements along the middle axis for result `i`.
fn column([_, n, inner]: [usize; 3], x: &[f32], i: usize) -> Vec<f64> {
    (0..n).map(|j| f64::from(x[(i / inner * n + j) * inner + i % inner])).collect()
}

fn close(got: f32, want: f64, scale: f64) -> bool {
    (f64::from(got) - want).abs() <= 8.0 * f64::from(f32::EPSILON) * scale.max(want.abs())
        || f64::from(got) == want
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reductions_agree_with_their_definition(
        outer in 0usize..5, n in 0usize..700, inner in prop::sample::select(vec![0usize, 1, 1, 2, 5, 40]), seed: u32,
    ) {
        let dims = [outer, n, inner];
        let x = noise(outer * n * inner, seed);
        let [sums, means, norms, logs] = [sum, mean, norm2, logsumexp].map(|f: Reduction| reduced(f, 2, dims, &x));
        let mut scanned = vec![9.0; x.len()];
        cumsum(&Threads::new(2), dims, &x, &mut scanned, false);
        let (mut soft, mut backward) = (scanned.clone(), scanned.clone());
        softmax(&Threads::new(2), dims, &x, &mut soft, AllMasked::Nan);
        cumsum(&Threads::new(2), dims, &x, &mut backward, true);
        for i in 0..outer * inner {
            let c = column(dims, &x, i);
            let (total, size) = (c.iter().sum::<f64>(), c.iter().map(|x| x.abs()).sum::<f64>());
            prop_assert!(close(sums[i], total, size));
            prop_assert!(n == 0 && means[i].is_nan() || close(means[i], total / n as f64, size / n as f64));
            prop_assert!(close(norms[i], c.iter().map(|x| x * x).sum::<f64>().sqrt(), 0.0));
            let exps = c.iter().map(|x| x.exp()).sum::<f64>();
            prop_assert!(close(logs[i], exps.ln(), 1.0));
            let (soft, scanned, backward) = (column(dims, &soft, i), column(dims, &scanned, i), column(dims, &backward, i));
            prop_assert!((soft.iter().sum::<f64>() - 1.0).abs() <= n as f64 * f64::from(f32::EPSILON) || n == 0);
            for j in 0..n {
                prop_assert!(close(soft[j] as f32, c[j].exp() / exps, 0.0));
                let (before, after) = (c[..=j].iter().sum::<f64>(), c[j..].iter().sum::<f64>());
                prop_assert!((scanned[j] - before).abs() <= size * n as f64 * 1e-7 + 1e-12);
                prop_assert!((backward[j] - after).abs() <= size * n as f64 * 1e-7 + 1e-12);
            }
        }
    }

    #[test]
    fn extremes_and_their_places_are_the_first_ones(
        outer in 0usize..4, n in 1usize..50, inner in 0usize..4, seed: u32,
    ) {
        let (dims, pick) = ([outer, n, inner], [f32::NAN, f32::NEG_INFINITY, 1.0, 2.0, -3.0, 2.0, 1.0, -3.0]);
        let few = if seed % 2 == 0 { 0 } else { 1 };
        let x: Vec<f32> = noise(outer * n * inner, seed).iter().map(|x| pick[few..][((x + 1.0) * 3.4) as usize % (8 - few)]).collect();
        let (largest, smallest) = (reduced(max, 2, dims, &x), reduced(min, 2, dims, &x));
        let (mut top, mut bottom) = (vec![9; largest.len()], vec![9; largest.len()]);
        argmax(&Threads::new(2), dims, &x, &mut top);
        argmin(&Threads::new(2), dims, &x, &mut bottom);
        for i in 0..largest.len() {
            let c = column(dims, &x, i);
            let nan = c.iter().position(|x| x.is_nan());
            for (value, place, want) in [
                (largest[i], top[i], c.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
                (smallest[i], bottom[i], c.iter().copied().fold(f64::INFINITY, f64::min)),
            ] {
                let first = nan.or(c.iter().position(|&x| x == want)).expect("an extreme is an element");
                prop_assert_eq!(place as usize, first);
                prop_assert_eq!(f64::from(value).to_bits(), c[first].to_bits());
            }
        }
    }
}

#[test]
fn results_have_the_same_bits_on_any_threads_and_alone_as_in_a_batch() {
    let reductions: [Reduction; 6] = [sum, mean, norm2, logsumexp, max, min];
    for dims in
        [[3, 50_000, 1], [300, 257, 1], [2, 9_000, 7], [40, 33, 50], [1, 1_100_000, 1], [2, 540_000, 2]]
    {
        let x = noise(dims[0] * dims[1] * dims[2], 5);
        let plane = dims[1] * dims[2];
        for f in reductions {
            let all = bits(&reduced(f, 1, dims, &x));
            for threads in [2, 3, 8] {
                assert_eq!(bits(&reduced(f, threads, dims, &x)), all, "{dims:?}");
            }
            let last = reduced(f, 2, [1, dims[1], dims[2]], &x[(dims[0] - 1) * plane..]);
            assert_eq!(bits(&last), all[all.len() - dims[2]..], "{dims:?} alone");
        }
    }
}

#[test]
fn leaves_together_have_the_bits_of_each_leaf_alone() {
    for n in
        [1, 255, 256, 257, 768, 1024, 1025, 15 * 256, 16 * 256, 16 * 256 + 1, 33 * 256 - 5, 70_000, 270_001]
    {
        let x = noise(n, 9);
        let mut leaves: Vec<f32> = x.chunks(LEAF).map(|x| leaf_sum(x, |x| x)).collect();
        add_pairwise(&mut leaves, 1);
        assert_eq!(reduced(sum, 2, [1, n, 1], &x)[0].to_bits(), leaves[0].to_bits(), "{n}");
    }
}

#[test]
fn many_equal_terms_sum_without_drift() {
    // The release example `sum_accuracy` runs the same with 10^8 terms.
    let (n, tenth) = (10_000_000, 0.1f32);
    let x = vec![tenth; n];
    for (dims, each) in [([1, n, 1], n), ([1, n / 2, 2], n / 2), ([2, n / 2, 1], n / 2)] {
        let want = f64::from(tenth) * each as f64;
        for y in reduced(sum, 2, dims, &x) {
            assert!((f64::from(y) / want - 1.0).abs() <= 1e-6, "{dims:?}: {y} for {want}");
        }
    }
}

#[test]
fn the_mean_of_twenty_million_ones_is_one() {
    let x = vec![1.0; 20_000_000];
    for dims in [[1, x.len(), 1], [1, x.len() / 2, 2], [2, x.len() / 2, 1]] {
        assert!(reduced(mean, 2, dims, &x).iter().all(|&y| y == 1.0));
    }
}

#[test]
fn means_near_the_largest_number_do_not_overflow() {
    let m = f32::MAX;
    assert_eq!(reduced(mean, 1, [1, 3, 1], &[m, m, m]), [m]);
    assert_eq!(reduced(mean, 1, [1, 4, 1], &[m, m, -m, m]), [m / 2.0]);
    assert_eq!(reduced(mean, 1, [1, 2, 2], &[m, 1.0, m, 3.0]), [m, 2.0]);
    assert_eq!(reduced(mean, 1, [1, 2, 1], &[f32::INFINITY, m]), [f32::INFINITY]);
    assert!(reduced(mean, 1, [1, 2, 1], &[f32::INFINITY, -f32::INFINITY])[0].is_nan());
    let mut y = [0.0];
    mean(&Threads::one(), [1, 5, 1], &[f64::MAX; 5], &mut y);
    assert!((y[0] / f64::MAX - 1.0).abs() <= 2.0 * f64::EPSILON);
}

#[test]
fn norms_of_huge_and_tiny_numbers_are_right() {
    let norm = |x: &[f32]| reduced(norm2, 1, [1, x.len(), 1], x)[0];
    assert_eq!(norm(&[1e20, 1e20]), 1.414_213_6e20);
    assert_eq!(norm(&[1e-30, 1e-30]), 1.414_213_6e-30);
    assert_eq!(norm(&[3e-45, 0.0]), 3e-45);
    assert_eq!(norm(&[f32::MAX, 0.0]), f32::MAX);
    assert_eq!((norm(&[0.0, -0.0]), norm(&[])), (0.0, 0.0));
    assert_eq!(norm(&[f32::NEG_INFINITY, 1.0]), f32::INFINITY);
    assert!(norm(&[f32::INFINITY, f32::NAN, 1.0]).is_nan());
    let mut y = [0.0f64; 2];
    norm2(&Threads::one(), [1, 2, 2], &[3e300, 5e-324, 4e300, 0.0], &mut y);
    assert_eq!(y, [5e300, 5e-324]);
}

#[test]
fn infinities_have_their_stated_softmax_and_logsumexp() {
    let low = f32::NEG_INFINITY;
    let log = |x: &[f32]| reduced(logsumexp, 1, [1, x.len(), 1], x)[0];
    assert_eq!((log(&[low, low]), log(&[1.0, f32::INFINITY]), log(&[])), (low, f32::INFINITY, low));
    assert_eq!(log(&[1e4, 1e4 + 1.0]), 1e4 + 1.313_261_7);
    assert!(log(&[f32::NAN, f32::INFINITY]).is_nan());
    let soft = |x: &[f32], masked| {
        let mut y = vec![9.0; x.len()];
        softmax(&Threads::one(), [1, x.len(), 1], x, &mut y, masked);
        y
    };
    assert_eq!(soft(&[1.0, f32::INFINITY], AllMasked::Nan), [0.0, 1.0]);
    assert_eq!(soft(&[0.0, low, 0.0], AllMasked::Nan), [0.5, 0.0, 0.5]);
    assert_eq!(soft(&[low, low], AllMasked::Zeros), [0.0, 0.0]);
    assert!(soft(&[low, low], AllMasked::Nan).iter().all(|y| y.is_nan()));
    assert!(soft(&[1.0, f32::NAN], AllMasked::Zeros).iter().all(|y| y.is_nan()));
    assert_eq!(soft(&[1e4, -1e4], AllMasked::Nan), [1.0, 0.0]);
    assert_eq!(soft(&[], AllMasked::Nan), []);
}

#[test]
fn sums_of_nothing_are_zero_and_extremes_of_nothing_are_refused() {
    assert_eq!(reduced(sum, 1, [2, 0, 3], &[]), [0.0; 6]);
    assert!(reduced(mean, 1, [1, 0, 1], &[])[0].is_nan());
    assert_eq!(reduced(max, 1, [0, 0, 3], &[]), []);
    assert!(std::panic::catch_unwind(|| reduced(max, 1, [2, 0, 3], &[])).is_err());
}

/// The elements of a view in row-major order, `[outer, n, inner]`.
fn gathered(view: &View<'_, f32>) -> Vec<f32> {
    let [outer, n, inner] = view.dims;
    let at = |o: usize, j: usize, i: usize| view.x[o * view.outer_step + j * view.step + i];
    let places = (0..outer).flat_map(|o| (0..n).flat_map(move |j| (0..inner).map(move |i| (o, j, i))));
    places.map(|(o, j, i)| at(o, j, i)).collect()
}

#[test]
fn views_have_the_bits_of_their_contiguous_copies() {
    for dims in [
        [1, 3, 2],
        [3, 700, 5],
        [2, 17, 40],
        [1, 5000, 70],
        [4, 256, 16],
        [2, 300, 2100],
        [1, 1, 3],
        [3, 0, 2],
    ] {
        let [outer, n, inner] = dims;
        for gap in [0, 3] {
            let (step, outer_step) = (inner + gap, n * (inner + gap) + 2 * gap);
            let x = noise(outer * outer_step + 1, 7);
            let view = View { x: &x, dims, outer_step, step, order: Order::Rows };
            let copy = gathered(&view);
            // As lines, the terms of each result are contiguous.
            let mut lines = vec![0.0; copy.len()];
            for (at, &x) in copy.iter().enumerate() {
                let (o, j, i) = (at / inner / n, at / inner % n, at % inner);
                lines[(o * inner + i) * n + j] = x;
            }
            for threads in [1, 2, 3] {
                let on = Threads::new(threads);
                let of = |f: fn(&Threads, View<'_, f32>, &mut [f32]), order| {
                    let mut y = vec![9.0; outer * inner];
                    f(&on, View { order, ..view }, &mut y);
                    bits(&y)
                };
                for (whole, part) in
                    [(sum as Reduction, sum_view as fn(&_, View<'_, f32>, &mut _)), (mean, mean_view)]
                {
                    assert_eq!(of(part, Order::Rows), bits(&reduced(whole, 2, dims, &copy)), "{dims:?} rows");
                    let line = reduced(whole, 2, [outer * inner, n, 1], &lines);
                    assert_eq!(of(part, Order::Lines), bits(&line), "{dims:?} lines");
                }
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_column_sums_of_the_portable_one() {
    for (n, width) in [(1, 1), (16, 64), (17, 65), (250, 33), (256, 130), (31, 7)] {
        let x: Vec<f32> = noise(n * (width + 3), 11);
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        for order in [Order::Lines, Order::Rows] {
            let single = |level| {
                let mut y = vec![0.0; width];
                f32::sum_leaf(level, columns::Rows { x: &x, n, row: width + 3, order }, &mut y);
                bits(&y)
            };
            let double = |level| {
                let mut y = vec![0.0; width];
                f64::sum_leaf(level, columns::Rows { x: &wide, n, row: width + 3, order }, &mut y);
                y
            };
            for level in Level::available() {
                assert_eq!(
                    single(level),
                    single(Level::PORTABLE),
                    "{n} rows of {width}, {order:?}, {level:?}"
                );
                assert_eq!(
                    double(level),
                    double(Level::PORTABLE),
                    "{n} rows of {width}, {order:?}, {level:?}"
                );
            }
        }
    }
}

#[test]
#[should_panic(expected = "reaches outside its elements")]
fn a_view_beyond_its_elements_is_refused() {
    let view = View { x: &[0.0; 5], dims: [1, 3, 2], outer_step: 0, step: 2, order: Order::Lines };
    sum_view(&Threads::one(), view, &mut [0.0; 2]);
}
