//! Random expressions: random graphs of random ops over random shapes, with shared subexpressions and broadcasting.
//!
//! For each, reverse mode = forward mode = finite differences, at orders one and two. A failing case shrinks to few
//! steps and small shapes, and prints as a list of lines.

mod program;
mod rough;

use program::{Grammar, Program, programs};
use proptest::{prelude::*, test_runner::RngSeed};
use wengert::plan::{Extras, Pass};
use wengert::{Checker, Tape, Tensor, Threads, Var};

fn agrees(program: &Program, order: usize) -> Result<(), TestCaseError> {
    let checker = Checker::new().order(order).directions(3).all_entries_up_to(24).gradient_may_vanish();
    let checker = checker.seed(program.seed);
    match checker.run_slice(|x| program.run(x), &program.values()) {
        Ok(_) | Err(wengert::check::Failure::NothingCompared) => Ok(()),
        Err(e) => Err(TestCaseError::fail(e.to_string())),
    }
}

fn sweeps_agree(program: &Program, values: &[Tensor<f64>]) -> Result<(), TestCaseError> {
    let tape = Tape::<f64>::new();
    let leaves: Vec<_> = values.iter().map(|x| tape.leaf(x)).collect();
    let y = program.run(&leaves);
    let (eager, recorded) = (y.try_backward(&leaves), y.try_grad(&leaves));
    for (a, b) in eager.expect("a scalar").iter().zip(recorded.expect("a scalar")) {
        prop_assert_eq!(a.is_some(), b.is_some());
        if let (Some(a), Some(b)) = (a, b) {
            let b = b.value();
            prop_assert!(near(a, &b), "{} {}", a, b);
        }
    }
    Ok(())
}

/// Which lines of a program are outputs of a plan too, which passes are left out, and whether values are put off.
type Choice = (u64, usize, bool);

/// The passes that are left out beside that which reorders sums.
const WITHOUT: [&[Pass]; 7] = [
    &[],
    &[Pass::Fuse],
    &[Pass::Fold],
    &[Pass::Layers],
    &[Pass::Rows],
    &[Pass::Small],
    &[Pass::Small, Pass::Fuse],
];

/// The bits of every element; NaN is NaN here.
fn bits(t: &Tensor<f64>) -> Vec<u64> {
    t.to_vec().iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

/// A program's value, its gradients, a second derivative, and the lines chosen.
fn outputs<'t>(program: &Program, leaves: &[Var<'t, f64>], chosen: u64, number: u32) -> Vec<Var<'t, f64>> {
    let (lines, y) = program.lines(leaves, number);
    let first = y.grad(leaves);
    let again = first.iter().map(|g| g.sin().sum()).reduce(|a, b| a + b).expect("a leaf");
    let second = again.try_grad(leaves).expect("a scalar").into_iter().flatten();
    let lines = lines.into_iter().enumerate().filter(|(k, _)| chosen >> (k % 64) & 1 == 1);
    [y].into_iter().chain(first).chain(second).chain(lines.map(|(_, line)| line)).collect()
}

/// Compiles value, gradients, a second derivative and some lines at the first values, and compares runs at both with tapes.
fn plan_agrees(
    program: &Program,
    (lines, without, defer): Choice,
    values: [Vec<Tensor<f64>>; 2],
) -> Result<(), TestCaseError> {
    // Of one kind throughout: a tape that puts off its values records a checkpoint as other lines.
    let new_tape = || {
        let tape = Tape::<f64>::with_threads(Threads::one());
        if defer { tape.deferred() } else { tape }
    };
    let tape = new_tape();
    let leaves: Vec<_> = values[0].iter().map(|x| tape.leaf(x)).collect();
    let start = tape.compiler().inputs(&leaves).without(Pass::Sparse);
    let compiler = WITHOUT[without % WITHOUT.len()].iter().fold(start, |c, &pass| c.without(pass));
    let plan = compiler.compile(&outputs(program, &leaves, lines, 0)).expect("compiles");
    let mut workspace = plan.workspace();
    for (number, values) in values.iter().enumerate() {
        let tape = new_tape();
        let leaves: Vec<_> = values.iter().map(|x| tape.leaf(x)).collect();
        let expected = outputs(program, &leaves, lines, number as u32);
        let extras = Extras { step: Some(number as u32), ..Extras::default() };
        let got = plan.run_with(&mut workspace, &values.iter().collect::<Vec<_>>(), &extras).expect("runs");
        for (k, (got, expected)) in got.iter().zip(&expected).enumerate() {
            let expected = expected.value();
            prop_assert_eq!(
                bits(got),
                bits(&expected),
                "output {}: {} not {}\n{}",
                k,
                got,
                expected,
                plan.describe()
            );
        }
    }
    Ok(())
}

/// Whether numbers are near one another, beside the largest finite one; infinities and NaN are alike.
fn near(a: &Tensor<f64>, b: &Tensor<f64>) -> bool {
    let largest = |most: f64, x: f64| if x.is_finite() { most.max(x.abs()) } else { most };
    let (a, b) = (a.to_vec(), b.to_vec());
    let tolerance = 1e-12 * a.iter().copied().fold(1.0, largest);
    a.iter().zip(&b).all(|(a, b)| a == b || (a - b).abs() <= tolerance || a.is_nan() && b.is_nan())
}

fn batch_agrees(
    program: &Program,
    set: usize,
    values: impl Fn(&Program) -> Vec<Tensor<f64>>,
) -> Result<(), TestCaseError> {
    const EXAMPLES: usize = 3;
    let at = |i: u64| values(&Program { seed: program.seed.wrapping_add(i), ..program.clone() });
    let all: Vec<_> = (0..EXAMPLES as u64).map(at).collect();
    let varies = |k: usize| k == 0 || set >> k & 1 == 1;
    let tape = Tape::<f64>::new();
    let stacked = |k: usize| {
        let values: Vec<f64> = all.iter().flat_map(|x| x[k].to_vec()).collect();
        Tensor::new([&[EXAMPLES], all[0][k].dims()].concat(), values).expect("as many elements")
    };
    let operand = |k: usize| if varies(k) { stacked(k) } else { all[0][k].clone() };
    let leaves: Vec<_> = (0..program.leaves.len()).map(|k| tape.leaf(operand(k))).collect();
    let axes: Vec<_> = (0..leaves.len()).map(|k| varies(k).then_some(0)).collect();
    let together = tape.vmap_many(
        |x| {
            let y = program.run(x);
            [vec![y], y.grad(x)].concat()
        },
        &axes,
        &leaves,
    );
    for i in 0..EXAMPLES {
        let tape = Tape::<f64>::new();
        let value = |k: usize| tape.leaf(&all[if varies(k) { i } else { 0 }][k]);
        let leaves: Vec<_> = (0..leaves.len()).map(value).collect();
        let y = program.run(&leaves);
        let alone = [vec![y], y.grad(&leaves)].concat();
        for (together, alone) in together.iter().zip(&alone) {
            let (together, alone) = (together.s(i as isize).value(), alone.value());
            prop_assert!(near(&alone, &together), "{} {}", together, alone);
        }
    }
    Ok(())
}

/// 128 cases, always the same; or as many new ones as `PROPTEST_CASES` asks for in a long sweep.
fn settings() -> ProptestConfig {
    let sweep: Option<u32> = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let rng_seed = if sweep.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    ProptestConfig {
        cases: sweep.unwrap_or(128),
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn gradient_equals_differences_equals_forward_mode(program in programs(30, Grammar::Smooth)) {
        agrees(&program, 1)?;
    }

    #[test]
    fn second_order_agrees_too(program in programs(8, Grammar::Smooth)) {
        agrees(&program, 2)?;
    }

    #[test]
    fn eager_and_recorded_sweeps_agree(program in programs(30, Grammar::Smooth)) {
        sweeps_agree(&program, &program.values())?;
    }

    #[test]
    fn a_plan_gives_the_bits_of_the_tape(program in programs(30, Grammar::Smooth), choice in any::<Choice>()) {
        plan_agrees(&program, choice, [program.values(), program.values()])?;
    }

    #[test]
    fn a_plan_gives_the_bits_of_the_tape_at_other_values_kinks_ties_and_limits(
        program in programs(20, Grammar::Drawn), choice in any::<Choice>(),
    ) {
        plan_agrees(&program, choice, [program.values(), program.special_values()])?;
    }

    #[test]
    fn eager_and_recorded_sweeps_agree_at_kinks_ties_and_limits(program in programs(20, Grammar::Drawn)) {
        for values in [program.values(), program.special_values()] {
            sweeps_agree(&program, &values)?;
        }
    }

    #[test]
    fn a_batch_gives_what_every_example_gives_alone(program in programs(30, Grammar::Smooth), set in any::<usize>()) {
        batch_agrees(&program, set, Program::values)?;
    }

    #[test]
    fn so_does_a_batch_at_kinks_ties_and_limits(program in programs(20, Grammar::Rough), set in any::<usize>()) {
        batch_agrees(&program, set, Program::special_values)?;
    }
}
