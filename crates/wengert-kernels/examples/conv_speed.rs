//! Times the three convolutions of the MNIST model, forward and both gradients, batch 64.
//!
//! `cargo run --release -p wengert-kernels --example conv_speed`

use std::time::Instant;
use wengert_kernels::conv::{self, ConvShape, ConvShapeError};
use wengert_kernels::{Buffer, Threads};

const BATCH: usize = 64;
const RUNS: usize = 15;

fn main() -> Result<(), ConvShapeError> {
    for on in [Threads::one(), Threads::new(2)] {
        let mut total = 0.0;
        for (channels, size, out) in [(1, 28, 32), (32, 13, 64), (64, 5, 64)] {
            let s = ConvShape::new([BATCH, channels, size, size], out, [3; 2], [1; 2], [0; 2], [1; 2], 1)?;
            let wave = |n: usize| Buffer::from_fn(n, |i| ((i * 37 % 101) as f32 - 50.0) / 50.0);
            let (x, w) = (wave(s.input().iter().product()), wave(s.weight().iter().product()));
            let mut y = Buffer::zeroed(s.output().iter().product());
            let (mut dx, mut dw) = (x.clone(), w.clone());
            // Forward, weight gradient, and, but for the first layer, input gradient.
            let mut milliseconds: Vec<f64> = (0..RUNS)
                .map(|_| {
                    let start = Instant::now();
                    conv::forward(&on, &s, &x, &w, &mut y);
                    conv::weight_grad(&on, &s, &x, &y, &mut dw);
                    if channels > 1 {
                        conv::input_grad(&on, &s, &y, &w, &mut dx);
                    }
                    start.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            milliseconds.sort_by(f64::total_cmp);
            let median = milliseconds[RUNS / 2];
            println!(
                "{on:?} {channels:>2} -> {out} at {size:>2}: {median:.2} ms, best {:.2}",
                milliseconds[0]
            );
            assert!(y.iter().chain(&*dw).all(|v| v.is_finite()));
            total += median;
        }
        println!("{on:?} all: {total:.2} ms, {:.0} images/s", BATCH as f64 / total * 1e3);
    }
    Ok(())
}
