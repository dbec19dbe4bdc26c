//! A chain of scalar ops, where bookkeeping is all there is: recorded, recorded and swept, differentiated twice.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use wengert::{Tape, Threads, Var};

const STEPS: usize = 500;

/// Ops in a step.
const OPS: usize = 4;

fn chain(x: Var<'_, f64>) -> Var<'_, f64> {
    (0..STEPS).fold(x, |y, _| y * 1.0000001 + y.sin() * 1e-3)
}

fn scalar_chain(c: &mut Criterion) {
    let mut group = c.benchmark_group("scalar chain");
    group.throughput(Throughput::Elements((STEPS * OPS) as u64));
    let mut tape = Tape::<f64>::with_threads(Threads::one());
    let gradient = |tape: &mut Tape<f64>| {
        let x = tape.leaf(0.5);
        let gradient = chain(x).backward(&[x])[0].item();
        tape.clear();
        gradient
    };
    let expected = (0..STEPS)
        .fold((0.5_f64, 1.0), |(y, dy), _| {
            (y * 1.0000001 + y.sin() * 1e-3, dy * (1.0000001 + y.cos() * 1e-3))
        })
        .1;
    let given = gradient(&mut tape);
    assert!((given - expected).abs() < 1e-12 * expected, "{given}, expected {expected}");
    group.bench_function("record", |b| {
        b.iter(|| {
            black_box(chain(tape.leaf(0.5)).item());
            tape.clear();
        });
    });
    group.bench_function("gradient", |b| b.iter(|| black_box(gradient(&mut tape))));
    group.bench_function("second derivative", |b| {
        b.iter(|| {
            let x = tape.leaf(0.5);
            black_box(chain(x).grad(&[x])[0].backward(&[x])[0].item());
            tape.clear();
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    scalar_chain(&mut criterion);
    criterion.final_summary();
}
