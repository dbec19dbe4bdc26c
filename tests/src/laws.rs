//! The laws, each a function over one op's samples that panics with the op, the sample and the numbers.

use crate::subject::{Case, Subject};
use crate::{layout, planted};
use std::sync::Arc;
use wengert::check::{Evidence, Failure};
use wengert::ops::Draw;
use wengert::plan::{Extras, Pass};
use wengert::{Checker, Op, Tape, Tensor, Threads, Var};
use wengert_kernels::program::{Builder, Sink, Source, run};

const SEED: u64 = 20_240_613;

fn tape<F: wengert::Float>() -> Tape<F> {
    Tape::with_threads(Threads::one())
}

/// Law 1: the shape rule says what evaluation gives.
pub fn shape_rule(subject: &Subject) {
    for case in &subject.samples {
        let shapes: Vec<_> = case.inputs.iter().map(Tensor::shape).collect();
        let said = case.op.shape(&shapes).unwrap_or_else(|e| panic!("{case}: {e}"));
        assert_eq!(case.value().shape(), said, "{case}");
    }
}

/// Law 2: the value is that of the naive reference, to 1e-12 of the largest.
pub fn reference(subject: &Subject) {
    for case in &subject.samples {
        let (given, expected) = (case.value(), &case.reference);
        assert_eq!(given.shape(), expected.shape(), "{case}");
        let tolerance = 1e-12 * expected.max_abs().max(1.0);
        for (a, b) in given.to_vec().into_iter().zip(expected.to_vec()) {
            assert!((a - b).abs() <= tolerance, "{case}: {a} is not {b}");
        }
    }
}

/// Runs a checker over every sample; those without elements have nothing to compare.
fn check(subject: &Subject, checker: &Checker) {
    let mut compared = 0;
    for case in &subject.samples {
        match check_op(&case.op, &case.inputs, checker) {
            Ok(comparisons) => compared += comparisons,
            Err(e) => panic!("{case}: {e}"),
        }
    }
    match subject.locally_constant {
        Some(reason) => println!("{}: {reason}", subject.name),
        None => assert!(compared > 0, "{}: nothing was compared", subject.name),
    }
}

/// Checks one op at one point; returns how many numbers were compared.
fn check_op(op: &Op<f64>, inputs: &[Tensor<f64>], checker: &Checker) -> Result<usize, Failure> {
    match checker.run_slice(|x| x[0].tape().apply(op.clone(), x), inputs) {
        Ok(report) => Ok(report.comparisons),
        Err(Failure::NothingCompared) => Ok(0),
        Err(e) => Err(e),
    }
}

fn checker() -> Checker {
    // A sample may have inputs that do not matter (an empty operand, a mask); `planted` shows that the laws bite.
    Checker::new().seed(SEED).directions(4).gradient_may_vanish()
}

/// Law 3: forward mode is what finite differences of the value say, entry by entry.
pub fn differences(subject: &Subject) {
    check(subject, &checker().only(Evidence::Differences));
}

/// Law 4: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩ to rounding, row by row and column by column.
pub fn transpose(subject: &Subject) {
    check(subject, &checker().only(Evidence::Transpose));
}

/// Law 6, order two: laws 3, 4 and 7 of the gradient, by operands and by cotangent.
pub fn order_two(subject: &Subject) {
    check(subject, &checker().order(2));
}

/// Law 6, order three: the same of the gradient's gradient.
pub fn order_three(subject: &Subject) {
    check(subject, &checker().order(3));
}

/// Law 6, order four: the same once more, along a few directions where there are many entries.
pub fn order_four(subject: &Subject) {
    check(subject, &checker().all_entries_up_to(64).order(4));
}

/// Law 7: the eager sweep gives what the recorded sweep gives.
pub fn eager(subject: &Subject) {
    check(subject, &checker().only(Evidence::Eager));
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
pub fn linearity(subject: &Subject) {
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
            }
        }
    }
}

/// Law 9: transposed, stepped and offset storage gives the bits that contiguous copies give, reductions included, and
/// so do strided cotangents. An element of an elementwise op has the same bits alone, as a number.
pub fn layouts(subject: &Subject) {
    for case in &subject.samples {
        let seed = Draw::new(SEED + 2).uniform(case.reference.shape(), -1.0, 1.0);
        let (value, gradients) = (case.value(), pulled(&case.op, &case.inputs, &seed));
        if subject.elementwise {
            elements_alone(case, &seed, &value, &gradients);
        }
        for (name, relay) in layout::ALL {
            let moved: Vec<_> = case.inputs.iter().map(relay).collect();
            for (a, b) in moved.iter().zip(&case.inputs) {
                assert_eq!(a, b, "the layout {name} changed the values");
            }
            let refs: Vec<_> = moved.iter().collect();
            let what = format!("{case} in layout {name}");
            identical(&case.op.eval(&refs).expect("samples fit"), &value, &what);
            for (a, b) in pulled(&case.op, &moved, &relay(&seed)).iter().zip(&gradients) {
                identical(a, b, &what);
            }
            let tape = tape();
            let x: Vec<_> = moved.iter().map(|x| tape.leaf(x)).collect();
            let eager = tape.apply(case.op.clone(), &x).try_pullback(relay(&seed), &x).expect("samples fit");
            for (a, b) in eager.iter().zip(&gradients) {
                if let Some(a) = a {
                    identical(a, b, &what);
                }
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
        let what = format!("{case}, element {k} alone");
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

/// The same shape and the same bits.
pub(crate) fn identical(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        assert!(a.to_bits() == b.to_bits(), "{what}: {a} is not {b}");
    }
}

/// Law 10: values and gradients in f32 are those in f64 at the same operands, to 64 roundings of the largest.
pub fn single_precision(subject: &Subject) {
    for case in &subject.samples {
        // Operands that f32 holds exactly, so that both see the same ones.
        let narrow: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
        let wide: Vec<Tensor<f64>> = narrow.iter().map(Tensor::cast).collect();
        let (tape32, tape64) = (tape::<f32>(), tape::<f64>());
        let x32: Vec<_> = narrow.iter().map(|x| tape32.leaf(x)).collect();
        let x64: Vec<_> = wide.iter().map(|x| tape64.leaf(x)).collect();
        let (y32, y64) = (tape32.apply(case.op32.clone(), &x32), tape64.apply(case.op.clone(), &x64));
        let near = |a: &Tensor<f32>, b: &Tensor<f64>| {
            let tolerance = 64.0 * f64::from(f32::EPSILON) * (b.max_abs() + 1.0);
            for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
                assert!((f64::from(a) - b).abs() <= tolerance, "{case}: f32 {a}, f64 {b}");
            }
        };
        near(&y32.value(), &y64.value());
        let seed = Tensor::full(y64.shape(), 1.0_f32);
        let g32 = y32.try_pullback(seed.clone(), &x32).expect("samples fit");
        let g64 = y64.try_pullback(seed.cast(), &x64).expect("samples fit");
        for (a, b) in g32.iter().zip(&g64) {
            if let (Some(a), Some(b)) = (a, b) {
                near(a, b);
            }
        }
    }
}

/// The formula of an elementwise op gives the bits of its kernel in both precisions, many elements at a time and one, at
/// samples and special points. What is no formula is not declared elementwise.
pub fn formula(subject: &Subject) {
    for case in subject.samples.iter().chain(subject.special.iter().map(|(case, _)| case)) {
        let narrow: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
        let compared = [formula_is_kernel(&case.op, &case.inputs), formula_is_kernel(&case.op32, &narrow)];
        assert!(compared == [true; 2] || !subject.elementwise, "{case} is elementwise without a formula");
    }
}

/// Compares them at one point; false if the op has no formula.
fn formula_is_kernel<F: wengert::Float>(op: &Op<F>, inputs: &[Tensor<F>]) -> bool {
    let mut b = Builder::new(inputs.len());
    let x: Vec<_> = (0..inputs.len()).map(|k| b.input(k)).collect();
    let Some(y) = op.formula(&mut b, &x) else { return false };
    let program = b.finish(&[y]);
    let kernel = op.eval(&inputs.iter().collect::<Vec<_>>()).expect("samples fit").to_vec();
    let x: Vec<Vec<F>> = inputs.iter().map(Tensor::to_vec).collect();
    let sources: Vec<_> = x.iter().map(|x| Source::Dense(x)).collect();
    let mut formula = vec![F::ZERO; kernel.len()];
    run(&Threads::one(), &program, kernel.len(), &sources, &mut [Sink::Store(&mut formula)]);
    for (k, (&a, &b)) in formula.iter().zip(&kernel).enumerate() {
        let at: Vec<F> = x.iter().map(|x| x[k]).collect();
        let numbers: Vec<_> = at.iter().map(|&x| Tensor::full([], x)).collect();
        let number = op.eval(&numbers.iter().collect::<Vec<_>>()).expect("numbers fit").item();
        for other in [b, number] {
            // Every f32 is an f64, with its sign and bits.
            let same = a.to_f64().to_bits() == other.to_f64().to_bits() || (a.is_nan() && other.is_nan());
            assert!(same, "{op:?} at {at:?}: the formula gives {a}, the kernel {other}");
        }
    }
    true
}

/// The same bits, or NaN in both: which NaN is not part of a value.
pub(crate) fn identical_or_nan(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    let plain = |t: &Tensor<f64>| t.map(|x| if x.is_nan() { f64::NAN } else { x });
    identical(&plain(a), &plain(b), what);
}

/// Law 8: a plan of value, gradients and a second derivative gives the bits of the tape, at samples and special points,
/// whichever passes are left out.
pub fn plan(subject: &Subject) {
    for case in subject.samples.iter().chain(subject.special.iter().map(|(case, _)| case)) {
        let tape = tape();
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(case.op.clone(), &x);
        let seed = tape.leaf(Draw::new(SEED + 3).uniform(y.shape(), -1.0, 1.0));
        let first = y.try_vjp(seed, &x).expect("samples fit");
        let mut outputs = vec![y];
        outputs.extend(first.iter().flatten());
        for &g in first.iter().flatten() {
            // Of second order, through the recorded gradient, where anything is left to differentiate.
            let again = g.try_vjp(tape.constant(Tensor::full(g.shape(), 0.5)), &x).expect("samples fit");
            outputs.extend(again.iter().flatten());
        }
        let reached = outputs[1..].iter().any(|g| depends(*g, seed));
        let inputs: Vec<_> = x.iter().copied().chain(reached.then_some(seed)).collect();
        let small = [Pass::Small, Pass::Fuse];
        for without in [&[][..], &[Pass::Fuse], &[Pass::Fold], &[Pass::Layers], &small[..1], &small] {
            let compiler = without.iter().fold(tape.compiler().inputs(&inputs), |c, &pass| c.without(pass));
            let plan = compiler.compile(&outputs).unwrap_or_else(|e| panic!("{case}: {e}"));
            let given: Vec<_> = inputs.iter().map(|v| v.value()).collect();
            let given: Vec<_> = given.iter().collect();
            let mut workspace = plan.workspace();
            for _ in 0..2 {
                let extras = Extras { step: Some(0), ..Extras::default() }; // that of the keys among the samples
                let got =
                    plan.run_with(&mut workspace, &given, &extras).unwrap_or_else(|e| panic!("{case}: {e}"));
                for (a, b) in got.iter().zip(&outputs) {
                    identical_or_nan(a, &b.value(), &format!("{case} without {without:?}"));
                }
            }
        }
    }
}

/// Whether `y` was computed from `x`.
fn depends(y: Var<'_, f64>, x: Var<'_, f64>) -> bool {
    y.tape().compile(&[x], &[y]).is_ok()
}

fn same_or_nan(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let near = (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
        assert!(a == b || near || (a.is_nan() && b.is_nan()), "{what}: {a}, expected {b}");
    }
}

/// Law 11: at the listed special points value and gradient are the stated ones, in both sweeps.
pub fn special(subject: &Subject) {
    assert!(!subject.special.is_empty(), "{} lists no special points", subject.name);
    for (case, gradients) in &subject.special {
        let tape = tape();
        let x: Vec<_> = case.inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(case.op.clone(), &x);
        same_or_nan(&y.value(), &case.reference, &case.to_string());
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
}

/// The checker is checked: every fault planted in this op's rules is caught at every sample where it changes a number.
pub fn planted(subject: &Subject) {
    for fault in planted::ALL {
        let mut planted_somewhere = false;
        for case in &subject.samples {
            let spoiled = planted::Planted::new(case.op.clone(), *fault);
            let result = check_op(&Op::Custom(Arc::new(spoiled.clone())), &case.inputs, &checker());
            if spoiled.was_planted() {
                planted_somewhere = true;
                assert!(result.is_err(), "{fault:?} went unnoticed in {case}");
            }
        }
        // Nothing to spoil where there is no derivative, and no order of cells in ops that only know one.
        let may_be_void = *fault == planted::Fault::Order || subject.locally_constant.is_some();
        assert!(planted_somewhere || may_be_void, "{fault:?} could not be planted in {}", subject.name);
    }
}

/// Every sample, also 0-d and empty ones, gives gradients of the full shape of its operands.
pub fn gradients_have_full_shape(subject: &Subject) {
    for Case { op, inputs, reference, .. } in &subject.samples {
        let tape = tape();
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(op.clone(), &x);
        assert_eq!(y.shape(), reference.shape());
        for (g, x) in
            y.try_pullback(Tensor::full(y.shape(), 1.0), &x).expect("samples fit").iter().zip(inputs)
        {
            assert!(g.as_ref().is_none_or(|g| g.shape() == x.shape()), "{op:?} at {inputs:?}");
        }
    }
}
