//! What a plan takes and gives back: inputs it refuses, outputs that stay.

use wengert::prelude::*;

#[test]
fn what_is_no_input_is_refused() {
    let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
    let (x, unused) = (tape.leaf([1.0, 2.0]), tape.leaf(1.0));
    let y = (x * 3.0).sum();
    let refused = |inputs: &[Var<'_, f64>]| match tape.compile(inputs, &[y]) {
        Err(Error::PlanInput { position, problem, .. }) => (position, problem),
        other => panic!("{:?}", other.map(|_| ())),
    };
    assert!(refused(&[x, y]).1.contains("computed"));
    assert!(refused(&[x, x]).1.contains("twice"));
    assert_eq!(refused(&[x, unused]).0, 1);
    assert!(matches!(tape.compile(&[other.leaf(1.0)], &[y]), Err(Error::DifferentTapes { .. })));
    let labels = Tensor::from([0_u32]);
    let lost = tape.compiler().inputs(&[x]).indices(&[&labels]).compile(&[y]);
    assert!(matches!(lost, Err(Error::PlanIndices { position: 0 })));
}

#[test]
fn other_shapes_are_refused_by_name() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let plan = tape.compile(&[x], &[x.exp()]).expect("compiles");
    let mut workspace = plan.workspace();
    let error = plan.run(&mut workspace, &[&Tensor::from([1.0, 2.0, 3.0])]).expect_err("another shape");
    let text = error.to_string();
    assert!(text.contains("shape [3]") && text.contains("expected shape [2]"), "{text}");
    let text = plan.run(&mut workspace, &[]).expect_err("nothing given").to_string();
    assert!(text.contains("0 of them, expected 1"), "{text}");
    assert_eq!(plan.run(&mut workspace, &[&Tensor::from([0.0, 0.0])]).expect("runs")[0].to_vec(), [1.0, 1.0]);
}

#[test]
fn an_output_that_is_kept_stays_as_it_was() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let plan = tape.compile(&[x], &[x * x, x.sum()]).expect("compiles");
    let mut workspace = plan.workspace();
    let mut kept = Vec::new();
    for k in 0..3 {
        let x = Tensor::from([1.0 + f64::from(k), 2.0]);
        kept.push(plan.run(&mut workspace, &[&x]).expect("runs").to_vec());
    }
    let values: Vec<Vec<f64>> = kept.iter().map(|out| [out[0].to_vec(), out[1].to_vec()].concat()).collect();
    assert_eq!(values, [[1.0, 4.0, 3.0], [4.0, 4.0, 4.0], [9.0, 4.0, 5.0]]);
}

#[test]
fn a_refused_run_leaves_no_outputs() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf([1.0, 2.0]);
    let plan = tape.compile(&[x], &[x.exp()]).expect("compiles");
    let mut workspace = plan.workspace();
    assert!(plan.run(&mut workspace, &[&Tensor::from([1.0, 2.0])]).is_ok());
    assert_eq!(workspace.outputs().len(), 1);
    assert!(plan.run(&mut workspace, &[]).is_err());
    assert!(workspace.outputs().is_empty());
}
