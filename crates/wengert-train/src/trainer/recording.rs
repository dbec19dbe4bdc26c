//! One step on a tape.

use super::plans::Compiled;
use crate::Error;
use wengert::{Error as CoreError, Float, Tape, Tensor, Var};
use wengert_nn::{Error as ModelError, Kind, Mode, Model, Tree};

/// A loss on a tape and what it was computed from.
pub(super) struct Recording<'t, F: Float, const X: usize, const N: usize> {
    pub(super) returned: [Var<'t, F>; N],
    parameters: Vec<Var<'t, F>>,
    /// Buffers as they were and as the model left them.
    buffers: Vec<Var<'t, F>>,
    new_buffers: Vec<Var<'t, F>>,
    inputs: [Var<'t, F>; X],
}

/// What a step computes.
pub(super) struct Values<F: Float, const N: usize> {
    pub(super) returned: [Tensor<F>; N],
    pub(super) gradients: Vec<Tensor<F>>,
    pub(super) buffers: Vec<Tensor<F>>,
}

fn of_kind<'t, F: Float>(network: &impl Tree<Var<'t, F>>, kind: Kind) -> Vec<Var<'t, F>> {
    let mut found = Vec::new();
    network.visit(|slot, var| {
        if slot.kind == kind {
            found.push(*var);
        }
    });
    found
}

fn name_of<F: Float, M: Model<F>>(model: &M, kind: Kind, position: usize) -> String {
    let leaves = model.named_leaves().into_iter().filter(|(_, k, _)| *k == kind);
    leaves.map(|(name, ..)| name).nth(position).unwrap_or_default()
}

impl<'t, F: Float, const X: usize, const N: usize> Recording<'t, F, X, N> {
    /// Records the loss of a batch.
    pub(super) fn new<M, L, const I: usize>(
        tape: &'t Tape<F>,
        model: &M,
        inputs: [&Tensor<F>; X],
        indices: [&Tensor<u32>; I],
        mode: Mode,
        loss: &L,
    ) -> Result<Self, Error>
    where
        M: Model<F>,
        L: for<'u, 'b> Fn(
            &'b mut M::With<Var<'u, F>>,
            [Var<'u, F>; X],
            [&'b Tensor<u32>; I],
            Mode,
        ) -> [Var<'u, F>; N],
    {
        let mut network = model.on(tape);
        let (parameters, buffers) = (of_kind(&network, Kind::Parameter), of_kind(&network, Kind::Buffer));
        let inputs = inputs.map(|x| tape.constant(x));
        let returned = loss(&mut network, inputs, indices, mode);
        let new_buffers = of_kind(&network, Kind::Buffer);
        if let Some(position) = (0..buffers.len().max(new_buffers.len())).find(|&k| {
            let shape = |of: &[Var<'t, F>]| of.get(k).map(|v| v.shape());
            shape(&buffers) != shape(&new_buffers)
        }) {
            let name = name_of(model, Kind::Buffer, position);
            let dims =
                |of: &[Var<'t, F>]| of.get(position).map_or_else(Vec::new, |v| v.shape().dims().into());
            return Err(
                ModelError::LeafShape { name, given: dims(&new_buffers), expected: dims(&buffers) }.into()
            );
        }
        Ok(Self { returned, parameters, buffers, new_buffers, inputs })
    }

    /// The values, with gradients by a sweep that is not recorded.
    pub(super) fn values<M: Model<F>>(&self, model: &M) -> Result<Values<F, N>, Error> {
        let gradients = self.returned[0].try_backward(&self.parameters)?;
        Ok(self.with(all_reached(model, gradients)?))
    }

    /// The whole step compiled, or why it cannot be.
    pub(super) fn compile<M: Model<F>>(
        &self,
        model: &M,
        indices: &[&Tensor<u32>],
    ) -> Result<Result<Compiled<F>, CoreError>, Error> {
        let gradients = all_reached(model, self.returned[0].try_grad(&self.parameters)?)?;
        Ok(self.plan(&gradients, indices))
    }

    fn plan(&self, gradients: &[Var<'t, F>], indices: &[&Tensor<u32>]) -> Result<Compiled<F>, CoreError> {
        let inputs = [&self.parameters[..], &self.buffers, &self.inputs].concat();
        let parts = [&self.returned[..], gradients, &self.new_buffers];
        let compile = |outputs: &[Var<'t, F>]| {
            self.returned[0].tape().compiler().inputs(&inputs).indices(indices).compile(outputs)
        };
        let plan = match compile(&parts.concat()) {
            // A batch or a buffer that nothing is computed from: as an output too, it reaches one.
            Err(CoreError::PlanInput { .. }) => compile(&[&parts.concat()[..], &inputs].concat())?,
            result => result?,
        };
        Ok(Compiled { workspace: plan.workspace(), plan, parts: parts.map(<[_]>::len) })
    }

    fn with(&self, gradients: Vec<Tensor<F>>) -> Values<F, N> {
        let buffers = self.new_buffers.iter().map(|v| v.value()).collect();
        Values { returned: self.returned.map(Var::value), gradients, buffers }
    }
}

/// The gradients, if there is one for every parameter.
fn all_reached<F: Float, M: Model<F>, T>(model: &M, gradients: Vec<Option<T>>) -> Result<Vec<T>, Error> {
    let missing = gradients.iter().position(Option::is_none);
    gradients.into_iter().collect::<Option<Vec<T>>>().ok_or_else(|| {
        let parameter = name_of(model, Kind::Parameter, missing.unwrap_or_default());
        ModelError::Unreached { parameter, constant: false }.into()
    })
}
