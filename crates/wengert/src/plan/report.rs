//! What a plan says of itself: its steps, what was fused, memory, arithmetic, and times.

use super::graph::Id;
use super::step::{Kernel, Step};
use super::{Extras, Plan, Workspace, slots};
use crate::{Error, Float, Op, Shape, Tensor};
use std::fmt::{self, Write};
use std::time::{Duration, Instant};

impl<F: Float> Plan<F> {
    /// Returns a listing: each step with what was fused, its result, floating-point operations and bytes; then totals.
    ///
    /// ```
    /// use wengert::prelude::*;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = (x * x + x.sin()).sum();
    /// let listing = tape.compile(&[x], &[y])?.describe();
    /// assert!(listing.contains("mul, sin, add, sum"), "{listing}");
    /// # Ok::<(), wengert::Error>(())
    /// ```
    pub fn describe(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_description(&mut out);
        out
    }

    fn write_description(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "plan: {} inputs, {} steps, {} outputs",
            self.inputs.len(),
            self.steps.len(),
            self.outputs.len()
        )?;
        for (k, given) in self.inputs.iter().enumerate() {
            writeln!(out, "  input {k}: {} recorded at {}", given.shape, given.at)?;
        }
        for (k, step) in self.steps.iter().enumerate() {
            let shapes: Vec<String> =
                step.writes.iter().map(|&id| self.shapes[id as usize].to_string()).collect();
            let [flops, bytes] = self.cost(step);
            let cost = if step.is_view() { "a view".into() } else { format!("{flops} flop, {bytes} bytes") };
            writeln!(out, "  {k}: {} -> {} ({cost}) at {}", step.name(), shapes.join(", "), step.at)?;
        }
        let PlanStats { flops, constants, values, peak, .. } = self.stats();
        writeln!(
            out,
            "  total: {flops} flop; constants of {constants} bytes; values of {values} bytes, at most {peak} held at once"
        )
    }

    /// Counts the steps, their arithmetic and their memory, from shapes alone.
    ///
    /// ```
    /// use wengert::prelude::*;
    /// let tape = Tape::<f32>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// let y = x.matmul(x).matmul(x).matmul(x).sum();
    /// let stats = tape.compile(&[x], &[y])?.stats();
    /// assert_eq!((stats.steps, stats.flops), (4, 3 * 16 + 4));
    /// assert_eq!((stats.values, stats.peak), (3 * 16 + 4, 2 * 16)); // two products are held at once
    /// # Ok::<(), wengert::Error>(())
    /// ```
    pub fn stats(&self) -> PlanStats {
        let mut places = vec![0; self.values];
        for step in self.steps.iter().filter(|step| step.notes_places()) {
            places[step.writes[0] as usize] = self.shapes[step.writes[0] as usize].len();
        }
        let size = |id| self.bytes_of(id) + places[id as usize];
        let [peak, values] = slots::bytes(&self.steps, &self.drops, self.values, size);
        PlanStats {
            steps: self.steps.len(),
            flops: self.steps.iter().map(|step| self.cost(step)[0]).sum(),
            constants: self.constants.iter().filter_map(|(_, value)| value.block()).map(size_of_val).sum(),
            values,
            peak,
        }
    }

    fn bytes_of(&self, id: Id) -> usize {
        self.shapes[id as usize].len() * size_of::<F>()
    }

    /// Floating-point operations, and bytes read and written.
    fn cost(&self, step: &Step<F>) -> [usize; 2] {
        let shape = |id: &Id| self.shapes[*id as usize];
        let flops = match &step.kernel {
            Kernel::Group(group) => group.shape().len() * group.program().instructions(),
            Kernel::Rows(group) => group.flops(),
            Kernel::Fused { kernel, .. } => {
                kernel.flops(&step.reads.iter().map(shape).collect::<Vec<_>>(), shape(&step.writes[0]))
            }
            Kernel::Op { op, .. } => {
                flops(op, &step.reads.iter().map(shape).collect::<Vec<_>>(), shape(&step.writes[0]))
            }
        };
        let touched = step.reads.iter().chain(&step.writes).map(|&id| self.bytes_of(id)).sum();
        if step.is_view() { [0, 0] } else { [flops, touched] }
    }

    /// Times each step over some runs, on these inputs.
    ///
    /// # Errors
    ///
    /// As [`Plan::run_with`].
    pub fn profile(
        &self,
        workspace: &mut Workspace<F>,
        inputs: &[&Tensor<F>],
        extras: &Extras<'_>,
        runs: usize,
    ) -> Result<Profile, Error> {
        let mut times = vec![Vec::with_capacity(runs); self.steps.len()];
        for _ in 0..runs.max(1) {
            self.run_with(workspace, inputs, extras)?; // what differs between runs is checked and loaded
            workspace.forget_outputs();
            let mut before = Instant::now();
            workspace.run_steps(self, inputs, |k, _| {
                let now = Instant::now();
                times[k].push(now - before);
                before = Instant::now();
            })?;
        }
        let step = |(k, step): (usize, &Step<F>)| {
            let times = &mut times[k];
            times.sort_unstable();
            let [flops, bytes] = self.cost(step);
            StepProfile {
                name: step.name(),
                at: step.at.to_string(),
                median: times[times.len() / 2],
                flops,
                bytes,
            }
        };
        Ok(Profile { steps: self.steps.iter().enumerate().map(step).collect() })
    }
}

/// Floating-point operations of one op: multiplications and additions of products, else one for each element read or
/// written, whichever are more.
fn flops<F: Float>(op: &Op<F>, x: &[Shape], y: Shape) -> usize {
    let per_output = |weight: Shape| 2 * weight.len() / weight.dims()[0].max(1);
    match op {
        Op::MatMul(_) => 2 * y.len() * x[0].dims().last().copied().unwrap_or(1),
        Op::Conv2d(_) => y.len() * per_output(x[1]),
        Op::Conv2dInputGrad(_) => x[1].len() * per_output(x[0]),
        Op::Conv2dWeightGrad(_) => x[1].len() * per_output(y),
        _ => x.iter().map(Shape::len).chain([y.len()]).max().unwrap_or(0),
    }
}

/// What one run of a plan takes, from [`Plan::stats`].
///
/// Bytes are those of the elements, inputs not included; the blocks that hold them are up to a fifth larger. A reshaped
/// value counts as a view, also where its axes lie in another order and the run copies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanStats {
    /// Steps.
    pub steps: usize,
    /// Floating-point operations.
    pub flops: usize,
    /// Bytes of the constants that steps read.
    pub constants: usize,
    /// Bytes of all values that steps compute.
    pub values: usize,
    /// The most of these bytes that are held at once.
    pub peak: usize,
}

/// The time of one step.
#[derive(Clone, Debug)]
pub struct StepProfile {
    /// The ops that it runs.
    pub name: String,
    /// Where the last of its lines was recorded.
    pub at: String,
    /// Median over the runs.
    pub median: Duration,
    /// Floating-point operations.
    pub flops: usize,
    /// Bytes read and written.
    pub bytes: usize,
}

/// The times of all steps of a plan; displays as a table, the longest first.
#[derive(Clone, Debug)]
pub struct Profile {
    /// One entry per step, in the order of the plan.
    pub steps: Vec<StepProfile>,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: Duration = self.steps.iter().map(|step| step.median).sum();
        writeln!(f, "{:>10} {:>6} {:>9} {:>9}  step", "us", "%", "GFLOP/s", "GB/s")?;
        let mut steps: Vec<&StepProfile> = self.steps.iter().collect();
        steps.sort_by_key(|step| std::cmp::Reverse(step.median));
        for step in steps {
            let seconds = step.median.as_secs_f64();
            let rate = |amount: usize| if seconds > 0.0 { amount as f64 / seconds / 1e9 } else { 0.0 };
            let share = 100.0 * seconds / total.as_secs_f64().max(f64::MIN_POSITIVE);
            let (flops, bytes) = (rate(step.flops), rate(step.bytes));
            let us = seconds * 1e6;
            writeln!(f, "{us:>10.2} {share:>6.1} {flops:>9.1} {bytes:>9.1}  {} at {}", step.name, step.at)?;
        }
        writeln!(f, "{:>10.2}  all steps", total.as_secs_f64() * 1e6)
    }
}
