//! Microbenches: matrix products, what frameworks are compared by, scalar tapes.

mod framework;
mod gemm;
mod scalar;

use crate::arguments::Group;
use std::error::Error;
use std::io::Write;
use wengert::Threads;

/// Prints the figures of a group, on `threads` threads.
///
/// # Errors
///
/// What the writer says.
pub fn run(out: &mut impl Write, group: Group, threads: usize) -> Result<(), Box<dyn Error>> {
    let on = Threads::new(threads);
    match group {
        Group::Gemm => gemm::run(out, &on),
        Group::Framework => framework::run(out, &on),
        Group::Tape => scalar::run(out, &on),
    }
}
