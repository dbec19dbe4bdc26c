//! Elementwise ops, forward, and the gradient of a chain of them, on every core.

use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use wengert::{Key, Tape, Tensor, Var};

/// An op's name, the op, and its formula for one number.
type Case = (&'static str, for<'t> fn(Var<'t, f32>) -> Var<'t, f32>, fn(f64) -> f64);

const CASES: [Case; 8] = [
    ("add", |x| x + x, |x| x + x),
    ("mul", |x| x * x, |x| x * x),
    ("scale", |x| x * 1.5, |x| x * 1.5),
    ("relu", |x| x.relu(), |x| x.max(0.0)),
    ("exp", |x| x.exp(), f64::exp),
    ("tanh", |x| x.tanh(), f64::tanh),
    ("sin", |x| x.sin(), f64::sin),
    ("sigmoid", |x| x.sigmoid(), |x| 1.0 / (1.0 + (-x).exp())),
];

fn close(given: f32, expected: f64) -> bool {
    (f64::from(given) - expected).abs() <= 1e-6 * expected.abs().max(1e-2)
}

fn forward(
    tape: &mut Tape<f32>,
    x: &Tensor<f32>,
    op: for<'t> fn(Var<'t, f32>) -> Var<'t, f32>,
) -> Tensor<f32> {
    let y = op(tape.constant(x)).value();
    tape.clear();
    y
}

/// $\sum_i \tanh(1.1 x_i + 0.3) \exp(-x_i^2)$, its gradient.
fn chain_gradient(tape: &mut Tape<f32>, x: &Tensor<f32>) -> Tensor<f32> {
    let x = tape.leaf(x);
    let y = ((x * 1.1 + 0.3).tanh() * (-(x * x)).exp()).sum();
    let gradient = y.backward(&[x]).swap_remove(0);
    tape.clear();
    gradient
}

fn elementwise(c: &mut Criterion) {
    let mut tape = Tape::new();
    for len in [1_000, 100_000, 1_000_000] {
        let x: Tensor<f32> = Key::new(1).normal([len]);
        let mut group = c.benchmark_group("elementwise");
        group.throughput(Throughput::Elements(len as u64));
        for (name, op, formula) in CASES {
            let y = forward(&mut tape, &x, op);
            let mut pairs = x.to_vec().into_iter().zip(y.to_vec());
            assert!(pairs.all(|(x, y)| close(y, formula(f64::from(x)))), "{name} of {len}");
            group.bench_function(BenchmarkId::new(name, len), |b| {
                b.iter(|| black_box(forward(&mut tape, &x, op)));
            });
        }
        let gradient = chain_gradient(&mut tape, &x);
        for (x, given) in x.to_vec().into_iter().map(f64::from).zip(gradient.to_vec()) {
            let (t, e) = ((1.1 * x + 0.3).tanh(), (-x * x).exp());
            let expected = (1.1 * (1.0 - t * t) - 2.0 * x * t) * e;
            assert!((f64::from(given) - expected).abs() < 1e-6, "at {x}: {given}, expected {expected}");
        }
        group.bench_function(BenchmarkId::new("chain gradient", len), |b| {
            b.iter(|| black_box(chain_gradient(&mut tape, &x)));
        });
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    elementwise(&mut criterion);
    criterion.final_summary();
}
