//! Training and inference of a classifier as a user writes them.

use std::error::Error;
use wengert::{Tape, Tensor, Threads, Var};
use wengert_nn::{Gradients, Model, Tree, cross_entropy};
use wengert_optim::{Adam, Optimizer};

/// A network that tells images apart.
pub trait Classifier: Model<f32> {
    /// The logits of images on a tape: `[batch, channels, height, width] → [batch, classes]`.
    fn logits<'t>(on_tape: &Self::With<Var<'t, f32>>, images: Var<'t, f32>) -> Var<'t, f32>;
}

/// Images with labels, and the network that learns them.
#[derive(Clone, Debug, PartialEq)]
pub struct Task<N> {
    /// `[n, channels, height, width]`
    pub images: Tensor<f32>,
    /// `[n]`
    pub labels: Tensor<u32>,
    /// The network before the first step.
    pub network: N,
}

/// A classifier in training.
pub trait Trainer {
    /// The number of images in a step.
    fn batch(&self) -> usize;

    /// The number of images there are.
    fn images(&self) -> usize;

    /// Takes a step on a batch, counted from 0; returns its loss, a tensor of one element.
    ///
    /// # Errors
    ///
    /// What the model or the optimizer refuses.
    fn step(&mut self, batch: usize) -> Result<Tensor<f32>, Box<dyn Error>>;

    /// The class probabilities of a batch: `[batch, classes]`.
    fn infer_batch(&mut self, batch: usize) -> Tensor<f32>;

    /// The class probabilities of an image: `[1, classes]`.
    fn infer_one(&mut self, image: usize) -> Tensor<f32>;
}

/// Records every step anew on a tape.
pub struct EagerTrainer<N> {
    task: Task<N>,
    batch: usize,
    tape: Tape<f32>,
    adam: Optimizer<f32, Adam>,
}

impl<N: Classifier> EagerTrainer<N> {
    /// Returns a trainer before its first step, for Adam at a learning rate of 0.001.
    ///
    /// # Errors
    ///
    /// If there are not enough images for a batch.
    pub fn new(task: Task<N>, batch: usize, threads: usize) -> Result<Self, Box<dyn Error>> {
        if batch == 0 || task.labels.len() < batch {
            return Err(format!("{} images, expected at least {}", task.labels.len(), batch.max(1)).into());
        }
        // This epsilon is added after the bias correction.
        let adam = Adam::new(1e-3).epsilon(1e-7).build()?;
        Ok(Self { task, batch, tape: Tape::with_threads(Threads::new(threads)), adam })
    }

    fn infer(&mut self, first: usize, count: usize) -> Tensor<f32> {
        let images = self.task.images.narrow(0, first..first + count);
        let network = self.task.network.frozen_on(&self.tape);
        let probabilities = N::logits(&network, self.tape.constant(images)).softmax(1).value();
        drop(network);
        self.tape.clear();
        probabilities
    }
}

// The gradient of a network on a tape is a network at rest again.
impl<N: Classifier> Trainer for EagerTrainer<N>
where
    for<'t> N::With<Var<'t, f32>>: Tree<Var<'t, f32>, With<Tensor<f32>> = N>,
{
    fn batch(&self) -> usize {
        self.batch
    }

    fn images(&self) -> usize {
        self.task.labels.len()
    }

    fn step(&mut self, batch: usize) -> Result<Tensor<f32>, Box<dyn Error>> {
        let range = batch * self.batch..(batch + 1) * self.batch;
        let images = self.task.images.narrow(0, range.clone());
        let labels = self.task.labels.narrow(0, range);
        let (loss, gradients) = {
            let network = self.task.network.on(&self.tape);
            let loss = cross_entropy(N::logits(&network, self.tape.constant(images)), &labels);
            (loss.value(), loss.try_gradients(&network)?)
        };
        self.tape.clear();
        self.adam.step(&mut self.task.network, &gradients)?;
        Ok(loss)
    }

    fn infer_batch(&mut self, batch: usize) -> Tensor<f32> {
        self.infer(batch * self.batch, self.batch)
    }

    fn infer_one(&mut self, image: usize) -> Tensor<f32> {
        self.infer(image, 1)
    }
}
