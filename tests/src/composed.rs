//! The laws of compositions: they have no rules of their own, so what is checked is that they are smooth where they say
//! so and that their primitives fit together at every order, in every layout, in both precisions.

use crate::laws::{checker, count};
use crate::layout;
use crate::orders::{Orders, Program, against_double, in_layout};
use crate::plan::plan_at;
use crate::subject::{SEED, grow, identity};
use crate::tally::Tally;
use wengert::check::Failure;
use wengert::ops::{Draw, composed::Composed};
use wengert::{Checker, Error, Tape, Tensor, Threads};

/// Compositions whose indices or shapes come from values that are read while recording. Plans and batches, for which there
/// is nothing to read, must refuse them, by the error that says so.
pub(crate) const READS_VALUES: [&str; 3] = ["masked_scatter", "masked_select", "max_pool2d_with_indices"];

/// A composition at points where it is smooth.
pub struct Points {
    /// The composition.
    pub composed: Composed,
    /// The points.
    pub samples: Vec<Vec<Tensor<f64>>>,
}

impl Points {
    /// The standard points.
    pub fn of(composed: Composed) -> Self {
        Self { composed, samples: (composed.samples)(&mut Draw::new(SEED)) }
    }

    /// At least so many points, no two the same, as [`crate::subject::Subject::with_samples`].
    pub fn with_samples(self, at_least: usize, seed: u64) -> Self {
        let draw = |seed| (self.composed.samples)(&mut Draw::new(seed));
        let counts = |x: &Vec<Tensor<f64>>| !self.is_empty(x);
        let samples = grow(at_least, seed, draw, |x: &Vec<Tensor<f64>>| identity(x), counts);
        Self { samples, ..self }
    }

    /// Whether there is nothing to differentiate at a point: no element of any operand, or none of the value.
    pub(crate) fn is_empty(&self, inputs: &[Tensor<f64>]) -> bool {
        let tape = Tape::with_threads(Threads::one());
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        inputs.iter().all(Tensor::is_empty) || (self.composed.f)(&x).shape().len() == 0
    }

    fn at(&self, inputs: &[Tensor<f64>]) -> String {
        format!("{} at {inputs:?}", self.composed.name)
    }
}

/// Forward mode = reverse mode (both sweeps) = finite differences, at one order and those below.
pub fn agrees_to_order(order: usize, composed: &Composed) -> Tally {
    // At order four, directions are enough where there are many entries.
    let checker = if order > 3 { checker().all_entries_up_to(64) } else { checker() };
    agrees(order, &checker, &Points::of(*composed))
}

/// The same by one checker, at the given points.
pub(crate) fn agrees(order: usize, checker: &Checker, points: &Points) -> Tally {
    let composed = &points.composed;
    let checker = checker.clone().order(order.min(composed.smooth_orders));
    let mut tally = Tally::new();
    for inputs in &points.samples {
        match checker.run_slice(|x| (composed.f)(x), inputs) {
            Ok(report) => count(&mut tally, &report),
            Err(Failure::NothingCompared) => {
                assert!(points.is_empty(inputs), "{}: nothing was compared", points.at(inputs));
            }
            Err(e) => panic!("{}: {e}", points.at(inputs)),
        }
    }
    tally.not_empty(composed.name)
}

/// Strided storage gives the value and gradients that contiguous copies give, bit for bit, up to order two in both
/// precisions; and single precision agrees with double up to order three.
pub fn layouts(composed: &Composed) -> Tally {
    let points = Points::of(*composed);
    let orders = |most: usize| composed.smooth_orders.min(most);
    let mut tally = Tally::new();
    for inputs in &points.samples {
        let program = Program::Composed(composed);
        let what = || points.at(inputs);
        let narrow: Vec<Tensor<f32>> = inputs.iter().map(Tensor::cast).collect();
        let found = Orders::of(program, &narrow, orders(3));
        tally.absorb(&against_double(program, &narrow, &found, &what));
        let (wide, found) = (Orders::of(program, inputs, orders(2)), Orders::of(program, &narrow, orders(2)));
        for k in 0..layout::NAMES.len() {
            tally.absorb(&in_layout(program, inputs, &wide, k, &what));
            tally.absorb(&in_layout(program, &narrow, &found, k, &what));
        }
    }
    tally.not_empty(composed.name)
}

/// A plan of value, gradients and second derivatives gives the bits of the tape.
pub fn plan(composed: &Composed) -> Tally {
    let points = Points::of(*composed);
    let mut tally = Tally::new();
    if READS_VALUES.contains(&composed.name) {
        for inputs in &points.samples {
            let tape = Tape::with_threads(Threads::one());
            let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
            let y = (composed.f)(&x);
            let seed = tape.constant(Tensor::full(y.shape(), 1.0));
            let gradients = y.try_vjp(seed, &x).expect("samples fit").into_iter().flatten();
            let outputs: Vec<_> = std::iter::once(y).chain(gradients).collect();
            let refused = tape.compile(&x, &outputs).err();
            assert!(
                matches!(refused, Some(Error::ValueInspected { .. })),
                "{}: {refused:?}",
                points.at(inputs)
            );
            tally.add("f64", 0, "plan", 1);
        }
        return tally.not_empty(composed.name);
    }
    for inputs in &points.samples {
        tally.absorb(&plan_at::<f64>(Program::Composed(composed), inputs, &[&[]], &|| points.at(inputs)));
    }
    tally.not_empty(composed.name)
}
