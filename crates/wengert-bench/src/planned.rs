//! Training and inference of a classifier by compiled plans.

use crate::trainer::{Classifier, Task, Trainer};
use std::error::Error;
use wengert::plan::{Extras, Profile, Workspace};
use wengert::{Plan, Tape, Tensor, Threads, Var};
use wengert_nn::{Tree, cross_entropy};
use wengert_optim::{Adam, Optimizer};

/// A plan with the memory it runs in.
struct Compiled {
    plan: Plan<f32>,
    workspace: Workspace<f32>,
}

impl Compiled {
    /// Runs the plan on images, parameters and labels.
    fn run<N: Tree<Tensor<f32>>>(
        &mut self,
        images: &Tensor<f32>,
        network: &N,
        labels: &[&Tensor<u32>],
    ) -> Result<&[Tensor<f32>], wengert::Error> {
        let mut inputs = vec![images];
        inputs.extend(network.leaves());
        self.plan.run_with(&mut self.workspace, &inputs, &Extras { indices: labels, step: None })
    }
}

impl From<Plan<f32>> for Compiled {
    fn from(plan: Plan<f32>) -> Self {
        Self { workspace: plan.workspace(), plan }
    }
}

/// Compiles the first step and runs it again for every other.
pub struct PlanTrainer<N> {
    task: Task<N>,
    batch: usize,
    threads: Threads,
    adam: Optimizer<f32, Adam>,
    training: Option<Compiled>,
    /// For inference on a batch and on one image.
    inference: [Option<Compiled>; 2],
}

impl<N: Classifier> PlanTrainer<N> {
    /// Returns a trainer before its first step, for Adam at a learning rate of 0.001.
    ///
    /// # Errors
    ///
    /// If there are not enough images for a batch.
    pub fn new(task: Task<N>, batch: usize, threads: usize) -> Result<Self, Box<dyn Error>> {
        if batch == 0 || task.labels.len() < batch {
            return Err(format!("{} images, expected at least {}", task.labels.len(), batch.max(1)).into());
        }
        let threads = Threads::new(threads);
        let adam = Adam::new(1e-3).epsilon(1e-7).build()?.threads(threads.clone());
        Ok(Self { task, batch, threads, adam, training: None, inference: [None, None] })
    }

    /// Compiles loss and gradients of a batch.
    fn compile(&self, images: &Tensor<f32>, labels: &Tensor<u32>) -> Result<Compiled, wengert::Error> {
        let tape = Tape::with_threads(self.threads.clone()).deferred();
        let (network, x) = (self.task.network.on(&tape), tape.constant(images));
        let loss = cross_entropy(N::logits(&network, x), labels);
        let parameters: Vec<Var<'_, f32>> = network.leaves().into_iter().copied().collect();
        let outputs: Vec<_> = [loss].into_iter().chain(loss.grad(&parameters)).collect();
        let compiler = tape.compiler().inputs(&[x]).inputs(&parameters).indices(&[labels]);
        compiler.compile(&outputs).map(Compiled::from)
    }

    /// Compiles the class probabilities of some images, by the weights as they are.
    fn compile_inference(&self, images: &Tensor<f32>) -> Result<Compiled, wengert::Error> {
        let tape = Tape::with_threads(self.threads.clone()).deferred();
        let (network, x) = (self.task.network.frozen_on(&tape), tape.constant(images));
        tape.compile(&[x], &[N::logits(&network, x).softmax(1)]).map(Compiled::from)
    }

    /// Returns where the time of a training step goes, without the optimizer's: medians over some runs on the first
    /// batch.
    ///
    /// # Errors
    ///
    /// What compiling or running says.
    pub fn profile(&self, runs: usize) -> Result<Profile, wengert::Error> {
        let (images, labels) =
            (self.task.images.narrow(0, 0..self.batch), self.task.labels.narrow(0, 0..self.batch));
        let Compiled { plan, mut workspace } = self.compile(&images, &labels)?;
        let mut inputs = vec![&images];
        inputs.extend(self.task.network.leaves());
        plan.profile(&mut workspace, &inputs, &Extras { indices: &[&labels], step: None }, runs)
    }

    fn infer(&mut self, which: usize, first: usize, count: usize) -> Tensor<f32> {
        let images = self.task.images.narrow(0, first..first + count);
        if self.inference[which].is_none() {
            self.inference[which] =
                Some(self.compile_inference(&images).expect("a network without branches"));
        }
        let compiled = self.inference[which].as_mut().expect("compiled above");
        let Compiled { plan, workspace } = compiled;
        plan.run(workspace, &[&images]).expect("images of the shape compiled")[0].clone()
    }
}

impl<N: Classifier> Trainer for PlanTrainer<N> {
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
        if self.training.is_none() {
            self.training = Some(self.compile(&images, &labels)?);
        }
        self.inference = [None, None]; // compiled with weights that are about to change
        let compiled = self.training.as_mut().expect("compiled above");
        let loss = compiled.run(&images, &self.task.network, &[&labels])?[0].clone();
        let _ = self.adam.step_in_order(&mut self.task.network, &compiled.workspace.outputs()[1..])?;
        Ok(loss)
    }

    fn infer_batch(&mut self, batch: usize) -> Tensor<f32> {
        self.infer(0, batch * self.batch, self.batch)
    }

    fn infer_one(&mut self, image: usize) -> Tensor<f32> {
        self.infer(1, image, 1)
    }
}
