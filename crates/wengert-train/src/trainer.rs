//! Training steps that compile themselves.

mod plans;
mod recording;

pub use plans::Refusal;

use crate::Error;
use plans::{Plans, Signature, State};
use recording::{Recording, Values};
use std::{array, mem};
use wengert::plan::Extras;
use wengert::{Float, Tape, Tensor, Threads, Var};
use wengert_nn::{Kind, Mode, Model, Name};
use wengert_optim::{Optimizer, Outcome, Rule};

/// What a step computed and did.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<F: Float, const N: usize> {
    /// The values of what the loss function returned, the loss first.
    pub outputs: [Tensor<F>; N],
    /// What the optimizer did.
    pub outcome: Outcome,
    /// Whether a compiled plan ran, and no tape.
    pub planned: bool,
}

/// A model, an optimizer and a loss, which take training steps.
///
/// The loss is a function `|model, inputs, indices, mode|` of the model on a tape, `X` tensors of numbers, `I` tensors of
/// indices, and the mode that layers such as dropout ask for. It returns `N` variables: the scalar to be minimized, then
/// whatever else is wanted of a step. Written as arrays in the closure, all three numbers follow from it.
///
/// The first step is recorded on a tape that computes nothing ([`Tape::deferred`]) and compiled; a
/// [`Plan`](wengert::plan::Plan) runs it and all batches of the same shapes that follow. Outputs have the bits of a
/// tape, gradients too but for the order of sums behind a pooling. Batches of other shapes, such as a smaller last one,
/// are computed on a tape at first, and get a plan of their own when their shapes come again. Where there is no plan,
/// because the loss function reads a value in order to branch on it, say, every step is computed on a tape, and
/// [`refusals`](Trainer::refusals) says why; the first of these steps calls the loss function twice, the first time in
/// vain.
///
/// ```
/// use wengert::{Key, Tensor};
/// use wengert_nn::{Init, Linear, cross_entropy};
/// use wengert_optim::Adam;
/// use wengert_train::Trainer;
///
/// let model: Linear<Tensor<f32>> = Linear::new(2, 2, Init::GlorotUniform, Key::new(1));
/// let adam = Adam::new(0.1).build()?;
/// let mut trainer = Trainer::new(model, adam, |model, [x], [labels], _| {
///     let logits = model.forward(x);
///     [cross_entropy(logits, labels), logits]
/// });
/// let x = Tensor::from([[0.0, 1.0], [1.0, 0.0]]);
/// let labels = Tensor::from([0_u32, 1]);
/// for _ in 0..50 {
///     let _ = trainer.step([&x], [&labels])?;
/// }
/// let step = trainer.step([&x], [&labels])?;
/// let [loss, logits] = step.outputs;
/// assert!(loss.item() < 0.1 && logits.dims() == [2, 2] && step.planned);
/// # Ok::<(), wengert_train::Error>(())
/// ```
///
/// # What a loss function may depend on
///
/// On its arguments alone, and on the number of the step only as the [`Mode`] that it gives to layers. Anything else
/// that changes between steps (a captured cell, a weight computed from the step) would stay as it was when the plan
/// was compiled. So the second step of every plan is also computed on a tape, and a plan whose outputs are not the
/// same bits is refused. What changes later than that must come as an input.
pub struct Trainer<F: Float, M: Model<F>, R: Rule, L, const X: usize, const I: usize, const N: usize> {
    model: M,
    optimizer: Optimizer<F, R>,
    loss: L,
    tape: Tape<F>,
    steps: u32,
    plans: Plans<F, X, I>,
    /// Memory that steps use again.
    name: Name,
    given: Vec<&'static Tensor<F>>,
}

impl<F, M, R, L, const X: usize, const I: usize, const N: usize> Trainer<F, M, R, L, X, I, N>
where
    F: Float,
    M: Model<F>,
    R: Rule,
    L: for<'t, 'b> Fn(
        &'b mut M::With<Var<'t, F>>,
        [Var<'t, F>; X],
        [&'b Tensor<u32>; I],
        Mode,
    ) -> [Var<'t, F>; N],
{
    /// Returns a trainer before its first step, on all threads of the machine.
    pub fn new(model: M, optimizer: Optimizer<F, R>, loss: L) -> Self {
        const { assert!(N > 0, "a loss function returns at least the loss") };
        Self {
            model,
            optimizer,
            loss,
            tape: Tape::new(),
            steps: 0,
            plans: Plans::new(),
            name: Name::root(),
            given: Vec::new(),
        }
        .threads(Threads::all())
    }

    /// The same on these threads; the bits of a step do not depend on them.
    #[must_use]
    pub fn threads(self, threads: Threads) -> Self {
        let optimizer = self.optimizer.threads(threads.clone());
        Self { optimizer, tape: Tape::with_threads(threads), plans: Plans::new(), ..self }
    }

    /// The model as the steps so far have left it.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The same for writing. Plans are made anew after it.
    pub fn model_mut(&mut self) -> &mut M {
        self.plans = Plans::new();
        &mut self.model
    }

    /// The optimizer.
    pub fn optimizer(&self) -> &Optimizer<F, R> {
        &self.optimizer
    }

    /// The same for writing: its learning rate may change from step to step.
    pub fn optimizer_mut(&mut self) -> &mut Optimizer<F, R> {
        &mut self.optimizer
    }

    /// Takes the trainer apart.
    pub fn into_parts(self) -> (M, Optimizer<F, R>) {
        (self.model, self.optimizer)
    }

    /// The number of steps taken, which is the number of the next one.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Sets the number of the next step, to go on where another trainer stopped.
    pub fn set_steps(&mut self, steps: u32) {
        self.steps = steps;
    }

    /// Why batches of some shapes have no plan.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.plans.refusals()
    }

    /// Takes a step on a batch.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the loss is not a scalar; [`Error::Model`] if it does not reach a parameter;
    /// [`Error::Optimizer`] if a gradient is not finite, unless the optimizer skips such steps. Nothing is changed
    /// then. A step that the optimizer skips leaves buffers, such as running statistics, as they are.
    ///
    /// # Panics
    ///
    /// Where the loss function does.
    pub fn step(&mut self, inputs: [&Tensor<F>; X], indices: [&Tensor<u32>; I]) -> Result<Step<F, N>, Error> {
        let signature = Signature { inputs: inputs.map(Tensor::shape), indices: indices.map(Tensor::shape) };
        let first = self.plans.is_empty();
        let step = match self.plans.find(&signature) {
            Some(State::Planned { tried: true, .. }) => self.step_by_plan(&signature, inputs, indices),
            Some(State::Planned { tried: false, .. }) => self.try_plan(signature, inputs, indices),
            Some(State::Seen) => self.make_plan(signature, inputs, indices),
            None if first => self.make_plan(signature, inputs, indices),
            None => {
                let step = self.step_on_tape(inputs, indices);
                self.plans.put(signature, State::Seen);
                step
            }
            Some(State::Refused(_)) => self.step_on_tape(inputs, indices),
        }?;
        self.steps = self.steps.wrapping_add(1);
        Ok(step)
    }

    /// A step by the plan for its shapes.
    fn step_by_plan(
        &mut self,
        signature: &Signature<X, I>,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
    ) -> Result<Step<F, N>, Error> {
        let Some(State::Planned { compiled, .. }) = self.plans.find(signature) else {
            unreachable!("found by the caller")
        };
        let mut given: Vec<&Tensor<F>> = mem::take(&mut self.given);
        collect(&self.model, &mut self.name, &mut given);
        given.extend(inputs);
        let run = compiled.run(&given, &Extras { indices: &indices, step: Some(self.steps) });
        self.given = recycled(given);
        let [returned, gradients, buffers] = run?;
        let outcome = self.optimizer.step_in_order(&mut self.model, gradients)?;
        if outcome == Outcome::Taken && !buffers.is_empty() {
            put_buffers(&mut self.model, &mut self.name, buffers);
        }
        Ok(Step { outputs: array::from_fn(|k| returned[k].clone()), outcome, planned: true })
    }

    /// The first step of a plan: on a tape too, to see that both are one.
    fn try_plan(
        &mut self,
        signature: Signature<X, I>,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
    ) -> Result<Step<F, N>, Error> {
        let values = self.record(inputs, indices, |recording, model| recording.values(model))?;
        let Some(State::Planned { compiled, tried }) = self.plans.find(&signature) else {
            unreachable!("found by the caller")
        };
        let mut given = Vec::new();
        collect(&self.model, &mut self.name, &mut given);
        given.extend(inputs);
        let run = compiled.run(&given, &Extras { indices: &indices, step: Some(self.steps) });
        let refusal = match run {
            Ok([returned, gradients, buffers]) => {
                let first = |a: &[Tensor<F>], b: &[Tensor<F>], equal: fn(&Tensor<F>, &Tensor<F>) -> bool| {
                    a.iter().zip(b).position(|(a, b)| !equal(a, b))
                };
                let output =
                    first(returned, &values.returned, same).map(|output| Refusal::Differs { output });
                let gradient = || first(gradients, &values.gradients, close);
                let buffer = || first(buffers, &values.buffers, same);
                output
                    .or_else(|| gradient().map(|parameter| Refusal::GradientDiffers { parameter }))
                    .or_else(|| buffer().map(|buffer| Refusal::BufferDiffers { buffer }))
            }
            Err(error) => Some(Refusal::Compile(error)),
        };
        drop(given);
        match refusal {
            None => *tried = true,
            Some(refusal) => self.plans.put(signature, State::Refused(refusal)),
        }
        self.finish(values)
    }

    /// Records a step and compiles it, then takes it by the plan; on a tape if there is none.
    fn make_plan(
        &mut self,
        signature: Signature<X, I>,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
    ) -> Result<Step<F, N>, Error> {
        // A plan needs no values: this tape computes none.
        let tape = Tape::with_threads(self.tape.threads().clone()).deferred();
        let (model, mode) = (&self.model, Mode::Train { step: self.steps });
        let compiled =
            Recording::new(&tape, model, inputs, indices, mode, &self.loss)?.compile(model, &indices)?;
        let state = match compiled {
            Ok(compiled) => State::Planned { compiled: Box::new(compiled), tried: false },
            Err(error) => State::Refused(Refusal::Compile(error)),
        };
        let planned = matches!(state, State::Planned { .. });
        self.plans.put(signature, state);
        drop(tape); // which shares the parameters
        if planned {
            self.step_by_plan(&signature, inputs, indices)
        } else {
            self.step_on_tape(inputs, indices)
        }
    }

    fn step_on_tape(
        &mut self,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
    ) -> Result<Step<F, N>, Error> {
        let values = self.record(inputs, indices, |recording, model| recording.values(model))?;
        self.finish(values)
    }

    /// What `f` makes of the loss on a tape; the tape is empty afterwards, so that parameters are not shared.
    fn record<T>(
        &mut self,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
        f: impl FnOnce(&Recording<'_, F, X, N>, &M) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.tape.clear(); // a loss function may have panicked
        let (model, mode) = (&self.model, Mode::Train { step: self.steps });
        let recording = Recording::new(&self.tape, model, inputs, indices, mode, &self.loss);
        let result = recording.and_then(|recording| f(&recording, model));
        self.tape.clear();
        result
    }

    /// Updates the model.
    fn finish(&mut self, values: Values<F, N>) -> Result<Step<F, N>, Error> {
        let Values { returned: outputs, gradients, buffers } = values;
        let outcome = self.optimizer.step_in_order(&mut self.model, &gradients)?;
        if outcome == Outcome::Taken {
            put_buffers(&mut self.model, &mut self.name, &buffers);
        }
        Ok(Step { outputs, outcome, planned: false })
    }
}

/// Appends the parameters of a model, then its buffers.
fn collect<'m, F: Float, M: Model<F>>(model: &'m M, name: &mut Name, all: &mut Vec<&'m Tensor<F>>) {
    for kind in [Kind::Parameter, Kind::Buffer] {
        model.map_named(name, &mut |slot, leaf| {
            if slot.kind == kind {
                all.push(leaf);
            }
        });
    }
}

fn put_buffers<F: Float, M: Model<F>>(model: &mut M, name: &mut Name, buffers: &[Tensor<F>]) {
    let mut buffers = buffers.iter();
    model.visit_mut_named(name, &mut |slot, leaf| {
        if slot.kind == Kind::Buffer
            && let Some(new) = buffers.next()
        {
            leaf.clone_from(new);
        }
    });
}

/// The memory of a list, without what is in it.
fn recycled<T>(mut list: Vec<&T>) -> Vec<&'static T> {
    list.clear();
    // Collecting in place keeps the memory; what changes is how long the next references may live.
    list.into_iter().map(|_| -> &'static T { unreachable!("cleared above") }).collect()
}

/// Whether two gradients are the same but for the order of sums, which a plan may change behind a pooling: to one in a
/// thousand of the largest element. What was baked in would differ by more sooner or later.
fn close<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> bool {
    let scale = b.elements().iter().fold(0.0_f64, |most, x| most.max(x.to_f64().abs()));
    let near = |(a, b): (&F, &F)| {
        let (a, b) = (a.to_f64(), b.to_f64());
        a == b || (a - b).abs() <= 1e-3 * scale || (a.is_nan() && b.is_nan())
    };
    a.shape() == b.shape() && a.elements().iter().zip(b.elements().iter()).all(near)
}

/// Whether two tensors have the same shape and elements; NaN is NaN here.
fn same<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> bool {
    let equal = |(a, b): (&F, &F)| a == b || wengert::Real::is_nan(*a) && wengert::Real::is_nan(*b);
    a.shape() == b.shape() && a.elements().iter().zip(b.elements().iter()).all(equal)
}
