//! Steps over a model: everything checked first, then every parameter updated in place.

use crate::{
    Error, Gradient, ParameterState, Rule,
    error::check_learning_rate,
    gradient::segment,
    room::Room,
    rule::MOST_KEPT,
    slots::{Entry, all_met, check_model, difference, fits},
};
use std::mem;
use wengert::{Float, Tensor, Threads};
use wengert_kernels::optimize::{Form, Segment, first_non_finite, step};
use wengert_nn::{Name, Tree};

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
    checked: bool,
    threads: Threads,
    entries: Vec<Entry<F>>,
    /// Memory that steps use again.
    name: Name,
    room: Room<F>,
}

/// Takes the gradient of the next parameter, with its name if it has one.
type Give<'f, 'g, F> = dyn FnMut(Option<&str>, Option<&'g Tensor<F>>) + 'f;

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
        Ok(Self {
            rule,
            learning_rate,
            non_finite: NonFinite::default(),
            checked: true,
            threads: Threads::all(),
            entries: Vec::new(),
            name: Name::root(),
            room: Room::new(),
        })
    }

    /// The same without a look at the gradients: what is not finite goes into parameters and state.
    ///
    /// Saves a pass over the gradients, a fifth of a step on parameters that no cache holds. Structure and shapes are
    /// checked as before.
    #[must_use]
    pub fn unchecked(self) -> Self {
        Self { checked: false, ..self }
    }

    /// The same with its steps on these threads, all of the machine if not told otherwise.
    ///
    /// The bits of a step do not depend on them. Give the threads of the tape, so that they are not started twice.
    #[must_use]
    pub fn threads(self, threads: Threads) -> Self {
        Self { threads, ..self }
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
    /// [`Error::NonFinite`] for a gradient that is NaN or infinite, unless such steps are skipped or gradients
    /// are not looked at. Nothing is changed then.
    pub fn step<M, L, G>(&mut self, model: &mut M, gradients: &G) -> Result<Outcome, Error>
    where
        M: Tree<Tensor<F>>,
        L: Gradient<F>,
        G: Tree<L>,
    {
        self.step_by(model, |name, give| {
            gradients.map_named(name, &mut |slot, leaf| {
                if slot.is_parameter() {
                    give(Some(slot.name), leaf.gradient());
                }
            });
        })
    }

    /// The same with the gradients in the order of the parameters, without the structure of the model.
    ///
    /// A gradient is a `&Tensor` or an `Option` of one, buffers of the model have none. So come the outputs of a
    /// compiled plan.
    ///
    /// ```
    /// use wengert::Tensor;
    /// use wengert_optim::Sgd;
    /// let mut sgd = Sgd::new(0.5).build()?;
    /// let mut model = (Tensor::from([1.0, 2.0]), Tensor::from(3.0));
    /// let gradients = [Tensor::from([2.0, 2.0]), Tensor::from(-2.0)];
    /// let _ = sgd.step_in_order(&mut model, &gradients)?;
    /// assert_eq!(model, (Tensor::from([0.0, 1.0]), Tensor::from(4.0)));
    /// # Ok::<(), wengert_optim::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Optimizer::step`].
    pub fn step_in_order<'g, M, I>(&mut self, model: &mut M, gradients: I) -> Result<Outcome, Error>
    where
        M: Tree<Tensor<F>>,
        I: IntoIterator<Item: Into<Option<&'g Tensor<F>>>>,
    {
        self.step_by(model, |_, give| gradients.into_iter().for_each(|gradient| give(None, gradient.into())))
    }

    /// A step with the gradients that `visit` gives, each with its name if it has one.
    fn step_by<'g, M: Tree<Tensor<F>>>(
        &mut self,
        model: &mut M,
        visit: impl FnOnce(&mut Name, &mut Give<'_, 'g, F>),
    ) -> Result<Outcome, Error> {
        let fresh = self.entries.is_empty();
        if fresh {
            self.entries = Entry::of(model);
        }
        let mut name = mem::replace(&mut self.name, Name::root());
        let mut segments = self.room.take();
        let result = self.take_gradients(&mut segments, |give| visit(&mut name, give));
        let result = result.and_then(|()| self.update(model, &mut name, segments));
        self.name = name;
        if fresh && result.is_err() {
            self.entries.clear(); // a refused step fixes nothing
        }
        match result {
            Ok(()) => Ok(Outcome::Taken),
            Err(Error::NonFinite { parameter, .. }) if self.non_finite == NonFinite::Skip => {
                Ok(Outcome::Skipped { parameter })
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a segment for every entry, if the gradients fit and are finite.
    fn take_gradients<'g>(
        &mut self,
        segments: &mut Vec<Segment<'g, F>>,
        visit: impl FnOnce(&mut Give<'_, 'g, F>),
    ) -> Result<(), Error> {
        let (entries, mut wrong) = (&mut self.entries, None);
        visit(&mut |name, gradient| {
            if wrong.is_some() {
                return;
            }
            let (position, dims) = (segments.len(), gradient.map(Tensor::dims));
            let entry = entries.get_mut(position);
            if fits(entry.as_deref(), name, dims)
                && let Some(entry) = entry
            {
                entry.reached = gradient.is_some();
                segments.push(gradient.map_or_else(|| Segment::new(&[]), segment));
            } else {
                wrong = Some(difference("the gradient", entries.get(position), position, name, dims));
            }
        });
        wrong.map_or_else(|| all_met(entries, segments.len()), Err)?;
        if !self.checked {
            return Ok(());
        }
        match first_non_finite(&self.threads, segments) {
            None => Ok(()),
            Some(found) => Err(Error::NonFinite {
                parameter: entries[found.segment].name.clone(),
                value: found.value.to_f64(),
                position: found.position,
            }),
        }
    }

    fn update<M: Tree<Tensor<F>>>(
        &mut self,
        model: &mut M,
        name: &mut Name,
        segments: Vec<Segment<'_, F>>,
    ) -> Result<(), Error> {
        let reached = || self.entries.iter().filter(|entry| entry.reached);
        let count = reached().next().map_or(1, Entry::next_count);
        let form = self.rule.form(self.learning_rate, count);
        let first = !self.rule.kept().is_empty() && reached().any(|entry| entry.kept.is_empty());
        if first || form.is_none() {
            // Where something is made, or changed parameter by parameter, the model is checked whole before.
            check_model(&self.entries, model, name)?;
            self.entries
                .iter_mut()
                .filter(|entry| entry.reached)
                .for_each(|entry| entry.make_kept(&self.rule));
        }
        match form {
            Some(form) => self.update_together(model, name, segments, (count, form))?,
            None => self.update_one_by_one(model, name, &segments),
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.reached) {
            entry.count = entry.next_count();
        }
        Ok(())
    }

    /// The update of a rule with a form, first computed for the count given: all parameters in one job of the threads.
    fn update_together<M: Tree<Tensor<F>>>(
        &mut self,
        model: &mut M,
        name: &mut Name,
        segments: Vec<Segment<'_, F>>,
        (mut count, mut form): (u64, Form),
    ) -> Result<(), Error> {
        let mut segments: Vec<Segment<'_, F>> = segments; // from here on they borrow model and entries too
        let (rule, learning_rate) = (&self.rule, self.learning_rate);
        let (mut entries, mut met, mut wrong) = (self.entries.iter_mut(), 0, None);
        model.visit_mut_named(name, &mut |slot, parameter| {
            if !slot.is_parameter() || wrong.is_some() {
                return;
            }
            let (entry, name, dims) = (entries.next(), Some(slot.name), Some(parameter.dims()));
            match entry {
                Some(entry) if fits(Some(entry), name, dims) => {
                    if entry.reached {
                        if entry.next_count() != count {
                            // One that had no gradient in some step.
                            count = entry.next_count();
                            let other = rule.form(learning_rate, count);
                            form = other.expect("a rule has a form for every count or none");
                        }
                        let kept = entry.kept.iter_mut().map(Tensor::make_mut);
                        segments[met].bind(parameter.make_mut(), kept, form);
                    }
                    met += 1;
                }
                entry => wrong = Some(difference("the parameter", entry.as_deref(), met, name, dims)),
            }
        });
        if wrong.is_some() || met < segments.len() {
            return wrong.map_or_else(|| all_met(&self.entries, met), Err);
        }
        step(&self.threads, &mut segments);
        self.room = Room::of(segments);
        Ok(())
    }

    /// The update of any other rule, parameter by parameter, of a model that was checked.
    fn update_one_by_one<M: Tree<Tensor<F>>>(
        &mut self,
        model: &mut M,
        name: &mut Name,
        segments: &[Segment<'_, F>],
    ) {
        let mut entries = self.entries.iter_mut().zip(segments);
        model.visit_mut_named(name, &mut |slot, parameter| {
            if slot.is_parameter()
                && let Some((entry, segment)) = entries.next()
                && entry.reached
            {
                let count = entry.next_count();
                let mut kept: [&mut [F]; MOST_KEPT] = Default::default();
                for (slice, tensor) in kept.iter_mut().zip(&mut entry.kept) {
                    *slice = tensor.make_mut();
                }
                let kept = &mut kept[..self.rule.kept().len()];
                let (lr, gradient) = (self.learning_rate, segment.gradient());
                self.rule.update(lr, count, parameter.make_mut(), &gradient, kept);
            }
        });
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
