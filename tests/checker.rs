//! The gradient checker must refuse to pass on no evidence, and must name what is wrong.

use wengert::check::{Evidence, Failure, Mismatch};
use wengert::{Checker, Error, Tensor, Var, check_gradients as check, many};
use wengert_tests::wrong_ops::{Map, Slope, Square, one_cell_off};

fn point() -> Tensor<f64> {
    Tensor::from([[0.5, -1.5, 2.0], [1.25, 0.75, -0.5]])
}

fn mismatches(failure: &Failure) -> &[Mismatch] {
    let Failure::Disagreement { mismatches, .. } = failure else { panic!("{failure}") };
    mismatches
}

/// The op named as the first that is wrong, and `file:line` of its call.
fn culprit(failure: &Failure) -> (&str, &str) {
    let Failure::Disagreement { culprit: Some(culprit), .. } = failure else { panic!("{failure}") };
    (culprit.op, culprit.at.rsplit_once(':').expect("file:line:column").0)
}

#[track_caller]
fn square<'t>(name: &'static str, slope: Slope, x: Var<'t, f64>) -> Var<'t, f64> {
    x.tape().custom(Square(name, slope), &[x])
}

fn here(line: u32) -> String {
    format!("{}:{line}", file!())
}

#[test]
fn nothing_compared_does_not_pass() {
    let empty = Tensor::<f64>::zeros([0, 3]);
    assert!(matches!(check(|x| x.sin(), &empty), Err(Failure::NothingCompared)));
    assert!(matches!(check(|x| x.sum(), &empty), Err(Failure::NothingCompared)));
    assert!(matches!(check(|x| x.slice(0, 2..), &point()), Err(Failure::NothingCompared)));
    let checker = Checker::new().all_entries_up_to(0).directions(0);
    assert!(matches!(checker.run(|x| x.sin(), &point()), Err(Failure::NothingCompared)));
    let checker = Checker::new().only(Evidence::HandDerived);
    assert!(matches!(checker.run(|x| x.sin(), &point()), Err(Failure::NothingCompared)));
}

#[test]
fn an_output_that_ignores_an_input_does_not_pass() {
    let constant = check(|x| x.tape().constant(1.0), &point()).unwrap_err();
    assert!(matches!(constant, Failure::Vanishes { input: 0, .. }), "{constant}");
    let second = many::check_gradients(|[a, _]| a.sin(), [&point(), &point()]).unwrap_err();
    assert!(matches!(second, Failure::Vanishes { input: 1, .. }), "{second}");
    assert!(second.to_string().contains("the output ignores it"), "{second}");
    assert!(Checker::new().gradient_may_vanish().run_slice(|x| x[0].sin(), &[point(), point()]).is_ok());
}

#[test]
fn a_gradient_of_zeros_does_not_pass_unless_it_is_allowed() {
    let zero = check(|x| x * 0.0, &point()).unwrap_err();
    assert!(matches!(zero, Failure::Vanishes { input: 0, .. }), "{zero}");
    assert!(zero.to_string().contains("zero everywhere"), "{zero}");
    assert!(Checker::new().gradient_may_vanish().run(|x| x * 0.0, &point()).is_ok());
}

#[test]
fn a_value_that_is_not_finite_does_not_pass() {
    let input = check(|x| x.sin(), &Tensor::from([1.0, f64::NAN])).unwrap_err();
    assert!(matches!(&input, Failure::NotFinite { index, .. } if index == &[1]), "{input}");
    let value = check(|x| x.ln(), &Tensor::from([[1.0, 0.0]])).unwrap_err();
    assert!(
        matches!(&value, Failure::NotFinite { value, index, .. } if *value < 0.0 && index == &[0, 1]),
        "{value}"
    );
    // The value is finite here, but not a small step to the left.
    let edge = check(|x| x.sqrt(), &Tensor::from(0.0)).unwrap_err();
    assert!(matches!(&edge, Failure::NotFinite { value, .. } if value.is_nan()), "{edge}");
    assert!(edge.to_string().contains("a small step away"), "{edge}");
}

#[test]
fn one_wrong_cell_is_reported_with_its_input_index_and_both_numbers() {
    let x = [point(), point()];
    let failure = Checker::new()
        .run_slice(|x| x[0].sum() * 3.0 + square("square", one_cell_off, x[1]).sum(), &x)
        .unwrap_err();
    let [m] = mismatches(&failure) else { panic!("{failure}") };
    assert_eq!((m.order, m.evidence), (1, Evidence::Differences));
    assert_eq!((m.input, m.index.as_deref(), m.output.as_deref()), (1, Some(&[1, 2][..]), Some(&[][..])));
    assert_eq!(m.given, -0.75);
    assert!((m.expected + 1.0).abs() < 1e-9 && m.units > 1e6, "{failure}");
}

#[test]
fn the_first_wrong_op_is_named_with_its_line_among_right_ones() {
    let failure = check(chain, &point()).unwrap_err();
    assert_eq!(culprit(&failure), ("wrong", &*here(CHAIN + 2)), "{failure}");
}

const CHAIN: u32 = line!() + 1;
fn chain(x: Var<'_, f64>) -> Var<'_, f64> {
    let a = square("right", |x| x * 2.0, x.tanh());
    let b = square("wrong", one_cell_off, a.exp());
    let c = square("also wrong", one_cell_off, b);
    c.ln().sum()
}

#[test]
fn a_mistake_that_exists_only_at_order_two_is_found_there_and_the_op_is_named() {
    Checker::new().run(detached, &point()).expect("the first derivative is right");
    let failure = Checker::new().order(2).run(detached, &point()).unwrap_err();
    assert!(mismatches(&failure).iter().all(|m| m.order == 2), "{failure}");
    assert_eq!(culprit(&failure), ("detached", &*here(DETACHED + 1)), "{failure}");
}

const DETACHED: u32 = line!() + 1;
fn detached(x: Var<'_, f64>) -> Var<'_, f64> {
    square("detached", |x| x.detach() * 2.0, x).sum()
}

#[test]
fn a_value_that_was_detached_on_the_way_does_not_pass() {
    let failure = check(|x| (x.detach() * x).sum(), &point()).unwrap_err();
    assert_eq!(mismatches(&failure)[0].evidence, Evidence::Differences, "{failure}");
}

#[test]
fn above_4096_entries_as_many_random_directions_are_compared_as_asked_for() {
    // Each direction against differences (100 outputs) and each seed (1), each seed against the eager sweep (100).
    for (directions, comparisons) in [(8, 8 * 100 + 8 * 8 + 8 * 100), (3, 3 * 100 + 3 * 3 + 3 * 100)] {
        let report = Map::right().check(&Checker::new().directions(directions)).unwrap();
        assert_eq!(report.comparisons, comparisons);
    }
    let all = Map::right().check(&Checker::new().all_entries_up_to(10_000)).unwrap();
    assert_eq!(all.comparisons, 3 * 10_000);
}

#[test]
fn one_wrong_cell_among_ten_thousand_is_caught_by_one_direction_and_located() {
    let [row, column] = Map::CELL;
    for (map, evidence) in
        [(Map::wrong_in_reverse(), Evidence::Transpose), (Map::wrong_in_forward(), Evidence::Differences)]
    {
        let failure = map.check(&Checker::new().directions(1)).unwrap_err();
        let m = &mismatches(&failure)[0];
        assert_eq!((m.evidence, m.input), (evidence, 0), "{failure}");
        assert_eq!((m.index.as_deref(), m.output.as_deref()), (Some(&[column][..]), Some(&[row][..])));
        assert!((m.given - m.expected - 0.5).abs() < 1e-8, "{failure}");
        assert_eq!(culprit(&failure).0, "map");
    }
}

#[test]
fn a_hand_derived_gradient_of_wrong_shape_or_count_is_a_typed_error() {
    let against = |hand: fn(&[Tensor<f64>]) -> Vec<Tensor<f64>>| {
        Checker::new().against(|x| (x[0] * x[1]).sum(), hand, &[point(), point()]).unwrap_err()
    };
    let count = against(|x| vec![x[1].clone()]);
    assert!(matches!(count, Failure::Engine(Error::Arity { given: 1, .. })), "{count}");
    let shape = against(|x| vec![x[1].clone(), x[0].transpose(0, 1)]);
    assert!(matches!(shape, Failure::Engine(Error::CotangentShape { .. })), "{shape}");
    assert!(shape.to_string().contains("[3, 2]") && shape.to_string().contains("[2, 3]"), "{shape}");
    let vector = Checker::new().against(|x| x[0].sin(), |x| vec![x[0].map(f64::cos)], &[point()]);
    assert!(matches!(vector, Err(Failure::Engine(Error::NotScalar { .. }))));
}

#[test]
fn a_hand_derived_gradient_with_a_nan_or_a_wrong_entry_is_reported_there() {
    for wrong in [f64::NAN, 0.0] {
        let hand = |x: &[Tensor<f64>]| {
            let spoiled =
                Tensor::from_fn([2, 3], |ix| if ix == [0, 2] { wrong } else { x[1].get(ix).unwrap() });
            vec![spoiled, x[0].clone()]
        };
        let failure = Checker::new().against(|x| (x[0] * x[1]).sum(), hand, &[point(), point()]).unwrap_err();
        let [m] = mismatches(&failure) else { panic!("{failure}") };
        assert_eq!((m.evidence, m.input, m.index.as_deref()), (Evidence::HandDerived, 0, Some(&[0, 2][..])));
        assert_eq!(m.expected, 2.0);
    }
}

#[test]
fn functions_of_several_inputs_are_checked_in_each() {
    let (a, b) = (point(), Tensor::from([[0.3], [2.0]]));
    let report = many::check_gradients(|[a, b]| (a * b).sin(), [&a, &b]).unwrap();
    assert_eq!(report.order, 2);
    // 6 outputs by 6 + 2 inputs, three ways, then order two on top.
    assert!(report.comparisons > 3 * 6 * 8, "{report}");
    let slices = Checker::new().run_slice(|x| (x[0] * x[1]).sin(), &[a, b]).unwrap();
    assert_eq!(slices.comparisons, 3 * 6 * 8);
}

#[test]
fn no_tolerance_admits_what_cannot_be_compared() {
    let checker = Checker::new().tolerance(f64::NAN, 0.0);
    assert!(matches!(checker.run(|x| x.sin(), &point()), Err(Failure::Disagreement { .. })));
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let text = |seed| Map::wrong_in_reverse().check(&Checker::new().seed(seed)).unwrap_err().to_string();
    assert_eq!(text(3), text(3));
    assert_ne!(text(3), text(4));
}

#[test]
fn the_report_can_be_read() {
    let text = Checker::new().order(2).run(detached, &Tensor::from([2.0])).unwrap_err().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("gradient check: ") && lines[0].ends_with("beyond tolerance"), "{text}");
    assert!(lines[1].starts_with("  order 2, input 0 at [0]: forward mode "), "{text}");
    assert!(lines[1].ends_with(" tolerances apart)"), "{text}");
    let named =
        format!("  first op whose local rule disagrees: detached, recorded at {}", here(DETACHED + 1));
    assert!(text.contains(&named), "{text}");
    assert!(text.contains("input 0: [1] [2.0]"), "{text}");
    assert!(text.contains("input 1 (random weights of the output): [] "), "{text}");
}
