//! The ops whose value depends on random numbers, and their keys, which a plan moves on by its step.

use crate::{AxisSet, Float, Key, Op, Shape, Tensor, nodes::Node};

/// Which examples of a batch draw numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Examples {
    /// How many leading axes are axes of examples.
    axes: usize,
    /// Those of them along which every example draws its own numbers.
    own: AxisSet,
}

impl Examples {
    /// Outside of any batch.
    pub(crate) fn none() -> Self {
        Self { axes: 0, own: AxisSet::all(0) }
    }

    /// The same with one more axis of examples in front, of which each draws `own_numbers` or all draw the same.
    pub(crate) fn behind_batch(self, own_numbers: bool) -> Self {
        let first = AxisSet::from_iter(own_numbers.then_some(0));
        Self { axes: self.axes + 1, own: self.own.behind_batch().union(first) }
    }

    /// The numbers for every element of shape `y`; `draw` gives those of one example by its key.
    pub(crate) fn numbers<F: Float>(
        &self,
        key: Key,
        y: Shape,
        draw: impl Fn(Key, &[usize]) -> Tensor<F>,
    ) -> Tensor<F> {
        if self.axes == 0 {
            return draw(key, y.dims());
        }
        let (examples, one) = y.dims().split_at(self.axes);
        let mut numbers = Vec::with_capacity(y.len());
        Shape::of(examples).for_each_index(|ix| {
            let example = self.own.iter().fold(0, |e, axis| e * examples[axis] + ix[axis]);
            numbers.extend(draw(key.example(example as u32), one).to_vec());
        });
        Tensor::new(y, numbers).expect("one number per element")
    }
}

/// Which lines depend on those that `varies` names, or on random numbers drawn on the way.
pub(crate) fn varying<F: Float>(nodes: &[Node<F>], mut varies: Vec<bool>) -> Vec<bool> {
    varies.resize(nodes.len(), false);
    for (id, node) in nodes.iter().enumerate() {
        let value = |i: &u32| nodes[*i as usize].value.clone();
        varies[id] = varies[id]
            || node.inputs.iter().any(|&i| varies[i as usize])
            || node.op.as_ref().is_some_and(|op| op.draws_at(|| node.inputs.iter().map(value).collect()));
    }
    varies
}

impl<F: Float> Op<F> {
    /// Whether the value depends on random numbers, others at each step of a plan.
    pub(crate) fn draws(&self) -> bool {
        matches!(self, Op::Dropout(_) | Op::Noise(_))
    }

    /// The same of the op or of the function that it stands for, at these operands.
    pub(crate) fn draws_at(&self, x: impl FnOnce() -> Vec<Tensor<F>>) -> bool {
        self.draws() || self.segment().is_some_and(|segment| segment.draws(&x()))
    }

    /// The key of the random numbers, of an op that draws.
    pub(crate) fn key(&mut self) -> Option<&mut Key> {
        match self {
            Op::Dropout(op) => Some(&mut op.key),
            Op::Noise(op) => Some(&mut op.key),
            _ => None,
        }
    }
}
