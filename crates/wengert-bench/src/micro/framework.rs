//! What frameworks are compared by: elementwise chains, a scalar chain, a small network, Adam on many parameters.

use super::scalar;
use crate::{lines, timing::seconds_per_call};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use wengert::{Key, Plan, Tape, Tensor, Threads, Var};
use wengert_nn::{Activation, Gradients, Init, Linear, Model, Reduction, Tree, mse, tree};
use wengert_optim::{Adam, Sgd};

/// Elements of the elementwise chain, with their names.
const LENGTHS: [(usize, &str); 3] = [(1_000, "1e+03"), (100_000, "1e+05"), (10_000_000, "1e+07")];

/// Parameters that Adam updates.
const PARAMETERS: usize = 10_000_000;

/// Bytes that an update of Adam moves per parameter: it reads four numbers and writes three.
const ADAM_BYTES: usize = 28;

fn normal(stream: u32, shape: &[usize]) -> Tensor<f32> {
    Key::new(1).stream(stream).normal(shape)
}

/// $\sum_i \tanh(1.1 x_i + 0.3) \exp(-x_i^2)$
fn formula(x: Var<'_, f32>) -> Var<'_, f32> {
    ((x * 1.1 + 0.3).tanh() * (-(x * x)).exp()).sum()
}

/// The plan of the formula's value and gradient.
fn elementwise_plan(on: &Threads, x: &Tensor<f32>) -> Result<Plan<f32>, wengert::Error> {
    let tape = Tape::with_threads(on.clone());
    let x = tape.leaf(x);
    let y = formula(x);
    tape.compile(&[x], &[y, y.grad(&[x])[0]])
}

/// The formula's value and gradient, on a tape.
fn elementwise(tape: &mut Tape<f32>, x: &Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    let x = tape.leaf(x);
    let y = formula(x);
    let mut gradient = y.backward(&[x]);
    let value = y.value();
    tape.clear();
    (value, gradient.swap_remove(0))
}

tree! {
    /// Three dense layers of 8, 16, 16 and 1 features.
    struct Mlp<P> {
        first: Linear<P>,
        second: Linear<P>,
        third: Linear<P>,
    }
}

impl Mlp<Tensor<f32>> {
    fn new() -> Self {
        let layer = |from, to, stream| Linear::new(from, to, Init::GlorotUniform, Key::new(1).stream(stream));
        Self { first: layer(8, 16, 0), second: layer(16, 16, 1), third: layer(16, 1, 2) }
    }
}

impl<'t> Mlp<Var<'t, f32>> {
    fn forward(&self, x: Var<'t, f32>) -> Var<'t, f32> {
        let x = Activation::Tanh.forward(self.first.forward(x));
        self.third.forward(Activation::Tanh.forward(self.second.forward(x)))
    }
}

/// Microseconds of a step of gradient descent on the squared error of a batch, by a plan.
fn mlp_plan_us(on: &Threads, batch: usize) -> Result<f64, Box<dyn Error>> {
    let (mut model, mut sgd) = (Mlp::new(), Sgd::new(0.01).build()?.threads(on.clone()));
    let (x, y) = (normal(3, &[batch, 8]), normal(4, &[batch, 1]));
    let plan = {
        let tape = Tape::with_threads(on.clone());
        let (on_tape, x, y) = (model.on(&tape), tape.constant(&x), tape.constant(&y));
        let loss = mse(on_tape.forward(x), y, Reduction::Mean);
        let parameters: Vec<Var<'_, f32>> = on_tape.leaves().into_iter().copied().collect();
        let outputs: Vec<_> = [loss].into_iter().chain(loss.grad(&parameters)).collect();
        tape.compiler().inputs(&[x, y]).inputs(&parameters).compile(&outputs)?
    };
    let (mut workspace, mut refused) = (plan.workspace(), None);
    let secs = seconds_per_call(0.2, 3, || {
        let mut inputs: [&Tensor<f32>; 8] = [&x; 8];
        inputs[1] = &y;
        inputs[2..].copy_from_slice(&model.leaves());
        refused = plan.run(&mut workspace, &inputs).err();
        let _ = sgd.step_in_order(&mut model, &workspace.outputs()[1..]);
    });
    refused.map_or(Ok(secs * 1e6), |error| Err(error.into()))
}

/// Microseconds of the same step on a tape.
fn mlp_us(on: &Threads, batch: usize) -> Result<f64, Box<dyn Error>> {
    let (mut model, mut sgd) = (Mlp::new(), Sgd::new(0.01).build()?);
    let mut tape = Tape::with_threads(on.clone());
    let (x, y) = (normal(3, &[batch, 8]), normal(4, &[batch, 1]));
    let mut refused = None;
    let secs = seconds_per_call(0.2, 3, || {
        let gradients = {
            let on_tape = model.on(&tape);
            let predicted = on_tape.forward(tape.constant(&x));
            mse(predicted, tape.constant(&y), Reduction::Mean).gradients(&on_tape)
        };
        tape.clear();
        refused = sgd.step(&mut model, &gradients).err();
    });
    refused.map_or(Ok(secs * 1e6), |error| Err(error.into()))
}

/// GB/s of an update of Adam, with or without the look for gradients that are not finite.
fn adam_gbs(checked: bool) -> Result<f64, Box<dyn Error>> {
    let (mut parameters, gradient) = (normal(5, &[PARAMETERS]), normal(6, &[PARAMETERS]));
    let mut adam = Adam::new(1e-3).build()?;
    if !checked {
        adam = adam.unchecked();
    }
    let mut refused = None;
    let secs = seconds_per_call(0.2, 3, || refused = adam.step(&mut parameters, &gradient).err());
    refused.map_or(Ok((ADAM_BYTES * PARAMETERS) as f64 / secs / 1e9), |error| Err(error.into()))
}

/// Prints the figures of all of them.
pub(super) fn run(out: &mut impl Write, on: &Threads) -> Result<(), Box<dyn Error>> {
    for (len, name) in LENGTHS {
        let x = normal(0, &[len]);
        let plan = elementwise_plan(on, &x)?;
        let mut workspace = plan.workspace();
        let secs = seconds_per_call(0.2, 3, || {
            black_box(plan.run(&mut workspace, &[&x])).expect("an input of the shape compiled");
        });
        lines::micro(out, "ew", name, secs / len as f64 * 1e9, "ns/elem")?;
        let mut tape = Tape::with_threads(on.clone());
        let secs = seconds_per_call(0.2, 3, || {
            black_box(elementwise(&mut tape, &x));
        });
        lines::micro(out, "ew-eager", name, secs / len as f64 * 1e9, "ns/elem")?;
    }
    lines::micro(out, "chain", "f64", scalar::chain_plan_ns(on)?, "ns/op")?;
    lines::micro(out, "chain-eager", "f64", scalar::chain_ns(on), "ns/op")?;
    for (batch, name) in [(1, "b1"), (4, "b4")] {
        lines::micro(out, "mlp", name, mlp_plan_us(on, batch)?, "us/step")?;
        lines::micro(out, "mlp-eager", name, mlp_us(on, batch)?, "us/step")?;
    }
    lines::micro(out, "adam10M", "default", adam_gbs(true)?, "GB/s")?;
    lines::micro(out, "adam10M", "unchecked", adam_gbs(false)?, "GB/s")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_the_elementwise_chain_gives_what_the_tape_gives() {
        let x = normal(0, &[300]);
        let (value, gradient) = elementwise(&mut Tape::with_threads(Threads::one()), &x);
        let plan = elementwise_plan(&Threads::one(), &x).expect("compiles");
        assert_eq!(plan.run(&mut plan.workspace(), &[&x]).expect("runs"), [value, gradient]);
    }

    #[test]
    fn the_elementwise_chain_has_the_value_and_gradient_of_its_formula() {
        let x = normal(0, &[300]);
        let (value, gradient) = elementwise(&mut Tape::with_threads(Threads::one()), &x);
        let mut sum = 0.0;
        for (x, given) in x.to_vec().into_iter().map(f64::from).zip(gradient.to_vec()) {
            let (t, e) = ((1.1 * x + 0.3).tanh(), (-x * x).exp());
            sum += t * e;
            let expected = (1.1 * (1.0 - t * t) - 2.0 * x * t) * e;
            assert!((f64::from(given) - expected).abs() < 1e-6, "at {x}: {given}, expected {expected}");
        }
        assert!((f64::from(value.item()) - sum).abs() < 1e-5 * sum.abs().max(1.0));
    }
}
