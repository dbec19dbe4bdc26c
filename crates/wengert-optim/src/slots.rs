//! State per parameter, and the checks that come before anything is changed.

use crate::{Error, Gradient, ParameterState, Rule, gradient::first_non_finite};
use wengert::{Float, Shape, Tensor};
use wengert_nn::Tree;

/// What is kept for one parameter.
#[derive(Clone, Debug)]
pub(crate) struct Entry<F: Float> {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) count: u64,
    /// One tensor per name in [`Rule::kept`]; empty before the first update.
    pub(crate) kept: Vec<Tensor<F>>,
    /// The gradient of the step being taken, if the parameter has one.
    pub(crate) gradient: Option<Tensor<F>>,
}

impl<F: Float> Entry<F> {
    pub(crate) fn save<R: Rule>(&self, rule: &R) -> ParameterState<F> {
        let named = rule.kept().iter().map(|&name| name.to_owned());
        ParameterState {
            parameter: self.name.clone(),
            shape: self.shape.dims().into(),
            count: self.count,
            kept: named.zip(self.kept.iter().cloned()).collect(),
        }
    }

    /// The entry that a saved state describes.
    pub(crate) fn restore<R: Rule>(rule: &R, saved: ParameterState<F>) -> Result<Self, Error> {
        let ParameterState { parameter, shape, count, kept } = saved;
        let too_large = |_| Error::Shape {
            what: "the state",
            parameter: parameter.clone(),
            given: shape.clone(),
            expected: Vec::new(),
        };
        let of = Shape::new(&shape).map_err(too_large)?;
        let given: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
        let fresh = kept.is_empty() && count == 0;
        if !fresh && given != rule.kept() {
            return Err(Error::Kept {
                rule: R::NAME,
                given: given.iter().map(|&s| s.to_owned()).collect(),
                expected: rule.kept().iter().map(|&s| s.to_owned()).collect(),
                parameter,
            });
        }
        if let Some((_, bad)) = kept.iter().find(|(_, t)| t.shape() != of) {
            return Err(Error::Shape {
                what: "a kept tensor",
                given: bad.dims().into(),
                expected: shape,
                parameter,
            });
        }
        let kept = kept.into_iter().map(|(_, tensor)| tensor).collect();
        Ok(Self { name: parameter, shape: of, count, kept, gradient: None })
    }
}

/// Compares one parameter of a tree with the entry at its position.
fn compare<F: Float>(
    what: &'static str,
    entries: &[Entry<F>],
    position: usize,
    name: &str,
    shape: Shape,
) -> Result<(), Error> {
    match entries.get(position) {
        Some(entry) if entry.name == name => {
            if entry.shape == shape {
                return Ok(());
            }
            let (given, expected) = (shape.dims().into(), entry.shape.dims().into());
            Err(Error::Shape { what, parameter: name.into(), given, expected })
        }
        other => {
            let expected = other.map(|entry| entry.name.clone());
            Err(Error::Structure { position, expected, given: Some(name.into()) })
        }
    }
}

fn all_met<F: Float>(entries: &[Entry<F>], met: usize) -> Result<(), Error> {
    match entries.get(met) {
        None => Ok(()),
        Some(entry) => {
            Err(Error::Structure { position: met, expected: Some(entry.name.clone()), given: None })
        }
    }
}

/// Checks that the model is the one the entries are of; makes them if there are none yet.
pub(crate) fn match_model<F: Float, M: Tree<Tensor<F>>>(
    entries: &mut Vec<Entry<F>>,
    model: &M,
) -> Result<(), Error> {
    let fresh = entries.is_empty();
    let (mut met, mut result) = (0, Ok(()));
    model.visit(|slot, parameter| {
        if !slot.is_parameter() || result.is_err() {
            return;
        }
        let shape = parameter.shape();
        if fresh {
            let name = slot.name.to_owned();
            entries.push(Entry { name, shape, count: 0, kept: Vec::new(), gradient: None });
        }
        result = compare("the parameter", entries, met, slot.name, shape);
        met += 1;
    });
    result.and_then(|()| all_met(entries, met))
}

/// Lays the gradients beside the entries, if every one of them fits and is finite.
pub(crate) fn take_gradients<F, L, G>(entries: &mut [Entry<F>], gradients: &G) -> Result<(), Error>
where
    F: Float,
    L: Gradient<F>,
    G: Tree<L>,
{
    let (mut met, mut result) = (0, Ok(()));
    gradients.visit(|slot, leaf| {
        if !slot.is_parameter() || result.is_err() {
            return;
        }
        result = take_gradient(entries, met, slot.name, leaf.gradient());
        met += 1;
    });
    let result = result.and_then(|()| all_met(entries, met));
    if result.is_err() {
        entries.iter_mut().for_each(|entry| entry.gradient = None);
    }
    result
}

fn take_gradient<F: Float>(
    entries: &mut [Entry<F>],
    position: usize,
    name: &str,
    gradient: Option<&Tensor<F>>,
) -> Result<(), Error> {
    let shape = gradient.map(Tensor::shape).or(entries.get(position).map(|e| e.shape));
    compare("the gradient", entries, position, name, shape.unwrap_or(Shape::SCALAR))?;
    if let Some((position, value)) = gradient.and_then(first_non_finite) {
        return Err(Error::NonFinite { parameter: name.into(), value, position });
    }
    entries[position].gradient = gradient.cloned();
    Ok(())
}
