//! A recorded list as a program to run again: other inputs, no bookkeeping, fused passes over memory.
//!
//! [`Tape::compile`] takes the lines between some leaves and some outputs. Gradients recorded with
//! [`Var::grad`](crate::Var::grad) are lines like any others, so forward and backward compile together. The passes, in
//! order: `lower` (only the lines needed), `fold` (constants, equal lines, unused lines), `fuse` (elementwise groups, also
//! with reductions of rows; convolutions with what follows them), `slots` (when each value is dropped), `small` (all of a
//! small plan in one memory), `run`.
//!
//! ```
//! use wengert::prelude::*;
//!
//! let tape = Tape::<f64>::new();
//! let x = tape.leaf([0.5, 1.0]);
//! let y = (x * x * x).sum();
//! let g = y.grad(&[x])[0];
//! let plan = tape.compile(&[x], &[y, g])?;
//!
//! let mut workspace = plan.workspace();
//! let out = plan.run(&mut workspace, &[&Tensor::from([0.0, 2.0])])?;
//! assert_eq!(out[0].item(), 8.0);
//! assert_eq!(out[1].to_vec(), [0.0, 12.0]);
//! # Ok::<(), wengert::Error>(())
//! ```
//!
//! On a [deferred](Tape::deferred) tape, recording computes nothing, which spares the time and memory of a first run.
//!
//! # What is baked in
//!
//! Everything that is neither an input nor computed from one is a constant of the plan. Values that ordinary Rust code
//! has read from the tape (a branch on `loss.item()`, say) would be baked in as well; if they depend on an input, on an
//! index input or on random numbers, compiling fails with [`Error::ValueInspected`]. Shapes are fixed: other shapes at run
//! time are an error.

mod compiler;
mod fold;
mod fuse;
mod fused;
mod graph;
mod group;
mod inline;
mod layers;
mod lower;
mod rectify;
mod report;
mod row_group;
pub(crate) mod rows;
mod run;
mod slots;
mod small;
mod step;
mod windows;

pub use compiler::{Compiler, Pass};
pub use report::{PlanStats, Profile, StepProfile};
pub use run::Workspace;

use crate::{Element, Error, Float, Shape, Tape, Tensor, Threads, Var};
use graph::Id;
use std::panic::Location;
use std::sync::Arc;
use step::Step;

/// A compiled list: steps from inputs to outputs, to be run any number of times, on any thread.
///
/// Made by [`Tape::compile`]; see the [module](self).
pub struct Plan<F: Float> {
    steps: Vec<Step<F>>,
    /// For each step, the values that nothing reads after it.
    drops: Vec<Vec<Id>>,
    values: usize,
    inputs: Vec<Given>,
    indices: Vec<Shape>,
    /// Where each input is kept; none if no step reads it.
    input_values: Vec<Option<Id>>,
    constants: Vec<(Id, Tensor<F>)>,
    /// Whether some step depends on random numbers.
    draws: bool,
    outputs: Vec<Id>,
    /// The outputs that are not constants.
    computed_outputs: Vec<Id>,
    shapes: Vec<Shape>,
    threads: Threads,
    /// The same as a sequence of small kernels, if it is that small.
    small: Option<small::Small<F>>,
    /// Tells this plan from others.
    identity: Arc<()>,
}

/// What changes from run to run beside the inputs.
///
/// ```
/// use wengert::{Key, Tape, Tensor, plan::Extras};
///
/// let tape = Tape::<f32>::new();
/// let x = tape.leaf([1.0; 64]);
/// let plan = tape.compile(&[x], &[x.dropout(0.5, Key::new(7))])?;
/// let mut workspace = plan.workspace();
/// let mut at = |step| {
///     let extras = Extras { step: Some(step), ..Extras::default() };
///     plan.run_with(&mut workspace, &[&Tensor::full([64], 1.0)], &extras).map(|out| out[0].clone())
/// };
/// assert!(at(0)? != at(1)? && at(1)? == at(1)?);
/// # Ok::<(), wengert::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// New values for the index inputs ([`Compiler::indices`]), of the same shapes.
    pub indices: &'a [&'a Tensor<u32>],
    /// The step of all random keys ([`Key::step`](crate::Key::step)); needed by plans that drop out at random.
    pub step: Option<u32>,
}

/// What the plan expects of an input.
struct Given {
    shape: Shape,
    at: &'static Location<'static>,
}

impl<F: Float> Tape<F> {
    /// Compiles the lines that lead from leaves to outputs into a program that can run again on other values.
    ///
    /// # Errors
    ///
    /// [`Error::PlanInput`] for an input that is not a leaf, is named twice or reaches no output;
    /// [`Error::ValueInspected`] if a value that changes from run to run was read; [`Error::DifferentTapes`].
    pub fn compile(&self, inputs: &[Var<'_, F>], outputs: &[Var<'_, F>]) -> Result<Plan<F>, Error> {
        self.compiler().inputs(inputs).compile(outputs)
    }

    /// Returns a compiler with choices: index inputs, passes left out.
    pub fn compiler(&self) -> Compiler<'_, F> {
        Compiler::new(self)
    }
}

impl<F: Float> Plan<F> {
    /// Returns the memory of one run at a time, using the threads of the tape that was compiled.
    pub fn workspace(&self) -> Workspace<F> {
        Workspace::new(self.threads.clone())
    }

    /// The shapes of the inputs, in order.
    pub fn input_shapes(&self) -> impl ExactSizeIterator<Item = Shape> {
        self.inputs.iter().map(|given| given.shape)
    }

    /// The shapes of the outputs, in order.
    pub fn output_shapes(&self) -> impl ExactSizeIterator<Item = Shape> {
        self.outputs.iter().map(|&id| self.shapes[id as usize])
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to compute: every output is an input or a constant.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Runs the plan on these inputs; the outputs stay valid until the workspace is used again.
    ///
    /// # Errors
    ///
    /// [`Error::PlanRun`] if the number or a shape of the inputs is not what was compiled, or if the plan also needs
    /// indices or the number of the step (use [`Plan::run_with`]); what a [`CustomOp`](crate::CustomOp) gets wrong.
    pub fn run<'w>(
        &self,
        workspace: &'w mut Workspace<F>,
        inputs: &[&Tensor<F>],
    ) -> Result<&'w [Tensor<F>], Error> {
        self.run_with(workspace, inputs, &Extras::default())
    }

    /// As [`Plan::run`], with what changes from run to run beside numbers.
    ///
    /// # Errors
    ///
    /// As [`Plan::run`]; [`Error::Index`] for an index beyond its axis, before anything is computed.
    pub fn run_with<'w>(
        &self,
        workspace: &'w mut Workspace<F>,
        inputs: &[&Tensor<F>],
        extras: &Extras<'_>,
    ) -> Result<&'w [Tensor<F>], Error> {
        workspace.forget_outputs();
        self.check_given("input", inputs, self.inputs.iter().map(|given| given.shape))?;
        self.check_given("index input", extras.indices, self.indices.iter().copied())?;
        if self.draws && extras.step.is_none() {
            let (given, expected) =
                ("none".into(), "the number of this step, since the plan drops out at random".into());
            return Err(Error::PlanRun { what: "step", position: None, given, expected });
        }
        workspace.run(self, inputs, extras)
    }

    fn check_given<T: Element>(
        &self,
        what: &'static str,
        given: &[&Tensor<T>],
        expected: impl ExactSizeIterator<Item = Shape>,
    ) -> Result<(), Error> {
        if given.len() != expected.len() {
            let (given, expected) = (format!("{} of them", given.len()), format!("{}", expected.len()));
            let what = if what == "input" { "inputs" } else { "index inputs" };
            return Err(Error::PlanRun { what, position: None, given, expected });
        }
        for (position, (given, expected)) in given.iter().zip(expected).enumerate() {
            if given.shape() != expected {
                let (given, expected) = (format!("shape {}", given.shape()), format!("shape {expected}"));
                return Err(Error::PlanRun { what, position: Some(position), given, expected });
            }
        }
        Ok(())
    }
}
