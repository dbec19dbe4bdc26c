//! The laws of compositions: they have no rules of their own, so what is checked is that they are smooth where they say
//! so and that their primitives fit together at every order.

use crate::{laws::identical, layout};
use wengert::check::Failure;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Checker, Tape, Tensor, Threads};

const SEED: u64 = 20_240_613;

/// Forward mode = reverse mode (both sweeps) = finite differences, at one order and those below.
pub fn agrees_to_order(order: usize, composed: &Composed) {
    let checker = Checker::new().seed(SEED).directions(4).gradient_may_vanish();
    // At order four, directions are enough where there are many entries.
    let checker = if order > 3 { checker.all_entries_up_to(64) } else { checker };
    let checker = checker.order(order.min(composed.smooth_orders));
    let mut compared = 0;
    for inputs in (composed.samples)(&mut Draw::new(SEED)) {
        match checker.run_slice(|x| (composed.f)(x), &inputs) {
            Ok(report) => compared += report.comparisons,
            Err(Failure::NothingCompared) => {}
            Err(e) => panic!("{} at {inputs:?}: {e}", composed.name),
        }
    }
    assert!(compared > 0, "{}: nothing was compared", composed.name);
}

/// Strided storage gives the value and gradient that contiguous copies give, bit for bit.
pub fn layouts(composed: &Composed) {
    for inputs in (composed.samples)(&mut Draw::new(SEED)) {
        let (value, gradients) = run(composed, &inputs);
        for (name, relay) in layout::ALL {
            let moved: Vec<_> = inputs.iter().map(relay).collect();
            let (moved_value, moved_gradients) = run(composed, &moved);
            let what = format!("{} in layout {name} at {inputs:?}", composed.name);
            identical(&moved_value, &value, &what);
            for (a, b) in moved_gradients.iter().zip(&gradients) {
                identical(a, b, &what);
            }
        }
    }
}

fn run(composed: &Composed, inputs: &[Tensor<f64>]) -> (Tensor<f64>, Vec<Tensor<f64>>) {
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = (composed.f)(&x);
    let seed = Draw::new(SEED + 2).uniform(y.shape(), -1.0, 1.0);
    let gradients = y.try_pullback(seed, &x).expect("samples fit");
    let full = gradients.into_iter().zip(inputs).map(|(g, x)| g.unwrap_or_else(|| Tensor::zeros(x.shape())));
    (y.value(), full.collect())
}
