//! What the tape and its sweeps must do, whatever the ops.

use wengert::{CustomOp, Error, Line, Pullback, Shape, Tape, Tensor, Threads, Var};

fn at(x: f64, f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> [f64; 3] {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(x);
    let y = f(x);
    let forward = y.jvp(&[x], &[tape.constant(1.0)]).item();
    [y.grad(&[x])[0].item(), y.backward(&[x])[0].item(), forward]
}

#[test]
fn both_uses_of_a_variable_add_up() {
    assert_eq!(at(3.0, |x| x * x), [6.0; 3]);
    assert_eq!(at(3.0, |x| x + x), [2.0; 3]);
    assert_eq!(at(3.0, |x| x - x), [0.0; 3]);
    assert_eq!(at(4.0, |x| x / x), [0.0; 3]);
}

#[test]
fn both_uses_in_one_op_add_up() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let weights = tape.constant([1.0, 10.0, 100.0, 1000.0]);
    let joined = (Var::concat(&[x, x], 0) * weights).sum();
    assert_eq!(joined.backward(&[x])[0].to_vec(), [101.0, 1010.0]);
    let a = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let expected = [[8.0, 12.0], [8.0, 12.0]]; // of the sum of A Aᵀ: 1 (1ᵀ A) twice
    assert_eq!(a.matmul(a.t()).sum().backward(&[a])[0], Tensor::from(expected));
}

#[test]
fn a_line_with_a_hundred_thousand_operands_takes_linear_time() {
    let tape = Tape::<f64>::with_threads(Threads::one());
    let x = tape.leaf([1.0]);
    let pieces = vec![x; 100_000];
    assert_eq!(Var::concat(&pieces, 0).sum().backward(&[x])[0].to_vec(), [100_000.0]);
}

#[test]
fn contributions_of_many_branches_add_up() {
    for k in [2, 3, 10_000] {
        assert_eq!(at(1.0, |x| (0..k).map(|_| x * 2.0).sum()), [2.0 * f64::from(k); 3]);
    }
}

#[test]
fn a_cotangent_handed_to_two_parents_is_not_shared_between_them() {
    // add sends one buffer to both; a then accumulates a second contribution.
    let tape = Tape::<f64>::new();
    let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    let y = (a + b + a).sum();
    let mut g = y.backward(&[a, b]);
    assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![2.0, 2.0], vec![1.0, 1.0]));
    let z = (a + b).sum().backward(&[a, b]);
    g = z;
    g[0].make_mut()[0] = 9.0;
    assert_eq!(g[1].to_vec(), [1.0, 1.0]);
}

#[test]
fn a_missing_gradient_is_told_from_a_zero() {
    let tape = Tape::<f64>::new();
    let (x, unused) = (tape.leaf(2.0), tape.leaf(3.0));
    let y = x * 0.0;
    let g = y.try_backward(&[x, unused]).expect("y is a scalar");
    assert_eq!(g[0].as_ref().map(Tensor::item), Some(0.0));
    assert!(g[1].is_none());
    assert!(y.try_grad(&[unused]).expect("y is a scalar")[0].is_none());
}

#[test]
fn a_sweep_that_reaches_nothing_leaves_nothing_to_the_next() {
    let tape = Tape::<f64>::new();
    let (x, unused) = (tape.leaf(2.0), tape.leaf(3.0));
    let y = x * x;
    assert_eq!(y.try_backward(&[unused]), Ok(vec![None]));
    assert_eq!((y * 3.0).backward(&[x])[0].item(), 12.0);
    let x = tape.leaf([1.0, 2.0]);
    let y = x * x;
    assert_eq!(y.try_pullback(Tensor::from([5.0, 7.0]), &[unused]), Ok(vec![None]));
    assert_eq!((y * 3.0).sum().backward(&[x])[0].to_vec(), [6.0, 12.0]);
}

#[test]
#[should_panic(expected = "does not depend on input 1 (recorded at tests/engine.rs")]
fn grad_names_the_input_it_does_not_reach() {
    let tape = Tape::<f64>::new();
    let (x, unused) = (tape.leaf(2.0), tape.leaf(3.0));
    let _ = (x * x).grad(&[x, unused]);
}

#[test]
fn wrong_seeds_and_outputs_are_typed_errors() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = x * x;
    assert!(matches!(y.try_grad(&[x]), Err(Error::NotScalar { shape, .. }) if shape == [2]));
    assert!(matches!(y.try_backward(&[x]), Err(Error::NotScalar { .. })));
    let seed = tape.constant([1.0, 1.0, 1.0]);
    assert!(matches!(
        y.try_vjp(seed, &[x]),
        Err(Error::CotangentShape { given, expected, .. }) if given == [3] && expected == [2]
    ));
    assert!(matches!(y.try_jvp(&[x], &[]), Err(Error::Arity { .. })));
}

#[test]
fn a_second_sweep_gives_the_same_bits() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([0.3, 0.7, -1.1]);
    let y = (x.sin() * x.exp()).sum();
    assert_eq!(y.backward(&[x]), y.backward(&[x]));
    assert_eq!(y.grad(&[x])[0].value(), y.backward(&[x])[0]);
}

#[test]
fn detached_and_unrecorded_values_stop_the_gradient() {
    assert_eq!(at(3.0, |x| x.detach() * x), [3.0; 3]);
    assert_eq!(at(3.0, |x| x.tape().no_grad(|| x * x) * x), [9.0; 3]);
}

#[test]
fn a_panic_without_recording_leaves_recording_on() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tape.no_grad(|| x + tape.leaf([1.0, 2.0, 3.0]));
    }));
    assert!(caught.is_err());
    assert_eq!((x * x).sum().backward(&[x])[0].to_vec(), [2.0, 4.0]);
}

#[test]
fn constants_have_no_gradient_to_ask_for() {
    let tape = Tape::<f64>::new();
    let (x, c) = (tape.leaf(2.0), tape.constant(5.0));
    let y = x * c;
    assert_eq!(y.backward(&[x])[0].item(), 5.0);
    assert!(matches!(y.try_backward(&[c]), Err(Error::Untracked { input: 0, .. })));
    assert!(matches!(y.try_grad(&[x, c]), Err(Error::Untracked { input: 1, .. })));
}

#[test]
fn two_tapes_do_not_mix() {
    let (one, two) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (a, b) = (one.leaf(1.0), two.leaf(2.0));
    assert!(matches!(a.try_add(b), Err(Error::DifferentTapes { op: "add" })));
    assert!(matches!(a.try_grad(&[b]), Err(Error::DifferentTapes { .. })));
    assert!(matches!(a.try_vjp(b, &[a]), Err(Error::DifferentTapes { .. })));
}

#[test]
fn nested_derivatives_are_not_confused() {
    // d/dx [ x d/dy (x + y) ] = 1
    assert_eq!(at(5.0, |x| x * x.grad_of(|y| x + y)), [1.0; 3]);
    // d/dx [ d/dy y (x - y) at y = x ] = d/dx (x - 2 x) = -1
    assert_eq!(at(1.0, |x| x.grad_of(|y| y * (x - y))), [-1.0; 3]);
}

#[test]
fn grad_of_works_at_constants_and_without_recording() {
    let tape = Tape::<f64>::new();
    let cube = |x: Var<'_, f64>| -> f64 { x.grad_of(|x| x * x * x).item() };
    assert_eq!(cube(tape.constant(2.0)), 12.0);
    let x = tape.leaf(2.0);
    let slope = tape.no_grad(|| x.grad_of(|x| x * x * x));
    assert_eq!((slope.item(), slope.is_tracked()), (12.0, false));
    assert_eq!((slope * x).backward(&[x])[0].item(), 12.0); // what was not recorded is a constant
}

/// y = d/dx x³, whose rule differentiates on its own.
struct SlopeOfCube;

impl CustomOp<f64> for SlopeOfCube {
    fn name(&self) -> &'static str {
        "slope_of_cube"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        Ok(x[0].map(|x| 3.0 * x * x))
    }
    fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        let [x] = at.x();
        [Some(ct * x.grad_of(|x| (x * x * 3.0).sum()))].into()
    }
    fn jvp<'t>(&self, at: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        let [x] = at.x();
        dx[0].map(|dx| dx * x.grad_of(|x| (x * x * 3.0).sum()))
    }
}

#[test]
fn a_rule_may_differentiate_in_both_sweeps() {
    let x = Tensor::from([1.0, -2.0]);
    let checked = wengert::check_gradients(|x| x.tape().custom(SlopeOfCube, &[x]), &x);
    assert!(checked.is_ok(), "{}", checked.unwrap_err());
}

#[test]
fn an_output_may_be_its_own_input() {
    assert_eq!(at(5.0, |x| x), [1.0; 3]);
}

/// A user's op with a defect chosen by the test.
struct Defective(&'static str);

impl CustomOp<f64> for Defective {
    fn name(&self) -> &'static str {
        "defective"
    }
    fn arity(&self) -> usize {
        1
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        assert_ne!(self.0, "shape panics", "no shape today");
        Ok(x[0])
    }
    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        assert_ne!(self.0, "eval panics", "no value today");
        Ok(if self.0 == "wrong shape" { Tensor::from([1.0, 2.0, 3.0]) } else { x[0].clone() })
    }
    fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        assert_ne!(self.0, "vjp panics", "no rule today");
        match self.0 {
            "wrong count" => [Some(ct), Some(ct)].into(),
            "wrong cotangent" => [Some(at.y().sum())].into(),
            _ => [Some(ct)].into(),
        }
    }
    fn jvp<'t>(&self, _: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        assert_ne!(self.0, "jvp panics", "no rule today");
        dx[0]
    }
    fn differentiable(&self, _: usize) -> bool {
        self.0 != "no rule"
    }
}

#[test]
fn a_defective_custom_op_is_named_and_the_tape_stays_usable() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    for defect in ["wrong shape", "shape panics", "eval panics"] {
        let error = tape.try_custom(Defective(defect), &[x]).unwrap_err();
        assert!(matches!(error, Error::Custom { op: "defective", .. }), "{defect}: {error}");
    }
    let no_rule = tape.try_custom(Defective("no rule"), &[x]).unwrap_err();
    assert_eq!(no_rule, Error::NotDifferentiable { op: "defective", input: 0 });
    assert!(tape.try_custom(Defective("no rule"), &[x.detach()]).is_ok());
    for defect in ["wrong count", "vjp panics"] {
        let y = tape.custom(Defective(defect), &[x * 2.0]).sum();
        for error in [y.try_backward(&[x]).unwrap_err(), y.try_grad(&[x]).unwrap_err()] {
            assert!(matches!(error, Error::Custom { op: "defective", .. }), "{defect}: {error}");
        }
    }
    let y = tape.custom(Defective("wrong cotangent"), &[x]).sum();
    assert!(matches!(y.try_backward(&[x]), Err(Error::CotangentShape { op: "defective", .. })));
    let y = tape.custom(Defective("jvp panics"), &[x]);
    assert!(matches!(y.try_jvp(&[x], &[x]), Err(Error::Custom { .. })));
    assert_eq!((x * x).sum().backward(&[x])[0].to_vec(), [2.0, 4.0]);
}

/// A panic prints through the hook; the deep tests do not need one.
fn on_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread =
        std::thread::Builder::new().stack_size(256 * 1024).spawn(f).expect("a thread can be started");
    thread.join().expect("no overflow and no failed assertion");
}

#[test]
fn a_chain_of_a_million_lines_differentiates_and_drops_on_a_small_stack() {
    on_small_stack(|| {
        let mut tape = Tape::<f64>::with_threads(Threads::one());
        let x = tape.leaf(0.5);
        let mut y = x;
        for _ in 0..1_000_000 {
            y = -y;
        }
        assert_eq!(y.backward(&[x])[0].item(), 1.0);
        assert_eq!(y.jvp(&[x], &[tape.constant(1.0)]).item(), 1.0);
        assert!(format!("{tape:?}").contains("lines"));
        tape.clear();
    });
}

#[test]
fn a_long_chain_has_a_recorded_gradient_on_a_small_stack() {
    on_small_stack(|| {
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x = tape.leaf(0.5);
        let mut y = x;
        for _ in 0..100_000 {
            y = -y;
        }
        assert_eq!(y.grad(&[x])[0].item(), 1.0);
        assert!(tape.to_string().lines().count() > 200_000);
    });
}

#[test]
fn a_hundred_thousand_lines_on_one_parent_take_linear_time() {
    let tape = Tape::<f64>::with_threads(Threads::one());
    let x = tape.leaf(1.0);
    let y: Var<'_, f64> = (0..100_000).map(|_| -x).sum();
    assert_eq!(y.backward(&[x])[0].item(), -100_000.0);
}

#[test]
fn tensors_are_shared_between_threads_that_differentiate_on_their_own() {
    let shared = Tensor::from([0.1, 0.2, 0.3]);
    let expected = wengert::grad(|x| (x.sin() * x).sum(), &shared);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut tape = Tape::<f64>::with_threads(Threads::one());
                for _ in 0..10_000 {
                    let g = {
                        let x = tape.leaf(&shared);
                        (x.sin() * x).sum().backward(&[x]).remove(0)
                    };
                    assert_eq!(g, expected);
                    tape.clear();
                }
            });
        }
    });
}

#[test]
fn a_tape_may_be_dropped_on_another_thread() {
    let tape = Tape::<f64>::new();
    let y = (tape.leaf([1.0; 100]).sin() * 2.0).value();
    let thread = std::thread::spawn(move || drop(tape));
    thread.join().expect("dropping is quiet");
    assert_eq!(y.len(), 100);
}
