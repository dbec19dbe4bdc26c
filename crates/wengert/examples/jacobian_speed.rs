//! What a whole Jacobian and a whole Hessian cost, in batches of directions and one direction at a time.
//!
//! `cargo run --release -p wengert --example jacobian_speed [repeats]`: both ways in turn, so many times; prints the
//! median seconds of each and the median ratio with its range, and checks that the entries agree.

use std::time::Instant;
use wengert::prelude::*;

fn numbers(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    Key::new(seed).uniform::<f64>(shape).map(|u| (2.0 * u - 1.0) / 8.0)
}

/// A network of 64 inputs, 64 hidden units and 64 outputs.
fn network(x: Var<'_, f64>) -> Var<'_, f64> {
    let w = [1, 2].map(|seed| x.tape().constant(numbers([64, 64], seed)));
    x.matmul(w[0]).tanh().matmul(w[1])
}

/// A smooth function of 200 variables that all interact.
fn bowl(x: Var<'_, f64>) -> Var<'_, f64> {
    let w = x.tape().constant(numbers([200, 200], 3));
    x.matmul(w).tanh().square().sum() + x.logsumexp()
}

/// The rows of dy/dx, one sweep each.
fn rows(y: Var<'_, f64>, x: Var<'_, f64>) -> Vec<f64> {
    let n = y.shape().len();
    let row = |i: usize| {
        let mut unit = vec![0.0; n];
        unit[i] = 1.0;
        let row = y.try_pullback(unit.into(), &[x]).expect("a seed of the shape").remove(0);
        row.expect("y depends on x").to_vec()
    };
    (0..n).flat_map(row).collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Times both ways in turn; every time is the mean of `inner` runs.
fn compare(
    name: &str,
    repeats: usize,
    inner: usize,
    batched: impl Fn() -> Vec<f64>,
    looped: impl Fn() -> Vec<f64>,
) {
    let (a, b) = (batched(), looped());
    let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(a.len() == b.len() && worst < 1e-12, "the entries differ by {worst}");
    let time = |f: &dyn Fn() -> Vec<f64>| {
        let start = Instant::now();
        for _ in 0..inner {
            std::hint::black_box(f());
        }
        start.elapsed().as_secs_f64() / inner as f64
    };
    let (mut batches, mut loops, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..repeats {
        let (b, l) = (time(&batched), time(&looped));
        batches.push(b);
        loops.push(l);
        ratios.push(l / b);
    }
    let ratio = median(&mut ratios);
    println!(
        "{name}: {:.3} ms in batches, {:.3} ms one by one, ratio {ratio:.2} ({:.2} to {:.2}), largest difference {worst:.1e}",
        median(&mut batches) * 1e3,
        median(&mut loops) * 1e3,
        ratios[0],
        ratios[ratios.len() - 1],
    );
}

fn main() {
    let repeats = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(5);
    let x = numbers([64], 4);
    let one_by_one = || {
        let tape = Tape::new();
        let x = tape.leaf(&x);
        rows(network(x), x)
    };
    compare("Jacobian of a network 64-64-64", repeats, 50, || jacobian(network, &x).to_vec(), one_by_one);
    let x = numbers([200], 5);
    let one_by_one = || {
        let tape = Tape::new();
        let x = tape.leaf(&x);
        rows(bowl(x).grad(&[x])[0], x)
    };
    compare("Hessian of 200 variables", repeats, 5, || hessian(bowl, &x).to_vec(), one_by_one);
}
