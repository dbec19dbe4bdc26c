//! Updates of one parameter tensor.

use criterion::{BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use wengert::{Key, Tensor};
use wengert_optim::{Adam, Optimizer, Rule, Sgd};

const RATE: f64 = 1e-3;

fn rule<R: Rule>(
    c: &mut Criterion,
    name: &str,
    make: impl Fn() -> Optimizer<f32, R>,
    moved: impl Fn(f64) -> f64,
) {
    let mut group = c.benchmark_group(name);
    for len in [1_000, 100_000, 10_000_000] {
        let before: Tensor<f32> = Key::new(1).normal([len]);
        let gradient: Tensor<f32> = Key::new(1).stream(1).uniform([len]) + 0.5;
        let (mut parameters, mut optimizer) = (before.clone(), make());
        optimizer.step(&mut parameters, &gradient).expect("the gradient is finite");
        let after = parameters.to_vec().into_iter().zip(before.to_vec());
        for ((after, before), gradient) in after.zip(gradient.to_vec()) {
            let expected = f64::from(before) - moved(f64::from(gradient));
            assert!((f64::from(after) - expected).abs() < 1e-6, "{name}: {after}, expected {expected}");
        }
        group.throughput(Throughput::Elements(len as u64));
        group.bench_function(BenchmarkId::from_parameter(len), |b| {
            b.iter(|| black_box(optimizer.step(&mut parameters, &gradient)));
        });
    }
    group.finish();
}

fn optimizers(c: &mut Criterion) {
    // The first step of Adam moves every parameter by the learning rate, against the sign of its gradient.
    rule(c, "adam", || Adam::new(RATE).build().expect("valid"), |_| RATE);
    rule(c, "sgd with momentum", || Sgd::new(RATE).momentum(0.9).build().expect("valid"), |g| RATE * g);
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    optimizers(&mut criterion);
    criterion.final_summary();
}
