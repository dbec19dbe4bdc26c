//! Programs over rows: elementwise formulas with reductions of each row and what comes back from them.
//!
//! Elements are seen as `[rows, n]`. A value has a number for each element or one for each row; [`Across`] leads from one
//! to the other. Some rows at a time are worked on, so that they are read and written once, however often the program
//! goes over them: a softmax with its derivative, or a normalization, is one pass over memory.
//!
//! Each row depends on itself alone, its sums are taken in the fixed tree of [`reduce::sum`](crate::reduce::sum), and what
//! is added up over rows is added in the order of that function too: bits are those of the separate kernels, for any
//! number of threads, rows and instruction set.

mod across;
mod block;
mod build;
mod run;
#[cfg(test)]
mod tests;

pub use run::{RowSink, run_rows};
pub(super) use run::{Rows, run_rows_at};

use super::Step;
use crate::real::Real;
use std::ops::Range;

/// What a value of a program over rows has a number for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// Each element: `rows * n` of them.
    Element,
    /// Each row.
    Row,
}

/// What leads from elements to rows or back, of one operand where nothing else is said.
///
/// ```
/// use wengert_kernels::program::Across;
///
/// assert_eq!((Across::Sum.operands(), Across::Shares.operands()), (1, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Across {
    /// The sum of each row.
    Sum,
    /// The mean of each row, as [`reduce::mean`](crate::reduce::mean).
    Mean,
    /// The largest element of each row, NaN if one is.
    Max,
    /// The smallest element of each row, NaN if one is.
    Min,
    /// The Euclidean norm of each row, as [`reduce::norm2`](crate::reduce::norm2).
    Norm2,
    /// The number of its row, for each element.
    Spread,
    /// Of elements and their largest or smallest by row: each element's share, as [`ties::shares`](crate::ties::shares).
    Shares,
    /// The element of each row that the index operand of this number names.
    Pick(u32),
    /// Zeros, with the number of the row added at the place that the index operand of this number names.
    Place(u32),
}

impl Across {
    /// How many operands it takes.
    pub fn operands(self) -> usize {
        if self == Across::Shares { 2 } else { 1 }
    }

    /// What its result has a number for.
    fn gives(self) -> Per {
        match self {
            Across::Spread | Across::Shares | Across::Place(_) => Per::Element,
            _ => Per::Row,
        }
    }

    /// What operand `k` has a number for.
    fn takes(self, k: usize) -> Per {
        match (self, k) {
            (Across::Spread | Across::Place(_), _) | (Across::Shares, 1) => Per::Row,
            _ => Per::Element,
        }
    }
}

/// Instructions that run one after the other on the rows at hand.
#[derive(Clone, Debug)]
enum Phase {
    /// Some of the program's steps, all over elements or all over rows.
    Steps { per: Per, steps: Range<usize> },
    /// `slot y = what(slots x)`
    Across { what: Across, x: [u32; 2], y: u32 },
}

/// A formula over rows, ready to run; made by [`Builder::finish_rows`](super::Builder::finish_rows).
///
/// Its values live in slots: the inputs, then the constants, the outputs, and the registers. No instruction writes into a
/// slot that it reads, or into an input or a constant.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Threads;
/// use wengert_kernels::program::{Across, Builder, Code, Per, RowSink, Source, run_rows};
///
/// // Each element over the sum of its row.
/// let mut b = Builder::new(1);
/// let x = b.input(0);
/// let sum = b.across(Across::Sum, &[x]);
/// let sums = b.across(Across::Spread, &[sum]);
/// let share = b.push(Code::Div, &[x, sums]);
/// let program = b.finish_rows(&[Per::Element], &[(share, Per::Element)]);
///
/// let mut y = [0.0; 4];
/// let x = [Source::Dense(&[1.0, 3.0, 2.0, 2.0])];
/// run_rows(&Threads::one(), &program, [2, 2], &x, &[], &mut [RowSink::Store(&mut y)]);
/// assert_eq!(y, [0.25, 0.75, 0.5, 0.5]);
/// ```
#[derive(Clone, Debug)]
pub struct RowProgram<T> {
    inputs: usize,
    constants: Vec<T>,
    outputs: usize,
    /// What each slot has a number for.
    slots: Vec<Per>,
    steps: Vec<Step>,
    phases: Vec<Phase>,
    /// Index operands.
    picks: usize,
}

impl<T: Real> RowProgram<T> {
    /// The number of results.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The number of instructions.
    pub fn instructions(&self) -> usize {
        let across = self.phases.iter().filter(|phase| matches!(phase, Phase::Across { .. })).count();
        self.steps.len() + across
    }

    /// The number of slots before the outputs.
    fn fixed(&self) -> usize {
        self.inputs + self.constants.len()
    }
}
