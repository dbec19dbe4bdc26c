//! What is recorded as a checkpoint has the bits of what is not, and keeps less.

use super::{close, same_bits};
use proptest::{collection, prelude::*};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use wengert::plan::Extras;
use wengert::{
    Checker, CustomOp, Distribution, Error, Key, Line, Pullback, Shape, Tape, Tensor, Threads, Var,
    anomaly::Sweep, checkpoint, custom_vjp, many, try_checkpoint,
};

type V<'t> = Var<'t, f64>;

/// Every use of an operand adds to its cotangent: many uses, in an order that rounding would show.
fn block<'t>(v: &[V<'t>]) -> V<'t> {
    let (x, w) = (v[0], v[1]);
    let hidden = (x.matmul(w) * 0.3 + x).tanh().dropout(0.25, Key::new(9));
    (hidden.matmul(w).softmax(1) * x + hidden * w.sum()).sin() + x / (w.square().sum() + 1.0)
}

/// A loss around three blocks, each of them a checkpoint or not, one within another.
fn loss<'t>(x: V<'t>, w: V<'t>, lean: bool) -> V<'t> {
    fn nested<'t>(v: &[V<'t>]) -> V<'t> {
        let inner = checkpoint(block, &[v[0], v[1]]);
        checkpoint(block, &[inner * v[2].exp(), v[1]]) * v[0]
    }
    fn twice<'t>(v: &[V<'t>]) -> V<'t> {
        v[0].exp() * v[1] - v[1] / (v[0].square() + 2.0) + v[0]
    }
    let first = if lean { checkpoint(block, &[x * 0.7, w]) } else { block(&[x * 0.7, w]) };
    let second = if lean {
        checkpoint(nested, &[first, w, x])
    } else {
        block(&[block(&[first, w]) * x.exp(), w]) * first
    };
    let third = if lean { checkpoint(twice, &[second, second]) } else { twice(&[second, second]) };
    (third * x + w.sum() * second).square().sum() + x.sum()
}

fn operands() -> [Tensor<f64>; 2] {
    [Key::new(1).normal([5, 5]), Key::new(2).normal::<f64>([5, 5])]
}

#[test]
fn value_and_gradient_have_the_bits_of_the_plain_function() {
    let [x0, w0] = operands();
    for threads in [1, 3] {
        let run = |lean| {
            let tape = Tape::<f64>::with_threads(Threads::new(threads));
            let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
            let y = loss(x, w, lean);
            let (eager, length) = (y.backward(&[x, w]), tape.len());
            let recorded: Vec<_> = y.grad(&[x, w]).into_iter().map(Var::value).collect();
            let alone = tape.no_grad(|| y.grad(&[w]))[0].value();
            let once_more = y.backward(&[w, x]);
            (y.value(), eager, recorded, alone, once_more, length)
        };
        let (plain, lean) = (run(false), run(true));
        assert!(same_bits(&plain.0, &lean.0) && same_bits(&plain.3, &lean.3));
        for k in 0..2 {
            assert!(same_bits(&plain.1[k], &lean.1[k]), "backward by {k} on {threads} threads");
            assert!(same_bits(&plain.2[k], &lean.2[k]), "grad by {k} on {threads} threads");
            assert!(same_bits(&plain.4[1 - k], &lean.4[1 - k]));
        }
        // A sweep leaves nothing behind.
        assert!(lean.5 < plain.5 / 2, "{} lines and {}", lean.5, plain.5);
    }
}

/// Lines of a random segment: an op and two of the values known by then.
type Lines = Vec<(u8, usize, usize)>;

/// The last value of a segment whose first values are `known`.
fn random_segment<'t>(known: &[V<'t>], lines: &Lines, lean: bool) -> V<'t> {
    let mut values = known.to_vec();
    for &(op, a, b) in lines {
        let (a, b) = (values[a % values.len()], values[b % values.len()]);
        values.push(match op {
            0 => a + b,
            1 => a * b * 0.7,
            2 => a - b * 0.3,
            3 => a.sin(),
            4 => a / (b.square() + 1.5),
            5 => a.matmul(b) * 0.4,
            6 if lean => checkpoint(|v| v[0].cos() * v[1] + v[0], &[a, b]),
            _ => a.cos() * b + a,
        });
    }
    values[values.len() - 1]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_programs_in_random_segments_keep_every_bit(
        segments in collection::vec(collection::vec((0..8_u8, 0..20_usize, 0..20_usize), 1..8), 1..6),
        seed in 0..1000_u64,
    ) {
        let run = |lean: bool| {
            let tape = Tape::<f64>::with_threads(Threads::one());
            let x = [0, 1].map(|k| tape.leaf(Key::new(seed).stream(k).normal([3, 3])));
            let mut known = x.to_vec();
            for lines in &segments {
                let y = if lean {
                    let lines = lines.clone();
                    checkpoint(move |v| random_segment(v, &lines, true), &known)
                } else {
                    random_segment(&known, lines, false)
                };
                known.push(y);
            }
            // Every value counts, the inputs among them.
            let y = known.iter().skip(1).fold(known[0], |sum, &v| sum + v).square().sum();
            let g = y.grad(&x).into_iter().map(Var::value);
            [y.value()].into_iter().chain(y.backward(&x)).chain(g).collect::<Vec<_>>()
        };
        for (k, (plain, lean)) in run(false).iter().zip(&run(true)).enumerate() {
            prop_assert!(same_bits(plain, lean), "{k}: {plain:?} and {lean:?}");
        }
    }
}

#[test]
fn forward_mode_and_every_order_pass_through() {
    let [x0, w0] = operands();
    let run = |lean| {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
        let (dx, dw) = (tape.constant(Key::new(3).normal([5, 5])), tape.constant(Key::new(4).normal([5, 5])));
        let y = loss(x, w, lean);
        let pushed = y.jvp(&[x, w], &[dx, dw]).value();
        let g = y.grad(&[x, w]);
        let second = (g[0] * dx).sum() + (g[1] * dw).sum();
        let third = (second.grad(&[x])[0] * dw).sum();
        (pushed, second.backward(&[x, w]), third.backward(&[w]))
    };
    let (plain, lean) = (run(false), run(true));
    assert!(same_bits(&plain.0, &lean.0));
    let scale = |t: &Tensor<f64>| 1e-11 * t.max_abs();
    assert!(close(&plain.1[0], &lean.1[0], scale(&plain.1[0])));
    assert!(close(&plain.1[1], &lean.1[1], scale(&plain.1[1])));
    assert!(close(&plain.2[0], &lean.2[0], scale(&plain.2[0])));
}

#[test]
fn the_checker_agrees_to_order_four() {
    fn inner<'t>(v: &[V<'t>]) -> V<'t> {
        checkpoint(|v| (v[0] * v[1]).sin(), &[v[0], v[0].exp()]) + v[0]
    }
    let x = Tensor::from([0.3, -0.8, 0.5]);
    let report = Checker::new().order(4).run(|x| checkpoint(inner, &[x.square()]) * x, &x);
    assert!(report.is_ok(), "{}", report.unwrap_err());
}

#[test]
fn a_chain_in_pieces_keeps_the_square_root_of_its_values() {
    const LAYERS: usize = 64;
    let x0 = Key::new(5).normal::<f64>([100, 100]);
    fn layer(x: V<'_>) -> V<'_> {
        (x * 1.01).sin()
    }
    let run = |pieces: usize| {
        wengert_kernels::buffer::reset_peak();
        let before = wengert::memory_stats().peak;
        let tape = Tape::<f64>::with_threads(Threads::one());
        let x = tape.leaf(&x0);
        let deep = LAYERS / pieces;
        let y = if pieces == 1 {
            (0..LAYERS).fold(x, |x, _| layer(x))
        } else {
            (0..pieces).fold(x, |x, _| many::checkpoint(move |[x]| (0..deep).fold(x, |x, _| layer(x)), [x]))
        };
        let (y, kept) = (y.sum(), tape.stats().value_bytes);
        let g = y.backward(&[x]).remove(0);
        assert_eq!(tape.stats().value_bytes, kept);
        (y.value(), g, kept, wengert::memory_stats().peak - before)
    };
    let (plain, lean) = (run(1), run(8));
    assert!(same_bits(&plain.0, &lean.0) && same_bits(&plain.1, &lean.1));
    let one = 100 * 100 * 8;
    // Two lines a layer; of eight pieces one value each, and at most one piece whole.
    assert!(plain.2 >= 2 * LAYERS * one && lean.2 <= 10 * one, "{} and {} bytes kept", plain.2, lean.2);
    assert!(plain.3 >= 2 * LAYERS * one && lean.3 <= 32 * one, "{} and {} bytes at once", plain.3, lean.3);
}

#[test]
fn a_plan_has_the_lines_that_it_has_without() {
    let [x0, w0] = operands();
    let run = |lean, deferred| {
        let tape = Tape::<f64>::new();
        let tape = if deferred { tape.deferred() } else { tape };
        let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
        let y = loss(x, w, lean);
        let g = y.grad(&[x, w]);
        let plan = tape.compile(&[x, w], &[y, g[0], g[1]]).expect("compiles");
        let step = |step| {
            let extras = Extras { step: Some(step), ..Extras::default() };
            plan.run_with(&mut plan.workspace(), &[&x0, &w0], &extras).expect("runs").to_vec()
        };
        (plan.len(), step(0), step(1), [y.value(), g[0].value(), g[1].value()])
    };
    let plain = run(false, false);
    for lean in [run(true, false), run(true, true)] {
        assert_eq!(plain.0, lean.0);
        for k in 0..3 {
            assert!(same_bits(&plain.1[k], &lean.1[k]) && same_bits(&plain.2[k], &lean.2[k]), "output {k}");
            assert!(same_bits(&plain.1[k], &lean.3[k]), "output {k} of the tape");
        }
        // The masks of another step.
        assert!(!same_bits(&lean.1[0], &lean.2[0]));
    }
}

#[test]
fn a_value_read_inside_is_refused_by_a_plan_whose_inputs_it_depends_on() {
    fn branch<'t>(v: &[V<'t>]) -> V<'t> {
        if v[0].item() > 0.0 { v[0] * 2.0 } else { -v[0] }
    }
    for deferred in [false, true] {
        let new = || if deferred { Tape::<f64>::new().deferred() } else { Tape::new() };
        let tape = new();
        let x = tape.leaf(1.5);
        let y = checkpoint(|v| branch(&[v[0].exp()]), &[x]);
        let refused = tape.compile(&[x], &[y]).err();
        assert!(
            matches!(&refused, Some(Error::ValueInspected { at }) if at.contains("checkpoint.rs")),
            "{refused:?}"
        );
        assert_eq!(y.backward(&[x])[0].item(), 2.0 * 1.5_f64.exp());
        let tape = new();
        let (x, c) = (tape.leaf(1.5), tape.constant(-3.0));
        let z = checkpoint(|v| branch(&[v[0] * 1.0]), &[c]) * x;
        let plan = tape.compile(&[x], &[z]).expect("a constant may be read");
        assert_eq!(plan.run(&mut plan.workspace(), &[&Tensor::from(2.0)]).expect("runs")[0].item(), 6.0);
    }
}

#[test]
fn a_function_that_does_something_else_the_second_time_is_refused() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let y = checkpoint(|v| v[0].square() * CALLS.fetch_add(1, Ordering::Relaxed) as f64, &[x]).sum();
    for failed in [y.try_backward(&[x]).err(), y.try_grad(&[x]).err()] {
        let text = failed.expect("another value").to_string();
        assert!(text.contains("custom op checkpoint") && text.contains("another value"), "{text}");
    }
    assert_eq!((x * x).sum().backward(&[x])[0].to_vec(), [2.0, 4.0]);
}

#[test]
fn what_goes_wrong_inside_leaves_the_tape_as_it_was() {
    let tape = Tape::<f64>::new();
    let (x, wide) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
    let failed = try_checkpoint(|v| v[0].square().try_matmul(v[1]), &[x, wide]);
    assert_eq!(failed.err(), x.try_matmul(wide).err());
    assert_eq!(tape.len(), 2);
    assert!(matches!(try_checkpoint(|v| Ok(v[0]), &[] as &[V<'_>]), Err(Error::Arity { given: 0, .. })));
    let other = Tape::<f64>::new();
    let mixed = try_checkpoint(|v| Ok(v[0] + v[1]), &[x, other.leaf(1.0)]);
    assert!(matches!(mixed, Err(Error::DifferentTapes { op: "checkpoint" })));
    assert!(catch_unwind(AssertUnwindSafe(|| checkpoint(|v| v[0] + v[1], &[x, wide]))).is_err());
    assert_eq!(checkpoint(|v| v[0] * v[0], &[x]).sum().backward(&[x])[0].to_vec(), [2.0, 4.0]);
}

#[test]
fn what_has_no_derivative_outside_has_none_inside() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    assert_eq!(checkpoint(|v| v[0], &[x]).try_grad(&[x]).err(), x.try_grad(&[x]).err());
    for cut in [checkpoint(|v| v[0].detach(), &[x]), tape.no_grad(|| checkpoint(|v| v[0].exp(), &[x]))] {
        assert!(!cut.is_tracked());
    }
    let partly = checkpoint(|v| v[0].detach() * v[1], &[x, x.exp()]).sum();
    assert_eq!(partly.backward(&[x])[0], (x.value() * x.exp().value()));
    struct NoRule;
    impl CustomOp<f64> for NoRule {
        fn name(&self) -> &'static str {
            "no_rule"
        }
        fn arity(&self) -> usize {
            1
        }
        fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
            Ok(x[0])
        }
        fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
            Ok(x[0].clone())
        }
        fn vjp<'t>(&self, _: &Line<'t, f64>, _: V<'t>) -> Pullback<'t, f64> {
            [None].into()
        }
        fn jvp<'t>(&self, _: &Line<'t, f64>, _: &[Option<V<'t>>]) -> Option<V<'t>> {
            None
        }
        fn differentiable(&self, _: usize) -> bool {
            false
        }
    }
    let refused = try_checkpoint(|v| v[0].tape().try_custom(NoRule, &[v[0]]), &[x]);
    assert!(matches!(refused, Err(Error::NotDifferentiable { op: "no_rule", input: 0 })));
}

#[test]
fn a_checkpoint_that_ignores_what_is_asked_about_leaves_nothing_to_the_next() {
    let (x0, w0) = (Tensor::from([0.3, -0.7]), Tensor::from([0.5, 1.5]));
    let run = |lean: bool| {
        let tape = Tape::<f64>::new();
        let (x, w) = (tape.leaf(&x0), tape.leaf(&w0));
        let a = if lean { checkpoint(|v| (v[0] * v[0]).sin(), &[x]) } else { (x * x).sin() };
        // The line depends on `a`, the value inside of it on `w` alone.
        let b = if lean { checkpoint(|v| v[1].exp(), &[a, w]) } else { w.exp() };
        let y = (a * b).sum();
        [y.backward(&[x]), y.backward(&[x, w]), vec![y.grad(&[x])[0].value()]].concat()
    };
    for (plain, lean) in run(false).iter().zip(&run(true)) {
        assert!(same_bits(plain, lean), "{plain} and {lean}");
    }
}

#[test]
fn a_number_drawn_and_read_inside_is_refused_by_a_plan() {
    fn branch<'t>(v: &[V<'t>]) -> V<'t> {
        let drawn = v[0].noise(Distribution::Normal, Key::new(1));
        if drawn.item() > 0.0 { v[0] * 2.0 } else { -v[0] }
    }
    for deferred in [false, true] {
        let tape = Tape::<f64>::new();
        let tape = if deferred { tape.deferred() } else { tape };
        let (x, c) = (tape.leaf(1.5), tape.constant(3.0));
        let y = checkpoint(branch, &[c]) * x;
        assert!(matches!(tape.compile(&[x], &[y]).err(), Some(Error::ValueInspected { .. })));
    }
}

#[test]
fn anomalies_and_wrong_rules_are_found_inside() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([4.0, 0.0]);
    let line = line!() + 1;
    let y = checkpoint(|v| checkpoint(|v| v[0].ln() * 2.0, v) + 1.0, &[x]);
    let found = tape.find_anomaly(y.sum()).expect("a logarithm of 0");
    assert_eq!((found.op, found.sweep, found.at.line()), ("ln", Sweep::Forward, line));
    assert_eq!(found.element, [1]);
    let (line, length) = (line!() + 1, tape.len());
    let y = checkpoint(|v| v[0].square().sqrt() * 3.0, &[x]);
    let found = tape.find_anomaly(y.sum()).expect("an infinite slope");
    assert_eq!((found.op, found.sweep, found.at.line()), ("sqrt", Sweep::Backward, line));
    assert_eq!(tape.len(), length + 2);

    let failure = Checker::new()
        .run(
            |x| {
                let sine = custom_vjp("wrong_sine", |[x]| x.sin(), |_, ct| [Some(ct)].into());
                checkpoint(move |v| sine.of([v[0].exp()]) * 2.0, &[x])
            },
            &Tensor::from([0.5, 0.7]),
        )
        .unwrap_err();
    assert!(failure.to_string().contains("wrong_sine"), "{failure}");
}

#[test]
fn an_explanation_has_a_line_for_the_whole() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(0.5);
    let y = checkpoint(|v| v[0].sin() * v[0], &[x]) * 2.0;
    let text = y.explain(&[("x", x)]).to_string();
    assert!(text.contains("checkpoint"), "{text}");
}
