//! From a tape to a plan: the passes in order, each of which can be left out.

use super::graph::{Id, Line, Source};
use super::{Given, Plan, fold, fuse, layers, lower, rectify, slots, small, step, windows};
use crate::{Error, Float, Tape, Tensor, Var};
use std::sync::Arc;

/// A pass that a plan can do without; but for [`Pass::Sparse`], the outputs have the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pass {
    /// Computes what depends on constants alone, merges equal lines, drops unused ones.
    Fold,
    /// Runs elementwise lines of one shape as one pass over memory.
    Fuse,
    /// Takes reductions along the rows of such a pass into it, with what comes back from them over the rows.
    Rows,
    /// Adds biases and rectifies where convolutions and products are computed, and pools there where no gradient is asked.
    Layers,
    /// Settles where every value of a small plan lies, so that a run only computes.
    Small,
    /// Pools where convolutions are computed, and skips the zeros of the gradient on the way back through a pooling.
    /// The one pass that does not keep every bit: gradients of pooled convolutions are summed in another order, and where
    /// the gradient is 0 nothing is added, not even the NaN that 0 times an infinite operand would be on the tape.
    Sparse,
}

/// The choices of a compilation; see [`Tape::compiler`].
///
/// ```
/// use wengert::{plan::Extras, prelude::*};
///
/// let tape = Tape::<f32>::new();
/// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let labels = Tensor::from([[0_u32], [2]]);
/// let picked = x.gather(1, &labels);
/// let plan = tape.compiler().inputs(&[x]).indices(&[&labels]).compile(&[picked])?;
/// let mut workspace = plan.workspace();
/// let out = plan.run_with(&mut workspace, &[&x.value()], &Extras { indices: &[&Tensor::from([[1_u32], [1]])], step: None })?;
/// assert_eq!(out[0].to_vec(), [2.0, 5.0]);
/// # Ok::<(), wengert::Error>(())
/// ```
pub struct Compiler<'t, F: Float> {
    tape: &'t Tape<F>,
    inputs: Vec<Var<'t, F>>,
    indices: Vec<Tensor<u32>>,
    without: Vec<Pass>,
}

impl<'t, F: Float> Compiler<'t, F> {
    pub(super) fn new(tape: &'t Tape<F>) -> Self {
        Self { tape, inputs: Vec::new(), indices: Vec::new(), without: Vec::new() }
    }

    /// The same with these leaves as inputs, after those given before.
    #[must_use]
    pub fn inputs(mut self, inputs: &[Var<'t, F>]) -> Self {
        self.inputs.extend(inputs);
        self
    }

    /// The same with these indices as inputs: the very tensors (or views in the same order) that ops were given.
    ///
    /// What plain code makes of indices, such as [`one_hot`](Tensor::one_hot), is a constant of the plan.
    #[must_use]
    pub fn indices(mut self, indices: &[&Tensor<u32>]) -> Self {
        self.indices.extend(indices.iter().map(|&t| t.clone()));
        self
    }

    /// The same without one of the passes, for comparison.
    #[must_use]
    pub fn without(mut self, pass: Pass) -> Self {
        self.without.push(pass);
        self
    }

    /// Compiles the lines that lead to these outputs.
    ///
    /// # Errors
    ///
    /// As [`Tape::compile`]; [`Error::PlanIndices`] if no op that an output needs was given one of the index tensors.
    pub fn compile(self, outputs: &[Var<'t, F>]) -> Result<Plan<F>, Error> {
        let does = |pass| !self.without.contains(&pass);
        let threads = self.tape.threads();
        let mut graph = lower::lower(self.tape, &self.inputs, &self.indices, outputs)?;
        if does(Pass::Fold) {
            fold::fold(&mut graph, threads)?;
            fold::merge(&mut graph);
            rectify::rectify(&mut graph);
            fold::drop_unused(&mut graph);
        }
        if does(Pass::Layers) {
            layers::fuse_layers(&mut graph);
            windows::fuse_windows(&mut graph, does(Pass::Sparse));
        }
        let units = if does(Pass::Fuse) {
            fuse::fuse(&graph, |id| step::is_elementwise(&graph, id), does(Pass::Rows))
        } else {
            fuse::apart(&graph)
        };
        let steps: Vec<_> = units.iter().map(|unit| step::Step::new(&graph, unit)).collect();
        let drops = slots::drops(&graph, &steps);
        let small = does(Pass::Small).then(|| small::Small::new(&graph, &steps, self.inputs.len())).flatten();
        let input = |v: &Var<'_, F>| Given { shape: v.shape(), at: v.recorded_at() };
        let is_input = |line: &Line<F>, k| matches!(line.source, Source::Input(position) if position == k);
        let place = |k| graph.lines.iter().position(|line| is_input(line, k)).map(|id| id as Id);
        Ok(Plan {
            inputs: self.inputs.iter().map(input).collect(),
            indices: self.indices.iter().map(Tensor::shape).collect(),
            input_values: (0..self.inputs.len()).map(place).collect(),
            constants: slots::constants(&graph, &steps),
            draws: steps.iter().any(step::Step::draws),
            shapes: graph.lines.iter().map(|line| line.shape).collect(),
            values: graph.lines.len(),
            computed_outputs: graph
                .outputs
                .iter()
                .copied()
                .filter(|&id| graph.lines[id as usize].constant().is_none())
                .collect(),
            outputs: graph.outputs.clone(),
            identity: Arc::new(()),
            threads: threads.clone(),
            steps,
            drops,
            small,
        })
    }
}
