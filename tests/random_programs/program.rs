//! The grammar of random programs.

use proptest::prelude::*;
use std::fmt;
use wengert::{Error, Key, Tensor, Var};

use super::rough::{DRAWN, ROUGH};

/// One line of a program; operands are positions among the lines before it, taken modulo their number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Unary(usize, usize),
    Binary(usize, usize, usize),
    Reduce { keepdim: bool, axis: usize, of: usize },
    Along(usize, usize),
    Reorder(usize, usize),
    MatMul(usize, usize),
    Part(usize, usize),
    Join(usize, usize, usize),
    Rough(usize, usize, usize),
    Drawn(usize, usize),
}

/// Which steps a program may have.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Grammar {
    /// Those smooth on all reals.
    Smooth,
    /// Those with kinks, ties and poles too.
    Rough,
    /// Those that draw numbers too.
    Drawn,
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
pub(crate) struct Program {
    pub(crate) leaves: Vec<Vec<usize>>,
    pub(crate) steps: Vec<Step>,
    pub(crate) seed: u64,
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
                Step::Rough(op, a, b) => format!("{} {} {}", ROUGH[op % ROUGH.len()].0, v(a), v(b)),
                Step::Drawn(op, a) => format!("{} {}", DRAWN[op % DRAWN.len()].0, v(a)),
            };
            writeln!(f, "  v{n} = {line}")?;
        }
        Ok(())
    }
}

/// What a step gives; an operand unchanged where the step does not fit its shape.
fn apply<'t>(step: Step, lines: &[Var<'t, f64>], number: u32) -> Var<'t, f64> {
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
        Step::Rough(op, a, b) => fitting(ROUGH[op % ROUGH.len()].1(v(a), v(b)), v(a)),
        Step::Drawn(op, a) => {
            let key = Key::new(9).stream(lines.len() as u32).step(number);
            fitting(DRAWN[op % DRAWN.len()].1(v(a), key), v(a))
        }
    }
}

/// What a step gave, if it fits and is not too large.
fn fitting<'t>(y: Result<Var<'t, f64>, Error>, or: Var<'t, f64>) -> Var<'t, f64> {
    y.ok().filter(|y| y.shape().len() <= 64).unwrap_or(or)
}

impl Step {
    /// Positions of the operands, before they are taken modulo the number of lines.
    fn operands(self) -> [usize; 2] {
        match self {
            Self::Unary(_, a)
            | Self::Along(_, a)
            | Self::Reduce { of: a, .. }
            | Self::Reorder(a, _)
            | Self::Part(a, _)
            | Self::Drawn(_, a) => [a, a],
            Self::Binary(_, a, b) | Self::Rough(_, a, b) | Self::MatMul(a, b) | Self::Join(a, b, _) => [a, b],
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

    pub(crate) fn values(&self) -> Vec<Tensor<f64>> {
        let key = Key::new(self.seed);
        let leaf = |(k, shape): (usize, &Vec<usize>)| {
            key.stream(k as u32).uniform(shape).map(|u: f64| 3.0 * u - 1.5)
        };
        self.leaves.iter().enumerate().map(leaf).collect()
    }

    /// The same with zeros of either sign, equal elements, infinities and NaN among them.
    pub(crate) fn special_values(&self) -> Vec<Tensor<f64>> {
        const LIMITS: [f64; 8] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 0.5, 0.5, 1e300];
        let special = |x: f64| {
            let digits = (x.abs() * 1e6) as usize;
            if digits.is_multiple_of(5) { LIMITS[digits / 5 % LIMITS.len()] } else { x }
        };
        self.values().iter().map(|x| x.map(special)).collect()
    }

    /// The sum of the last line, plus a little of every leaf so that none is out of reach.
    pub(crate) fn run<'t>(&self, leaves: &[Var<'t, f64>]) -> Var<'t, f64> {
        self.lines(leaves, 0).1
    }

    /// The leaves and the steps' lines, and the same sum; numbers are drawn as at step `number`.
    pub(crate) fn lines<'t>(
        &self,
        leaves: &[Var<'t, f64>],
        number: u32,
    ) -> (Vec<Var<'t, f64>>, Var<'t, f64>) {
        let mut lines = leaves.to_vec();
        for &step in &self.steps {
            lines.push(apply(step, &lines, number));
        }
        let last = lines[lines.len() - 1].sum();
        (lines, leaves.iter().fold(last, |y, leaf| y + leaf.sum() * 0.1))
    }
}

fn shapes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    // Sizes that broadcast against one another; now and then an empty axis.
    let size = prop_oneof![3 => Just(1_usize), 4 => Just(2), 3 => Just(3), 1 => Just(0)];
    prop::collection::vec(prop::collection::vec(size, 0..=3), 1..=3)
}

fn steps(depth: usize, grammar: Grammar) -> impl Strategy<Value = Vec<Step>> {
    let index = 0..64_usize;
    let kinds = match grammar {
        Grammar::Smooth => 14_usize,
        Grammar::Rough => 22,
        Grammar::Drawn => 24,
    };
    let step = (0..kinds, index.clone(), index.clone(), index, any::<bool>()).prop_map(
        |(kind, p, q, r, keepdim)| match kind {
            0..=3 => Step::Unary(p, q),
            4..=6 => Step::Binary(p, q, r),
            7 => Step::Reduce { keepdim, axis: p, of: q },
            8 => Step::Reorder(p, q),
            9 => Step::MatMul(p, q),
            10 => Step::Part(p, q),
            11 | 12 => Step::Along(p, q),
            13 => Step::Join(p, q, r),
            14..=21 => Step::Rough(p, q, r),
            _ => Step::Drawn(p, q),
        },
    );
    prop::collection::vec(step, 1..=depth)
}

pub(crate) fn programs(depth: usize, grammar: Grammar) -> impl Strategy<Value = Program> {
    (shapes(), steps(depth, grammar), any::<u64>()).prop_map(|(leaves, steps, seed)| Program {
        leaves,
        steps,
        seed,
    })
}
