//! Elementwise ops at the edges of the number line: what is computed there by different ways is the same.

use crate::formula::formula_at;
use crate::orders::{Precision, Program, identical};
use crate::plan::plan_at;
use crate::subject::{Case, Subject};
use crate::tally::Tally;
use std::collections::HashSet;
use wengert::{Tape, Tensor, Threads};

/// The edges: zeros, ones, halves, the smallest and largest numbers, subnormals, infinities, NaN. Of `f64` and, where the
/// two differ in range, of `f32`.
const EDGES: [f64; 18] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    1e-30,
    -1e-30,
    1e30,
    -1e30,
    1e300,
    f64::MIN_POSITIVE / 8.0,
    1e-40,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    -3.0,
];

/// At every edge, every pair of them and every operand: NaN comes out where NaN goes in, unless the reference has a number
/// there too; formula, kernel, tape and plan have the same bits, in both precisions; both sweeps have the same bits; and
/// forward mode is NaN where reverse mode is, and else the same up to rounding.
pub fn edges(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    if !subject.elementwise {
        return tally;
    }
    let mut seen = HashSet::new();
    for case in &subject.samples {
        if seen.insert(format!("{:?}", case.op)) {
            let inputs = combinations(case.inputs.len());
            nan_comes_out(case, &inputs);
            tally.absorb(&ways_agree::<f64>(case, &inputs));
            tally.absorb(&ways_agree::<f32>(case, &inputs.iter().map(Tensor::cast).collect::<Vec<_>>()));
        }
    }
    tally.not_empty(subject.name)
}

/// Operands that meet in every combination of edges.
fn combinations(operands: usize) -> Vec<Tensor<f64>> {
    let n = EDGES.len();
    let all = n.pow(operands as u32);
    let operand = |k: usize| (0..all).map(move |i| EDGES[i / n.pow(k as u32) % n]).collect::<Vec<f64>>();
    (0..operands)
        .map(|k| Tensor::new([all], operand(k)).expect("as many as there are combinations"))
        .collect()
}

fn nan_comes_out(case: &Case, inputs: &[Tensor<f64>]) {
    let value = case.op.eval(&inputs.iter().collect::<Vec<_>>()).expect("operands of one shape");
    let reference = case.reference_at(inputs, value.shape());
    for i in 0..value.len() {
        let at: Vec<f64> = inputs.iter().map(|x| x.to_vec()[i]).collect();
        let (y, expected) = (value.to_vec()[i], reference.to_vec()[i]);
        let goes_in = at.iter().any(|x| x.is_nan());
        assert!(y.is_nan() || !goes_in || !expected.is_nan(), "{:?} of {at:?} is {y}", case.op);
    }
}

fn ways_agree<F: Precision>(case: &Case, inputs: &[Tensor<F>]) -> Tally {
    let mut tally = Tally::new();
    let what = || format!("{:?} at the edges, in {}", case.op, F::NAME);
    let op = case.op.in_precision::<F>().expect("a primitive");
    tally.add(F::NAME, 0, "edges", formula_at(&op, inputs).expect("elementwise ops have formulas"));
    let plan = plan_at(Program::Op(&case.op), inputs, &[&[]], &what);
    for order in 0..=2 {
        tally.add(F::NAME, order, "edges", plan.at(F::NAME, order, "plan"));
    }
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = tape.apply(op, &x);
    let ones = Tensor::full(y.shape(), F::from_f64(1.0));
    let recorded = y.try_vjp(tape.constant(&ones), &x).expect("a seed that fits");
    let eager = y.try_pullback(ones.clone(), &x).expect("a seed that fits");
    for (k, (recorded, eager)) in recorded.iter().zip(&eager).enumerate() {
        let pushed = y.try_jvp(&x[k..=k], &[tape.constant(&ones)]).expect("a tangent that fits");
        let (Some(g), Some(eager)) = (recorded, eager) else {
            assert!(recorded.is_none() && eager.is_none() && pushed.is_none(), "{}", what());
            continue;
        };
        tally.add(F::NAME, 1, "edges", identical(eager, &g.value(), &what));
        let pushed = pushed.map_or_else(|| Tensor::zeros(y.shape()), |dy| dy.value());
        for (i, (a, b)) in pushed.to_vec().into_iter().zip(g.value().to_vec()).enumerate() {
            let (a, b) = (a.to_f64(), b.to_f64());
            let near = (a - b).abs() <= 4.0 * F::EPSILON.to_f64() * b.abs();
            let at: Vec<F> = inputs.iter().map(|x| x.to_vec()[i]).collect();
            assert!(
                a == b || near || (a.is_nan() && b.is_nan()),
                "{} {at:?}: forward mode gives {a}, reverse mode {b}, by operand {k}",
                what()
            );
        }
        tally.add(F::NAME, 1, "edges", ones.len());
    }
    tally
}
