//! Tests of max pooling against a search of every window.

use super::*;
use crate::conv::Vectorized;
use proptest::{prelude::*, test_runner::RngSeed};

/// Few values, so that ties, NaN and infinities meet.
fn values(n: usize, seed: u32) -> Vec<f32> {
    let pick =
        [f32::NAN, f32::NEG_INFINITY, -1.0, 0.0, 1.0, 2.0, 2.0, f32::INFINITY, 3.0, -5.0, f32::NEG_INFINITY];
    let word = |i| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 5])[0] as usize;
    (0..n).map(|i| pick[word(i) % pick.len()]).collect()
}

/// For each output, the index into `x` of its winner, channels last.
fn search(s: &PoolShape, x: &[f32]) -> Vec<usize> {
    let ([batch, channels, height, width], [_, _, oh, ow]) = (s.input(), s.output());
    let mut winners = Vec::new();
    for b in 0..batch {
        for (i, j, c) in (0..oh * ow * channels).map(|k| (k / channels / ow, k / channels % ow, k % channels))
        {
            let mut inside = Vec::new();
            for (p, q) in (0..s.kernel()[0]).flat_map(|p| (0..s.kernel()[1]).map(move |q| (p, q))) {
                let y = (i * s.stride()[0] + p * s.dilation()[0]).wrapping_sub(s.padding()[0]);
                let z = (j * s.stride()[1] + q * s.dilation()[1]).wrapping_sub(s.padding()[1]);
                if y < height && z < width {
                    inside.push(((b * height + y) * width + z) * channels + c);
                }
            }
            let nan = inside.iter().copied().find(|&k| x[k].is_nan());
            let largest = inside.iter().map(|&k| x[k]).fold(f32::NEG_INFINITY, f32::max);
            let first = inside.iter().copied().find(|&k| x[k] == largest);
            winners.push(nan.or(first).expect("no window is empty"));
        }
    }
    winners
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pooling_equals_a_search_of_every_window(
        batch in 0usize..3, channels in 0usize..4, image in [1usize..9, 1usize..9], kernel in [1usize..5, 1usize..5],
        stride in [1usize..5, 1usize..5], padding in [0usize..3, 0usize..3], dilation in [1usize..4, 1usize..4], seed: u32,
    ) {
        let s = PoolShape::new([batch, channels, image[0], image[1]], kernel, stride, padding);
        let Ok(s) = s.and_then(|s| s.with_dilation(dilation)) else { return Ok(()) };
        let x = values(s.input().iter().product(), seed);
        let t: Vec<f32> = (0..x.len()).map(|i| i as f32).collect();
        let want = search(&s, &x);
        let dy: Vec<f32> = (0..want.len()).map(|i| (i % 7) as f32 - 3.0).collect();
        for kernels in <f32 as Vectorized>::available() {
            let on = Threads::new(2);
            let [max, taken, dx] = results(kernels, &on, &s, [&x, &t, &dy]);
            prop_assert_eq!(bits(&max), bits(&want.iter().map(|&k| x[k]).collect::<Vec<_>>()));
            prop_assert_eq!(taken, want.iter().map(|&k| k as f32).collect::<Vec<_>>());
            let mut sums = vec![0.0; x.len()];
            want.iter().zip(&dy).for_each(|(&k, dy)| sums[k] += dy);
            prop_assert_eq!(dx, sums);
        }
    }
}

/// The maximum of `x`, the elements of `t` and the gradient from `dy`, by one instruction set.
fn results(
    kernels: &'static Kernels<f32>,
    on: &Threads,
    s: &PoolShape,
    [x, t, dy]: [&[f32]; 3],
) -> [Vec<f32>; 3] {
    let [mut max, mut taken, mut dx] = [vec![9.0; dy.len()], vec![9.0; dy.len()], vec![9.0; x.len()]];
    max_with(kernels, on, s, x, &mut max);
    take_with(kernels, on, s, x, t, &mut taken);
    scatter_with(kernels, on, s, x, dy, &mut dx);
    [max, taken, dx]
}

#[test]
fn ties_nan_and_windows_of_minus_infinity_have_their_stated_winner() {
    let s = PoolShape::new([1, 1, 1, 8], [1, 2], [1, 2], [0, 0]).expect("valid");
    let low = f32::NEG_INFINITY;
    let x = [2.0, 2.0, f32::INFINITY, f32::NAN, low, low, f32::NAN, 1.0];
    let places: Vec<f32> = (0..8).map(|i| i as f32).collect();
    let (mut y, mut winners) = ([0.0; 4], [9.0; 4]);
    max_pool2d(&Threads::one(), &s, &x, &mut y);
    max_pool2d_take(&Threads::one(), &s, &x, &places, &mut winners);
    assert_eq!(winners, [0.0, 3.0, 4.0, 6.0]);
    assert!(y[0] == 2.0 && y[1].is_nan() && y[2] == low && y[3].is_nan());
}

#[test]
fn blocks_of_images_and_of_channels_give_the_same_bits_on_any_number_of_threads() {
    for (input, stride) in [([8, 40, 26, 26], 2), ([1, 100, 30, 30], 1), ([3, 33, 40, 20], 3)] {
        let s = PoolShape::new(input, [2, 2], [stride; 2], [0, 1]).expect("valid");
        let x = values(s.input().iter().product(), 4);
        let t: Vec<f32> = (0..x.len()).map(|i| i as f32).collect();
        let want = search(&s, &x);
        let dy: Vec<f32> = (0..want.len()).map(|i| 1.0 / (i % 7 + 1) as f32).collect();
        let portable = <f32 as Vectorized>::available().last().expect("a table");
        let all = results(portable, &Threads::one(), &s, [&x, &t, &dy]).map(|v| bits(&v));
        assert_eq!(all[0], bits(&want.iter().map(|&k| x[k]).collect::<Vec<_>>()));
        for kernels in <f32 as Vectorized>::available() {
            for threads in [1, 2, 3, 8] {
                let got = results(kernels, &Threads::new(threads), &s, [&x, &t, &dy]).map(|v| bits(&v));
                assert_eq!(got, all, "{kernels:?}, {threads} threads");
            }
        }
    }
}

#[test]
fn impossible_shapes_are_typed_errors() {
    use PoolShapeError::*;
    let new =
        |input, kernel, stride, padding| PoolShape::new(input, kernel, stride, padding).map(|s| s.out_size());
    assert!(matches!(new([1, 1, 4, 4], [2, 2], [1, 0], [0, 0]), Err(ZeroStride { .. })));
    assert!(matches!(new([1, 1, 4, 4], [0, 2], [1, 1], [0, 0]), Err(EmptyKernel { .. })));
    assert!(matches!(new([1, 1, 4, 4], [3, 3], [1, 1], [2, 0]), Err(PaddingTooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], [5, 3], [1, 1], [0, 0]), Err(KernelTooLarge { .. })));
    assert!(matches!(new([1, 1, 0, 4], [2, 2], [1, 1], [1, 1]), Err(KernelTooLarge { .. })));
    assert!(matches!(
        new([1, 1, 1 << 13, 1 << 13], [1 << 12, 1 << 13], [1, 1], [1, 1]),
        Err(TooLarge { .. })
    ));
    let huge = usize::MAX;
    assert!(matches!(new([huge, 2, 4, 4], [2, 2], [1, 1], [0, 0]), Err(TooLarge { .. })));
    assert!(matches!(new([1, 1, huge, 1], [1, 1], [1, 1], [0, 0]), Err(TooLarge { .. })));
    assert!(matches!(new([1, 1, 4, 4], [huge, 1], [1, 1], [huge / 2, 0]), Err(TooLarge { .. })));
    assert_eq!(new([0, 3, 4, 5], [2, 2], [2, 2], [1, 1]), Ok([3, 3]));
    let dilated = |image, dilation| {
        let s = PoolShape::new([1, 1, 1, image], [1, 2], [1, 1], [0, 1]).expect("valid");
        s.with_dilation([1, dilation]).map(|s| s.out_size())
    };
    assert_eq!(dilated(3, 2), Ok([1, 3]));
    // One tap before the image, one behind it; then too wide, standing still, beyond any number.
    for (image, dilation) in [(1, 2), (3, 5), (3, 0), (3, huge)] {
        assert!(matches!(dilated(image, dilation), Err(Dilation { .. })), "{image} {dilation}");
    }
}
