//! Tests of max pooling against a search of every window.

use super::*;
use proptest::{prelude::*, test_runner::RngSeed};

/// Few values, so that ties, NaN and infinities meet.
fn values(n: usize, seed: u32) -> Vec<f32> {
    let pick =
        [f32::NAN, f32::NEG_INFINITY, -1.0, 0.0, 1.0, 2.0, 2.0, f32::INFINITY, 3.0, -5.0, f32::NEG_INFINITY];
    let word = |i| crate::philox::philox4x32_10([i as u32, 0, 0, 0], [seed, 5])[0] as usize;
    (0..n).map(|i| pick[word(i) % pick.len()]).collect()
}

/// For each output, the index into `x` of its winner.
fn search(s: &PoolShape, x: &[f32]) -> Vec<usize> {
    let ([batch, channels, height, width], [_, _, oh, ow]) = (s.input(), s.output());
    let mut winners = Vec::new();
    for plane in 0..batch * channels {
        for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
            let mut inside = Vec::new();
            for (p, q) in (0..s.kernel()[0]).flat_map(|p| (0..s.kernel()[1]).map(move |q| (p, q))) {
                let y = (i * s.stride()[0] + p * s.dilation()[0]).wrapping_sub(s.padding()[0]);
                let z = (j * s.stride()[1] + q * s.dilation()[1]).wrapping_sub(s.padding()[1]);
                if y < height && z < width {
                    inside.push((plane * height + y) * width + z);
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
        let plane = image[0] * image[1];
        for threads in [1, 2] {
            let on = Threads::new(threads);
            let (mut y, mut winners) = (vec![9.0; want.len()], vec![9; want.len()]);
            max_pool2d(&on, &s, &x, &mut y, Some(&mut winners));
            prop_assert_eq!(bits(&y), bits(&want.iter().map(|&k| x[k]).collect::<Vec<_>>()));
            prop_assert_eq!(winners, want.iter().map(|&k| (k % plane) as u32).collect::<Vec<_>>());
            let mut alone = vec![9.0; want.len()];
            max_pool2d(&on, &s, &x, &mut alone, None);
            prop_assert_eq!(bits(&alone), bits(&y));
            max_pool2d_take(&on, &s, &x, &t, &mut y);
            prop_assert_eq!(&y, &want.iter().map(|&k| k as f32).collect::<Vec<_>>());
            let (mut dx, mut sums) = (vec![9.0; x.len()], vec![0.0; x.len()]);
            max_pool2d_scatter(&on, &s, &x, &dy, &mut dx);
            want.iter().zip(&dy).for_each(|(&k, dy)| sums[k] += dy);
            prop_assert_eq!(dx, sums);
        }
    }
}

#[test]
fn ties_nan_and_windows_of_minus_infinity_have_their_stated_winner() {
    let s = PoolShape::new([1, 1, 1, 8], [1, 2], [1, 2], [0, 0]).expect("valid");
    let low = f32::NEG_INFINITY;
    let (mut y, mut winners) = ([0.0; 4], [9; 4]);
    let x = [2.0, 2.0, f32::INFINITY, f32::NAN, low, low, f32::NAN, 1.0];
    max_pool2d(&Threads::one(), &s, &x, &mut y, Some(&mut winners));
    assert_eq!(winners, [0, 3, 4, 6]);
    assert!(y[0] == 2.0 && y[1].is_nan() && y[2] == low && y[3].is_nan());
}

#[test]
fn many_channels_are_cut_into_blocks() {
    let s = PoolShape::new([8, 40, 26, 26], [2, 2], [2, 2], [0, 0]).expect("valid");
    let x = values(s.input().iter().product(), 4);
    let want = bits(&search(&s, &x).iter().map(|&k| x[k]).collect::<Vec<_>>());
    for threads in [1, 2, 3] {
        let mut y = vec![0.0; want.len()];
        max_pool2d(&Threads::new(threads), &s, &x, &mut y, None);
        assert_eq!(bits(&y), want);
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
    assert!(matches!(new([1, 1, 1 << 20, 1 << 20], [2, 2], [1, 1], [1, 1]), Err(TooLarge { .. })));
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
