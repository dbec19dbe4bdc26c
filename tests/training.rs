//! A whole training step: every parameter moves, and the bits do not depend on threads.

use wengert::{Conv2dOptions, Key, PoolOptions, Tape, Tensor, Threads, Var};
use wengert_nn::{Conv2d, Gradients, Init, Linear, Model, Tree, cross_entropy, tree};
use wengert_optim::Adam;
use wengert_train::{Batches, generated};

tree! {
    #[derive(Clone)]
    struct Cnn<P> {
        conv1: Conv2d<P>,
        conv2: Conv2d<P>,
        dense: Linear<P>,
    }
}

impl Cnn<Tensor<f32>> {
    fn new() -> Self {
        let conv = |from, to, stream| {
            let key = Key::new(3).stream(stream);
            Conv2d::new(from, to, [3, 3], Conv2dOptions::default(), Init::HeUniform, key)
        };
        let dense = Linear::new(8 * 25, 10, Init::GlorotUniform, Key::new(3).stream(2));
        Self { conv1: conv(1, 4, 0), conv2: conv(4, 8, 1), dense }
    }
}

impl<'t> Cnn<Var<'t, f32>> {
    fn forward(&self, x: Var<'t, f32>) -> Var<'t, f32> {
        let pool = |x: Var<'t, f32>| x.relu().max_pool2d([2, 2], PoolOptions::default());
        let x = pool(self.conv2.forward(pool(self.conv1.forward(x))));
        self.dense.forward(x.flatten(1))
    }
}

/// The model after some steps, and the mean loss of the first and the last ten steps.
fn train(threads: usize, steps: usize) -> (Cnn<Tensor<f32>>, [f64; 2]) {
    let digits = generated::digits(1, generated::Set::Train, 32 * steps);
    let mut model = Cnn::new();
    let mut adam = Adam::new(3e-3).build().expect("valid settings");
    let mut tape = Tape::with_threads(Threads::new(threads));
    let mut losses = Vec::new();
    for indices in &Batches::new(digits.len(), 32, 1).expect("valid sizes").epoch(0) {
        let batch = digits.gather(indices).expect("indices of the set");
        let gradients = {
            let network = model.on(&tape);
            let x = Tensor::new(batch.shape, &batch.pixels).expect("as many pixels as the shape has");
            let loss = cross_entropy(network.forward(tape.constant(x)), &batch.labels.as_slice().into());
            losses.push(f64::from(loss.item()));
            loss.gradients(&network)
        };
        tape.clear();
        let _ = adam.step(&mut model, &gradients).expect("finite gradients");
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let edge = losses.len().min(10);
    (model, [mean(&losses[..edge]), mean(&losses[losses.len() - edge..])])
}

fn bits(model: &Cnn<Tensor<f32>>) -> Vec<u32> {
    model.leaves().into_iter().flat_map(|t| t.to_vec()).map(f32::to_bits).collect()
}

#[test]
fn every_parameter_moves_in_one_step() {
    let before = Cnn::new();
    let (after, _) = train(2, 1);
    for (name, a, b) in before.zip(&after).expect("one model") {
        assert_ne!(a, b, "{name} did not move");
    }
}

#[test]
fn thirty_steps_give_the_same_bits_on_any_number_of_threads() {
    let (alone, _) = train(1, 30);
    for threads in [2, 3, 4, 8] {
        assert!(bits(&train(threads, 30).0) == bits(&alone), "{threads} threads gave other bits");
    }
}

#[test]
fn the_loss_falls_well_below_that_of_guessing() {
    let (_, [first, last]) = train(2, 150);
    assert!(first > 1.5 && last < 0.7, "from {first} to {last}"); // guessing costs ln 10 = 2.30
}

#[test]
fn an_image_alone_gives_the_bits_it_gives_in_a_batch() {
    let digits = generated::digits(1, generated::Set::Test, 7);
    let model = Cnn::new();
    let tape = Tape::new();
    let network = model.frozen_on(&tape);
    let of = |indices: &[usize]| {
        let batch = digits.gather(indices).expect("indices of the set");
        let x = Tensor::new(batch.shape, &batch.pixels).expect("as many pixels as the shape has");
        network.forward(tape.constant(x)).value()
    };
    let together = of(&[0, 1, 2, 3, 4, 5, 6]);
    for i in 0..7 {
        let alone: Vec<u32> = of(&[i]).to_vec().into_iter().map(f32::to_bits).collect();
        let row: Vec<u32> = together.narrow(0, i..i + 1).to_vec().into_iter().map(f32::to_bits).collect();
        assert_eq!(alone, row, "image {i}");
    }
}
