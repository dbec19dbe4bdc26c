//! The laws, each a function over one op's samples that panics with the op, the sample and the numbers.

use crate::{layout, planted};
use std::fmt::Debug;
use std::sync::Arc;
use wengert::check::{Evidence, Failure};
use wengert::ops::Draw;
use wengert::{Checker, Op, Primitive, Sample, Special, Tape, Tensor, Threads, Var};

const SEED: u64 = 20_240_613;

fn samples<P: Primitive>() -> Vec<Sample<P>> {
    let samples = P::samples(&mut Draw::new(SEED));
    assert!(!samples.is_empty(), "{} has no samples", P::NAME);
    samples
}

fn tape<F: wengert::Float>() -> Tape<F> {
    Tape::with_threads(Threads::one())
}

fn say<P: Debug>(op: &P, inputs: &[Tensor<f64>]) -> String {
    format!("{op:?} at {inputs:?} (sample seed {SEED})")
}

fn empty(inputs: &[Tensor<f64>], y: &Tensor<f64>) -> bool {
    y.is_empty() || inputs.iter().all(Tensor::is_empty)
}

/// Law 1: the shape rule says what evaluation gives.
pub fn shape_rule<P: Primitive>()
where
    Op<f64>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
        let said = op.shape(&shapes).unwrap_or_else(|e| panic!("{}: {e}", say(&op, &inputs)));
        let refs: Vec<_> = inputs.iter().collect();
        assert_eq!(op.eval(&refs, said, &Threads::one()).shape(), said, "{}", say(&op, &inputs));
    }
}

/// Law 2: the value is that of the naive reference, to 1e-12 of the largest.
pub fn reference<P: Primitive>()
where
    Op<f64>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
        let shape = op.shape(&shapes).expect("samples fit");
        let refs: Vec<_> = inputs.iter().collect();
        let (given, expected) = (op.eval(&refs, shape, &Threads::one()), op.reference(&inputs, shape));
        assert_eq!(given.shape(), expected.shape(), "{}", say(&op, &inputs));
        let tolerance = 1e-12 * expected.max_abs().max(1.0);
        for (a, b) in given.to_vec().into_iter().zip(expected.to_vec()) {
            assert!((a - b).abs() <= tolerance, "{}: {a} is not {b}", say(&op, &inputs));
        }
    }
}

/// Runs a checker over every sample; samples without elements only have to give gradients of full shape.
fn check<P: Primitive>(checker: &Checker)
where
    Op<f64>: From<P>,
{
    let mut compared = 0;
    for Sample { op, inputs } in samples::<P>() {
        match check_op(&Op::from(op.clone()), &inputs, checker) {
            Ok(comparisons) => compared += comparisons,
            Err(e) => panic!("{}: {e}", say(&op, &inputs)),
        }
    }
    match P::LOCALLY_CONSTANT {
        Some(reason) => println!("{}: {reason}", P::NAME),
        None => assert!(compared > 0, "{}: nothing was compared", P::NAME),
    }
}

/// Checks one op at one point; returns how many numbers were compared.
pub fn check_op(op: &Op<f64>, inputs: &[Tensor<f64>], checker: &Checker) -> Result<usize, Failure> {
    let result = checker.run_slice(|x| x[0].tape().apply(op.clone(), x), inputs);
    match result {
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
pub fn differences<P: Primitive>()
where
    Op<f64>: From<P>,
{
    check::<P>(&checker().only(Evidence::Differences));
}

/// Law 4: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩ to rounding, row by row and column by column.
pub fn transpose<P: Primitive>()
where
    Op<f64>: From<P>,
{
    check::<P>(&checker().only(Evidence::Transpose));
}

/// Law 6, order two: laws 3, 4 and 7 of the gradient, by operands and by cotangent.
pub fn order_two<P: Primitive>()
where
    Op<f64>: From<P>,
{
    check::<P>(&checker().order(2));
}

/// Law 6, order three: the same of the gradient's gradient.
pub fn order_three<P: Primitive>()
where
    Op<f64>: From<P>,
{
    check::<P>(&checker().order(3));
}

/// Law 7: the eager sweep gives what the recorded sweep gives.
pub fn eager<P: Primitive>()
where
    Op<f64>: From<P>,
{
    check::<P>(&checker().only(Evidence::Eager));
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
pub fn linearity<P: Primitive>()
where
    Op<f64>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
        let shape = op.shape(&shapes).expect("samples fit");
        let mut draw = Draw::new(SEED + 1);
        let (u, w) = (draw.uniform(shape, -1.0, 1.0), draw.uniform(shape, -1.0, 1.0));
        let both = u.zip(&w, |u, w| 2.0 * u - 3.0 * w);
        let of = Op::from(op.clone());
        let (of_u, of_w, of_both) =
            (pulled(&of, &inputs, &u), pulled(&of, &inputs, &w), pulled(&of, &inputs, &both));
        for ((u, w), both) in of_u.iter().zip(&of_w).zip(&of_both) {
            let scale = u.max_abs() + w.max_abs();
            for ((u, w), b) in u.to_vec().into_iter().zip(w.to_vec()).zip(both.to_vec()) {
                assert!((2.0 * u - 3.0 * w - b).abs() <= 1e-13 * scale, "{}", say(&op, &inputs));
            }
        }
    }
}

/// Law 9: transposed, stepped, offset and reversed storage gives what contiguous copies give, bit for bit in the value
/// (to rounding in reductions, whose blocks follow the layout), and so do strided cotangents.
pub fn layouts<P: Primitive>()
where
    Op<f64>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
        let shape = op.shape(&shapes).expect("samples fit");
        let of = Op::from(op.clone());
        let seed = Draw::new(SEED + 2).uniform(shape, -1.0, 1.0);
        let refs: Vec<_> = inputs.iter().collect();
        let plain = (op.eval(&refs, shape, &Threads::one()), pulled(&of, &inputs, &seed));
        for (name, relay) in layout::ALL {
            let moved: Vec<_> = inputs.iter().map(relay).collect();
            for (a, b) in moved.iter().zip(&inputs) {
                assert_eq!(a, b, "the layout {name} changed the values");
            }
            let refs: Vec<_> = moved.iter().collect();
            let value = op.eval(&refs, shape, &Threads::one());
            close(&value, &plain.0, &format!("{} in layout {name}", say(&op, &inputs)));
            let gradients = pulled(&of, &moved, &relay(&seed));
            for (a, b) in gradients.iter().zip(&plain.1) {
                close(a, b, &format!("gradient of {} in layout {name}", say(&op, &inputs)));
            }
            let eager = {
                let tape = tape();
                let x: Vec<_> = moved.iter().map(|x| tape.leaf(x)).collect();
                tape.apply(of.clone(), &x).try_pullback(relay(&seed), &x).expect("samples fit")
            };
            for (a, b) in eager.iter().zip(&plain.1) {
                if let Some(a) = a {
                    close(a, b, &format!("eager gradient of {} in layout {name}", say(&op, &inputs)));
                }
            }
        }
    }
}

fn close(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    let tolerance = 4.0 * f64::EPSILON * b.max_abs();
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        assert!(a.to_bits() == b.to_bits() || (a - b).abs() <= tolerance, "{what}: {a} is not {b}");
    }
}

/// Law 10: values and gradients in f32 are those in f64 at the same operands, to 64 roundings of the largest.
pub fn single_precision<P: Primitive>()
where
    Op<f64>: From<P>,
    Op<f32>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        // Operands that f32 holds exactly, so that both see the same ones.
        let narrow: Vec<Tensor<f32>> = inputs.iter().map(Tensor::cast).collect();
        let wide: Vec<Tensor<f64>> = narrow.iter().map(Tensor::cast).collect();
        let (tape32, tape64) = (tape::<f32>(), tape::<f64>());
        let x32: Vec<_> = narrow.iter().map(|x| tape32.leaf(x)).collect();
        let x64: Vec<_> = wide.iter().map(|x| tape64.leaf(x)).collect();
        let (y32, y64) = (tape32.apply(Op::from(op.clone()), &x32), tape64.apply(Op::from(op.clone()), &x64));
        let near = |a: &Tensor<f32>, b: &Tensor<f64>, condition: f64| {
            let tolerance = 64.0 * f64::from(f32::EPSILON) * (b.max_abs() + condition);
            for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
                assert!((f64::from(a) - b).abs() <= tolerance, "{}: f32 {a}, f64 {b}", say(&op, &wide));
            }
        };
        near(&y32.value(), &y64.value(), 1.0);
        let seed = Tensor::full(y64.shape(), 1.0_f32);
        let g32 = y32.try_pullback(seed.clone(), &x32).expect("samples fit");
        let g64 = y64.try_pullback(seed.cast(), &x64).expect("samples fit");
        for (a, b) in g32.iter().zip(&g64) {
            if let (Some(a), Some(b)) = (a, b) {
                near(a, b, 1.0);
            }
        }
    }
}

fn same_or_nan(a: &Tensor<f64>, b: &Tensor<f64>, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let near = (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
        assert!(a == b || near || (a.is_nan() && b.is_nan()), "{what}: {a}, expected {b}");
    }
}

/// Law 11: at the listed special points value and gradient are the stated ones, in every sweep and in f32 too.
pub fn special<P: Primitive>()
where
    Op<f64>: From<P>,
{
    let points = P::special();
    assert!(!points.is_empty(), "{} lists no special points", P::NAME);
    for Special { op, inputs, value, gradients } in points {
        let tape = tape();
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(Op::from(op.clone()), &x);
        same_or_nan(&y.value(), &value, &say(&op, &inputs));
        let seed = Tensor::full(value.shape(), 1.0);
        let recorded = y.try_vjp(tape.constant(&seed), &x).expect("the point fits");
        let eager = y.try_pullback(seed, &x).expect("the point fits");
        assert_eq!(gradients.len(), x.len(), "{}: one gradient per operand", say(&op, &inputs));
        for (k, stated) in gradients.iter().enumerate() {
            let what = format!("gradient {k} of {}", say(&op, &inputs));
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

/// The checker is checked: every fault planted in this op's rules is caught at some sample, wherever it changes a
/// number at all.
pub fn planted<P: Primitive>()
where
    Op<f64>: From<P>,
{
    if let Some(reason) = P::LOCALLY_CONSTANT {
        // There is no rule to spoil; inventing a derivative must be caught instead.
        println!("{}: {reason}", P::NAME);
    }
    for fault in planted::ALL {
        let mut planted_somewhere = false;
        let mut caught = false;
        for Sample { op, inputs } in samples::<P>() {
            let spoiled = planted::Planted::new(Op::from(op.clone()), *fault);
            let op = Op::Custom(Arc::new(spoiled.clone()));
            let result = check_op(&op, &inputs, &checker());
            if spoiled.was_planted() {
                planted_somewhere = true;
                caught |= result.is_err();
                assert!(result.is_err(), "{fault:?} went unnoticed in {}", say(&op, &inputs));
            }
        }
        assert!(planted_somewhere == caught);
        assert!(
            planted_somewhere || fault.may_be_void::<P>(),
            "{fault:?} could not be planted in {}",
            P::NAME
        );
    }
}

/// Every op at 0-d and empty operands gives gradients of full shape.
pub fn gradients_have_full_shape<P: Primitive>()
where
    Op<f64>: From<P>,
{
    for Sample { op, inputs } in samples::<P>() {
        let tape = tape();
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let y = tape.apply(Op::from(op.clone()), &x);
        let seed = Tensor::full(y.shape(), 1.0);
        let is_empty = empty(&inputs, &y.value());
        for (g, x) in y.try_pullback(seed, &x).expect("samples fit").into_iter().zip(&inputs) {
            let shape = g.map(|g| g.shape());
            assert!(shape.is_none_or(|s| s == x.shape()), "{} (empty: {is_empty})", say(&op, &inputs));
        }
    }
}
