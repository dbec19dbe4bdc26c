//! Models at rest and on a tape.

use super::{Kind, Leaf, Tree};
use crate::Error;
use wengert::{Float, Tape, Tensor, Var};

/// A model at rest: a tree of tensors.
///
/// ```
/// use wengert::{Key, Tape, Tensor};
/// use wengert_nn::{Gradients, Init, Linear, Model};
///
/// let model: Linear<Tensor<f64>> = Linear::new(2, 1, Init::GlorotUniform, Key::new(1));
/// let tape = Tape::new();
/// let on_tape = model.on(&tape);
/// let y = on_tape.forward(tape.constant([[1.0, 2.0]]));
/// let gradient = y.sum().gradients(&on_tape); // a Linear<Tensor<f64>> again
/// assert_eq!(gradient.weight.to_vec(), [1.0, 2.0]);
/// ```
pub trait Model<F: Float>: Tree<Tensor<F>> {
    /// The model on a tape: parameters as leaves, buffers as constants.
    ///
    /// Storage is shared, not copied. Clear the tape before an optimizer's step, so that it can work in place.
    #[track_caller]
    fn on<'t>(&self, tape: &'t Tape<F>) -> Self::With<Var<'t, F>> {
        tape.at_caller(|| {
            self.map(|slot, value| match slot.kind {
                Kind::Parameter => tape.leaf(value),
                Kind::Buffer => tape.constant(value),
            })
        })
    }

    /// The model on a tape with nothing to differentiate: every leaf a constant.
    #[track_caller]
    fn frozen_on<'t>(&self, tape: &'t Tape<F>) -> Self::With<Var<'t, F>> {
        tape.at_caller(|| self.map(|_, value| tape.constant(value)))
    }

    /// The parameters with their names, in order; buffers are left out.
    fn parameters(&self) -> Vec<(String, &Tensor<F>)> {
        let all = self.named_leaves().into_iter();
        all.filter(|(_, kind, _)| *kind == Kind::Parameter).map(|(name, _, value)| (name, value)).collect()
    }

    /// The number of trained numbers.
    fn count(&self) -> usize {
        self.parameters().iter().map(|(_, value)| value.len()).sum()
    }

    /// Takes over the buffers that a pass on a tape has updated, such as running statistics.
    ///
    /// # Errors
    ///
    /// [`Error::Structure`] if the two are not the same model; [`Error::LeafShape`] if a buffer changed its shape.
    /// Nothing is taken over then.
    fn absorb<'t>(&mut self, on_tape: &Self::With<Var<'t, F>>) -> Result<(), Error> {
        let mut updated = Vec::new();
        let theirs = on_tape.named_leaves();
        for (position, (name, kind, value)) in self.named_leaves().into_iter().enumerate() {
            let given = theirs.get(position).filter(|(same, ..)| *same == name);
            let Some((_, _, var)) = given else {
                let given = theirs.get(position).map(|(other, ..)| other.clone());
                return Err(Error::structure(position, Some(name), given));
            };
            if kind == Kind::Buffer {
                if var.shape() != value.shape() {
                    let (given, expected) = (var.shape().dims().into(), value.dims().into());
                    return Err(Error::LeafShape { name, given, expected });
                }
                updated.push(var.value());
            }
        }
        if let Some((extra, ..)) = theirs.get(self.leaves().len()) {
            return Err(Error::structure(self.leaves().len(), None, Some(extra.clone())));
        }
        let mut updated = updated.into_iter();
        self.visit_mut(|slot, value| {
            if slot.kind == Kind::Buffer
                && let Some(new) = updated.next()
            {
                *value = new;
            }
        });
        Ok(())
    }
}

impl<F: Float, M: Tree<Tensor<F>>> Model<F> for M {}

/// A model on a tape: a tree of variables.
pub trait Recorded<'t, F: Float>: Tree<Var<'t, F>> {
    /// The variables of the parameters, in order, as `grad` and `backward` take them.
    fn variables(&self) -> Vec<Var<'t, F>> {
        let mut found = Vec::new();
        self.visit(|slot, var| {
            if slot.is_parameter() {
                found.push(*var);
            }
        });
        found
    }

    /// The values, as a model at rest.
    fn values(&self) -> Self::With<Tensor<F>>
    where
        Tensor<F>: Leaf,
    {
        self.map(|_, var| var.value())
    }
}

impl<'t, F: Float, M: Tree<Var<'t, F>>> Recorded<'t, F> for M {}
