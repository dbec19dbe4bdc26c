//! Maximum and average pooling against loops, with ties, NaN and infinities among the values.

use proptest::{prelude::*, test_runner::RngSeed};
use wengert::prelude::*;
use wengert::{Conv2dOptions, PoolOptions};
use wengert_tests::sliding::Slide;

/// Integers from 0 to 3, so that most windows hold ties.
fn tied(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| (4.0 * u).floor())
}

/// The same with some NaN and infinities.
fn awkward(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| match (20.0 * u) as u32 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2..=9 => f64::NEG_INFINITY,
        other => f64::from(other % 3),
    })
}

/// Where each window's winner lies in `x`, for all images one after another.
fn winners(slide: &Slide, [batch, channels, height, width]: [usize; 4], x: &[f64]) -> Vec<usize> {
    let windows: usize = slide.out([height, width]).expect("the window fits").iter().product();
    let mut all = Vec::new();
    for image in 0..batch * channels {
        let mut won: Vec<Option<usize>> = vec![None; windows];
        slide.each([height, width], |window, _, cell| {
            let at = image * height * width + cell;
            let beats = |best: usize| !x[best].is_nan() && (x[at].is_nan() || x[at] > x[best]);
            if won[window].is_none_or(beats) {
                won[window] = Some(at);
            }
        });
        all.extend(won.into_iter().map(|w| w.expect("no window in the padding alone")));
    }
    all
}

fn pool_options(slide: &Slide) -> PoolOptions {
    PoolOptions {
        stride: Some(slide.stride),
        padding: slide.padding,
        dilation: slide.dilation,
        ..PoolOptions::default()
    }
}

/// Windows of any attributes, images at least as large; some windows may lie in the padding alone.
fn any_pooling() -> impl Strategy<Value = (Slide, [usize; 4])> {
    let axis = || (1..=4_usize, 1..=5_usize, 0..=2_usize, 1..=3_usize, 0..=4_usize);
    (axis(), axis(), 0..=2_usize, 1..=2_usize).prop_map(|(a, b, batch, channels)| {
        let axes = [a, b].map(|(k, s, p, d, more)| {
            let p = p.min(k / 2);
            (k, s, p, d, (d * (k - 1) + 1).saturating_sub(2 * p).max(1) + more)
        });
        let [(k0, s0, p0, d0, height), (k1, s1, p1, d1, width)] = axes;
        let slide = Slide { kernel: [k0, k1], stride: [s0, s1], padding: [p0, p1], dilation: [d0, d1] };
        (slide, [batch, channels, height, width])
    })
}

/// Whether some window has no cell on the image.
fn starved(slide: &Slide, [height, width]: [usize; 2]) -> bool {
    let windows: usize = slide.out([height, width]).expect("the window fits").iter().product();
    let mut met = vec![false; windows];
    slide.each([height, width], |window, _, _| met[window] = true);
    met.contains(&false)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn maximum_pooling_equals_the_loops_at_two_orders((slide, shape) in any_pooling(), seed in 0..1000_u64) {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x0 = tied(shape, seed);
        let x = tape.leaf(&x0);
        let y = match x.try_max_pool2d(slide.kernel, pool_options(&slide)) {
            Ok(y) => y,
            Err(refused) => {
                prop_assert!(starved(&slide, [shape[2], shape[3]]), "{}", refused);
                return Ok(());
            }
        };
        let won = winners(&slide, shape, &x0.to_vec());
        let (x0, v) = (x0.to_vec(), tied(shape, seed + 1));
        prop_assert_eq!(y.value().to_vec(), won.iter().map(|&i| x0[i]).collect::<Vec<_>>());
        // f = sum(y^2): the gradient is 2 x at winners, the second derivative along v is 2 v there; ties too.
        let g = (y * y).sum().grad(&[x])[0];
        let h = (g * tape.constant(&v)).sum().backward(&[x]);
        let (mut first, mut second, v) = (vec![0.0; x0.len()], vec![0.0; x0.len()], v.to_vec());
        for i in won {
            first[i] += 2.0 * x0[i];
            second[i] += 2.0 * v[i];
        }
        prop_assert_eq!(g.value().to_vec(), first);
        prop_assert_eq!(h[0].to_vec(), second);
    }

    #[test]
    fn nan_and_infinities_win_by_the_rules((slide, shape) in any_pooling(), seed in 0..1000_u64) {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x0 = awkward(shape, seed);
        let x = tape.leaf(&x0);
        let Ok(y) = x.try_max_pool2d(slide.kernel, pool_options(&slide)) else { return Ok(()) };
        let (won, x0) = (winners(&slide, shape, &x0.to_vec()), x0.to_vec());
        for (y, &i) in y.value().to_vec().into_iter().zip(&won) {
            prop_assert!(y == x0[i] || y.is_nan() && x0[i].is_nan());
        }
        let seed: Vec<f64> = (1..=won.len()).map(|k| k as f64).collect();
        let g = y.try_pullback(Tensor::new(y.shape(), &seed).unwrap(), &[x]).unwrap();
        let mut sums = vec![0.0; x0.len()];
        for (i, seed) in won.into_iter().zip(seed) {
            sums[i] += seed;
        }
        prop_assert_eq!(g[0].as_ref().unwrap().to_vec(), sums);
    }

    #[test]
    fn average_pooling_divides_the_sum_by_the_kernel_area((slide, shape) in any_pooling(), seed in 0..1000_u64) {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x0 = tied(shape, seed);
        let x = tape.leaf(&x0);
        let Ok(y) = x.try_avg_pool2d(slide.kernel, pool_options(&slide)) else { return Ok(()) };
        let (x0, size) = (x0.to_vec(), [shape[2], shape[3]]);
        let (area, cells) = ((slide.kernel[0] * slide.kernel[1]) as f64, size[0] * size[1]);
        let windows: usize = slide.out(size).unwrap().iter().product();
        let (mut sums, mut uses) = (vec![0.0; y.shape().len()], vec![0.0; x0.len()]);
        for image in 0..shape[0] * shape[1] {
            slide.each(size, |window, _, cell| {
                sums[image * windows + window] += x0[image * cells + cell];
                uses[image * cells + cell] += 1.0;
            });
        }
        let near = |found: Vec<f64>, sums: &[f64]| {
            found.iter().zip(sums).all(|(f, s)| (f - s / area).abs() <= 1e-14 * (1.0 + s.abs()))
        };
        prop_assert!(near(y.value().to_vec(), &sums));
        prop_assert!(near(y.sum().backward(&[x])[0].to_vec(), &uses));
    }
}

#[test]
fn pooling_an_empty_batch_gives_full_gradients() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([0, 2, 4, 4]));
    let y = x.max_pool2d([2, 2], PoolOptions::default());
    assert_eq!(y.shape().dims(), [0, 2, 2, 2]);
    assert_eq!(y.sum().backward(&[x])[0].dims(), [0, 2, 4, 4]);
}

#[test]
fn misuse_is_a_typed_error_that_names_the_attribute() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([1, 1, 4, 4]));
    let plain = PoolOptions::default();
    let refused = [
        ([3, 3], PoolOptions { padding: [2, 0], ..plain }, "padding"),
        ([1, 1], PoolOptions { padding: [0, 1], ..plain }, "padding"),
        ([5, 1], plain, "kernel"),
        ([2, 0], plain, "kernel"),
        ([2, 2], PoolOptions { stride: Some([1, 0]), ..plain }, "stride"),
        ([2, 2], PoolOptions { dilation: [0, 1], ..plain }, "dilation"),
        ([2, 2], PoolOptions { dilation: [4, 1], ..plain }, "kernel"),
        ([1, 2], PoolOptions { padding: [0, 1], dilation: [1, 5], ..plain }, "dilation"),
    ];
    for (kernel, options, what) in refused {
        match x.try_max_pool2d(kernel, options).map(Var::shape) {
            Err(Error::Attribute { op: "max_pool2d", name, .. }) => assert_eq!(name, what, "{options:?}"),
            other => panic!("expected an error about {what}, got {other:?}"),
        }
    }
    let image = tape.leaf([[1.0]]).try_max_pool2d([1, 1], plain);
    assert!(matches!(image.map(Var::shape), Err(Error::Shape { op: "max_pool2d", .. })));
}

#[test]
fn convolution_relu_and_pooling_differentiate_twice_at_their_boundaries() {
    // One filter of ones on an image of equal cells: every window of the pooling is a tie.
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::full([1, 1, 4, 4], 1.0));
    let w = tape.leaf(Tensor::full([1, 1, 1, 1], 2.0));
    let y = x.conv2d(w, &Conv2dOptions::default()).relu().max_pool2d([2, 2], PoolOptions::default());
    let g = (y * y).sum().grad(&[w])[0]; // y = w x at 4 winners: 2 w x^2 each
    assert_eq!(g.item(), 16.0);
    let second = g.sum().backward(&[w, x]);
    assert_eq!(second[0].item(), 8.0);
    let winner = |i: usize, j: usize| if i.is_multiple_of(2) && j.is_multiple_of(2) { 8.0 } else { 0.0 };
    assert_eq!(second[1], Tensor::from_fn([1, 1, 4, 4], |ix| winner(ix[2], ix[3])));
}
