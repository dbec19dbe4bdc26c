//! Elementwise formulas as small programs, run over tiles that stay in the nearest cache.
//!
//! A formula is a list of basic instructions over numbers. [`Builder`] collects them, each value once, and gives a
//! [`Program`]; [`run`] interprets it, an instruction at a time over some hundred elements, so that the cost of
//! interpretation is divided among them and what lies between two instructions never leaves the cache.
//!
//! Each element depends on its own operands alone, and a sum is taken in the fixed tree of [`reduce::sum`]: the bits of
//! a result do not depend on the number of threads, on the position of an element, or on the instruction set.
//!
//! [`reduce::sum`]: crate::reduce::sum

mod builder;
mod code;
mod rows;
mod run;
mod scalar;
mod settled;
mod single;
mod source;
#[cfg(test)]
mod tests;
mod tile;

pub use builder::{Builder, Reg};
pub use code::Code;
pub use rows::{Across, Per, RowProgram, RowSink, run_rows};
pub(crate) use run::Run;
pub use run::run;
pub(crate) use settled::{Settled, padded};
pub use source::{Sink, Source};

use crate::real::Real;
use std::fmt;

/// One instruction: `slot y = code(slots x)`; as many of `x` count as the code has operands.
#[derive(Clone, Copy, Debug)]
struct Step {
    code: Code,
    y: u32,
    x: [u32; 4],
}

/// An elementwise formula, ready to run.
///
/// Its values live in slots: the inputs, then the constants, the outputs, and the registers, which are used again when
/// their value is no longer needed. No instruction writes into a slot that it reads, or into an input or a constant.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Threads;
/// use wengert_kernels::program::{Builder, Code, Sink, Source, run};
///
/// let mut b = Builder::new(2);
/// let (x, y) = (b.input(0), b.input(1));
/// let product = b.push(Code::Mul, &[x, y]);
/// let one = b.constant(1.0);
/// let shifted = b.push(Code::Add, &[product, one]);
/// let program = b.finish(&[shifted]);
///
/// let mut out = [0.0; 3];
/// let operands = [Source::Dense(&[1.0, 2.0, 3.0]), Source::Uniform(10.0)];
/// run(&Threads::one(), &program, 3, &operands, &mut [Sink::Store(&mut out)]);
/// assert_eq!(out, [11.0, 21.0, 31.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Program<T> {
    inputs: usize,
    constants: Vec<T>,
    outputs: usize,
    registers: usize,
    steps: Vec<Step>,
}

impl<T: Real> Program<T> {
    /// The number of operands.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of results.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The number of instructions.
    pub fn instructions(&self) -> usize {
        self.steps.len()
    }

    /// The number of registers, besides inputs, constants and outputs.
    pub fn registers(&self) -> usize {
        self.registers
    }

    /// The number of slots.
    fn slots(&self) -> usize {
        self.inputs + self.constants.len() + self.outputs + self.registers
    }

    /// The number of slots before the outputs.
    fn fixed(&self) -> usize {
        self.inputs + self.constants.len()
    }
}

/// One instruction a line, as `r0 = mul x0 x1`: inputs `x`, outputs `y`, registers `r`, constants as numbers.
impl<T: Real> fmt::Display for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = |f: &mut fmt::Formatter<'_>, s: u32| {
            let s = s as usize;
            let fixed = self.fixed();
            if s < self.inputs {
                write!(f, "x{s}")
            } else if s < fixed {
                write!(f, "{}", self.constants[s - self.inputs])
            } else if s < fixed + self.outputs {
                write!(f, "y{}", s - fixed)
            } else {
                write!(f, "r{}", s - fixed - self.outputs)
            }
        };
        for step in &self.steps {
            slot(f, step.y)?;
            write!(f, " = {}", step.code)?;
            for &x in &step.x[..step.code.operands()] {
                f.write_str(" ")?;
                slot(f, x)?;
            }
            f.write_str("\n")?;
        }
        Ok(())
    }
}
