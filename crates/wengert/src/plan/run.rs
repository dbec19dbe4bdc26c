//! Running a plan: values in a table, filled step by step.

use super::graph::{Id, Part};
use super::small::{Kept, Small};
use super::{Extras, Plan};
use crate::{Error, Float, Op, Tensor, Threads};
use std::sync::Arc;
use wengert_kernels::Buffer;

/// The values of a plan while it runs.
pub(super) struct Values<F: Float> {
    tensors: Vec<Option<Tensor<F>>>,
    /// Where in their windows pooled values come from.
    places: Vec<(Id, Buffer<u8>)>,
    /// What a line has computed besides its value, until another line takes it.
    parts: Vec<(Id, Part, Tensor<F>)>,
}

impl<F: Float> Values<F> {
    pub(super) fn get(&self, id: Id) -> &Tensor<F> {
        self.tensors[id as usize]
            .as_ref()
            .expect("steps are in order, and a value is dropped after its last reader")
    }

    pub(super) fn set(&mut self, id: Id, value: Tensor<F>) {
        self.tensors[id as usize] = Some(value);
    }

    pub(super) fn places(&self, id: Id) -> &[u8] {
        let found = self.places.iter().find(|(of, _)| *of == id);
        found.map(|(_, places)| &places[..]).expect("noted with the value that is still there")
    }

    pub(super) fn set_places(&mut self, id: Id, places: Buffer<u8>) {
        self.places.push((id, places));
    }

    pub(super) fn set_part(&mut self, id: Id, part: Part, value: Tensor<F>) {
        self.parts.push((id, part, value));
    }

    pub(super) fn take_part(&mut self, id: Id, part: Part) -> Tensor<F> {
        let found = self.parts.iter().position(|(of, is, _)| *of == id && *is == part);
        self.parts.swap_remove(found.expect("computed with the line that is read, and taken once")).2
    }

    fn drop(&mut self, id: Id) {
        self.tensors[id as usize] = None;
        self.places.retain(|(of, _)| *of != id);
    }
}

/// The memory of one run of a plan at a time; kept between runs, so that the next one allocates nothing.
///
/// It may serve any plan; changing plans costs one warm-up. One per thread of the program: it is `Send`, and used
/// through `&mut`.
pub struct Workspace<F: Float> {
    values: Values<F>,
    outputs: Vec<Tensor<F>>,
    /// For steps with index inputs or random keys, the op as it is in this run; with the step's number.
    fed: Vec<(usize, Op<F>)>,
    /// Which plan `fed` and the constants belong to.
    plan: Option<Arc<()>>,
    /// What runs of a small plan keep, of that plan.
    small: Option<Kept<F>>,
    threads: Threads,
}

impl<F: Float> Workspace<F> {
    /// Returns an empty workspace whose runs use these threads; results do not depend on their number.
    pub fn new(threads: Threads) -> Self {
        Self {
            values: Values { tensors: Vec::new(), places: Vec::new(), parts: Vec::new() },
            outputs: Vec::new(),
            fed: Vec::new(),
            plan: None,
            small: None,
            threads,
        }
    }

    /// The threads that runs use.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// The outputs of the last run, until the next; none after a run that failed.
    pub fn outputs(&self) -> &[Tensor<F>] {
        &self.outputs
    }

    /// Loads what every run of the plan needs.
    fn prepare(&mut self, plan: &Plan<F>) {
        if self.plan.as_ref().is_some_and(|known| Arc::ptr_eq(known, &plan.identity)) {
            return;
        }
        self.plan = Some(Arc::clone(&plan.identity));
        self.small = plan.small.as_ref().map(Small::kept);
        self.values.tensors.clear();
        self.values.places.clear();
        self.values.parts.clear();
        self.values.tensors.resize_with(plan.values, || None);
        for (id, value) in &plan.constants {
            self.values.set(*id, value.clone());
        }
        self.fed.clear();
        self.fed.extend(
            plan.steps.iter().enumerate().filter_map(|(k, step)| Some((k, step.changing_op()?.clone()))),
        );
    }

    /// One run; shapes have been checked.
    pub(super) fn run(
        &mut self,
        plan: &Plan<F>,
        inputs: &[&Tensor<F>],
        extras: &Extras<'_>,
    ) -> Result<&[Tensor<F>], Error> {
        self.prepare(plan);
        if let (Some(small), Some(kept)) = (&plan.small, &mut self.small) {
            small.run(kept, inputs, &mut self.outputs);
            return Ok(&self.outputs);
        }
        for (k, op) in &mut self.fed {
            if let (Some(key), Some(step)) = (op.key(), extras.step) {
                *key = key.step(step);
            } else if let Some(feed) = plan.steps[*k].feed() {
                op.replace_picks(extras.indices[feed])?;
            }
        }
        self.run_steps(plan, inputs, |_, _| ())?;
        Ok(&self.outputs)
    }

    /// Drops the outputs of the last run, or keeps them for the next to write into.
    pub(super) fn forget_outputs(&mut self) {
        match &mut self.small {
            Some(kept) => kept.take(&mut self.outputs),
            None => self.outputs.clear(),
        }
    }

    /// Runs every step, telling `after` its number once it is done.
    pub(super) fn run_steps(
        &mut self,
        plan: &Plan<F>,
        inputs: &[&Tensor<F>],
        mut after: impl FnMut(usize, &Values<F>),
    ) -> Result<(), Error> {
        // Values of a run that breaks off, also by a panic, are not kept: the next run prepares anew.
        self.plan = None;
        for (&place, &input) in plan.input_values.iter().zip(inputs) {
            if let Some(id) = place {
                self.values.set(id, input.clone());
            }
        }
        let mut fed = self.fed.iter();
        for (k, step) in plan.steps.iter().enumerate() {
            let own = if step.changing_op().is_some() { fed.next().map(|(_, op)| op) } else { None };
            step.run(&mut self.values, own, &self.threads)?;
            after(k, &self.values);
            for &id in &plan.drops[k] {
                self.values.drop(id);
            }
        }
        self.outputs.extend(plan.outputs.iter().map(|&id| self.values.get(id).clone()));
        for &id in plan.computed_outputs.iter().chain(plan.input_values.iter().flatten()) {
            self.values.drop(id);
        }
        self.plan = Some(Arc::clone(&plan.identity));
        Ok(())
    }
}
