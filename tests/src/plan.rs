//! The law of plans.

use crate::orders::{Precision, Program, identical};
use crate::subject::Subject;
use crate::tally::Tally;
use wengert::ops::Draw;
use wengert::plan::{Extras, Pass};
use wengert::{Tape, Tensor, Threads, Var};

const SEED: u64 = 20_240_616;

/// Which passes are left out, one list after the other.
const WITHOUT: [&[Pass]; 6] =
    [&[], &[Pass::Fuse], &[Pass::Fold], &[Pass::Layers], &[Pass::Small], &[Pass::Small, Pass::Fuse]];

/// Law 8: a plan of value, gradients and a second derivative gives the bits of the tape, at samples and special points,
/// whichever passes are left out.
pub fn plan(subject: &Subject) -> Tally {
    let mut tally = Tally::new();
    for case in subject.all_cases() {
        tally.absorb(&plan_at::<f64>(Program::Op(&case.op), &case.inputs, &WITHOUT, &|| case.to_string()));
    }
    tally.not_empty(subject.name)
}

/// The same at one point, in one precision, with all passes and with some left out.
pub(crate) fn plan_at<F: Precision>(
    program: Program<'_>,
    inputs: &[Tensor<F>],
    without: &[&[Pass]],
    what: &dyn Fn() -> String,
) -> Tally {
    let tape = Tape::with_threads(Threads::one());
    let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
    let y = F::record(program, &x);
    let seed = Draw::new(SEED).uniform(y.shape(), -1.0, 1.0).cast::<F>();
    let seed = tape.leaf(seed);
    let first = y.try_vjp(seed, &x).expect("samples fit");
    let mut outputs = vec![(0, y)];
    outputs.extend(first.iter().flatten().map(|g| (1, *g)));
    for &g in first.iter().flatten() {
        // Of second order, through the recorded gradient, where anything is left to differentiate.
        let half = Tensor::full(g.shape(), F::from_f64(0.5));
        let again = g.try_vjp(tape.constant(half), &x).expect("samples fit");
        outputs.extend(again.iter().flatten().map(|g| (2, *g)));
    }
    let reached = outputs[1..].iter().any(|(_, g)| depends(*g, seed));
    let inputs: Vec<_> = x.iter().copied().chain(reached.then_some(seed)).collect();
    let wanted: Vec<_> = outputs.iter().map(|(_, y)| *y).collect();
    let mut tally = Tally::new();
    for without in without {
        let compiler = without.iter().fold(tape.compiler().inputs(&inputs), |c, &pass| c.without(pass));
        let plan = compiler.compile(&wanted).unwrap_or_else(|e| panic!("{}: {e}", what()));
        let given: Vec<_> = inputs.iter().map(|v| v.value()).collect();
        let given: Vec<_> = given.iter().collect();
        let mut workspace = plan.workspace();
        for _ in 0..2 {
            let extras = Extras { step: Some(0), ..Extras::default() }; // that of the keys among the samples
            let got =
                plan.run_with(&mut workspace, &given, &extras).unwrap_or_else(|e| panic!("{}: {e}", what()));
            for (a, (order, b)) in got.iter().zip(&outputs) {
                let what = || format!("{} without {without:?}", what());
                tally.add(F::NAME, *order, "plan", identical(a, &b.value(), &what));
            }
        }
    }
    tally
}

/// Whether `y` was computed from `x`.
fn depends<F: Precision>(y: Var<'_, F>, x: Var<'_, F>) -> bool {
    y.tape().compile(&[x], &[y]).is_ok()
}
