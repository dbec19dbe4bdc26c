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
}

impl<F: Float> Entry<F> {
    fn new(name: String, shape: Shape, count: u64, kept: Vec<Tensor<F>>) -> Self {
        Self { name, shape, count, kept, reached: false }
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

    /// Makes what is kept, before the first update.
    pub(crate) fn make_kept<R: Rule>(&mut self, rule: &R) {
        if self.kept.is_empty() {
            self.kept = rule.kept().iter().map(|_| Tensor::zeros(self.shape)).collect();
        }
    }

    /// The number of the next update, from 1.
    pub(crate) fn next_count(&self) -> u64 {
        self.count.saturating_add(1)
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

/// Checks that a model is the one that the entries are of.
pub(crate) fn check_model<F: Float, M: Tree<Tensor<F>>>(
    entries: &[Entry<F>],
    model: &mut M,
    name: &mut Name,
) -> Result<(), Error> {
    let (mut met, mut wrong) = (0, None);
    model.visit_mut_named(name, &mut |slot, parameter| {
        if slot.is_parameter() && wrong.is_none() {
            let (entry, name, dims) = (entries.get(met), Some(slot.name), Some(parameter.dims()));
            if fits(entry, name, dims) {
                met += 1;
            } else {
                wrong = Some(difference("the parameter", entry, met, name, dims));
            }
        }
    });
    wrong.map_or_else(|| all_met(entries, met), Err)
}
