//! Steps over a model: everything checked first, then every parameter updated in place.

use crate::{
    Error, Gradient, ParameterState, Rule,
    error::check_learning_rate,
    rule::MOST_KEPT,
    slots::{Entry, match_model, take_gradients},
};
use wengert::{Float, Tensor};
use wengert_nn::Tree;

/// What to do about a gradient that is NaN or infinite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonFinite {
    /// Refuse the step with an error that names the parameter.
    #[default]
    Refuse,
    /// Leave model and state as they are, and say so in the [`Outcome`].
    Skip,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every parameter with a gradient was updated.
    Taken,
    /// Nothing was changed, because the gradient of this parameter was not finite.
    Skipped {
        /// The parameter's name.
        parameter: String,
    },
}

/// A rule with its state per parameter.
///
/// The first step fixes the structure of the model. A parameter whose gradient is missing in a step
/// ([`Partial`](wengert_nn::Partial)`(None)`) keeps its value, its state and its count; a gradient of zeros is a
/// gradient, so momentum and decay act. A step either updates every parameter that has a gradient or none.
///
/// Updates work in place on tensors whose storage nobody shares: drop or clear the tape before a step.
#[derive(Clone, Debug)]
pub struct Optimizer<F: Float, R: Rule> {
    rule: R,
    learning_rate: f64,
    non_finite: NonFinite,
    entries: Vec<Entry<F>>,
}

impl<F: Float, R: Rule> Optimizer<F, R> {
    /// Returns an optimizer with this rule, its state empty.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if an option is out of range.
    pub fn new(rule: R) -> Result<Self, Error> {
        let learning_rate = rule.learning_rate();
        check_learning_rate::<F>(R::NAME, learning_rate)?;
        rule.check()?;
        debug_assert!(rule.kept().len() <= MOST_KEPT);
        Ok(Self { rule, learning_rate, non_finite: NonFinite::default(), entries: Vec::new() })
    }

    /// The same, with a choice of what to do about gradients that are not finite.
    #[must_use]
    pub fn non_finite(self, non_finite: NonFinite) -> Self {
        Self { non_finite, ..self }
    }

    /// The rule and its options.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// Sets the learning rate of the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if it is negative, NaN, or infinite as an `F`; the one before stays.
    pub fn set_learning_rate(&mut self, lr: f64) -> Result<(), Error> {
        check_learning_rate::<F>(R::NAME, lr)?;
        self.learning_rate = lr;
        Ok(())
    }

    /// Updates every parameter of `model` that has a gradient; the gradients are left as they are.
    ///
    /// # Errors
    ///
    /// [`Error::Structure`] and [`Error::Shape`] if model or gradients are not of the structure of the first step;
    /// [`Error::NonFinite`] for a gradient that is NaN or infinite, unless such steps are skipped. Nothing is changed
    /// then.
    pub fn step<M, L, G>(&mut self, model: &mut M, gradients: &G) -> Result<Outcome, Error>
    where
        M: Tree<Tensor<F>>,
        L: Gradient<F>,
        G: Tree<L>,
    {
        let first = self.entries.is_empty();
        let result = self.step_checked(model, gradients);
        if first && result.is_err() {
            self.entries.clear(); // a refused step fixes nothing
        }
        result
    }

    fn step_checked<M, L, G>(&mut self, model: &mut M, gradients: &G) -> Result<Outcome, Error>
    where
        M: Tree<Tensor<F>>,
        L: Gradient<F>,
        G: Tree<L>,
    {
        match_model(&mut self.entries, model)?;
        match take_gradients(&mut self.entries, gradients) {
            Ok(()) => {}
            Err(Error::NonFinite { parameter, .. }) if self.non_finite == NonFinite::Skip => {
                return Ok(Outcome::Skipped { parameter });
            }
            Err(error) => return Err(error),
        }
        let mut entries = self.entries.iter_mut();
        model.visit_mut(|slot, parameter| {
            if slot.is_parameter()
                && let Some(entry) = entries.next()
            {
                update(&self.rule, self.learning_rate, entry, parameter);
            }
        });
        Ok(Outcome::Taken)
    }

    /// The state of every parameter, in order; tensors share storage until the next step.
    pub fn state(&self) -> Vec<ParameterState<F>> {
        self.entries.iter().map(|entry| entry.save(&self.rule)).collect()
    }

    /// Takes over a saved state; the steps that follow give the bits they would have given without the interruption.
    ///
    /// # Errors
    ///
    /// [`Error::Kept`] if another rule has written it, [`Error::Shape`] if its shapes contradict one another; the
    /// state before stays.
    pub fn restore(&mut self, state: impl IntoIterator<Item = ParameterState<F>>) -> Result<(), Error> {
        let restored = state.into_iter().map(|saved| Entry::restore(&self.rule, saved));
        self.entries = restored.collect::<Result<_, _>>()?;
        Ok(())
    }
}

fn update<F: Float, R: Rule>(rule: &R, lr: f64, entry: &mut Entry<F>, parameter: &mut Tensor<F>) {
    let Some(gradient) = entry.gradient.take() else { return };
    if entry.kept.is_empty() {
        entry.kept = rule.kept().iter().map(|_| Tensor::zeros(entry.shape)).collect();
    }
    entry.count = entry.count.saturating_add(1);
    let mut kept: [&mut [F]; MOST_KEPT] = Default::default();
    for (slice, tensor) in kept.iter_mut().zip(&mut entry.kept) {
        *slice = tensor.make_mut();
    }
    let kept = &mut kept[..rule.kept().len()];
    rule.update(lr, entry.count, parameter.make_mut(), &gradient.elements(), kept);
}
