//! Matrix products, forward, through the op.

use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use wengert::{Key, Tape, Tensor};

/// Squares; the dense layers of the seed model; tall and skinny.
const SIZES: [[usize; 3]; 6] =
    [[64, 64, 64], [256, 256, 256], [512, 512, 512], [64, 576, 64], [64, 64, 10], [7744, 288, 64]];

fn product(tape: &mut Tape<f32>, a: &Tensor<f32>, b: &Tensor<f32>) -> Tensor<f32> {
    let c = tape.constant(a).matmul(tape.constant(b)).value();
    tape.clear();
    c
}

fn gemm(c: &mut Criterion) {
    let mut tape = Tape::new();
    let mut group = c.benchmark_group("gemm");
    for [m, k, n] in SIZES {
        let a: Tensor<f32> = Key::new(1).normal([m, k]);
        let plain: Tensor<f32> = Key::new(1).stream(1).normal([k, n]);
        let transposed = plain.transpose(0, 1).contiguous().transpose(0, 1);
        group.throughput(Throughput::Elements((2 * m * k * n) as u64));
        for (layout, b) in [("plain", &plain), ("transposed", &transposed)] {
            let product_of = product(&mut tape, &a, b);
            let (i, j) = (m / 2, n / 3);
            let expected: f64 = (0..k).map(|p| f64::from(a[[i, p]]) * f64::from(b[[p, j]])).sum();
            let error = (f64::from(product_of[[i, j]]) - expected).abs();
            assert!(error < 1e-5 * k as f64, "{m}x{k}x{n} {layout}: off by {error}");
            group.bench_function(BenchmarkId::new(layout, format!("{m}x{k}x{n}")), |bench| {
                bench.iter(|| black_box(product(&mut tape, &a, b)));
            });
        }
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    gemm(&mut criterion);
    criterion.final_summary();
}
