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

impl Evidence {
    /// Every kind of evidence.
    pub(super) const ALL: [Self; 4] = [Self::Differences, Self::Transpose, Self::Eager, Self::HandDerived];

    /// What the two answers are: the one under test, and the one it is held against.
    fn sides(self) -> [&'static str; 2] {
        match self {
            Self::Differences => ["forward mode", "finite differences"],
            Self::Transpose => ["reverse mode", "forward mode"],
            Self::Eager => ["eager sweep", "recorded sweep"],
            Self::HandDerived => ["hand-derived gradient", "proven gradient"],
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [given, expected] = self.sides();
        write!(f, "{given} against {expected}")
    }
}

/// One comparison beyond tolerance.
///
/// At orders above one the numbers are derivatives of a random combination of the gradients of the order below.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mismatch {
    /// Order of the derivative.
    pub order: usize,
    /// The two answers compared.
    pub evidence: Evidence,
    /// Position of the input; at orders above one, one past the last stands for the random weights of the output.
    pub input: usize,
    /// Index within that input; `None` for a random direction through all inputs.
    pub index: Option<Vec<usize>>,
    /// Index within the output; `None` for a random combination of its elements.
    pub output: Option<Vec<usize>>,
    /// The number under test.
    pub given: f64,
    /// The number it was held against.
    pub expected: f64,
    /// The error in units of the tolerance.
    pub units: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.order > 1 {
            write!(f, "order {}, ", self.order)?;
        }
        match &self.index {
            Some(index) if index.is_empty() => write!(f, "input {}", self.input)?,
            Some(index) => write!(f, "input {} at {index:?}", self.input)?,
            None => f.write_str("a random direction")?,
        }
        match &self.output {
            Some(index) if index.is_empty() => {}
            Some(index) => write!(f, ", output at {index:?}")?,
            None => f.write_str(", a random mix of outputs")?,
        }
        let [given, expected] = self.evidence.sides();
        write!(f, ": {given} {:?}, {expected} {:?}", self.given, self.expected)?;
        write!(f, " ({:.1e} tolerances apart)", self.units)
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
    /// Numbers compared of each order from one on, by evidence.
    pub(super) counts: Vec<[usize; Evidence::ALL.len()]>,
}

impl Report {
    /// How many numbers were compared of one order by one evidence.
    ///
    /// ```
    /// use wengert::{Checker, Tensor, check::Evidence};
    /// let report = Checker::new().order(2).run(|x| x.sin(), &Tensor::from([0.5, 1.0]))?;
    /// assert_eq!(report.compared(1, Evidence::Differences), 4); // the whole Jacobian
    /// assert_eq!(report.compared(3, Evidence::Differences), 0);
    /// # Ok::<(), wengert::check::Failure>(())
    /// ```
    pub fn compared(&self, order: usize, evidence: Evidence) -> usize {
        let of_order = order.checked_sub(1).and_then(|k| self.counts.get(k));
        of_order.map_or(0, |counts| counts[evidence as usize])
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.counts.resize(self.counts.len().max(other.counts.len()), Default::default());
        for (counts, more) in self.counts.iter_mut().zip(other.counts) {
            for (count, more) in counts.iter_mut().zip(more) {
                *count += more;
            }
        }
        self.comparisons += other.comparisons;
        self.worst = self.worst.max(other.worst);
        self.order = self.order.max(other.order);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { comparisons, worst, order, .. } = self;
        write!(
            f,
            "{comparisons} comparisons agree (order {order}), the largest error at {worst:.1e} of its tolerance"
        )
    }
}

/// Why a check did not pass.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Some comparisons are beyond tolerance.
    #[error("{}", describe(.mismatches, *.failed, *.comparisons, .culprit.as_deref(), .inputs, *.seed))]
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
    #[error(
        "gradient check: nothing to compare: the input or the output has no elements, or the checker's settings \
         leave out every comparison"
    )]
    NothingCompared,
    /// The function itself failed.
    #[error("gradient check: {0}")]
    Engine(#[from] Error),
}

fn describe(
    mismatches: &[Mismatch],
    failed: usize,
    comparisons: usize,
    culprit: Option<&Culprit>,
    inputs: &[Tensor<f64>],
    seed: u64,
) -> String {
    let mut text = format!("gradient check: {failed} of {comparisons} comparisons are beyond tolerance");
    for m in mismatches {
        text += &format!("\n  {m}");
    }
    if failed > mismatches.len() {
        text += "\n  ...";
    }
    if let Some(c) = culprit {
        text += &format!("\n  first op whose local rule disagrees: {}, recorded at {}", c.op, c.at);
        text += &format!("\n    by itself: {}", c.mismatch);
    }
    text += &format!("\n  checked with seed {seed} at");
    let higher = mismatches.iter().any(|m| m.order > 1);
    for (k, x) in inputs.iter().enumerate() {
        let role = if higher && k + 1 == inputs.len() { " (random weights of the output)" } else { "" };
        let values = format!("{x:?}").replace('\n', "").replacen("Tensor<f64> ", "", 1);
        text += &format!("\n    input {k}{role}: {values}");
    }
    text
}
