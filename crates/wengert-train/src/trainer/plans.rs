//! Compiled plans by the shapes of a batch.

use wengert::plan::{Extras, Plan, Workspace};
use wengert::{Float, Shape, Tensor};

/// Shapes that are known at a time; beyond these the one used least recently is forgotten.
const MOST_KNOWN: usize = 16;

/// Why batches of some shapes are computed on a tape and not by a plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The loss could not be compiled.
    #[error("a training step has no plan: {0}")]
    Compile(wengert::Error),
    /// The plan did not give what the tape gave.
    #[error(
        "a training step has no plan: output {output} was not the same bits as on the tape; the loss function may only \
         depend on its arguments, and on the number of the step only through layers"
    )]
    Differs {
        /// Position among what the loss function returned.
        output: usize,
    },
    /// The plan's gradient was not that of the tape.
    #[error(
        "a training step has no plan: the gradient of parameter {parameter} was another on the tape; the loss function \
         may only depend on its arguments, and on the number of the step only through layers"
    )]
    GradientDiffers {
        /// Position among the model's parameters.
        parameter: usize,
    },
    /// The plan did not leave in a buffer what the tape left there.
    #[error(
        "a training step has no plan: buffer {buffer} was another on the tape; the loss function may only depend on its \
         arguments, and on the number of the step only through layers"
    )]
    BufferDiffers {
        /// Position among the model's buffers.
        buffer: usize,
    },
}

/// The shapes of a batch.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Signature<const X: usize, const I: usize> {
    pub(super) inputs: [Shape; X],
    pub(super) indices: [Shape; I],
}

/// What is known of batches of some shapes.
pub(super) enum State<F: Float> {
    /// One such batch has been computed on a tape.
    Seen,
    /// There is no plan for them.
    Refused(Refusal),
    /// There is a plan.
    Planned {
        compiled: Box<Compiled<F>>,
        /// Whether it has run and given the bits of the tape.
        tried: bool,
    },
}

/// A plan from parameters, buffers and inputs to what the loss function returned, gradients and new buffers.
pub(super) struct Compiled<F: Float> {
    pub(super) plan: Plan<F>,
    pub(super) workspace: Workspace<F>,
    /// How many outputs are what the loss function returned, gradients, buffers, in this order.
    pub(super) parts: [usize; 3],
}

impl<F: Float> Compiled<F> {
    /// Runs on parameters, buffers and inputs; returns the three parts of the outputs.
    pub(super) fn run(
        &mut self,
        given: &[&Tensor<F>],
        extras: &Extras<'_>,
    ) -> Result<[&[Tensor<F>]; 3], wengert::Error> {
        let mut rest = self.plan.run_with(&mut self.workspace, given, extras)?;
        Ok(self.parts.map(|count| {
            let (part, others) = rest.split_at(count);
            rest = others;
            part
        }))
    }
}

/// The plans of a trainer.
pub(super) struct Plans<F: Float, const X: usize, const I: usize> {
    /// Those used last at the end.
    known: Vec<(Signature<X, I>, State<F>)>,
}

impl<F: Float, const X: usize, const I: usize> Plans<F, X, I> {
    pub(super) fn new() -> Self {
        Self { known: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What is known of batches of these shapes.
    pub(super) fn find(&mut self, signature: &Signature<X, I>) -> Option<&mut State<F>> {
        let at = self.known.iter().rposition(|(known, _)| known == signature)?;
        self.known[at..].rotate_left(1);
        self.known.last_mut().map(|(_, state)| state)
    }

    /// Notes what is known of batches of these shapes now.
    pub(super) fn put(&mut self, signature: Signature<X, I>, state: State<F>) {
        self.known.retain(|(known, _)| *known != signature);
        if self.known.len() == MOST_KNOWN {
            self.known.remove(0);
        }
        self.known.push((signature, state));
    }

    pub(super) fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.known.iter().filter_map(|(_, state)| match state {
            State::Refused(refusal) => Some(refusal),
            _ => None,
        })
    }
}
