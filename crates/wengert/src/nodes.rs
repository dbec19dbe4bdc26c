//! The nodes of a tape, in slots that are filled in place and used again.

use crate::{Float, Op, Tensor, active::Recorded};
use smallvec::SmallVec;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

/// Position of a node in its tape.
pub(crate) type NodeId = u32;

/// One line of the list: `value = op(inputs)`. Leaves and constants have no op.
pub(crate) struct Node<F: Float> {
    pub(crate) value: Tensor<F>,
    pub(crate) op: Option<Op<F>>,
    pub(crate) inputs: SmallVec<[NodeId; 3]>,
    pub(crate) at: &'static Location<'static>,
    /// Whether a derivative may be asked through or of this node; a line computed without recording is only kept to
    /// be computed again.
    pub(crate) tracked: bool,
    /// Whether the value has not been computed yet, and only its shape is known.
    pub(crate) deferred: bool,
    /// Whether the user has read the value.
    pub(crate) inspected: Cell<bool>,
}

impl<F: Float> Node<F> {
    /// The op's name; `leaf` or `constant` if there is none.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.op {
            Some(op) => op.name(),
            None if self.tracked => "leaf",
            None => "constant",
        }
    }

    /// What derivatives pass through here, with the op that the node has.
    pub(crate) fn recorded(&self, op: &Op<F>) -> Recorded<F> {
        Recorded { op: op.clone(), inputs: self.inputs.clone(), at: self.at }
    }
}

/// A list of nodes that keeps the slots of those it forgets.
///
/// A node is large beside what a scalar op computes. Filling its fields where they stay, and not moving a whole node
/// there, is what makes recording one cheap.
pub(crate) struct Nodes<F: Float> {
    slots: Vec<Node<F>>,
    len: usize,
}

impl<F: Float> Default for Nodes<F> {
    fn default() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }
}

impl<F: Float> Nodes<F> {
    /// A new node without op and inputs, whose other fields the caller sets.
    ///
    /// # Panics
    ///
    /// If the list is full, at 2³² nodes.
    #[inline]
    pub(crate) fn append(&mut self) -> (NodeId, &mut Node<F>) {
        let id = self.len;
        if id == self.slots.len() {
            self.grow();
        }
        self.len += 1;
        (id as NodeId, &mut self.slots[id])
    }

    #[cold]
    fn grow(&mut self) {
        assert!(u32::try_from(self.len).is_ok(), "a tape holds at most 2^32 lines");
        self.slots.push(Node {
            value: Tensor::scalar(F::ZERO),
            op: None,
            inputs: SmallVec::new(),
            at: Location::caller(),
            tracked: false,
            deferred: false,
            inspected: Cell::new(false),
        });
    }

    /// Forgets the nodes from `end` on, and with them their values.
    pub(crate) fn truncate(&mut self, end: usize) {
        for node in self.slots.get_mut(end..self.len).into_iter().flatten() {
            node.op = None;
            node.inputs.clear();
            node.inspected.set(false);
            node.deferred = false;
            if node.value.number().is_none() {
                node.value = Tensor::scalar(F::ZERO);
            }
        }
        self.len = self.len.min(end);
    }
}

impl<F: Float> Deref for Nodes<F> {
    type Target = [Node<F>];

    #[inline]
    fn deref(&self) -> &[Node<F>] {
        &self.slots[..self.len]
    }
}

impl<F: Float> DerefMut for Nodes<F> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Node<F>] {
        &mut self.slots[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::neg::Neg;

    #[test]
    fn a_slot_used_again_holds_nothing_of_the_node_before() {
        let mut nodes = Nodes::<f64>::default();
        for value in [Tensor::from([1.0, 2.0]), Tensor::scalar(3.0)] {
            let (id, node) = nodes.append();
            assert_eq!((id, node.op.is_none(), node.inputs.len(), node.inspected.get()), (0, true, 0, false));
            node.value = value;
            node.op = Some(Neg.into());
            node.inputs.extend([0; 10]);
            node.inspected.set(true);
            nodes.truncate(5);
            assert_eq!(nodes.len(), 1);
            nodes.truncate(0);
            assert!(nodes.is_empty());
        }
    }
}
