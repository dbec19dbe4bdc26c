//! Every composition against finite differences, its transpose and the eager sweep, to the order it states.

use wengert::ops::{Draw, composed};
use wengert::{Checker, Tensor, check::Failure};

#[test]
fn every_composition_has_right_derivatives_to_its_order() {
    for op in composed::all() {
        let checker = Checker::new().seed(3).order(op.smooth_orders).gradient_may_vanish();
        let mut compared = 0;
        for inputs in (op.samples)(&mut Draw::new(20_240_613)) {
            match checker.run_slice(op.f, &inputs) {
                Ok(report) => compared += report.comparisons,
                Err(Failure::NothingCompared) if inputs.iter().all(Tensor::is_empty) => {}
                Err(e) => panic!("{} at {inputs:?}: {e}", op.name),
            }
        }
        assert!(compared > 0, "{}: nothing was compared", op.name);
    }
}
