//! A run of the seed model: what is timed, and what is printed when.

use crate::arguments::Mnist;
use crate::lines::{self, RunResult};
use crate::timing::{median, peak_memory_mib};
use crate::trainer::Trainer;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

/// Trains, then runs inference, and prints `FIRST_STEP` and `RESULT`.
///
/// A timed step slices the batch out of all images, goes forward and backward and updates the weights; the loss is not
/// read. Inference includes the softmax.
///
/// # Errors
///
/// What a step or the writer says.
pub fn mnist(
    out: &mut impl Write,
    trainer: &mut impl Trainer,
    options: &Mnist,
) -> Result<(), Box<dyn Error>> {
    let batches = trainer.images() / trainer.batch();
    let loss_first = trainer.step(0)?.item();
    lines::first_step(out, loss_first)?;
    let mut loss_last = loss_first;
    let untimed = options.warmup.max(options.check);
    for step in 1..untimed {
        let loss = trainer.step(step % batches)?;
        if step + 1 == options.check {
            loss_last = loss.item();
        }
    }
    let train_ips = train(trainer, untimed, options.secs)?;
    let rss_mb = peak_memory_mib();
    let (infer64_ips, infer1_us) =
        if options.infer { infer(trainer, options.secs) } else { (f64::NAN, f64::NAN) };
    let (loss_first, loss_last) = (f64::from(loss_first), f64::from(loss_last));
    let loss_steps = options.check;
    let result = RunResult { train_ips, infer64_ips, infer1_us, loss_first, loss_last, loss_steps, rss_mb };
    writeln!(out, "{}", result.line())?;
    out.flush()?;
    Ok(())
}

/// Images per second of training, over steps that fill `secs`.
fn train(trainer: &mut impl Trainer, done: usize, secs: f64) -> Result<f64, Box<dyn Error>> {
    let batches = trainer.images() / trainer.batch();
    let (start, mut steps) = (Instant::now(), 0);
    loop {
        black_box(trainer.step((done + steps) % batches)?);
        steps += 1;
        let took = start.elapsed().as_secs_f64();
        if took > secs {
            return Ok((steps * trainer.batch()) as f64 / took);
        }
    }
}

/// Images per second in batches, and the median of the microseconds that a single image takes.
fn infer(trainer: &mut impl Trainer, secs: f64) -> (f64, f64) {
    // Few enough single images to stay in the cache.
    let (batches, images) = (trainer.images() / trainer.batch(), trainer.images().min(512));
    for batch in 0..5 {
        black_box(trainer.infer_batch(batch % batches));
    }
    let (start, mut done) = (Instant::now(), 0);
    let per_second = loop {
        black_box(trainer.infer_batch(done % batches));
        done += 1;
        let took = start.elapsed().as_secs_f64();
        if took > secs / 4.0 {
            break (done * trainer.batch()) as f64 / took;
        }
    };
    for image in 0..10 {
        black_box(trainer.infer_one(image % images));
    }
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 20 || start.elapsed().as_secs_f64() < secs / 8.0 {
        let one = Instant::now();
        black_box(trainer.infer_one(times.len() % images));
        times.push(one.elapsed().as_secs_f64());
    }
    (per_second, median(times) * 1e6)
}
