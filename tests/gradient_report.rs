//! Small networks with a fault each, and what is reported of them.

use wengert::gradient_report::{GradientReport, Reach, TrendKind, Why};
use wengert::prelude::*;
use wengert_nn::{Activation, Init, Linear, Model, gradient_report, tree};

tree! {
    /// Dense layers one after the other.
    struct Chain<P> {
        /// The layers.
        layers: Vec<Linear<P>>,
    }
}

/// So many layers of 6 units, and 5 rows to put through them.
fn chain(layers: u32) -> (Chain<Tensor<f64>>, Tensor<f64>) {
    let of = |k| Linear::new(6, 6, Init::GlorotUniform, Key::new(3).stream(k));
    (Chain { layers: (0..layers).map(of).collect() }, Key::new(4).uniform([5, 6]))
}

fn of<'r>(report: &'r GradientReport, name: &str) -> &'r wengert::gradient_report::Parameter {
    report.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no {name} in\n{report}"))
}

/// The op, the line and the reason of the only cut of a parameter, under the word it is reported by.
#[track_caller]
fn only_cut(report: &GradientReport, name: &str, word: &str) -> (&'static str, u32, Why) {
    let reach = &of(report, name).reach;
    assert_eq!(reach.word(), word, "{report}");
    let [cut] = reach.cuts() else { panic!("{} cuts in\n{report}", reach.cuts().len()) };
    assert!(cut.at.file().ends_with("gradient_report.rs"), "{report}");
    let text = report.to_string();
    assert!(text.contains(&format!("{name}: {word} by {} at ", cut.op)), "{text}");
    (cut.op, cut.at.line(), cut.why)
}

#[test]
fn nothing_is_reported_of_a_network_that_learns() {
    let ((model, x), tape) = (chain(4), Tape::new());
    let model = model.on(&tape);
    let y = model.layers.iter().fold(tape.constant(x), |x, layer| Activation::Tanh.forward(layer.forward(x)));
    let loss = y.square().mean();
    let before = tape.len();
    let report = gradient_report(loss, &model);
    assert_eq!(tape.len(), before);
    assert!(report.is_healthy(), "{report}");
    assert_eq!(
        report.layers.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
        ["layers.0", "layers.1", "layers.2", "layers.3"]
    );
    let leaves: Vec<Var<'_, f64>> = model.layers.iter().map(|l| l.weight).collect();
    for (k, g) in loss.backward(&leaves).iter().enumerate() {
        let p = of(&report, &format!("layers.{k}.weight"));
        let [norm, weight] =
            [g, &leaves[k].value()].map(|t| t.to_vec().iter().map(|x| x * x).sum::<f64>().sqrt());
        assert!((p.norm.expect("reached") - norm).abs() < 1e-12 * norm, "{report}");
        assert!((p.ratio().expect("reached") - norm / weight).abs() < 1e-12, "{report}");
    }
}

#[test]
fn a_detached_branch_is_cut_where_it_is_detached() {
    let ((model, x), tape) = (chain(2), Tape::new());
    let model = model.on(&tape);
    let features = model.layers[0].forward(tape.constant(x)).tanh();
    let (held, line) = (features.detach() * 2.0, line!());
    let report = gradient_report(model.layers[1].forward(held).mean(), &model);
    assert_eq!(only_cut(&report, "layers.0.weight", "cut"), ("detach", line, Why::Detached));
    assert_eq!(only_cut(&report, "layers.0.bias", "cut"), ("detach", line, Why::Detached));
    assert_eq!(of(&report, "layers.1.weight").reach, Reach::Reached);
    assert!(!report.is_healthy());
}

#[test]
fn a_dead_relu_is_named_with_its_line() {
    let ((model, x), tape) = (chain(2), Tape::new());
    let model = model.on(&tape);
    let lifted = model.layers[0].forward(tape.constant(x)) - 100.0;
    let (dead, line) = (lifted.relu(), line!());
    let report = gradient_report(model.layers[1].forward(dead).mean(), &model);
    assert_eq!(only_cut(&report, "layers.0.weight", "zero"), ("relu", line, Why::ZeroSlope));
    // The weight after it sees zeros only: its product is where the gradient becomes zero.
    assert_eq!(of(&report, "layers.1.weight").reach.word(), "zero");
    assert_eq!(of(&report, "layers.1.bias").reach, Reach::Reached);
}

#[test]
fn a_floor_in_the_path_is_named_with_its_reason() {
    let tape = Tape::<f64>::new();
    let (w, b) = (tape.leaf([0.3, 1.7]), tape.leaf([1.0, 2.0]));
    let (steps, line) = ((w * 4.0).floor(), line!());
    let report = (steps * b).sum().gradient_report(&[("w", w), ("b", b)]);
    let (op, at, why) = only_cut(&report, "w", "cut");
    assert_eq!((op, at), ("floor", line));
    assert!(matches!(why, Why::LocallyConstant(reason) if !reason.is_empty()));
}

#[test]
fn a_comparison_in_the_path_is_named_and_not_the_choice_that_uses_it() {
    let tape = Tape::<f64>::new();
    let (w, b) = (tape.leaf([0.3, -1.7]), tape.leaf([1.0, 2.0]));
    let (mask, line) = ((w * 2.0).gt(0.0), line!());
    let report = mask.select(b, 0.0).sum().gradient_report(&[("w", w), ("b", b)]);
    let (op, at, why) = only_cut(&report, "w", "cut");
    assert_eq!((op, at, matches!(why, Why::LocallyConstant(_))), ("compare", line, true));
}

#[test]
fn a_sign_is_named_where_the_loss_itself_is_one() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(0.3);
    let (loss, line) = ((w * 2.0).sign(), line!());
    let report = loss.gradient_report(&[("w", w)]);
    assert_eq!(only_cut(&report, "w", "cut").0, "sign");
    assert_eq!(only_cut(&report, "w", "cut").1, line);
}

#[test]
fn a_layer_that_the_loss_does_not_use_is_unused() {
    let ((model, x), tape) = (chain(3), Tape::new());
    let model = model.on(&tape);
    let first = model.layers[0].forward(tape.constant(x));
    let aside = model.layers[1].forward(first);
    let report = gradient_report(model.layers[2].forward(first.tanh()).mean(), &model);
    assert_eq!(aside.shape().dims(), [5, 6]);
    let words: Vec<&str> = report.parameters.iter().map(|p| p.reach.word()).collect();
    assert_eq!(words, ["reached", "reached", "unused", "unused", "reached", "reached"], "{report}");
    assert_eq!((of(&report, "layers.1.bias").norm, report.layers[1].rms), (None, None));
}

#[test]
fn a_nan_is_counted_and_its_line_found() {
    let ((model, x), tape) = (chain(2), Tape::new());
    let model = model.on(&tape);
    let features = model.layers[0].forward(tape.constant(x)).tanh();
    let (rooted, line) = ((features - 2.0).sqrt(), line!());
    let report = gradient_report(model.layers[1].forward(rooted).mean(), &model);
    assert!(
        matches!(of(&report, "layers.0.bias").reach, Reach::NotFinite { nan: 6, infinite: 0 }),
        "{report}"
    );
    let found = report.anomaly.as_ref().expect("NaN");
    assert_eq!((found.op, found.at.line()), ("sqrt", line), "{report}");
    assert!(report.to_string().contains("6 NaN, 0 infinite"), "{report}");
}

#[test]
fn an_infinite_slope_is_found_behind_a_finite_loss() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([0.0, 4.0]);
    let (y, line) = (w.sqrt(), line!());
    let report = y.sum().gradient_report(&[("w", w)]);
    assert_eq!(of(&report, "w").reach, Reach::NotFinite { nan: 0, infinite: 1 });
    assert_eq!(report.anomaly.as_ref().map(|a| (a.op, a.at.line())), Some(("sqrt", line)));
    assert!(report.to_string().contains('∞'), "{report}");
}

#[test]
fn a_chain_of_saturated_sigmoids_vanishes() {
    let ((model, x), tape) = (chain(8), Tape::new());
    let model = model.on(&tape);
    let y = model.layers.iter().fold(tape.constant(x), |x, layer| layer.forward(x).sigmoid());
    let report = gradient_report(y.square().mean(), &model);
    let trend = report.trend.expect("eight layers");
    assert_eq!(trend.kind, TrendKind::Vanishing, "{report}");
    assert!(trend.factor < 0.5 && trend.layers == 8, "{report}");
    assert!(report.parameters.iter().all(|p| p.reach == Reach::Reached), "{report}");
    assert!(report.layers[1..].iter().all(|l| l.factor.is_some_and(|f| f > 1.5)), "{report}");
    assert!(report.to_string().contains("over the layers: vanishing"), "{report}");
}

#[test]
fn a_recurrent_chain_explodes_over_the_uses_of_its_one_weight() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(Key::new(5).uniform::<f64>([4, 4]).map(|u| 1.5 * u));
    let start = tape.leaf(Tensor::full([1, 4], 0.1));
    let state = (0..12).fold(start, |state, _| state.matmul(w));
    let report = state.sum().gradient_report(&[("w", w), ("start", start)]);
    let trend = of(&report, "w").trend.expect("used twelve times");
    assert_eq!((trend.kind, trend.layers), (TrendKind::Exploding, 12), "{report}");
    assert!(report.to_string().contains("w, over its uses: exploding"), "{report}");
    assert_eq!(of(&report, "start").trend, None);
}

#[test]
fn a_layer_frozen_by_no_grad_is_cut_at_its_first_line() {
    let ((model, x), tape) = (chain(2), Tape::new());
    let model = model.on(&tape);
    let w = model.layers[0].weight;
    let (frozen, line) = (tape.no_grad(|| tape.constant(&x).matmul(w)), line!());
    let report = gradient_report(model.layers[1].forward(frozen.tanh()).mean(), &model);
    assert_eq!(only_cut(&report, "layers.0.weight", "cut"), ("matmul", line, Why::NoGrad));
    assert_eq!(of(&report, "layers.0.bias").reach, Reach::Unused);
}

#[test]
fn a_whole_loss_within_no_grad_is_cut_at_each_parameter() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([1.0, 2.0]);
    let (loss, line) = (tape.no_grad(|| (w * w).sum()), line!());
    let report = loss.gradient_report(&[("w", w)]);
    assert_eq!(only_cut(&report, "w", "cut"), ("mul", line, Why::NoGrad));
}

#[test]
fn a_branch_multiplied_by_zero_is_named_with_its_line() {
    let tape = Tape::<f64>::new();
    let (w, b) = (tape.leaf([0.3, 1.7]), tape.leaf([1.0, 2.0]));
    let gate = tape.constant([0.0, 0.0]);
    let (gated, line) = (w.sin() * gate, line!());
    let report = (gated + b).square().sum().gradient_report(&[("w", w), ("b", b)]);
    assert_eq!(only_cut(&report, "w", "zero"), ("mul", line, Why::ZeroSlope));
}

#[test]
fn contributions_that_cancel_are_named_where_they_meet() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf([0.3, 1.7]);
    let (y, line) = (w.sin(), line!());
    let report = (y * 3.0 - y * 3.0).sum().gradient_report(&[("w", w)]);
    assert_eq!(only_cut(&report, "w", "zero"), ("sin", line, Why::Cancelled));
    let report = (y * 3.0 - y * 3.0).sum().gradient_report(&[("y", y)]);
    assert_eq!(only_cut(&report, "y", "zero"), ("sin", line, Why::Cancelled));
    let (direct, line) = (tape.leaf(2.0), line!());
    let report = (direct - direct).gradient_report(&[("w", direct)]);
    assert_eq!(only_cut(&report, "w", "zero"), ("leaf", line, Why::Cancelled));
}

#[test]
fn a_parameter_recorded_as_a_constant_is_said_to_be_one() {
    let tape = Tape::<f32>::new();
    let (w, b) = (tape.constant([0.3, 1.7]), tape.leaf([1.0, 2.0]));
    let report = (w * b).sum().gradient_report(&[("w", w), ("b", b)]);
    assert_eq!((of(&report, "w").reach.word(), of(&report, "b").reach.word()), ("constant", "reached"));
}

#[test]
fn norms_of_huge_and_tiny_gradients_do_not_overflow() {
    let tape = Tape::<f64>::new();
    let (w, v) = (tape.leaf([1.0, 1.0]), tape.leaf([1.0, 1.0]));
    let report = (w * 3e200 + v * 4e-200).sum().gradient_report(&[("w", w), ("v", v)]);
    let norms = report.parameters.iter().map(|p| p.norm.expect("reached"));
    for (norm, expected) in norms.zip([3e200, 4e-200]) {
        assert!((norm / expected - 2.0_f64.sqrt()).abs() < 1e-12, "{norm}");
    }
}

#[test]
fn what_has_no_report_is_a_typed_error() {
    let (tape, other) = (Tape::<f64>::new(), Tape::new());
    let (x, y) = (tape.leaf([1.0, 2.0]), other.leaf(1.0));
    assert!(matches!(
        x.try_gradient_report(&[("x", x)]),
        Err(Error::NotScalar { op: "gradient_report", .. })
    ));
    assert!(matches!(
        y.try_gradient_report(&[("x", x)]),
        Err(Error::DifferentTapes { op: "gradient_report" })
    ));
    assert!(x.sum().gradient_report(&[]).parameters.is_empty());
}

#[test]
fn a_long_dead_chain_is_reported_in_linear_time() {
    let tape = Tape::<f64>::new();
    let w = tape.leaf(-1.0);
    // 60,000 lines of which each passes on a zero: were all searched for each, it would take minutes.
    let y = (0..60_000).fold(w, |y, _| y * 1.0);
    let (dead, line) = (y.relu(), line!());
    let report = dead.gradient_report(&[("w", w)]);
    assert_eq!(only_cut(&report, "w", "zero"), ("relu", line, Why::ZeroSlope));
}

#[test]
fn a_deferred_tape_is_reported_like_any_other() {
    let tape = Tape::<f64>::new().deferred();
    let w = tape.leaf([1.0, 2.0]);
    let report = (w * w).sum().gradient_report(&[("w", w)]);
    assert!((of(&report, "w").norm.expect("reached") - 20.0_f64.sqrt()).abs() < 1e-15);
}
