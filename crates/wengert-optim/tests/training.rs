//! Every layer and every loss trained to a stated loss, and what must hold while training.

use wengert::{Float, Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::*;
use wengert_optim::{Adam, Outcome, Sgd, clip_by_norm};

/// Minimizes a loss by Adam for `steps` steps and returns its last value; fails unless every parameter moved.
fn train<M>(
    model: &mut M,
    steps: u32,
    lr: f64,
    loss: impl for<'t> Fn(&mut M::With<Var<'t, f64>>, &'t Tape<f64>, u32) -> Var<'t, f64>,
) -> f64
where
    M: Tree<Tensor<f64>>,
    M::With<Tensor<f64>>: Tree<Tensor<f64>>,
{
    let mut adam = Adam::new(lr).build().expect("valid options");
    let before: Vec<(String, Tensor<f64>)> =
        model.parameters().into_iter().map(|(name, value)| (name, value.clone())).collect();
    let mut last = f64::NAN;
    for step in 0..steps {
        let tape = Tape::with_threads(Threads::one());
        let mut on_tape = model.on(&tape);
        let value = loss(&mut on_tape, &tape, step);
        let gradient = value.partial_gradients(&on_tape).expect("a scalar loss");
        last = value.item();
        model.absorb(&on_tape).expect("the same model");
        drop(on_tape);
        let outcome = adam.step(model, &gradient).expect("finite gradients");
        assert_eq!(outcome, Outcome::Taken);
    }
    for ((name, now), (_, then)) in model.parameters().into_iter().zip(before) {
        assert!(*now != then, "{name} never moved");
    }
    last
}
