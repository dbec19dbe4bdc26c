//! Scalar tapes: recording and one reverse sweep, over one long dependence and over many short ones.

use crate::{lines, timing::seconds_per_call};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use wengert::{Plan, Tape, Tensor, Threads, Var};

/// Applications of the step in a chain.
const STEPS: usize = 500;

/// Ops in one application.
const OPS_PER_STEP: usize = 4;

/// Independent inputs of the wide sum.
const INPUTS: usize = 1000;

/// $1.0000001 y + 10^{-3} \sin y$: four ops, of which one is not arithmetic.
fn step(y: Var<'_, f64>) -> Var<'_, f64> {
    y * 1.0000001 + y.sin() * 1e-3
}

/// The derivative of the step applied again and again, each line depending on the one before.
fn chain(tape: &mut Tape<f64>) -> f64 {
    let x = tape.leaf(0.5);
    let y = (0..STEPS).fold(x, |y, _| step(y));
    let gradient = y.backward(&[x])[0].item();
    tape.clear();
    gradient
}

/// The gradient of a sum of steps of independent inputs.
fn wide(tape: &mut Tape<f64>, inputs: &[f64]) -> Vec<Tensor<f64>> {
    let x: Vec<Var<'_, f64>> = inputs.iter().map(|&x| tape.leaf(x)).collect();
    let sum = x.iter().skip(1).fold(step(x[0]), |sum, &x| sum + step(x));
    let gradient = sum.backward(&x);
    tape.clear();
    gradient
}

fn inputs() -> Vec<f64> {
    (0..INPUTS).map(|i| i as f64 / INPUTS as f64).collect()
}

/// The plan of the chain's value and derivative.
fn chain_plan(on: &Threads) -> Result<Plan<f64>, wengert::Error> {
    let tape = Tape::with_threads(on.clone());
    let x = tape.leaf(0.5);
    let y = (0..STEPS).fold(x, |y, _| step(y));
    tape.compile(&[x], &[y, y.grad(&[x])[0]])
}

/// The plan of the wide sum and its gradient.
fn wide_plan(on: &Threads, inputs: &[f64]) -> Result<Plan<f64>, wengert::Error> {
    let tape = Tape::with_threads(on.clone());
    let x: Vec<Var<'_, f64>> = inputs.iter().map(|&x| tape.leaf(x)).collect();
    let sum = x.iter().skip(1).fold(step(x[0]), |sum, &x| sum + step(x));
    let outputs: Vec<_> = [sum].into_iter().chain(sum.grad(&x)).collect();
    tape.compile(&x, &outputs)
}

/// Nanoseconds of a run of a plan of scalars.
fn plan_ns(plan: &Plan<f64>, inputs: &[f64]) -> f64 {
    let inputs: Vec<Tensor<f64>> = inputs.iter().map(|&x| Tensor::from(x)).collect();
    let (mut workspace, inputs) = (plan.workspace(), inputs.iter().collect::<Vec<_>>());
    1e9 * seconds_per_call(0.2, 3, || {
        black_box(plan.run(&mut workspace, &inputs)).expect("as many scalars as were compiled");
    })
}

/// Nanoseconds per op of the chain, compiled.
pub(super) fn chain_plan_ns(on: &Threads) -> Result<f64, wengert::Error> {
    Ok(plan_ns(&chain_plan(on)?, &[0.5]) / (STEPS * OPS_PER_STEP) as f64)
}

/// Nanoseconds per op of the chain, recorded and swept.
pub(super) fn chain_ns(on: &Threads) -> f64 {
    let mut tape = Tape::with_threads(on.clone());
    let secs = seconds_per_call(0.2, 3, || {
        black_box(chain(&mut tape));
    });
    secs / (STEPS * OPS_PER_STEP) as f64 * 1e9
}

/// Nanoseconds per op of the wide sum; the additions count as ops.
fn wide_ns(on: &Threads) -> f64 {
    let (mut tape, inputs) = (Tape::with_threads(on.clone()), inputs());
    let secs = seconds_per_call(0.2, 3, || {
        black_box(wide(&mut tape, &inputs));
    });
    secs / (INPUTS * (OPS_PER_STEP + 1)) as f64 * 1e9
}

/// Prints the figures of both.
pub(super) fn run(out: &mut impl Write, on: &Threads) -> Result<(), Box<dyn Error>> {
    let inputs = inputs();
    let wide = plan_ns(&wide_plan(on, &inputs)?, &inputs) / (INPUTS * (OPS_PER_STEP + 1)) as f64;
    lines::micro(out, "chain", "scalar", chain_plan_ns(on)?, "ns/op")?;
    lines::micro(out, "wide", "scalar", wide, "ns/op")?;
    lines::micro(out, "chain-eager", "scalar", chain_ns(on), "ns/op")?;
    lines::micro(out, "wide-eager", "scalar", wide_ns(on), "ns/op")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The step and its derivative, without a tape.
    fn plain_step(y: f64) -> (f64, f64) {
        (y * 1.0000001 + y.sin() * 1e-3, 1.0000001 + y.cos() * 1e-3)
    }

    #[test]
    fn the_chain_has_the_derivative_of_its_steps_multiplied() {
        let mut expected = (0.5, 1.0);
        for _ in 0..STEPS {
            let (y, dy) = plain_step(expected.0);
            expected = (y, expected.1 * dy);
        }
        let mut tape = Tape::with_threads(Threads::one());
        for _ in 0..2 {
            let given = chain(&mut tape);
            assert!((given - expected.1).abs() < 1e-12 * expected.1.abs(), "{given}, {expected:?}");
        }
    }

    #[test]
    fn plans_of_scalars_give_what_the_tape_gives() {
        let (on, inputs) = (Threads::one(), inputs());
        let plan = chain_plan(&on).expect("compiles");
        let given = plan.run(&mut plan.workspace(), &[&Tensor::from(0.5)]).expect("runs")[1].item();
        assert_eq!(given, chain(&mut Tape::with_threads(on.clone())));
        let plan = wide_plan(&on, &inputs).expect("compiles");
        let scalars: Vec<Tensor<f64>> = inputs.iter().map(|&x| Tensor::from(x)).collect();
        let given =
            plan.run(&mut plan.workspace(), &scalars.iter().collect::<Vec<_>>()).expect("runs")[1..].to_vec();
        assert_eq!(given, wide(&mut Tape::with_threads(on), &inputs));
    }

    #[test]
    fn the_wide_sum_has_one_derivative_for_each_input() {
        let inputs = inputs();
        let given = wide(&mut Tape::with_threads(Threads::one()), &inputs);
        assert_eq!(given.len(), INPUTS);
        for (given, &x) in given.iter().zip(&inputs) {
            assert!((given.item() - plain_step(x).1).abs() < 1e-15, "at {x}");
        }
    }
}
