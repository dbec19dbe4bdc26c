//! Random expressions: random graphs of random ops over random shapes, with shared subexpressions and broadcasting.
//!
//! For each, reverse mode = forward mode = finite differences, at orders one and two. A failing case shrinks to few
//! steps and small shapes, and prints as a list of lines.

use proptest::{prelude::*, test_runner::RngSeed};
use std::fmt;
use wengert::{Checker, Key, Tensor, Var};

/// One line of a program; operands are positions among the lines before it, taken modulo their number.
#[derive(Clone, Copy, Debug)]
enum Step {
    Unary(usize, usize),
    Binary(usize, usize, usize),
    Reduce { keepdim: bool, axis: usize, of: usize },
    Along(usize, usize),
    Reorder(usize, usize),
    MatMul(usize, usize),
    Part(usize, usize),
    Join(usize, usize, usize),
}

type Smooth = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
type Smooth2 = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// Smooth on all reals, and bounded enough that thirty in a row stay in range.
const UNARY: &[(&str, Smooth)] = &[
    ("sin", |x| x.sin()),
    ("cos", |x| x.cos()),
    ("tanh", |x| x.tanh()),
    ("sigmoid", |x| x.sigmoid()),
    ("erf", |x| x.erf()),
    ("atan", |x| x.atan()),
    ("neg", |x| -x),
    ("half", |x| x * 0.5),
    ("exp sin", |x| x.sin().exp()),
    ("ln (1.5 + sin)", |x| (x.sin() + 1.5).ln()),
    ("sqrt (1.5 + sin)", |x| (x.sin() + 1.5).sqrt()),
    ("log1p tanh²", |x| (x.tanh() * x.tanh()).log1p()),
    ("1 / (2 + cos)", |x| 1.0 / (x.cos() + 2.0)),
    ("grad of sin³", |x| x.grad_of(|x| (x.sin() * x.sin() * x.sin()).sum())),
];
const BINARY: &[(&str, Smooth2)] = &[
    ("mean", |a, b| (a + b) * 0.5),
    ("difference", |a, b| (a - b) * 0.5),
    ("product", |a, b| a.sin() * b),
    ("quotient", |a, b| a / (b.sin() + 2.0)),
    ("power", |a, b| (a.sin() + 1.5).pow(b.cos())),
    ("angle", |a, b| a.atan2(b.cos() + 2.0)),
];

/// Reductions along the last axis that come back over it, smooth as a whole.
const ALONG: &[(&str, Smooth)] = &[
    ("softmax", |x| x.softmax(-1)),
    ("log softmax", |x| x.log_softmax(-1).tanh()),
    ("centered", |x| x - x.mean_keepdim(-1)),
    ("normalized", |x| x * (x.square().mean_keepdim(-1) + 1.0).rsqrt()),
    ("less logsumexp", |x| (x - x.logsumexp_keepdim(-1)).sin()),
];

#[derive(Clone)]
struct Program {
    leaves: Vec<Vec<usize>>,
    steps: Vec<Step>,
    seed: u64,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program with value seed {}:", self.seed)?;
        for (k, shape) in self.leaves.iter().enumerate() {
            writeln!(f, "  v{k} = leaf {shape:?}")?;
        }
        let live = self.live();
        for (i, step) in self.steps.iter().enumerate() {
            let n = self.leaves.len() + i;
            if !live[n] {
                continue; // shrinking cannot take it out without renaming the rest, but nothing depends on it
            }
            let v = |k: usize| format!("v{}", k % n);
            let line = match *step {
                Step::Unary(op, a) => format!("{} {}", UNARY[op % UNARY.len()].0, v(a)),
                Step::Binary(op, a, b) => format!("{} {} {}", BINARY[op % BINARY.len()].0, v(a), v(b)),
                Step::Reduce { keepdim, axis, of } => {
                    format!("sin of sum {} axis {axis} keepdim {keepdim}", v(of))
                }
                Step::Along(op, a) => format!("{} {}", ALONG[op % ALONG.len()].0, v(a)),
                Step::Reorder(a, how) => format!("reorder {} by {how}", v(a)),
                Step::MatMul(a, b) => format!("sin of matmul {} {}", v(a), v(b)),
                Step::Part(a, axis) => format!("part of {} along {axis}", v(a)),
                Step::Join(a, b, axis) => format!("concat {} {} along {axis}", v(a), v(b)),
            };
            writeln!(f, "  v{n} = {line}")?;
        }
        Ok(())
    }
}

/// What a step gives; an operand unchanged where the step does not fit its shape.
fn apply<'t>(step: Step, lines: &[Var<'t, f64>]) -> Var<'t, f64> {
    let v = |k: usize| lines[k % lines.len()];
    let axis_of = |x: Var<'t, f64>, axis: usize| (x.rank() > 0).then(|| (axis % x.rank()) as isize);
    match step {
        Step::Unary(op, a) => UNARY[op % UNARY.len()].1(v(a)),
        Step::Binary(op, a, b) => {
            let (a, b) = (v(a), v(b));
            match a.try_add(b) {
                Ok(sum) if sum.shape().len() <= 64 => BINARY[op % BINARY.len()].1(a, b),
                _ => a,
            }
        }
        Step::Reduce { keepdim, axis, of } => match axis_of(v(of), axis) {
            Some(axis) if keepdim => v(of).sum_keepdim(axis).sin(),
            Some(axis) => v(of).sum_axes(axis).sin(),
            None => v(of).sum(),
        },
        Step::Along(_, a) if v(a).rank() == 0 => v(a),
        Step::Along(op, a) => ALONG[op % ALONG.len()].1(v(a)),
        Step::Reorder(a, how) => {
            let a = v(a);
            match (how % 3, a.rank()) {
                (0, 2..) => a.transpose(0, -1),
                (1, _) => a.reshape([a.shape().len()]),
                (2, 1..) => a.flip(0),
                _ => a,
            }
        }
        Step::MatMul(a, b) => match v(a).try_matmul(v(b)) {
            Ok(y) if y.shape().len() <= 64 => y.sin(),
            _ => v(a),
        },
        Step::Part(a, axis) => match axis_of(v(a), axis) {
            Some(axis) => v(a).try_slice(axis, 1..).unwrap_or(v(a)),
            None => v(a),
        },
        Step::Join(a, b, axis) => {
            let Some(axis) = axis_of(v(a), axis) else { return v(a) };
            match Var::try_concat(&[v(a), v(b)], axis) {
                Ok(y) if y.shape().len() <= 64 => y,
                _ => v(a),
            }
        }
    }
}

impl Step {
    /// Positions of the operands, before they are taken modulo the number of lines.
    fn operands(self) -> [usize; 2] {
        match self {
            Self::Unary(_, a)
            | Self::Along(_, a)
            | Self::Reduce { of: a, .. }
            | Self::Reorder(a, _)
            | Self::Part(a, _) => [a, a],
            Self::Binary(_, a, b) | Self::MatMul(a, b) | Self::Join(a, b, _) => [a, b],
        }
    }
}

impl Program {
    /// Which lines the last one depends on.
    fn live(&self) -> Vec<bool> {
        let leaves = self.leaves.len();
        let mut live = vec![false; leaves + self.steps.len()];
        live[leaves + self.steps.len() - 1] = true;
        for (n, step) in self.steps.iter().enumerate().rev().map(|(i, step)| (leaves + i, step)) {
            if live[n] {
                step.operands().into_iter().for_each(|k| live[k % n] = true);
            }
        }
        live
    }

    fn values(&self) -> Vec<Tensor<f64>> {
        let key = Key::new(self.seed);
        let leaf = |(k, shape): (usize, &Vec<usize>)| {
            key.stream(k as u32).uniform(shape).map(|u: f64| 3.0 * u - 1.5)
        };
        self.leaves.iter().enumerate().map(leaf).collect()
    }

    /// The sum of the last line, plus a little of every leaf so that none is out of reach.
    fn run<'t>(&self, leaves: &[Var<'t, f64>]) -> Var<'t, f64> {
        let mut lines = leaves.to_vec();
        for &step in &self.steps {
            lines.push(apply(step, &lines));
        }
        let last = lines[lines.len() - 1].sum();
        leaves.iter().fold(last, |y, leaf| y + leaf.sum() * 0.1)
    }
}

fn shapes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    // Sizes that broadcast against one another; now and then an empty axis.
    let size = prop_oneof![3 => Just(1_usize), 4 => Just(2), 3 => Just(3), 1 => Just(0)];
    prop::collection::vec(prop::collection::vec(size, 0..=3), 1..=3)
}

fn steps(depth: usize) -> impl Strategy<Value = Vec<Step>> {
    let index = 0..64_usize;
    let step = (0..14_usize, index.clone(), index.clone(), index, any::<bool>()).prop_map(
        |(kind, p, q, r, keepdim)| match kind {
            0..=3 => Step::Unary(p, q),
            4..=6 => Step::Binary(p, q, r),
            7 => Step::Reduce { keepdim, axis: p, of: q },
            8 => Step::Reorder(p, q),
            9 => Step::MatMul(p, q),
            10 => Step::Part(p, q),
            11 | 12 => Step::Along(p, q),
            _ => Step::Join(p, q, r),
        },
    );
    prop::collection::vec(step, 1..=depth)
}

fn programs(depth: usize) -> impl Strategy<Value = Program> {
    (shapes(), steps(depth), any::<u64>()).prop_map(|(leaves, steps, seed)| Program { leaves, steps, seed })
}

fn agrees(program: &Program, order: usize) -> Result<(), TestCaseError> {
    let checker = Checker::new().order(order).directions(3).all_entries_up_to(24).gradient_may_vanish();
    let checker = checker.seed(program.seed);
    match checker.run_slice(|x| program.run(x), &program.values()) {
        Ok(_) | Err(wengert::check::Failure::NothingCompared) => Ok(()),
        Err(e) => Err(TestCaseError::fail(e.to_string())),
    }
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
    fn gradient_equals_differences_equals_forward_mode(program in programs(30)) {
        agrees(&program, 1)?;
    }

    #[test]
    fn second_order_agrees_too(program in programs(8)) {
        agrees(&program, 2)?;
    }

    #[test]
    fn eager_and_recorded_sweeps_agree(program in programs(30)) {
        let tape = wengert::Tape::<f64>::new();
        let leaves: Vec<_> = program.values().iter().map(|x| tape.leaf(x)).collect();
        let y = program.run(&leaves);
        let (eager, recorded) = (y.try_backward(&leaves), y.try_grad(&leaves));
        for (a, b) in eager.expect("a scalar").iter().zip(recorded.expect("a scalar")) {
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                let tolerance = 1e-12 * a.max_abs().max(1.0);
                prop_assert!(a.zip(&b.value(), |a, b| a - b).max_abs() <= tolerance);
            }
        }
    }

    #[test]
    fn a_plan_gives_the_bits_of_the_tape(program in programs(30)) {
        let tape = wengert::Tape::<f64>::new();
        let values = program.values();
        let leaves: Vec<_> = values.iter().map(|x| tape.leaf(x)).collect();
        let y = program.run(&leaves);
        let outputs: Vec<_> = [y].into_iter().chain(y.grad(&leaves)).collect();
        let plan = tape.compile(&leaves, &outputs).expect("compiles");
        let mut workspace = plan.workspace();
        let given: Vec<_> = values.iter().collect();
        let got = plan.run(&mut workspace, &given).expect("runs");
        let bits = |t: &Tensor<f64>| -> Vec<u64> { t.map(|x| x + 0.0).to_vec().iter().map(|x| x.to_bits()).collect() };
        for (got, expected) in got.iter().zip(&outputs) {
            prop_assert_eq!(bits(got), bits(&expected.value()), "{}", plan.describe());
        }
    }

    #[test]
    fn a_batch_gives_what_every_example_gives_alone(program in programs(30), set in any::<usize>()) {
        const EXAMPLES: usize = 3;
        let at = |i: u64| Program { seed: program.seed.wrapping_add(i), ..program.clone() }.values();
        let all: Vec<_> = (0..EXAMPLES as u64).map(at).collect();
        let varies = |k: usize| k == 0 || set >> k & 1 == 1;
        let tape = wengert::Tape::<f64>::new();
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
            let tape = wengert::Tape::<f64>::new();
            let value = |k: usize| tape.leaf(&all[if varies(k) { i } else { 0 }][k]);
            let leaves: Vec<_> = (0..leaves.len()).map(value).collect();
            let y = program.run(&leaves);
            let alone = [vec![y], y.grad(&leaves)].concat();
            for (together, alone) in together.iter().zip(&alone) {
                let (together, alone) = (together.s(i as isize).value(), alone.value());
                let tolerance = 1e-12 * alone.max_abs().max(1.0);
                prop_assert!(together.zip(&alone, |a, b| a - b).max_abs() <= tolerance, "{} {}", together, alone);
            }
        }
    }
}
