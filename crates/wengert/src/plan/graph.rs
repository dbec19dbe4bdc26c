//! The lines of a plan while it is being compiled: a Wengert list that has forgotten its values.

use crate::{Conv2dOptions, Float, Op, Shape, Tensor};
use smallvec::SmallVec;
use std::panic::Location;

/// Position of a line in its graph.
pub(super) type Id = u32;

/// Where the value of a line comes from.
#[derive(Clone)]
pub(super) enum Source<F: Float> {
    /// The plan's input of this number.
    Input(usize),
    /// The same at every run.
    Constant(Tensor<F>),
    /// An op applied to earlier lines. `feed` is the number of the index input that replaces the op's own indices.
    Apply { op: Op<F>, inputs: SmallVec<[Id; 3]>, feed: Option<usize> },
    /// A kernel that does the work of several ops.
    Fused { kernel: Fused, inputs: SmallVec<[Id; 3]> },
}

/// The operands of a convolution with a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Images,
    Weight,
    Bias,
}

/// The kernels that do the work of several ops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fused {
    /// `conv2d(x, w) + bias`, rectified or not, of images, weight and bias.
    Convolution { options: Conv2dOptions, relu: bool },
    /// `a b + bias`, rectified or not, of two matrices and a bias per column.
    Product { relu: bool },
    /// `max_pool2d(relu(conv2d(x, w) + bias))`, of the same; `noted` if where in its window each maximum was is kept, for
    /// a `PooledBackward`.
    ConvolutionPool { options: Conv2dOptions, window: [usize; 2], noted: bool },
    /// The cotangents of such a layer's operands, of images, weight, the cotangent of the maxima, and the maxima. Its
    /// value is the part `own`; `others` are kept for lines that take them.
    PooledBackward { options: Conv2dOptions, window: [usize; 2], own: Part, others: [Option<Part>; 2] },
    /// A part that a `PooledBackward` has computed besides its own, of its line.
    TakePart(Part),
}

impl Fused {
    /// The same kernel, rectifying or not.
    pub(super) fn rectified(self, relu: bool) -> Self {
        match self {
            Self::Convolution { options, .. } => Self::Convolution { options, relu },
            Self::Product { .. } => Self::Product { relu },
            other => other,
        }
    }
}

/// One line: a value of known shape.
#[derive(Clone)]
pub(super) struct Line<F: Float> {
    pub(super) source: Source<F>,
    pub(super) shape: Shape,
    pub(super) at: &'static Location<'static>,
}

impl<F: Float> Line<F> {
    /// The lines that this one reads.
    pub(super) fn inputs(&self) -> &[Id] {
        match &self.source {
            Source::Apply { inputs, .. } | Source::Fused { inputs, .. } => inputs,
            _ => &[],
        }
    }

    /// Whether a step computes the line: it is no input and no constant.
    pub(super) fn is_computed(&self) -> bool {
        matches!(self.source, Source::Apply { .. } | Source::Fused { .. })
    }

    /// The op with its operands, where no index input replaces anything in it.
    pub(super) fn fixed_op(&self) -> Option<(&Op<F>, &[Id])> {
        match &self.source {
            Source::Apply { op, inputs, feed: None } => Some((op, inputs)),
            _ => None,
        }
    }

    pub(super) fn constant(&self) -> Option<&Tensor<F>> {
        match &self.source {
            Source::Constant(value) => Some(value),
            _ => None,
        }
    }
}

/// Lines in an order in which every line comes after those it reads, and the lines asked for.
pub(super) struct Graph<F: Float> {
    pub(super) lines: Vec<Line<F>>,
    pub(super) outputs: Vec<Id>,
}

impl<F: Float> Graph<F> {
    /// The op of line `id` with its operands, where no index input replaces anything in it.
    pub(super) fn op(&self, id: Id) -> Option<(&Op<F>, &[Id])> {
        self.lines[id as usize].fixed_op()
    }

    /// Puts every line after those it reads, and otherwise keeps the order; drops lines that no output depends on.
    pub(super) fn sort(&mut self) {
        const OPEN: Id = Id::MAX;
        let mut place: Vec<Option<Id>> = vec![None; self.lines.len()];
        let mut order: Vec<Id> = Vec::with_capacity(self.lines.len());
        let mut roots = self.outputs.clone();
        roots.sort_unstable();
        // Depth first without recursion: a line is placed when it is met again after those it reads.
        let mut open: Vec<Id> = roots.into_iter().rev().collect();
        while let Some(&id) = open.last() {
            match place[id as usize] {
                None => {
                    place[id as usize] = Some(OPEN);
                    open.extend(
                        self.lines[id as usize]
                            .inputs()
                            .iter()
                            .rev()
                            .filter(|&&i| place[i as usize].is_none()),
                    );
                }
                Some(OPEN) => {
                    open.pop();
                    place[id as usize] = Some(order.len() as Id);
                    order.push(id);
                }
                Some(_) => {
                    open.pop();
                }
            }
        }
        let mut lines: Vec<Option<Line<F>>> = std::mem::take(&mut self.lines).into_iter().map(Some).collect();
        self.lines = order.iter().filter_map(|&id| lines[id as usize].take()).collect();
        let place: Vec<Id> = place.into_iter().map(|place| place.unwrap_or(0)).collect();
        self.redirect(&place);
    }

    /// Replaces every use of a line by `of(line)`, an earlier line or itself.
    pub(super) fn redirect(&mut self, of: &[Id]) {
        for line in &mut self.lines {
            if let Source::Apply { inputs, .. } | Source::Fused { inputs, .. } = &mut line.source {
                inputs.iter_mut().for_each(|id| *id = of[*id as usize]);
            }
        }
        self.outputs.iter_mut().for_each(|id| *id = of[*id as usize]);
    }
}
