//! From a loss to the gradient of a whole model.

use super::{Partial, Tree};
use crate::{Error, error::or_panic};
use wengert::{Float, Tensor, Var};

/// Gradients by every parameter of a model, in the shape of the model.
///
/// Buffers have no gradient; where the result needs a tensor for one it holds zeros of its shape (no memory is spent
/// on them), and optimizers pass over them.
pub trait Gradients<'t, F: Float>: Sized {
    /// The gradient of this scalar by every parameter; `Partial(None)` where the loss does not reach it, where it is
    /// a constant, and for buffers.
    ///
    /// # Errors
    ///
    /// As [`Var::try_backward`], for instance of a loss that is not a scalar.
    fn partial_gradients<M: Tree<Var<'t, F>>>(self, model: &M) -> Result<M::With<Partial<Tensor<F>>>, Error>;

    /// The gradient of this scalar by every parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Unreached`], naming the parameter, if the loss does not depend on it or it is a constant; else as
    /// [`Gradients::partial_gradients`].
    fn try_gradients<M: Tree<Var<'t, F>>>(self, model: &M) -> Result<M::With<Tensor<F>>, Error>;

    /// The gradient of this scalar by every parameter.
    ///
    /// # Panics
    ///
    /// Where [`Gradients::try_gradients`] fails.
    #[track_caller]
    fn gradients<M: Tree<Var<'t, F>>>(self, model: &M) -> M::With<Tensor<F>> {
        or_panic(self.try_gradients(model))
    }
}

/// One gradient for each leaf of the model, `None` for buffers, constants and what is not reached.
fn per_leaf<'t, F: Float, M: Tree<Var<'t, F>>>(
    loss: Var<'t, F>,
    model: &M,
) -> Result<Vec<Option<Tensor<F>>>, Error> {
    let mut wanted = Vec::new();
    let mut wrt = Vec::new();
    model.visit(|slot, var| {
        let differentiable = slot.is_parameter() && var.is_tracked();
        wanted.push(differentiable);
        if differentiable {
            wrt.push(*var);
        }
    });
    let mut found = loss.try_backward(&wrt)?.into_iter();
    Ok(wanted.into_iter().map(|w| if w { found.next().flatten() } else { None }).collect())
}

impl<'t, F: Float> Gradients<'t, F> for Var<'t, F> {
    fn partial_gradients<M: Tree<Var<'t, F>>>(self, model: &M) -> Result<M::With<Partial<Tensor<F>>>, Error> {
        let mut found = per_leaf(self, model)?.into_iter();
        Ok(model.map(|_, _| Partial(found.next().flatten())))
    }

    fn try_gradients<M: Tree<Var<'t, F>>>(self, model: &M) -> Result<M::With<Tensor<F>>, Error> {
        let found = per_leaf(self, model)?;
        let mut missing = None;
        let mut position = 0;
        model.visit(|slot, var| {
            if slot.is_parameter() && found[position].is_none() && missing.is_none() {
                let (parameter, constant) = (slot.name.to_owned(), !var.is_tracked());
                missing = Some(Error::Unreached { parameter, constant });
            }
            position += 1;
        });
        if let Some(error) = missing {
            return Err(error);
        }
        let mut found = found.into_iter();
        Ok(model.map(|_, var| found.next().flatten().unwrap_or_else(|| no_gradient(*var))))
    }
}

/// Zeros of a variable's shape that share one cell of storage: what stands in for the gradient of a buffer.
fn no_gradient<F: Float>(var: Var<'_, F>) -> Tensor<F> {
    let zero = Tensor::full([], F::ZERO);
    zero.try_broadcast_to(var.shape()).expect("a scalar broadcasts to every shape")
}
