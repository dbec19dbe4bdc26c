//! The laws, each a function over one op's samples that panics with the op, the sample and the numbers, and returns how
//! many numbers it compared; a law that compared none fails.

use crate::orders::{Orders, Program, against_double, identical, in_layout};
use crate::subject::{Case, Subject};
use crate::tally::Tally;
use crate::{layout, planted};
use std::sync::Arc;
use wengert::check::{Evidence, Failure, Report};
use wengert::ops::Draw;
use wengert::{Checker, Op, Tape, Tensor, Threads, Var};

pub use crate::edges::edges;
pub use crate::formula::formula;
pub use crate::plan::plan;

const SEED: u64 = 20_240_613;

fn tape<F: wengert::Float>() -> Tape<F> {
    Tape::with_threads(Threads::one())
}

/// Law 1: the shape rule says what evaluation gives.
pub fn shape_rule(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        let shapes: Vec<_> = case.inputs.iter().map(Tensor::shape).collect();
        let said = case.op.shape(&shapes).unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_eq!(case.value().shape(), said, "{case}");
        tally.add("f64", 0, "shape", 1);
    }
    tally.not_empty(subject.name)
}

/// Law 2: the value is that of the naive reference, to 1e-12 of the largest.
pub fn reference(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        let (given, expected) = (case.value(), &case.reference);
        assert_eq!(given.shape(), expected.shape(), "{case}");
        let tolerance = 1e-12 * expected.max_abs().max(1.0);
        for (a, b) in given.to_vec().into_iter().zip(expected.to_vec()) {
            assert!((a - b).abs() <= tolerance, "{case}: {a} is not {b}");
        }
        tally.add("f64", 0, "reference", expected.len());
    }
    tally.not_empty(subject.name)
}

/// Runs a checker over every sample; those without elements have nothing to compare.
pub(crate) fn check(subject: &Subject, checker: &Checker) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        match check_op(&case.op, &case.inputs, checker) {
            Ok(Some(report)) => count(&mut tally, &report),
            Ok(None) => assert!(case.is_empty(), "{case}: nothing was compared"),
            Err(e) => panic!("{case}: {e}"),
        }
    }
    match subject.locally_constant {
        Some(reason) => println!("{}: {reason}", subject.name),
        None => tally = tally.not_empty(subject.name),
    }
    tally
}

/// Counts what a check compared, by order and evidence.
pub(crate) fn count(tally: &mut Tally, report: &Report) {
    for order in 1..=report.order {
        for (law, evidence) in [
            ("differences", Evidence::Differences),
            ("transpose", Evidence::Transpose),
            ("eager", Evidence::Eager),
        ] {
            tally.add("f64", order, law, report.compared(order, evidence));
        }
    }
}

/// Checks one op at one point; none where there is nothing to compare.
fn check_op(op: &Op<f64>, inputs: &[Tensor<f64>], checker: &Checker) -> Result<Option<Report>, Failure> {
    match checker.run_slice(|x| x[0].tape().apply(op.clone(), x), inputs) {
        Ok(report) => Ok(Some(report)),
        Err(Failure::NothingCompared) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(crate) fn checker() -> Checker {
    // A sample may have inputs that do not matter (an empty operand, a mask); `planted` shows that the laws bite.
    Checker::new().seed(SEED).directions(4).gradient_may_vanish()
}

/// Law 3: forward mode is what finite differences of the value say, entry by entry.
pub fn differences(subject: &Subject) -> Tally {
    check(subject, &checker().only(Evidence::Differences))
}

/// Law 4: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩ to rounding, row by row and column by column.
pub fn transpose(subject: &Subject) -> Tally {
    check(subject, &checker().only(Evidence::Transpose))
}

/// Law 6, order two: laws 3, 4 and 7 of the gradient, by operands and by cotangent.
pub fn order_two(subject: &Subject) -> Tally {
    check(subject, &checker().order(2))
}

/// Law 6, order three: the same of the gradient's gradient.
pub fn order_three(subject: &Subject) -> Tally {
    check(subject, &checker().order(3))
}

/// Law 6, order four: the same once more, along a few directions where there are many entries.
pub fn order_four(subject: &Subject) -> Tally {
    check(subject, &checker().all_entries_up_to(64).order(4))
}

/// Law 7: the eager sweep gives what the recorded sweep gives.
pub fn eager(subject: &Subject) -> Tally {
    check(subject, &checker().only(Evidence::Eager))
}

/// The gradients of one op for a given seed cotangent, recorded; zeros where no contribution arrives.
fn pulled(op: &Op<f64>, inputs: &[Tensor<f64>], seed: &Tensor<f64>) -> Vec<Tensor<f64>> {
    let tape = tape();
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = tape.apply(op.clone(), &x);
    let gradients = y.try_vjp(tape.constant(seed), &x).expect("samples fit");
    let zeros = |x: &Tensor<f64>| Tensor::zeros(x.shape());
    gradients.into_iter().zip(inputs).map(|(g, x)| g.map_or_else(|| zeros(x), Var::value)).collect()
}

/// Law 5: the VJP is linear in its cotangent: that of 2u - 3w is 2 that of u minus 3 that of w.
pub fn linearity(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        let shape = case.reference.shape();
        let mut draw = Draw::new(SEED + 1);
        let (u, w) = (draw.uniform(shape, -1.0, 1.0), draw.uniform(shape, -1.0, 1.0));
        let both = u.zip(&w, |u, w| 2.0 * u - 3.0 * w);
        let of = |seed| pulled(&case.op, &case.inputs, seed);
        for ((u, w), both) in of(&u).iter().zip(&of(&w)).zip(&of(&both)) {
            let scale = u.max_abs() + w.max_abs();
            for ((u, w), b) in u.to_vec().into_iter().zip(w.to_vec()).zip(both.to_vec()) {
                assert!((2.0 * u - 3.0 * w - b).abs() <= 1e-13 * scale, "{case}");
                tally.add("f64", 1, "linear", 1);
            }
        }
    }
    tally.not_empty(subject.name)
}

/// Law 9: every storage layout gives the bits that contiguous copies give, reductions included, value and gradients up to
/// order two in both precisions, and so do strided cotangents. An element of an elementwise op has the same bits alone, as
/// a number.
pub fn layouts(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        cotangents_in_layouts(subject, case);
        let narrow: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
        let program = Program::Op(&case.op);
        let what = || case.to_string();
        let (wide, narrow) = (
            (&case.inputs, Orders::of(program, &case.inputs, 2)),
            (&narrow, Orders::of(program, &narrow, 2)),
        );
        for k in 0..layout::NAMES.len() {
            tally.absorb(&in_layout(program, wide.0, &wide.1, k, &what));
            tally.absorb(&in_layout(program, narrow.0, &narrow.1, k, &what));
        }
    }
    tally.not_empty(subject.name)
}

/// Both sweeps from a cotangent in another layout have the bits that they have from its contiguous copy.
fn cotangents_in_layouts(subject: &Subject, case: &Case) {
    let seed = Draw::new(SEED + 2).uniform(case.reference.shape(), -1.0, 1.0);
    let (value, gradients) = (case.value(), pulled(&case.op, &case.inputs, &seed));
    if subject.elementwise {
        elements_alone(case, &seed, &value, &gradients);
    }
    for (name, relay) in layout::all::<f64>() {
        let what = || format!("{case} with a cotangent in layout {name}");
        let moved = relay(&seed);
        let other;
        let expected = if moved.to_vec() == seed.to_vec() {
            &gradients
        } else {
            other = pulled(&case.op, &case.inputs, &moved.contiguous());
            &other
        };
        let tape = tape();
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x)).collect();
        let eager = tape.apply(case.op.clone(), &x).try_pullback(moved.clone(), &x).expect("samples fit");
        for (k, b) in expected.iter().enumerate() {
            identical(&pulled(&case.op, &case.inputs, &moved)[k], b, &what);
            if let Some(a) = &eager[k] {
                identical(a, b, &what);
            }
        }
    }
}

/// Each element of an elementwise op computed from numbers, in both sweeps.
fn elements_alone(case: &Case, seed: &Tensor<f64>, value: &Tensor<f64>, gradients: &[Tensor<f64>]) {
    let tape = tape();
    for k in 0..value.len() {
        let at = |t: &Tensor<f64>| Tensor::from(t.to_vec()[k]);
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(at(x))).collect();
        let y = tape.apply(case.op.clone(), &x);
        let what = || format!("{case}, element {k} alone");
        identical(&y.value(), &at(value), &what);
        let eager = y.try_pullback(at(seed), &x).expect("numbers fit");
        let recorded = y.try_vjp(tape.constant(at(seed)), &x).expect("numbers fit");
        for ((a, b), g) in eager.iter().zip(recorded).zip(gradients) {
            for a in a.iter().chain(&b.map(|b| b.value())) {
                identical(a, &at(g), &what);
            }
        }
    }
}

/// Law 10: values and gradients in f32 are those in f64 at the same operands, up to order three.
pub fn single_precision(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in &subject.samples {
        tally.absorb(&case_in_single_precision(case, 3).1);
    }
    tally.not_empty(subject.name)
}

/// The same at one point, with what was found in f32.
pub(crate) fn case_in_single_precision(case: &Case, orders: usize) -> (Vec<Tensor<f32>>, Tally) {
    // Operands that f32 holds exactly, so that both see the same ones.
    let narrow: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
    let program = Program::Op(&case.op);
    let found = Orders::of(program, &narrow, orders);
    let tally = against_double(program, &narrow, &found, &|| case.to_string());
    (narrow, tally)
}

fn same_or_nan(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let near = (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
        assert!(a == b || near || (a.is_nan() && b.is_nan()), "{what}: {a}, expected {b}");
    }
}

/// Law 11: at the listed special points value and gradient are the stated ones, in both sweeps.
pub fn special(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    assert!(!subject.special.is_empty(), "{} lists no special points", subject.name);
    for (case, gradients) in &subject.special {
        let tape = tape();
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(case.op.clone(), &x);
        same_or_nan(&y.value(), &case.reference, &case.to_string());
        tally.add("f64", 0, "special", case.reference.len());
        let seed = Tensor::full(case.reference.shape(), 1.0);
        let recorded = y.try_vjp(tape.constant(&seed), &x).expect("the point fits");
        let eager = y.try_pullback(seed, &x).expect("the point fits");
        assert_eq!(gradients.len(), x.len(), "{case}: one gradient per operand");
        for (k, stated) in gradients.iter().enumerate() {
            let what = format!("gradient {k} of {case}");
            match stated {
                None => {
                    assert!(recorded[k].is_none() && eager[k].is_none(), "{what}: a contribution arrived")
                }
                Some(stated) => {
                    tally.add("f64", 1, "special", stated.len());
                    same_or_nan(
                        &recorded[k].unwrap_or_else(|| panic!("{what}: missing")).value(),
                        stated,
                        &what,
                    );
                    same_or_nan(
                        eager[k].as_ref().unwrap_or_else(|| panic!("{what}: missing")),
                        stated,
                        &what,
                    );
                }
            }
        }
    }
    tally.not_empty(subject.name)
}

/// Law 12: where a mask leaves the value out, zeros are sent back, at orders one, two and three, whatever the operands: at
/// every special point, so at kinks, poles, infinities and NaN.
pub fn masked(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for (case, _) in &subject.special {
        let tape = tape();
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(case.op.clone(), &x);
        let never = tape.constant(Tensor::zeros(y.shape())).ne(0.0);
        let mut scalar = never.select(y, 0.0).sum();
        for order in 1..=3 {
            let eager = scalar.try_backward(&x).expect("a sum");
            let gradients = scalar.try_grad(&x).expect("a sum");
            for g in eager.into_iter().flatten().chain(gradients.iter().flatten().map(|g| g.value())) {
                assert!(g.elements().iter().all(|&g| g == 0.0), "{case}, masked: {g} at order {order}");
                tally.add("f64", order, "masked", g.len());
            }
            let sums = gradients.into_iter().flatten().map(|g| g.sum());
            match sums.reduce(|a, b| a + b) {
                Some(sum) => scalar = sum,
                None => break,
            }
        }
    }
    if subject.locally_constant.is_some() { tally } else { tally.not_empty(subject.name) }
}

/// The checker is checked: every fault planted in this op's rules is caught at every sample where it changes a number.
pub fn planted(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for fault in planted::ALL {
        let mut planted_somewhere = false;
        for case in &subject.samples {
            let spoiled = planted::Planted::new(case.op.clone(), *fault);
            let result = check_op(&Op::Custom(Arc::new(spoiled.clone())), &case.inputs, &checker());
            if spoiled.was_planted() {
                planted_somewhere = true;
                // By its numbers, and not by some other reason to refuse.
                assert!(
                    matches!(result, Err(Failure::Disagreement { .. })),
                    "{fault:?} went unnoticed in {case}: {result:?}"
                );
                tally.add("f64", 1, "planted", 1);
            }
        }
        // Nothing to spoil where there is no derivative, and no order of cells in ops that only know one.
        let may_be_void = *fault == planted::Fault::Order || subject.locally_constant.is_some();
        assert!(planted_somewhere || may_be_void, "{fault:?} could not be planted in {}", subject.name);
    }
    tally
}

/// Every sample, also 0-d and empty ones, gives gradients of the full shape of its operands.
pub fn gradients_have_full_shape(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for Case { op, inputs, reference, .. } in &subject.samples {
        let tape = tape();
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(op.clone(), &x);
        assert_eq!(y.shape(), reference.shape());
        for (g, x) in
            y.try_pullback(Tensor::full(y.shape(), 1.0), &x).expect("samples fit").iter().zip(inputs)
        {
            let Some(g) = g else { continue };
            assert_eq!(g.shape(), x.shape(), "{op:?} at {inputs:?}");
            tally.add("f64", 1, "shape", 1);
        }
    }
    if subject.locally_constant.is_some() { tally } else { tally.not_empty(subject.name) }
}
