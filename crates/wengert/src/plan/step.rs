//! The steps of a plan: what each reads, writes and runs.

use super::fuse::Unit;
use super::graph::{Fused, Graph, Id, Source};
use super::group::Group;
use super::row_group::RowGroup;
use super::run::Values;
use crate::{Error, Float, Op, Shape, Tensor, Threads};
use smallvec::SmallVec;
use std::panic::Location;
use wengert_kernels::conv::PackedWeights;

/// One step: what it reads and writes, and how it computes.
pub(super) struct Step<F: Float> {
    pub(super) reads: SmallVec<[Id; 4]>,
    pub(super) writes: SmallVec<[Id; 2]>,
    pub(super) kernel: Kernel<F>,
    /// Where the last of its lines was recorded.
    pub(super) at: &'static Location<'static>,
}

/// How a step computes.
pub(super) enum Kernel<F: Float> {
    /// One op by its own kernel. `feed` is the index input that replaces its indices.
    Op { op: Op<F>, shape: Shape, feed: Option<usize> },
    /// Several ops by one kernel.
    Fused { kernel: Fused, shape: Shape, packed: Option<Box<PackedWeights<F>>> },
    /// Elementwise lines as one pass.
    Group(Group<F>),
    /// Lines over rows as one pass.
    Rows(RowGroup<F>),
}

/// Whether a line is elementwise, so that groups can take it.
pub(super) fn is_elementwise<F: Float>(graph: &Graph<F>, id: Id) -> bool {
    let line = &graph.lines[id as usize];
    !line.shape.is_empty() && line.fixed_op().is_some_and(|(op, inputs)| Group::takes(op, inputs.len()))
}

impl<F: Float> Step<F> {
    pub(super) fn new(graph: &Graph<F>, unit: &Unit) -> Self {
        match unit {
            Unit::Line(id) => {
                let line = &graph.lines[*id as usize];
                let kernel = match &line.source {
                    Source::Apply { op, feed, .. } => {
                        Kernel::Op { op: op.clone(), shape: line.shape, feed: *feed }
                    }
                    Source::Fused { kernel, inputs } => {
                        let [x, w] = [inputs[0], *inputs.get(1).unwrap_or(&inputs[0])]
                            .map(|id| &graph.lines[id as usize]);
                        // A weight that is the same at every run is laid out for the kernel once.
                        let packed = w.constant().and_then(|w| kernel.pack(x.shape, w)).map(Box::new);
                        Kernel::Fused { kernel: *kernel, shape: line.shape, packed }
                    }
                    Source::Input(_) | Source::Constant(_) => {
                        unreachable!("inputs and constants are no steps")
                    }
                };
                let reads = line.inputs().iter().copied().collect();
                Self { reads, writes: [*id].into_iter().collect(), kernel, at: line.at }
            }
            Unit::Group { members, stores } => {
                let (group, reads, writes) = Group::new(graph, members, stores);
                let last = members.last().expect("a group has members");
                Self { reads, writes, kernel: Kernel::Group(group), at: graph.lines[*last as usize].at }
            }
            Unit::Rows { members, stores, extents } => {
                let (group, reads, writes) = RowGroup::new(graph, members, stores, *extents);
                let last = members.last().expect("a group has members");
                Self { reads, writes, kernel: Kernel::Rows(group), at: graph.lines[*last as usize].at }
            }
        }
    }

    pub(super) fn feed(&self) -> Option<usize> {
        match &self.kernel {
            Kernel::Op { feed, .. } => *feed,
            Kernel::Rows(group) => group.picks().and_then(|(_, feed)| *feed),
            Kernel::Fused { .. } | Kernel::Group(_) => None,
        }
    }

    /// Whether the step depends on random numbers.
    pub(super) fn draws(&self) -> bool {
        matches!(&self.kernel, Kernel::Op { op, .. } if op.draws())
    }

    /// The op, if its attributes change from run to run.
    pub(super) fn changing_op(&self) -> Option<&Op<F>> {
        match &self.kernel {
            Kernel::Op { op, feed, .. } if feed.is_some() || self.draws() => Some(op),
            Kernel::Rows(group) => group.picks().and_then(|(op, feed)| feed.is_some().then_some(op)),
            _ => None,
        }
    }

    /// Whether the result shares storage with what is read.
    pub(super) fn is_view(&self) -> bool {
        matches!(
            &self.kernel,
            Kernel::Op {
                op: Op::Reshape(_) | Op::Permute(_) | Op::BroadcastTo(_) | Op::Slice(_) | Op::Alias(_),
                ..
            }
        )
    }

    /// Whether the result was computed by the step that made what is read.
    pub(super) fn takes_part(&self) -> bool {
        matches!(&self.kernel, Kernel::Fused { kernel: Fused::TakePart(_), .. })
    }

    /// Whether a byte for each element is kept beside the result: its place in its window.
    pub(super) fn notes_places(&self) -> bool {
        matches!(&self.kernel, Kernel::Fused { kernel: Fused::ConvolutionPool { noted: true, .. }, .. })
    }

    /// The ops that it runs.
    pub(super) fn name(&self) -> String {
        match &self.kernel {
            Kernel::Op { op, .. } => op.name().to_owned(),
            Kernel::Fused { kernel, .. } => kernel.name().to_owned(),
            Kernel::Group(group) => group.name(),
            Kernel::Rows(group) => group.name(),
        }
    }

    /// Computes the step; `fed` is its op with the indices of this run.
    pub(super) fn run(&self, values: &mut Values<F>, fed: Option<&Op<F>>, on: &Threads) -> Result<(), Error> {
        match &self.kernel {
            Kernel::Op { op, shape, .. } => {
                let y = {
                    let x: SmallVec<[&Tensor<F>; 3]> = self.reads.iter().map(|&id| values.get(id)).collect();
                    F::eval(fed.unwrap_or(op), &x, *shape, on)?
                };
                values.set(self.writes[0], y);
            }
            Kernel::Fused { kernel, shape, packed } => {
                kernel.run(&self.reads, self.writes[0], *shape, packed.as_deref(), values, on);
            }
            Kernel::Group(group) => group.run(&self.reads, &self.writes, values, on),
            Kernel::Rows(group) => group.run(&self.reads, &self.writes, values, fed, on),
        }
        Ok(())
    }
}
