//! The lines that other programs read.
//!
//! ```text
//! FIRST_STEP <loss>                    as soon as the first training step is done
//! RESULT <json>                        at the end
//! MICRO <workload> <case> <value> <unit>
//! ```

use std::io::{self, Write};

/// What a run of the seed model gave; numbers that were not measured are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunResult {
    /// Training, in images per second.
    pub train_ips: f64,
    /// Inference of a batch, in images per second.
    pub infer64_ips: f64,
    /// Inference of one image, in microseconds.
    pub infer1_us: f64,
    /// The loss of the first step.
    pub loss_first: f64,
    /// The loss of step `loss_steps`, counted from 1.
    pub loss_last: f64,
    /// Which step that was.
    pub loss_steps: usize,
    /// The most memory the process ever held while training, in MiB.
    pub rss_mb: f64,
}

fn json_number(x: f64) -> String {
    if x.is_finite() { x.to_string() } else { "null".to_owned() }
}

impl RunResult {
    /// The line, without its end.
    pub fn line(&self) -> String {
        let numbers = [
            ("train_ips", self.train_ips),
            ("infer64_ips", self.infer64_ips),
            ("infer1_us", self.infer1_us),
            ("loss_first", self.loss_first),
            ("loss_last", self.loss_last),
            ("loss_steps", self.loss_steps as f64),
            ("rss_mb", self.rss_mb),
        ];
        let fields = numbers.map(|(name, x)| format!("\"{name}\":{}", json_number(x)));
        format!("RESULT {{{}}}", fields.join(","))
    }
}

/// Writes the line that says that the first step is done, and sees that it leaves.
///
/// # Errors
///
/// What the writer says.
pub fn first_step(out: &mut impl Write, loss: f32) -> io::Result<()> {
    writeln!(out, "FIRST_STEP {loss:.6}")?;
    out.flush()
}

/// Writes one microbench figure.
///
/// # Errors
///
/// What the writer says.
pub fn micro(out: &mut impl Write, workload: &str, case: &str, value: f64, unit: &str) -> io::Result<()> {
    writeln!(out, "MICRO {workload} {case} {value:.6} {unit}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_null() {
        let result = RunResult {
            train_ips: 1234.5,
            infer64_ips: f64::NAN,
            infer1_us: f64::NAN,
            loss_first: 2.25,
            loss_last: 1e-7,
            loss_steps: 20,
            rss_mb: 64.0,
        };
        assert_eq!(
            result.line(),
            "RESULT {\"train_ips\":1234.5,\"infer64_ips\":null,\"infer1_us\":null,\"loss_first\":2.25,\
             \"loss_last\":0.0000001,\"loss_steps\":20,\"rss_mb\":64}"
        );
    }

    #[test]
    fn a_figure_is_one_line_of_five_words() {
        let mut out = Vec::new();
        micro(&mut out, "ew", "1e+03", 12.5, "ns/elem").expect("a vector takes everything");
        assert_eq!(String::from_utf8_lossy(&out), "MICRO ew 1e+03 12.500000 ns/elem\n");
    }
}
