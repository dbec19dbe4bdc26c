//! State per parameter, and the checks that come before anything is changed.

use crate::{Error, ParameterState, Rule};
use wengert::{Float, Shape, Tensor};
use wengert_nn::{Name, Tree};

/// What is kept for one parameter.
#[derive(Clone, Debug)]
pub(crate) struct Entry<F: Float> {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) count: u64,
    /// One tensor per name in [`Rule::kept`]; empty before the first update.
    pub(crate) kept: Vec<Tensor<F>>,
    /// Whether the parameter has a gradient in the step being taken.
    pub(crate) reached: bool,
    /// The parameter during a step, otherwise an empty tensor that takes its place in the model then.
    pub(crate) parameter: Tensor<F>,
}

impl<F: Float> Entry<F> {
    fn new(name: String, shape: Shape, count: u64, kept: Vec<Tensor<F>>) -> Self {
        Self { name, shape, count, kept, reached: false, parameter: Tensor::zeros([0]) }
    }

    /// An entry for every parameter of a model, nothing kept yet.
    pub(crate) fn of<M: Tree<Tensor<F>>>(model: &M) -> Vec<Self> {
        let mut entries = Vec::new();
        model.visit(|slot, parameter| {
            if slot.is_parameter() {
                entries.push(Self::new(slot.name.to_owned(), parameter.shape(), 0, Vec::new()));
            }
        });
        entries
    }

    /// Counts an update that is about to be done; makes what is kept at the first.
    pub(crate) fn begin<R: Rule>(&mut self, rule: &R) {
        if self.kept.is_empty() {
            self.kept = rule.kept().iter().map(|_| Tensor::zeros(self.shape)).collect();
        }
        self.count = self.count.saturating_add(1);
    }

    /// Exchanges the parameter, if it has a gradient, for what the entry holds.
    fn exchange(&mut self, parameter: &mut Tensor<F>) {
        if self.reached {
            std::mem::swap(&mut self.parameter, parameter);
        }
    }

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
        Ok(Self::new(parameter, of, count, kept.into_iter().map(|(_, tensor)| tensor).collect()))
    }
}

/// Whether what a tree has at a position fits the entry there. Without a name the position is what identifies it.
///
/// A flag and not a `Result`, which is large to pass on for every parameter of every step.
#[inline]
pub(crate) fn fits<F: Float>(entry: Option<&Entry<F>>, name: Option<&str>, dims: Option<&[usize]>) -> bool {
    entry.is_some_and(|entry| {
        name.is_none_or(|name| same(&entry.name, name)) && dims.is_none_or(|dims| entry.shape.dims() == dims)
    })
}

/// Whether two names are equal, byte by byte: one has just been put together from pieces, and a load wider than the
/// last stores would wait for them.
#[inline]
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| a == b)
}

/// Why it does not fit.
#[cold]
pub(crate) fn difference<F: Float>(
    what: &'static str,
    entry: Option<&Entry<F>>,
    position: usize,
    name: Option<&str>,
    dims: Option<&[usize]>,
) -> Error {
    match (entry, dims) {
        (Some(entry), Some(dims)) if name.is_none_or(|name| entry.name == name) => {
            let (given, expected) = (dims.into(), entry.shape.dims().into());
            Error::Shape { what, parameter: entry.name.clone(), given, expected }
        }
        _ => {
            let given = name.map_or_else(|| format!("gradient {position}"), str::to_owned);
            Error::Structure { position, expected: entry.map(|entry| entry.name.clone()), given: Some(given) }
        }
    }
}

/// Checks that a tree had something for every entry.
pub(crate) fn all_met<F: Float>(entries: &[Entry<F>], met: usize) -> Result<(), Error> {
    match entries.get(met) {
        None => Ok(()),
        Some(entry) => {
            Err(Error::Structure { position: met, expected: Some(entry.name.clone()), given: None })
        }
    }
}

/// Parameters taken out of a model into their entries, until dropped.
pub(crate) struct TakenOut<'s, F: Float, M: Tree<Tensor<F>>> {
    /// Those whose parameters have been passed so far.
    entries: &'s mut [Entry<F>],
    model: &'s mut M,
    name: &'s mut Name,
}

impl<'s, F: Float, M: Tree<Tensor<F>>> TakenOut<'s, F, M> {
    /// Takes the parameters that have a gradient out of a model, if it is the one that the entries are of.
    pub(crate) fn of(
        entries: &'s mut [Entry<F>],
        model: &'s mut M,
        name: &'s mut Name,
    ) -> Result<Self, Error> {
        let (mut met, mut wrong) = (0, None);
        model.visit_mut_named(name, &mut |slot, parameter| {
            if !slot.is_parameter() || wrong.is_some() {
                return;
            }
            let (entry, name, dims) = (entries.get_mut(met), Some(slot.name), Some(parameter.dims()));
            if fits(entry.as_deref(), name, dims)
                && let Some(entry) = entry
            {
                entry.exchange(parameter);
                met += 1;
            } else {
                wrong = Some(difference("the parameter", entries.get(met), met, name, dims));
            }
        });
        let result = wrong.map_or_else(|| all_met(entries, met), Err);
        let taken = Self { entries: &mut entries[..met], model, name };
        result.map(|()| taken)
    }

    pub(crate) fn entries(&mut self) -> &mut [Entry<F>] {
        self.entries
    }
}

impl<F: Float, M: Tree<Tensor<F>>> Drop for TakenOut<'_, F, M> {
    fn drop(&mut self) {
        let mut entries = self.entries.iter_mut();
        self.model.visit_mut_named(self.name, &mut |slot, parameter| {
            if slot.is_parameter()
                && let Some(entry) = entries.next()
            {
                entry.exchange(parameter);
            }
        });
    }
}
