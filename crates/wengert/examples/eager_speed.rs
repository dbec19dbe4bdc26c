//! Times of the tape: recording and the first-order sweep, on work so small that bookkeeping decides.
//!
//! `cargo run --release -p wengert --example eager_speed`, with `tensor`, `chain`, `mlp` or `elementwise` for one part.

use std::hint::black_box;
use std::time::Instant;
use wengert::{Tape, Tensor, Threads};

/// Median and least of the seconds of one call, over rounds of about 20 ms.
fn time(mut f: impl FnMut()) -> (f64, f64) {
    let start = Instant::now();
    f();
    f();
    let calls = (0.02 / (start.elapsed().as_secs_f64() / 2.0)).clamp(1.0, 1e6) as usize;
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| f());
            start.elapsed().as_secs_f64() / calls as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    (rounds[4], rounds[0])
}

fn show(name: &str, unit: &str, scale: f64, (median, least): (f64, f64)) {
    println!("{name:<32} {:>10.2} {unit:<12} least {:.2}", median * scale, least * scale);
}

fn scalar_chain() {
    let mut tape = Tape::<f64>::with_threads(Threads::one());
    let (mut slope, steps) = (0.0, 500);
    let seconds = time(|| {
        {
            let x = tape.leaf(0.5);
            let mut y = x;
            for _ in 0..steps {
                y = y * 1.0000001 + y.sin() * 1e-3;
            }
            slope = y.backward(&[x])[0].item();
        }
        tape.clear();
    });
    let (mut y, mut expected) = (0.5_f64, 1.0);
    for _ in 0..steps {
        expected *= 1.0000001 + y.cos() * 1e-3;
        y = y * 1.0000001 + y.sin() * 1e-3;
    }
    assert!((slope / expected - 1.0).abs() < 1e-12, "{slope} is not {expected}");
    show("scalar chain", "ns/op", 1e9 / (4 * steps) as f64, seconds);
    let forward = time(|| {
        {
            let mut y = tape.leaf(0.5);
            for _ in 0..steps {
                y = y * 1.0000001 + y.sin() * 1e-3;
            }
            black_box(y.shape());
        }
        tape.clear();
    });
    show("scalar chain, recording only", "ns/op", 1e9 / (4 * steps) as f64, forward);
}

fn perceptron(batch: usize) {
    let value = |shape: &[usize]| {
        Tensor::from_fn(shape, |ix| {
            let k = ix.iter().fold(7, |k, i| (k * 31 + i * 17) % 101);
            (k as f32 / 101.0 - 0.5) * 0.6
        })
    };
    let shapes: [&[usize]; 6] = [&[8, 16], &[16], &[16, 16], &[16], &[16, 1], &[1]];
    let mut p = shapes.map(value);
    let (x, target) = (value(&[batch, 8]), value(&[batch, 1]));
    let mut tape = Tape::<f32>::with_threads(Threads::all());
    let (mut first, mut last) = (None, 0.0);
    let seconds = time(|| {
        let gradients = {
            let w = [0, 1, 2, 3, 4, 5].map(|k| tape.leaf(&p[k]));
            let (x, target) = (tape.constant(&x), tape.constant(&target));
            let h = (x.matmul(w[0]) + w[1]).tanh();
            let h = (h.matmul(w[2]) + w[3]).tanh();
            let d = h.matmul(w[4]) + w[5] - target;
            let loss = (d * d).mean();
            last = loss.item();
            first.get_or_insert(last);
            loss.backward(&w)
        };
        tape.clear();
        for (p, g) in p.iter_mut().zip(&gradients) {
            let g = g.contiguous();
            let g = g.as_slice().expect("made contiguous");
            p.make_mut().iter_mut().zip(g).for_each(|(p, g)| *p -= 0.01 * g);
        }
    });
    assert!(last < 0.1 * first.unwrap_or(0.0), "training did not lower the loss: {first:?} to {last}");
    show(&format!("8-16-16-1 step, batch {batch}"), "us", 1e6, seconds);
}

fn elementwise(n: usize) {
    let x0 = Tensor::from_fn([n], |ix| (ix[0] % 1000) as f32 * 4e-3 - 2.0);
    let mut tape = Tape::<f32>::with_threads(Threads::all());
    let mut gradient = x0.clone();
    let seconds = time(|| {
        {
            let x = tape.leaf(&x0);
            let y = ((x * 1.1 + 0.3).tanh() * (-(x * x)).exp()).sum();
            gradient = y.backward(&[x]).remove(0);
        }
        tape.clear();
    });
    for i in [0, n / 3, n - 1] {
        let x = f64::from(x0[[i]]);
        let (t, e) = ((1.1 * x + 0.3).tanh(), (-x * x).exp());
        let expected = 1.1 * (1.0 - t * t) * e - 2.0 * x * t * e;
        assert!((f64::from(gradient[[i]]) - expected).abs() < 1e-5);
    }
    show(&format!("tanh(ax+b) exp(-xx), {n}"), "ns/element", 1e9 / n as f64, seconds);
}

fn tensors() {
    let scalar = time(|| drop(black_box(Tensor::from(black_box(1.0_f64)))));
    show("a scalar made and dropped", "ns", 1e9, scalar);
    let small = time(|| drop(black_box(Tensor::<f32>::full([16], black_box(1.0)))));
    show("16 numbers made and dropped", "ns", 1e9, small);
    let t = Tensor::from([1.0_f32; 16]);
    show("a tensor cloned and dropped", "ns", 1e9, time(|| drop(black_box(t.clone()))));
    let tape = time(|| drop(black_box(Tape::<f64>::new())));
    show("an empty tape made and dropped", "ns", 1e9, tape);
}

fn main() {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("tensor") {
        tensors();
    }
    if wanted("chain") {
        scalar_chain();
    }
    if wanted("mlp") {
        perceptron(1);
        perceptron(4);
    }
    if wanted("elementwise") {
        [1_000, 100_000, 10_000_000].into_iter().for_each(elementwise);
    }
}
