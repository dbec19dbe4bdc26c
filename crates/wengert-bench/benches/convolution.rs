//! The convolutions and pools of the seed model at batch 64, forward and both gradients.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use wengert::{Conv2dOptions, Key, PoolOptions, Tape, Tensor};

/// Input `[batch, channels, height, width]` and output channels.
const LAYERS: [(&str, [usize; 4], usize); 3] =
    [("conv1", [64, 1, 28, 28], 32), ("conv2", [64, 32, 13, 13], 64), ("conv3", [64, 64, 5, 5], 64)];

fn dot(a: &Tensor<f32>, b: &Tensor<f32>) -> f64 {
    a.to_vec().into_iter().zip(b.to_vec()).map(|(a, b)| f64::from(a) * f64::from(b)).sum()
}

/// Holds two numbers equal to the rounding of sums of the size of `scale`.
fn assert_close(what: &str, given: f64, expected: f64, scale: f64) {
    assert!((given - expected).abs() < 1e-4 * scale, "{what}: {given}, expected {expected}");
}

fn convolutions(c: &mut Criterion) {
    for (name, input, out) in LAYERS {
        let mut group = c.benchmark_group(name);
        let x: Tensor<f32> = Key::new(1).normal(input);
        let w: Tensor<f32> = Key::new(1).stream(1).normal([out, input[1], 3, 3]);
        let tape = Tape::new();
        let (on_x, on_w) = (tape.leaf(&x), tape.leaf(&w));
        let options = Conv2dOptions::default();
        let y = on_x.conv2d(on_w, &options);
        let seed: Tensor<f32> = Key::new(1).stream(2).normal(y.shape());
        // The convolution is linear in both operands: <seed, y> = <x_bar, x> = <w_bar, w>.
        let scale = dot(&seed, &seed);
        let gradient = |wrt| y.try_pullback(seed.clone(), &[wrt]).expect("y depends on it").swap_remove(0);
        let paired = dot(&seed, &y.value());
        let place: f64 = (0..9 * input[1])
            .map(|p| {
                let (channel, row, column) = (p / 9, p / 3 % 3, p % 3);
                f64::from(x[[5, channel, 2 + row, 1 + column]]) * f64::from(w[[3, channel, row, column]])
            })
            .sum();
        assert_close(name, f64::from(y.value()[[5, 3, 2, 1]]), place, 1.0);
        for (wrt, value) in [(on_x, &x), (on_w, &w)] {
            let gradient = gradient(wrt).expect("y depends on it");
            assert_close(name, dot(&gradient, value), paired, scale);
        }
        group.throughput(Throughput::Elements((2 * y.shape().len() * 9 * input[1]) as u64));
        group.bench_function("forward", |b| {
            let mut tape = Tape::new();
            b.iter(|| {
                black_box(tape.constant(&x).conv2d(tape.constant(&w), &options).value());
                tape.clear();
            });
        });
        group.bench_function("input gradient", |b| b.iter(|| black_box(gradient(on_x))));
        group.bench_function("weight gradient", |b| b.iter(|| black_box(gradient(on_w))));
        group.finish();
    }
}

fn pools(c: &mut Criterion) {
    for (name, input) in [("pool1", [64, 32, 26, 26]), ("pool2", [64, 64, 11, 11])] {
        let mut group = c.benchmark_group(name);
        let x: Tensor<f32> = Key::new(1).normal(input);
        let tape = Tape::new();
        let on_x = tape.leaf(&x);
        let y = on_x.max_pool2d([2, 2], PoolOptions::default());
        let seed: Tensor<f32> = Key::new(1).stream(2).normal(y.shape());
        let gradient = || y.try_pullback(seed.clone(), &[on_x]).expect("y depends on x").swap_remove(0);
        // A window's value is one of its elements: <seed, y> = <x_bar, x>.
        let x_bar = gradient().expect("y depends on x");
        assert_close(name, dot(&x_bar, &x), dot(&seed, &y.value()), dot(&seed, &seed));
        group.throughput(Throughput::Elements(x.len() as u64));
        group.bench_function("forward", |b| {
            let mut tape = Tape::new();
            b.iter(|| {
                black_box(tape.constant(&x).max_pool2d([2, 2], PoolOptions::default()).value());
                tape.clear();
            });
        });
        group.bench_function("gradient", |b| b.iter(|| black_box(gradient())));
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    convolutions(&mut criterion);
    pools(&mut criterion);
    criterion.final_summary();
}
