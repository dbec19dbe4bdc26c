//! What a step costs: its time and memory as functions of batch, width and depth.
//!
//! The network is a stack of 3x3 convolutions of one width that keep the size of the images, each with a bias and
//! `relu`, then the mean over the image and a dense layer to ten classes.

use crate::arguments::{Cost, Mode};
use crate::planned::PlanTrainer;
use crate::timing::{peak_memory_mib, seconds_per_call};
use crate::trainer::{Classifier, EagerTrainer, Task, Trainer};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use wengert::{Conv2dOptions, Key, Tensor, Var};
use wengert_nn::{Conv2d, Init, Linear, tree};

/// Rows and columns of an image.
const SIDE: usize = 16;

const CLASSES: usize = 10;

tree! {
    /// Convolutions one after the other, and a dense layer.
    struct Stack<P> {
        convolutions: Vec<Conv2d<P>>,
        dense: Linear<P>,
    }
}

impl Stack<Tensor<f32>> {
    fn new(width: usize, depth: usize) -> Self {
        let options = Conv2dOptions { padding: [1, 1], ..Conv2dOptions::default() };
        let key = Key::new(1);
        let convolution = |layer| {
            let from = if layer == 0 { 1 } else { width };
            Conv2d::new(from, width, [3, 3], options, Init::HeUniform, key.stream(layer as u32 + 1))
        };
        let dense = Linear::new(width, CLASSES, Init::GlorotUniform, key);
        Self { convolutions: (0..depth).map(convolution).collect(), dense }
    }
}

impl Classifier for Stack<Tensor<f32>> {
    fn logits<'t>(on_tape: &Stack<Var<'t, f32>>, images: Var<'t, f32>) -> Var<'t, f32> {
        let x = on_tape.convolutions.iter().fold(images, |x, layer| layer.forward(x).relu());
        on_tape.dense.forward(x.mean_axes([2, 3]))
    }
}

fn task(options: &Cost) -> Task<Stack<Tensor<f32>>> {
    let images = Key::new(2).uniform([options.batch, 1, SIDE, SIDE]);
    let labels = (0..options.batch).map(|image| (image % CLASSES) as u32).collect();
    Task { images, labels, network: Stack::new(options.width, options.depth) }
}

/// Multiplications of a step, in the convolutions: forward, by the weights and, after the first, by the input.
fn multiplications(options: &Cost) -> usize {
    let pixels = options.batch * SIDE * SIDE;
    let first = 2 * 9 * options.width;
    let others = (options.depth - 1) * 3 * 9 * options.width * options.width;
    pixels * (first + others)
}

/// The time of a step, the first left out.
fn seconds_per_step(trainer: &mut impl Trainer, secs: f64) -> Result<f64, Box<dyn Error>> {
    trainer.step(0)?;
    let mut refused = None;
    let secs = seconds_per_call(secs, 3, || match trainer.step(0) {
        Ok(loss) => drop(black_box(loss)),
        Err(error) => refused = Some(error),
    });
    refused.map_or(Ok(secs), Err)
}

/// Takes steps for a while and prints what one cost.
///
/// The line is `COST batch width depth <us per step> us <GFLOP/s> GFLOP/s <MiB> MiB`, the memory being the most that the
/// process held beyond what it held before the network was made. Memory only ever grows, so one process measures one
/// network.
///
/// # Errors
///
/// What a step or the writer says.
pub fn run(out: &mut impl Write, options: &Cost) -> Result<(), Box<dyn Error>> {
    let before = peak_memory_mib();
    let task = task(options);
    let (batch, threads) = (options.batch, options.threads);
    let secs = match options.mode {
        Mode::Plan => seconds_per_step(&mut PlanTrainer::new(task, batch, threads)?, options.secs)?,
        Mode::Eager => seconds_per_step(&mut EagerTrainer::new(task, batch, threads)?, options.secs)?,
    };
    let Cost { batch, width, depth, .. } = options;
    let (us, gflops) = (secs * 1e6, 2e-9 * multiplications(options) as f64 / secs);
    let memory = peak_memory_mib() - before;
    writeln!(out, "COST {batch} {width} {depth} {us:.1} us {gflops:.1} GFLOP/s {memory:.1} MiB")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_the_sizes_and_positive_figures() {
        let options = Cost { batch: 2, width: 3, depth: 2, secs: 1e-4, ..Cost::default() };
        let mut out = Vec::new();
        run(&mut out, &options).expect("a small network can be trained");
        let line = String::from_utf8(out).expect("plain text");
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..4], ["COST", "2", "3", "2"]);
        assert!(words[4].parse::<f64>().expect("a number") > 0.0, "{line}");
        assert_eq!([words[5], words[7], words[9]], ["us", "GFLOP/s", "MiB"]);
    }

    #[test]
    fn multiplications_are_those_of_one_image_times_the_batch() {
        let of = |batch, width, depth| multiplications(&Cost { batch, width, depth, ..Cost::default() });
        assert_eq!(of(1, 4, 1), 256 * 2 * 9 * 4);
        assert_eq!(of(3, 4, 3), 3 * (of(1, 4, 1) + 2 * 3 * 256 * 9 * 16));
    }
}
