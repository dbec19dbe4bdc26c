//! The command line.

mod read;

pub use read::parse;

use std::path::PathBuf;

/// The help text.
pub const HELP: &str = "\
Usage: wengert-bench mnist [OPTIONS]               train and run the seed model; prints FIRST_STEP and RESULT
       wengert-bench micro gemm|fw|tape [THREADS]  microbenches; prints MICRO lines
       wengert-bench cost [OPTIONS]                a step of a network of given size; prints one COST line
       wengert-bench data DIR                      writes images.f32, labels.u8 and weights.f32 for other programs

Options of mnist:
--mode MODE    plan: compile the first step, run it again; eager: record every step [plan]
--threads N    threads; results do not depend on it [2]
--secs X       time to train for, in seconds [2]
--warmup N     steps before the clock starts [30]
--check N      loss_last is the loss of this step, counted from 1 [20]
--data DIR     directory with images.f32, labels.u8, weights.f32 [PEERS_DATA, else generated digits]
--no-infer     measure training only

Options of cost: --mode, --threads and --secs as above, and
--batch N      images in a step, 16x16 each [64]
--width N      channels of each convolution [32]
--depth N      convolutions [3]

--help         this text";

/// How a step is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Compiled from a recording of the first step.
    Plan,
    /// Recorded on a tape each time.
    Eager,
}

/// A group of microbenches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Matrix products.
    Gemm,
    /// What frameworks are compared by: elementwise chains, a scalar chain, a small network, Adam.
    Framework,
    /// What scalar tapes are compared by.
    Tape,
}

/// What `mnist` can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Mnist {
    /// How a step is carried out.
    pub mode: Mode,
    /// Threads; results do not depend on their number.
    pub threads: usize,
    /// Time to train for, in seconds.
    pub secs: f64,
    /// Steps before the clock starts.
    pub warmup: usize,
    /// The step whose loss is reported, counted from 1.
    pub check: usize,
    /// Where the data is; see [`Data::find`](crate::data::Data::find) for where it is looked for otherwise.
    pub data: Option<PathBuf>,
    /// Whether inference is measured too.
    pub infer: bool,
}

impl Default for Mnist {
    fn default() -> Self {
        Self { mode: Mode::Plan, threads: 2, secs: 2.0, warmup: 30, check: 20, data: None, infer: true }
    }
}

/// What `cost` can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// How a step is carried out.
    pub mode: Mode,
    /// Threads.
    pub threads: usize,
    /// How long each of three timings takes, in seconds.
    pub secs: f64,
    /// Images in a step.
    pub batch: usize,
    /// Channels of each convolution.
    pub width: usize,
    /// Convolutions.
    pub depth: usize,
}

impl Default for Cost {
    fn default() -> Self {
        Self { mode: Mode::Plan, threads: 2, secs: 0.5, batch: 64, width: 32, depth: 3 }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Print the help text.
    Help,
    /// Measure the seed model.
    Mnist(Mnist),
    /// Measure a group of microbenches.
    Micro {
        /// Which.
        group: Group,
        /// Threads.
        threads: usize,
    },
    /// Measure a network of some size.
    Cost(Cost),
    /// Write data for other programs into a directory.
    WriteData(PathBuf),
}
