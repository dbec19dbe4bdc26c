//! Times compiled plans where bookkeeping decides: `cargo run --release -p wengert --example plan_speed`.
//!
//! Each result is compared with the tape before it is timed.

use std::hint::black_box;
use std::time::Instant;
use wengert::{Plan, prelude::*};

/// The median over repeats of the seconds that one call takes.
fn seconds(mut f: impl FnMut()) -> f64 {
    f();
    let start = Instant::now();
    f();
    let calls = (0.05 / start.elapsed().as_secs_f64().max(1e-9)).clamp(1.0, 1e6) as u32;
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| f());
            start.elapsed().as_secs_f64() / f64::from(calls)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

/// Compares a plan with the tape it was compiled from, then times it.
fn time<F: Float>(plan: &Plan<F>, inputs: &[Tensor<F>], outputs: &[Var<'_, F>]) -> Result<f64, Error> {
    let inputs: Vec<&Tensor<F>> = inputs.iter().collect();
    let mut workspace = plan.workspace();
    for (got, expected) in plan.run(&mut workspace, &inputs)?.iter().zip(outputs) {
        assert!(*got == expected.value(), "a plan gives what the tape gives");
    }
    Ok(seconds(|| {
        black_box(plan.run(&mut workspace, &inputs)).expect("ran before");
    }))
}

fn main() -> Result<(), Error> {
    for n in [1_000, 100_000, 10_000_000] {
        let tape = Tape::<f32>::new();
        let x0 = Key::new(1).normal::<f32>([n]);
        let x = tape.leaf(&x0);
        let y = ((x * 1.1 + 0.3).tanh() * (-(x * x)).exp()).sum();
        let outputs = [y, y.grad(&[x])[0]];
        let secs = time(&tape.compile(&[x], &outputs)?, &[x0], &outputs)?;
        println!("elementwise, {n} elements: {:.3} ns per element", secs / n as f64 * 1e9);
    }

    let tape = Tape::<f64>::new();
    let x = tape.leaf(0.5);
    let y = (0..500).fold(x, |y, _| y * 1.000_000_1 + y.sin() * 1e-3);
    let outputs = [y, y.grad(&[x])[0]];
    let plan = tape.compile(&[x], &outputs)?;
    let secs = time(&plan, &[Tensor::from(0.5)], &outputs)?;
    println!("scalar chain: {:.2} ns per op; {} steps", secs / 2000.0 * 1e9, plan.len());

    for batch in [1, 4] {
        let tape = Tape::<f32>::new();
        let shapes: [&[usize]; 8] =
            [&[batch, 8], &[batch, 1], &[8, 16], &[16], &[16, 16], &[16], &[16, 1], &[1]];
        let values: Vec<_> = (0..).zip(shapes).map(|(k, s)| Key::new(1).stream(k).normal::<f32>(s)).collect();
        let v: Vec<_> = values.iter().map(|value| tape.leaf(value)).collect();
        let h = (v[0].matmul(v[2]) + v[3]).tanh();
        let h = (h.matmul(v[4]) + v[5]).tanh();
        let error = h.matmul(v[6]) + v[7] - v[1];
        let loss = (error * error).mean();
        let outputs: Vec<_> = [loss].into_iter().chain(loss.grad(&v[2..])).collect();
        let plan = tape.compile(&v, &outputs)?;
        let secs = time(&plan, &values, &outputs)?;
        println!("8-16-16-1 network, batch {batch}: {:.2} us; {} steps", secs * 1e6, plan.len());
        if batch == 1 {
            let mut workspace = plan.workspace();
            let inputs: Vec<_> = values.iter().collect();
            println!("{}", plan.profile(&mut workspace, &inputs, &Default::default(), 1000)?);
        }
    }
    Ok(())
}
