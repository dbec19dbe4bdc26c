//! Times the three convolutions of the MNIST model, forward and both gradients, batch 64.
//!
//! `cargo run --release -p wengert-kernels --example conv_speed`

use std::time::Instant;
use wengert_kernels::conv::pooled::{self, Gradients, Pooled, PooledShape};
use wengert_kernels::conv::{self, ConvShape, ConvShapeError, Epilogue, PackedWeights, RowWeights, Weights};
use wengert_kernels::{Buffer, Threads};

const BATCH: usize = 64;
const RUNS: usize = 31;

fn main() -> Result<(), ConvShapeError> {
    for on in [Threads::one(), Threads::new(2)] {
        for (channels, size, out) in [(1, 28, 32), (32, 13, 64), (64, 5, 64)] {
            let s = ConvShape::new([BATCH, channels, size, size], out, [3; 2], [1; 2], [0; 2], [1; 2], 1)?;
            let label = format!("{on:?} {channels:>2} -> {out} at {size:>2}");
            dense(&on, &s, &label);
            if let Some(s) = PooledShape::new(s, [2, 2]).filter(|_| size > 5) {
                fused(&on, &s, &label);
            }
        }
    }
    Ok(())
}

/// Numbers between -1/2 and 1/2 in no order.
fn noise(n: usize, seed: u32) -> Buffer<f32> {
    let mut state = seed;
    Buffer::from_fn(n, |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    })
}

/// Prints the median time of `f` and the rate at which it multiplies and adds.
fn time(label: &str, products: usize, mut f: impl FnMut()) {
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    let median = seconds[RUNS / 2];
    println!("{label}: {:.3} ms, {:.1} GFLOP/s", median * 1e3, 2.0 * products as f64 / median / 1e9);
}

fn dense(on: &Threads, s: &ConvShape, label: &str) {
    let [x_len, w_len, y_len] = [s.input(), s.weight(), s.output()].map(|s| s.iter().product::<usize>());
    let (x, w, dy) = (noise(x_len, 1), noise(w_len, 2), noise(y_len, 3));
    let [mut y, mut dx, mut dw] = [&dy, &x, &w].map(Clone::clone);
    let products = y_len * w_len / s.output()[1];
    let mut packed = PackedWeights::forward(on, s, Weights::row_major(s, &w));
    let transposed = PackedWeights::input_grad(on, s, Weights::row_major(s, &w));
    time(&format!("{label} pack"), 0, || packed.repack(on, Weights::row_major(s, &w)));
    time(&format!("{label} forward"), products, || {
        conv::forward(on, s, &x, &packed, Epilogue::default(), &mut y)
    });
    time(&format!("{label} weight_grad"), products, || conv::weight_grad(on, s, &x, &dy, &mut dw));
    time(&format!("{label} input_grad"), products, || conv::input_grad(on, s, &dy, &transposed, &mut dx));
    // All three are the same sum of triple products.
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let sums = [dot(&y, &dy), dot(&dx, &x), dot(&dw, &w)];
    let scale = dot(&y, &y).sqrt() * dot(&dy, &dy).sqrt();
    assert!(sums.iter().all(|s| (s - sums[0]).abs() < 1e-5 * scale), "{sums:?}");
}

/// The same with bias, relu and 2 x 2 max pooling in one pass; rates are those of the convolution without pooling.
fn fused(on: &Threads, s: &PooledShape, label: &str) {
    let conv = s.conv();
    let [x_len, w_len, y_len] =
        [conv.input(), conv.weight(), s.output()].map(|s| s.iter().product::<usize>());
    let (mut x, w, dy) = (noise(x_len, 1), noise(w_len, 2), noise(y_len, 3));
    if s.conv().input()[1] > 1 {
        // As after relu.
        x.iter_mut().for_each(|x| *x = x.abs());
    }
    let bias = noise(s.output()[1], 4);
    let [mut y, mut dx, mut dw] = [&dy, &x, &w].map(Clone::clone);
    let (mut db, mut winners) = (bias.clone(), Buffer::zeroed(y_len));
    let products = y_len * 4 * w_len / s.output()[1];
    let view = Weights::row_major(conv, &w);
    let packed = PackedWeights::forward(on, conv, view);
    let mut rows = RowWeights::new(conv, view);
    let then = Epilogue { bias: Some(&bias), relu: true };
    time(&format!("{label} fused forward"), products, || {
        pooled::forward(on, s, &x, &packed, then, &mut y, Some(&mut winners));
    });
    time(&format!("{label} rows"), 0, || rows.repack(view));
    let after = Pooled { dy: &dy, y: Some(&y), winners: &winners };
    time(&format!("{label} fused weight and bias gradient"), products, || {
        let into = Gradients { input: None, weight: Some((&x, &mut dw)), bias: Some(&mut db) };
        pooled::backward(on, s, after, into);
    });
    time(&format!("{label} fused input gradient"), products, || {
        pooled::backward(on, s, after, Gradients { input: Some((&rows, &mut dx)), weight: None, bias: None });
    });
    time(&format!("{label} fused backward"), 2 * products, || {
        let into =
            Gradients { input: Some((&rows, &mut dx)), weight: Some((&x, &mut dw)), bias: Some(&mut db) };
        pooled::backward(on, s, after, into);
    });
    let active = y.iter().filter(|&&y| y > 0.0).count() as f64 / y_len as f64;
    // Where relu lets through, the result is linear in images, weights and bias: all sums agree.
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let sums = [dot(&y, &dy), dot(&dx, &x) + dot(&db, &bias), dot(&dw, &w) + dot(&db, &bias)];
    let scale = dot(&y, &y).sqrt() * dot(&dy, &dy).sqrt();
    assert!(sums.iter().all(|s| (s - sums[0]).abs() < 1e-5 * scale), "{sums:?}");
    println!("{label} fused: {active:.2} of the windows pass relu");
}
