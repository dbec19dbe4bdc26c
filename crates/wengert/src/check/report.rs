//! What a check found.

use crate::{Error, Tensor};
use std::fmt;

/// Which two answers were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Forward mode against finite differences of the value.
    Differences,
    /// Recorded reverse mode against forward mode.
    Transpose,
    /// The eager sweep against the recorded one.
    Eager,
    /// A gradient derived by hand against the proven one.
    HandDerived,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Differences => "forward mode against finite differences",
            Self::Transpose => "reverse mode against forward mode",
            Self::Eager => "eager sweep against recorded sweep",
            Self::HandDerived => "hand-derived against proven gradient",
        })
    }
}

/// One comparison beyond tolerance.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mismatch {
    /// Order of the derivative.
    pub order: usize,
    /// The two answers compared.
    pub evidence: Evidence,
    /// Position of the input.
    pub input: usize,
    /// Index within that input; empty for a scalar, or for a random direction.
    pub index: Vec<usize>,
    /// Index within the output.
    pub output: Vec<usize>,
    /// The number under test.
    pub given: f64,
    /// The number it was held against.
    pub expected: f64,
    /// The error in units of the tolerance.
    pub units: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "order {}, {}: input {} at {:?}, output at {:?}: {:.12e} given, {:.12e} expected, {:.1e} tolerances apart",
            self.order,
            self.evidence,
            self.input,
            self.index,
            self.output,
            self.given,
            self.expected,
            self.units
        )
    }
}

/// The first op whose own rule disagrees with its own value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Culprit {
    /// The op's name.
    pub op: &'static str,
    /// Where it was recorded.
    pub at: String,
    /// How its rule fails at the operands it had.
    pub mismatch: Mismatch,
}

/// A check that passed: how much was compared, and how close it came.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Numbers compared.
    pub comparisons: usize,
    /// The largest error in units of its tolerance; at most 1.
    pub worst: f64,
    /// The highest order compared.
    pub order: usize,
}

impl Report {
    pub(crate) fn absorb(&mut self, other: Self) {
        self.comparisons += other.comparisons;
        self.worst = self.worst.max(other.worst);
        self.order = self.order.max(other.order);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, order) = (self.comparisons, self.order);
        write!(
            f,
            "{n} comparisons up to order {order} agree, the worst at {:.3} of its tolerance",
            self.worst
        )
    }
}

/// Why a check did not pass.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Some comparisons are beyond tolerance.
    #[error("{}", describe(.mismatches, *.failed, *.comparisons, .culprit.as_ref(), .inputs, *.seed))]
    Disagreement {
        /// The worst ones, worst first.
        mismatches: Vec<Mismatch>,
        /// How many comparisons failed.
        failed: usize,
        /// How many were made.
        comparisons: usize,
        /// The first op whose local rule disagrees, if one was found.
        culprit: Option<Box<Culprit>>,
        /// The inputs.
        inputs: Vec<Tensor<f64>>,
        /// The seed of directions and weights.
        seed: u64,
    },
    /// The function does not depend on an input, or only with derivative zero.
    #[error(
        "gradient check: the gradient by input {input} is {what}, so comparing it shows nothing; \
         leave that input out, move to another point, or allow it with gradient_may_vanish()"
    )]
    Vanishes {
        /// Position of the input.
        input: usize,
        /// Missing, or zero.
        what: &'static str,
    },
    /// A value or derivative that is NaN or infinite at the point of the check.
    #[error("gradient check: {what} is not finite ({value}) at {index:?}: choose a point inside the domain")]
    NotFinite {
        /// What is not finite.
        what: &'static str,
        /// The first such number.
        value: f64,
        /// Its index.
        index: Vec<usize>,
    },
    /// There is nothing to compare.
    #[error("gradient check: nothing to compare: the input or the output has no elements")]
    NothingCompared,
    /// The function itself failed.
    #[error("gradient check: {0}")]
    Engine(#[from] Error),
}

fn describe(
    mismatches: &[Mismatch],
    failed: usize,
    comparisons: usize,
    culprit: Option<&Box<Culprit>>,
    inputs: &[Tensor<f64>],
    seed: u64,
) -> String {
    let mut text =
        format!("gradient check: {failed} of {comparisons} comparisons are beyond tolerance (seed {seed})");
    for m in mismatches {
        text += &format!("\n  {m}");
    }
    if let Some(c) = culprit {
        text += &format!(
            "\n  first op whose local rule disagrees: {} recorded at {}:\n    {}",
            c.op, c.at, c.mismatch
        );
    }
    for (k, x) in inputs.iter().enumerate() {
        text += &format!("\n  input {k}, shape {}: {}", x.shape(), x.to_string().replace('\n', ""));
    }
    text
}
