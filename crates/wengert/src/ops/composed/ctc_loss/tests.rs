use crate::{Checker, Error, Tape, Tensor, Var};

/// The probability of the labels, by adding up every path of classes over the frames that collapses to them.
fn by_enumeration(x: &Tensor<f64>, k: usize, frames: usize, labels: &[u32], blank: u32) -> f64 {
    let classes = x.dims()[2];
    let mut total = 0.0;
    for path in 0..classes.pow(frames as u32) {
        let class = |t: usize| path / classes.pow(t as u32) % classes;
        let mut spelled = Vec::new();
        for t in 0..frames {
            if class(t) != blank as usize && (t == 0 || class(t) != class(t - 1)) {
                spelled.push(class(t) as u32);
            }
        }
        if spelled == labels {
            total += (0..frames).map(|t| x[[t, k, class(t)]]).sum::<f64>().exp();
        }
    }
    -total.ln()
}

fn scores(shape: [usize; 3]) -> Tensor<f64> {
    Tensor::from_fn(shape, |ix| ((ix[0] * 7 + ix[1] * 3 + ix[2] * 5) % 11) as f64 / 4.0 - 1.0)
}

#[test]
fn agrees_with_the_sum_over_all_alignments() {
    let cases: [&[u32]; 8] = [&[], &[1], &[1, 1], &[2, 1], &[1, 2, 1], &[2, 2, 2], &[1, 0], &[0, 0]];
    let tape = Tape::<f64>::new();
    let x = tape.leaf(scores([5, 1, 3])).log_softmax(2);
    for frames in 0..=5 {
        for labels in cases {
            let blank = if labels.contains(&0) { 2 } else { 0 };
            let targets = Tensor::new([1, labels.len()], labels).expect("a row");
            let got = x.ctc_loss(targets, &[frames], &[labels.len()], blank).item();
            let expected = by_enumeration(&x.value(), 0, frames, labels, blank);
            assert!(
                got == expected || (got - expected).abs() < 1e-14,
                "{got} {expected}: {labels:?} in {frames}"
            );
        }
    }
}

/// The numbers are those of PyTorch's `ctc_loss` in double precision: `x[t][n][c] = (7 t + 3 n + 5 c) mod 11 / 4 - 1`, of
/// `log_softmax(x)`, with these targets and lengths, `reduction = "none"`, and the gradient of the sum by `x`.
#[test]
fn agrees_with_numbers_of_another_engine() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(scores([5, 3, 4]));
    let targets = Tensor::from([[1_u32, 1, 0], [2, 3, 1], [1, 1, 1]]);
    let loss = x.log_softmax(2).ctc_loss(targets, &[5, 4, 3], &[2, 3, 0], 0);
    let slope = loss.sum().backward(&[x])[0].clone();
    for (got, expected) in [(loss.value(), &TORCH_LOSS[..]), (slope, &TORCH_SLOPE[..])] {
        for (a, b) in got.to_vec().iter().zip(expected) {
            assert!((a - b).abs() < 1e-14, "{a} is not {b}");
        }
    }
}

const TORCH_LOSS: [f64; 3] = [5.1894076943383345, 3.3747803938027703, 4.407075076412785];
const TORCH_SLOPE: [f64; 60] = [
    -0.00353594890219692,
    -0.7648970633373099,
    0.6282512174716186,
    0.14018179476788828,
    -0.20430840197638983,
    0.4369797160942042,
    -0.5729914591983009,
    0.3403201450804864,
    -0.7881451433715085,
    0.04727120808773774,
    0.16499272823974867,
    0.5758812070440221,
    -0.47417912355324066,
    0.03635562443903875,
    0.35795331795356183,
    0.07987018116064007,
    0.13011597147209844,
    0.10255534264571628,
    -0.22817076629541677,
    -0.004500547822397939,
    -0.8748032152084056,
    0.4369797160942041,
    0.09750335403371517,
    0.34032014508048636,
    0.009705481674313378,
    -0.44752898078851516,
    0.09750335403371524,
    0.3403201450804866,
    0.19079029478189696,
    0.04122445664334166,
    0.16499272823974886,
    -0.3970074796649875,
    -0.5403788417599185,
    0.10255534264571631,
    0.357953317953562,
    0.0798701811606401,
    -0.3045208291001453,
    -0.1333026700140564,
    0.3579533179535616,
    0.07987018116064001,
    0.12385017240548447,
    -0.5616736715196865,
    0.09750335403371528,
    0.34032014508048675,
    0.0,
    0.0,
    0.0,
    0.0,
    -0.6123642959808823,
    -0.12850963930288906,
    0.16499272823974878,
    0.5758812070440226,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
];

#[test]
fn every_order_is_right_where_states_have_probability_zero() {
    // Labels of full length leave one alignment, and shorter ones many states that cannot be reached.
    for labels in [&[1_u32, 2][..], &[1], &[]] {
        let targets = Tensor::new([1, labels.len()], labels).expect("a row");
        let report = Checker::new().order(4).run_slice(
            |x| x[0].log_softmax(2).ctc_loss(targets.clone(), &[2], &[labels.len()], 0).sum(),
            &[scores([2, 1, 3])],
        );
        assert!(report.expect("right derivatives").comparisons > 0);
    }
}

#[test]
fn what_cannot_be_spelled_costs_infinity_with_gradient_zero_and_leaves_the_others_alone() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(scores([2, 3, 3]));
    // Two equal labels need a frame between them.
    let loss = x.ctc_loss([[1, 1], [1, 2], [2, 2]], &[2, 2, 0], &[2, 2, 1], 0);
    assert_eq!(loss.value()[[0]], f64::INFINITY);
    assert_eq!(loss.value()[[1]], -(x.value()[[0, 1, 1]] + x.value()[[1, 1, 2]]));
    assert_eq!(loss.value()[[2]], f64::INFINITY);
    let g = loss.sum().backward(&[x])[0].clone();
    let expected =
        Tensor::from_fn([2, 3, 3], |ix| if ix == [0, 1, 1] || ix == [1, 1, 2] { -1.0 } else { 0.0 });
    assert_eq!(g, expected);
    let impossible = tape.leaf([[[0.0, f64::NEG_INFINITY]]]);
    let loss = impossible.ctc_loss([[1]], &[1], &[1], 0);
    assert_eq!((loss.item(), loss.backward(&[impossible])[0].to_vec()), (f64::INFINITY, vec![0.0, 0.0]));
}

#[test]
fn classes_of_probability_zero_on_other_paths_do_no_harm() {
    let tape = Tape::<f64>::new();
    let inf = f64::NEG_INFINITY;
    let x = tape.leaf([[[inf, 0.0, inf]], [[0.0, inf, inf]], [[inf, 0.0, inf]]]);
    let loss = x.ctc_loss([[1, 1]], &[3], &[2], 0);
    assert_eq!(loss.item(), 0.0);
    let g = loss.grad(&[x])[0];
    assert_eq!(g.value().to_vec(), [0.0, -1.0, 0.0, -1.0, 0.0, 0.0, 0.0, -1.0, 0.0]);
    assert_eq!((g * g).sum().backward(&[x])[0].to_vec(), [0.0; 9]);
}

#[test]
fn frames_and_labels_beyond_the_lengths_are_not_looked_at() {
    let tape = Tape::<f64>::new();
    let whole = scores([3, 2, 3]);
    let spoiled = Tensor::from_fn([3, 2, 3], |ix| {
        if ix[1] == 0 && ix[0] == 2 { f64::NAN } else { whole.get(ix).expect("inside") }
    });
    let (x, y) = (tape.leaf(&whole), tape.leaf(&spoiled));
    let clean = x.ctc_loss([[1, 2], [2, 1]], &[2, 3], &[1, 2], 0);
    let loss = y.ctc_loss([[1, 99], [2, 1]], &[2, 3], &[1, 2], 0);
    assert_eq!(loss.value(), clean.value());
    assert_eq!(loss.sum().backward(&[y])[0], clean.sum().backward(&[x])[0]);
}

#[test]
fn long_sequences_neither_underflow_nor_overflow() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(Tensor::zeros([1000, 1, 1000])).log_softmax(2);
    let targets = Tensor::from_fn([1, 50], |ix| 1 + ix[1] as u32);
    let loss = x.ctc_loss(targets, &[1000], &[50], 0).item();
    assert!(loss.is_finite() && loss > 6000.0, "{loss}");
}

#[test]
fn nothing_to_spell_costs_what_the_blanks_cost() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(scores([2, 1, 3]));
    let loss = x.ctc_loss(Tensor::zeros([1, 0]), &[2], &[0], 1);
    assert_eq!(loss.item(), -(x.value()[[0, 0, 1]] + x.value()[[1, 0, 1]]));
    let none = tape.leaf(Tensor::zeros([0, 1, 3])).ctc_loss(Tensor::zeros([1, 0]), &[0], &[0], 0);
    assert_eq!(none.item().to_bits(), 0);
    let batch = tape.leaf(Tensor::zeros([2, 0, 3])).ctc_loss(Tensor::zeros([0, 4]), &[], &[], 0);
    assert_eq!(batch.shape().dims(), [0]);
}

#[test]
fn misfits_are_typed_errors() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(scores([3, 2, 4]));
    let of = |targets: Tensor<u32>, frames: &[usize], labels: &[usize], blank| {
        x.try_ctc_loss(targets, frames, labels, blank).map(Var::value)
    };
    let targets = Tensor::from([[1_u32, 2], [3, 1]]);
    assert!(of(targets.clone(), &[3, 3], &[2, 2], 0).is_ok());
    assert!(matches!(
        of(targets.clone(), &[3, 3], &[2, 2], 4),
        Err(Error::Index { op: "ctc_loss", index: 4, size: 4 })
    ));
    assert!(matches!(
        of(targets.clone(), &[3, 3], &[2, 2], 2),
        Err(Error::Attribute { name: "targets", .. })
    ));
    assert!(matches!(
        of(targets.clone(), &[3, 4], &[2, 2], 0),
        Err(Error::Attribute { name: "input_lengths", .. })
    ));
    assert!(matches!(
        of(targets.clone(), &[3], &[2, 2], 0),
        Err(Error::Attribute { name: "input_lengths", .. })
    ));
    assert!(matches!(
        of(targets.clone(), &[3, 3], &[2, 3], 0),
        Err(Error::Attribute { name: "target_lengths", .. })
    ));
    let far = Tensor::from([[1_u32, 2], [3, 9]]);
    assert!(matches!(of(far, &[3, 3], &[2, 2], 0), Err(Error::Index { op: "ctc_loss", index: 9, size: 4 })));
    assert!(matches!(of(Tensor::from([1_u32, 2]), &[3, 3], &[1, 1], 0), Err(Error::Shape { .. })));
    assert!(matches!(of(Tensor::from([[1_u32]]), &[3], &[1], 0), Err(Error::ShapeMismatch { .. })));
    let flat = tape.leaf([[1.0]]).try_ctc_loss([[1]], &[1], &[1], 0).map(Var::value);
    assert!(matches!(flat, Err(Error::Shape { op: "ctc_loss", .. })));
}

#[test]
fn a_plan_has_the_bits_of_the_tape() {
    fn loss(x: Var<'_, f64>) -> Var<'_, f64> {
        x.log_softmax(2).ctc_loss([[1, 1], [2, 1]], &[4, 3], &[2, 1], 0).sum()
    }
    let tape = Tape::<f64>::new();
    let x = tape.leaf(Tensor::zeros([4, 2, 3]));
    let y = loss(x);
    let plan = tape.compile(&[x], &[y, y.grad(&[x])[0]]).expect("compiles");
    let mut workspace = plan.workspace();
    let given = scores([4, 2, 3]);
    let x = tape.leaf(&given);
    let got = plan.run(&mut workspace, &[&given]).expect("runs");
    assert_eq!((got[0].clone(), got[1].clone()), (loss(x).value(), loss(x).grad(&[x])[0].value()));
}
