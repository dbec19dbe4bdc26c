//! Programs that go wrong, and which line is named; programs in which what is infinite is left out, and none is.

use wengert::Conv2dOptions;
use wengert::anomaly::{Reached, Sweep};
use wengert::prelude::*;

type Program = for<'t> fn(&'t Tape<f64>) -> Var<'t, f64>;

/// A program with the op to be named, the sweep, and the line of source that the program is on.
struct Case {
    op: &'static str,
    sweep: Sweep,
    line: u32,
    program: Program,
}

/// A case on a single line of source.
macro_rules! case {
    ($op:literal, $sweep:ident, $program:expr) => {
        Case { op: $op, sweep: Sweep::$sweep, line: line!(), program: $program }
    };
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn vector<'t>(t: &'t Tape<f64>, x: impl Into<Tensor<f64>>) -> Var<'t, f64> {
    t.leaf(x)
}

#[rustfmt::skip] // a case is a line
fn cases() -> Vec<Case> {
    vec![
        case!("ln", Forward, |t| vector(t, [1.0, -2.0]).ln().sum()),
        case!("ln", Forward, |t| vector(t, [1.0, 0.0]).ln().sum()),
        case!("ln", Forward, |t| (vector(t, [1.0, 0.0]).ln() * 0.0).sum()),
        case!("log1p", Forward, |t| vector(t, [-1.5]).log1p().sum()),
        case!("sqrt", Forward, |t| vector(t, [4.0, -1.0]).sqrt().mean()),
        case!("rsqrt", Forward, |t| vector(t, [4.0, 0.0]).rsqrt().mean()),
        case!("rsqrt", Forward, |t| vector(t, [4.0, -1.0]).rsqrt().mean()),
        case!("recip", Forward, |t| vector(t, [0.0, 1.0]).recip().sum()),
        case!("div", Forward, |t| (t.leaf([1.0, 2.0]) / t.leaf([1.0, 0.0])).sum()),
        case!("div", Forward, |t| (t.leaf([0.0, 2.0]) / t.leaf([0.0, 1.0])).sum()),
        case!("pow", Forward, |t| t.leaf([-2.0]).pow(t.leaf([0.5])).sum()),
        case!("powi", Forward, |t| t.leaf([0.0]).powi(-1).sum()),
        case!("asin", Forward, |t| t.leaf([1.5]).asin().sum()),
        case!("acos", Forward, |t| t.leaf([0.0, -1.5]).acos().sum()),
        case!("exp", Forward, |t| t.leaf([0.0, 800.0]).exp().sum()),
        case!("expm1", Forward, |t| t.leaf([0.0, 800.0]).expm1().sum()),
        case!("sinh", Forward, |t| t.leaf([900.0]).sinh().sum()),
        case!("cosh", Forward, |t| t.leaf([-900.0]).cosh().sum()),
        case!("mul", Forward, |t| (t.leaf([1e200]) * t.leaf([1e200])).sum()),
        case!("add", Forward, |t| (t.leaf([1.5e308]) + t.leaf([1.5e308])).sum()),
        case!("sub", Forward, |t| (t.leaf([1.5e308]) - t.leaf([-1.5e308])).sum()),
        case!("square", Forward, |t| t.leaf([1e200]).square().sum()),
        case!("powi", Forward, |t| t.leaf([1e200]).powi(3).sum()),
        case!("sum", Forward, |t| t.leaf([1.5e308, 1.5e308]).sum()),
        case!("matmul", Forward, |t| t.leaf([[1e200, 0.0]]).matmul(t.leaf([[1e200], [0.0]])).sum()),
        case!("cumsum", Forward, |t| t.leaf([1.5e308, 1.5e308]).cumsum(0).mean()),
        case!("leaf", Forward, |t| t.leaf([1.0, NAN]).sum()),
        case!("constant", Forward, |t| (t.leaf([1.0, 2.0]) * t.constant([1.0, INF])).sum()),
        case!("leaf", Forward, |t| (t.leaf([1.0, NAN]) * 0.0).exp().sum()),
        case!("ln", Forward, |t| (t.leaf([-1.0]).ln().exp() * 2.0 + 1.0).tanh().sum()),
        case!("exp", Forward, |t| { let y = t.leaf([900.0]).exp(); (y - y * 2.0).sum() }),
        case!("ln", Forward, |t| t.leaf([[1.0, 2.0], [3.0, -4.0]]).ln().t().reshape([4]).slice(0, 3..4).sum()),
        case!("sqrt", Forward, |t| t.leaf([[4.0], [-4.0]]).sqrt().broadcast_to([2, 3]).max()),
        case!("ln", Forward, |t| t.leaf([1.0, -1.0, 2.0]).ln().softmax(0).narrow(0, 0..1).sum()),
        case!("ln", Forward, |t| t.leaf([2.0, -1.0]).ln().index_select(0, Tensor::from([1_u32, 0])).narrow(0, 0..1).sum()),
        case!("ln", Forward, |t| t.leaf([[[[1.0, 2.0], [-3.0, 4.0]]]]).ln().conv2d(t.leaf([[[[1.0, 1.0], [1.0, 1.0]]]]), &Conv2dOptions::default()).sum()),
        case!("ln", Forward, |t| { let x = t.leaf([-1.0]); x.lt(0.0).select(x.ln(), x).sum() }),
        case!("mean", Forward, |t| t.leaf(Tensor::zeros([0])).mean()),
        // What the output leaves finite, and a gradient does not.
        case!("sqrt", Backward, |t| t.leaf([0.0, 1.0]).sqrt().sum()),
        case!("sqrt", Backward, |t| t.leaf([0.0, 0.0]).square().sum().sqrt()),
        case!("pow", Backward, |t| t.leaf([0.0]).pow(t.constant([0.5])).sum()),
        case!("asin", Backward, |t| t.leaf([1.0]).asin().sum()),
        case!("acos", Backward, |t| t.leaf([0.5, -1.0]).acos().sum()),
        case!("sqrt", Backward, |t| (t.leaf([0.0, 4.0]).sqrt() * 2.0).tanh().sum()),
        case!("sqrt", Backward, |t| t.leaf([[0.0, 4.0]]).sqrt().matmul(t.leaf([[1.0], [2.0]])).sum()),
        case!("div", Backward, |t| (t.leaf([1e-10]) / t.leaf([1e-160])).sum()),
        case!("pow", Backward, |t| t.leaf([-2.0]).pow(t.leaf([3.0])).sum()),
        case!("mul", Backward, |t| ((t.leaf([1e-300]) * t.constant([1e300])) * t.constant([1e300])).sum()),
    ]
}

#[test]
fn the_first_wrong_line_is_named_with_its_sweep_and_its_line_of_source() {
    for case in cases() {
        let tape = Tape::new();
        let y = (case.program)(&tape);
        let lines = tape.len();
        let found = tape.find_anomaly(y).unwrap_or_else(|| panic!("none found, line {}", case.line));
        assert_eq!(
            (found.op, found.sweep, found.at.line()),
            (case.op, case.sweep, case.line),
            "{found}\n{tape}"
        );
        assert_eq!(found.at.file(), file!());
        assert!(!found.value.is_finite() && !found.cause.is_empty());
        assert_eq!(matches!(found.reached, Reached::Output), case.sweep == Sweep::Forward, "{found}");
        assert_eq!(tape.len(), lines, "the tape is as it was");
    }
}

#[test]
fn a_deferred_tape_gives_the_same_answers() {
    for case in cases() {
        let tape = Tape::new().deferred();
        let found = tape.find_anomaly((case.program)(&tape)).expect("as on another tape");
        assert_eq!((found.op, found.sweep, found.at.line()), (case.op, case.sweep, case.line), "{found}");
    }
}

#[test]
fn what_is_left_out_is_no_anomaly() {
    let left_out: [(&str, Program); 14] = [
        ("ln at 0", |t| {
            let x = t.leaf([0.0, 2.0]);
            x.gt(0.0).select(x.ln(), 0.0).sum()
        }),
        ("ln below 0", |t| {
            let x = t.leaf([-1.0, 2.0]);
            x.gt(0.0).select(x.ln(), x).sum()
        }),
        ("1 / 0", |t| {
            let x = t.leaf([0.0, 2.0]);
            x.ne(0.0).select(1.0 / x, 0.0).sum()
        }),
        ("sqrt at 0", |t| {
            let x = t.leaf([0.0, 2.0]);
            x.gt(0.0).select(x.sqrt(), 0.0).sum()
        }),
        ("sqrt below 0", |t| {
            let x = t.leaf([-1.0, 2.0]);
            x.gt(0.0).select(x.sqrt(), 0.0).square().sum()
        }),
        ("exp too large", |t| {
            let x = t.leaf([900.0, -1.0]);
            x.lt(0.0).select(x.exp(), 1.0 + x).sum()
        }),
        ("an index past it", |t| t.leaf([0.0, 2.0]).ln().narrow(0, 1..2).sum()),
        ("gathered around it", |t| t.leaf([0.0, 2.0]).ln().index_select(0, Tensor::from([1_u32, 1])).sum()),
        ("filled", |t| t.constant([1.0, 0.0]).gt(0.5).select(0.0, t.leaf([0.0, 2.0]).ln()).sum()),
        ("scores of -inf", |t| (t.leaf([1.0, 2.0]) + t.constant([0.0, -INF])).softmax(0).square().sum()),
        ("log-sum-exp of -inf", |t| (t.leaf([1.0, 2.0]) + t.constant([0.0, -INF])).logsumexp().sum()),
        ("1 / inf", |t| (1.0 / (t.leaf([1.0]) + t.constant([INF]))).sum()),
        ("tanh of inf", |t| (t.leaf([1.0]) * t.constant([INF])).tanh().sum()),
        ("a maximum above -inf", |t| t.leaf([0.0, 2.0]).ln().max()),
    ];
    for (name, program) in left_out {
        let tape = Tape::new();
        let found = tape.find_anomaly(program(&tape));
        assert!(found.is_none(), "{name}: {}", found.expect("checked"));
    }
}

#[test]
fn the_earliest_of_several_is_named_wherever_it_enters() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, -1.0]);
    let (first, line) = (x.sqrt(), line!());
    let second = x.ln();
    for y in [(second + first).sum(), (first + second).sum(), second.sum() * first.sum()] {
        let found = tape.find_anomaly(y).expect("two of them");
        assert_eq!((found.op, found.at.line()), ("sqrt", line), "{found}");
    }
    // Where only one reaches the output, that one.
    let found = tape.find_anomaly(second.sum() + first.narrow(0, 0..1).sum()).expect("one of them");
    assert_eq!(found.op, "ln");
}

#[test]
fn the_earliest_is_named_also_where_a_later_one_is_met_first() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, -1.0]);
    let (first, line) = (x.sqrt(), line!());
    let second = x.ln();
    let joined = Var::concat(&[second, first], 0);
    let ones = tape.constant(Tensor::full([4, 1], 1.0));
    let either = tape.constant([0.0, 1.0, 1.0, 1.0]).gt(0.5).select(joined, 0.0).reshape([2, 2]).t();
    for y in
        [joined, joined.sum(), joined.reshape([1, 4]).matmul(ones), joined.cumsum(0).mean(), either.max()]
    {
        let found = tape.find_anomaly(y).expect("two of them");
        assert_eq!((found.op, found.at.line()), ("sqrt", line), "{found}");
    }
    // Where the earlier one is masked, the later one.
    let later = tape.constant([1.0, 1.0, 1.0, 0.0]).gt(0.5).select(joined, 0.0);
    for y in [later, later.sum(), joined.narrow(0, 0..3).sum()] {
        assert_eq!(tape.find_anomaly(y).expect("one of them").op, "ln");
    }
}

#[test]
fn the_report_tells_element_operands_cause_and_what_is_reached() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([[1.0, 3.0], [-0.5, 2.0]]);
    let found = tape.find_anomaly(x.ln().sum()).expect("a logarithm of -0.5");
    assert_eq!((found.element.as_slice(), found.operands[0].there), (&[1, 0][..], Some(-0.5)));
    assert_eq!(found.operands[0].range, Some([-0.5, 3.0]));
    let text = found.to_string();
    for part in [
        "NaN made by ln at",
        "anomaly.rs:",
        "element [1, 0]",
        "reaches the output",
        "there -0.5",
        "negative number",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let y = tape.leaf([0.0, 1.0]);
    let text = tape.find_anomaly((y.sqrt() + x.sum()).sum()).expect("an infinite slope").to_string();
    for part in ["an infinity in the derivative of sqrt", "gradient of the leaf at", "slope of sqrt at 0"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_variable_of_another_tape_is_refused_and_finite_programs_have_none() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let y = other.leaf(2.0);
    assert!(matches!(tape.try_find_anomaly(y), Err(Error::DifferentTapes { op: "find_anomaly" })));
    assert_eq!(other.find_anomaly(y.exp() * y.ln()), None);
    assert_eq!(other.find_anomaly(other.constant(1.0) * 2.0), None); // no leaf
    assert_eq!(other.find_anomaly(y.reshape([1]).sum_axes(0)), None);
}

#[test]
fn the_cause_says_whether_a_pole_an_end_or_a_size_is_to_blame() {
    let causes: [(&str, Program); 6] = [
        ("end of its interval", |t| t.leaf([1.0]).atanh().sum()),
        ("outside of 0 to 1", |t| t.leaf([1.5]).logit().sum()),
        ("at a pole", |t| t.leaf([0.0]).lgamma().sum()),
        ("scale the operands", |t| t.leaf([1e200]).square().sum()),
        ("slope at 0 is infinite", |t| t.leaf([0.0]).entr().sum()),
        ("clip before", |t| (t.leaf([0.0]) / t.leaf([1e-310])).sum()),
    ];
    for (part, program) in causes {
        let tape = Tape::new();
        let found = tape.find_anomaly(program(&tape)).expect("an anomaly");
        assert!(found.cause.contains(part), "{part}: {found}");
    }
}
