//! Times compiled normalizations and losses with their gradients, fused over rows or not:
//! `cargo run --release -p wengert-bench --example row_speed -- [THREADS] [part of a name] [describe]`.
//!
//! Prints the number of steps and the time of one run in microseconds, medians of interleaved rounds.

use std::error::Error;
use std::time::Instant;
use wengert::plan::{Extras, Pass, Plan};
use wengert::{Key, Tape, Tensor, Threads, Var};
use wengert_nn::{Reduction, cross_entropy, soft_cross_entropy};

/// Rounds of each case, and the least seconds of one.
const ROUNDS: usize = 7;
const SECONDS: f64 = 0.02;

/// Compiled twice, with and without the pass that is measured, and what a run is given.
struct Case {
    name: String,
    plans: [Plan<f32>; 2],
    inputs: Vec<Tensor<f32>>,
    labels: Option<Tensor<u32>>,
}

impl Case {
    /// `f` makes outputs of leaves on a tape, and labels.
    fn new(
        name: &str,
        shape: [usize; 2],
        leaves: &[&[usize]],
        with_labels: bool,
        threads: usize,
        f: impl for<'t> Fn(&[Var<'t, f32>], &Tensor<u32>) -> Vec<Var<'t, f32>>,
    ) -> Result<Self, Box<dyn Error>> {
        let [rows, n] = shape;
        let tape = Tape::with_threads(Threads::new(threads));
        let leaf = |(k, shape): (u32, &&[usize])| Key::new(1).stream(k).normal::<f32>(*shape);
        let inputs: Vec<Tensor<f32>> = (0..).zip(leaves).map(leaf).collect();
        let x: Vec<_> = inputs.iter().map(|x| tape.leaf(x)).collect();
        let labels: Tensor<u32> = (0..rows as u32).map(|k| k * 7 % n as u32).collect();
        let outputs = f(&x, &labels);
        let compile = |without: &[Pass]| {
            let mut compiler = tape.compiler().inputs(&x);
            if with_labels {
                compiler = compiler.indices(&[&labels]);
            }
            without.iter().fold(compiler, |c, &pass| c.without(pass)).compile(&outputs)
        };
        let plans = [compile(&[])?, compile(&[Pass::Rows])?];
        let labels = with_labels.then_some(labels);
        Ok(Self { name: format!("{name} [{rows}, {n}]"), plans, inputs, labels })
    }

    fn seconds(&self, plan: &Plan<f32>) -> Result<f64, Box<dyn Error>> {
        let mut workspace = plan.workspace();
        let inputs: Vec<&Tensor<f32>> = self.inputs.iter().collect();
        let indices: Vec<&Tensor<u32>> = self.labels.iter().collect();
        let extras = Extras { indices: &indices, step: None };
        let mut calls = 1;
        loop {
            let start = Instant::now();
            for _ in 0..calls {
                plan.run_with(&mut workspace, &inputs, &extras)?;
            }
            let passed = start.elapsed().as_secs_f64();
            if passed > SECONDS {
                return Ok(passed / f64::from(calls));
            }
            calls *= 4;
        }
    }
}

/// Of `x`, scale, shift and the cotangent of the result.
fn layer_norm<'t>(x: &[Var<'t, f32>]) -> Vec<Var<'t, f32>> {
    let centered = x[0] - x[0].mean_keepdim(-1);
    let y = centered * (centered.square().mean_keepdim(-1) + 1e-5).rsqrt() * x[1] + x[2];
    let g = (y * x[3].detach()).sum().grad(&x[..3]);
    [y].into_iter().chain(g).collect()
}

/// Of `x`, scale and the cotangent of the result.
fn rms_norm<'t>(x: &[Var<'t, f32>]) -> Vec<Var<'t, f32>> {
    let y = x[0] * (x[0].square().mean_keepdim(-1) + 1e-5).rsqrt() * x[1];
    let g = (y * x[2].detach()).sum().grad(&x[..2]);
    [y].into_iter().chain(g).collect()
}

fn cases(threads: usize) -> Result<Vec<Case>, Box<dyn Error>> {
    let mut cases = Vec::new();
    for [rows, n] in [[4096, 512], [64, 512], [64, 10]] {
        let (shape, x, row) = ([rows, n], &[rows, n][..], &[n][..]);
        cases.push(Case::new("layer norm", shape, &[x, row, row, x], false, threads, |x, _| layer_norm(x))?);
        cases.push(Case::new("rms norm", shape, &[x, row, x], false, threads, |x, _| rms_norm(x))?);
        cases.push(Case::new("cross-entropy", shape, &[x], true, threads, |x, labels| {
            let loss = cross_entropy(x[0], labels);
            vec![loss, loss.grad(x)[0]]
        })?);
        cases.push(Case::new("soft cross-entropy", shape, &[x, x], false, threads, |x, _| {
            let loss = soft_cross_entropy(x[0], x[1].softmax(-1).detach(), Reduction::Mean);
            vec![loss, loss.grad(&x[..1])[0]]
        })?);
        cases.push(Case::new("softmax", shape, &[x, x], false, threads, |x, _| {
            let y = x[0].softmax(-1);
            let loss = (y * x[1].detach()).sum();
            vec![y, loss.grad(&x[..1])[0]]
        })?);
    }
    Ok(cases)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().map_or(Ok(2), |n| n.parse())?;
    let part = arguments.next().unwrap_or_default();
    let describes = arguments.next().is_some();
    println!("{:<32} {:>10} {:>12} {:>10} {:>12}", "case", "steps", "us", "unfused", "us");
    for case in cases(threads)?.iter().filter(|case| case.name.contains(&part)) {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (plan, times) in case.plans.iter().zip(&mut times) {
                times.push(case.seconds(plan)?);
            }
        }
        let [fused, apart] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2] * 1e6
        });
        let [a, b] = [0, 1].map(|k| case.plans[k].len());
        println!("{:<32} {a:>10} {fused:>12.2} {b:>10} {apart:>12.2}", case.name);
        if describes {
            case.plans.iter().for_each(|plan| print!("{}", plan.describe()));
        }
    }
    Ok(())
}
