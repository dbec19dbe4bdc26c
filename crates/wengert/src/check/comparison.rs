//! The numbers compared so far, and what they amount to.

use super::{Evidence, Failure, Mismatch, Report};
use crate::Tensor;

/// Where a number stands: an entry of an input and one of the output, `None` for random combinations of them.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) input: usize,
    pub(super) index: Option<&'a [usize]>,
    pub(super) output: Option<&'a [usize]>,
}

/// Numbers compared so far.
pub(super) struct Comparison {
    order: usize,
    counts: [usize; Evidence::ALL.len()],
    worst: f64,
    failed: usize,
    mismatches: Vec<Mismatch>,
    located: Option<Mismatch>,
}

const SHOWN: usize = 5; // mismatches worth printing

impl Comparison {
    pub(super) fn new(order: usize) -> Self {
        Self {
            order,
            counts: Default::default(),
            worst: 0.0,
            failed: 0,
            mismatches: Vec::new(),
            located: None,
        }
    }

    /// Compares `given` with `expected`; a NaN anywhere counts as infinitely wrong.
    pub(super) fn add(&mut self, evidence: Evidence, at: Place<'_>, numbers: [f64; 2], tolerance: f64) {
        let mismatch = self.judge(evidence, at, numbers, tolerance);
        self.counts[evidence as usize] += 1;
        self.worst = self.worst.max(mismatch.units);
        if mismatch.units > 1.0 {
            self.failed += 1;
            self.mismatches.push(mismatch);
            self.mismatches.sort_by(|a, b| b.units.total_cmp(&a.units));
            self.mismatches.truncate(SHOWN);
        }
    }

    /// Notes the single entry that a disagreement along a random direction was traced to.
    pub(super) fn locate(&mut self, evidence: Evidence, at: Place<'_>, numbers: [f64; 2], tolerance: f64) {
        let mismatch = self.judge(evidence, at, numbers, tolerance);
        if mismatch.units > 1.0 {
            self.located = Some(mismatch);
        }
    }

    fn judge(
        &self,
        evidence: Evidence,
        at: Place<'_>,
        [given, expected]: [f64; 2],
        tolerance: f64,
    ) -> Mismatch {
        let error = (given - expected).abs();
        let units = if error == 0.0 { 0.0 } else { error / tolerance };
        Mismatch {
            order: self.order,
            evidence,
            input: at.input,
            index: at.index.map(Into::into),
            output: at.output.map(Into::into),
            given,
            expected,
            units: if units.is_nan() { f64::INFINITY } else { units },
        }
    }

    pub(super) fn count(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The worst disagreement, if there is one.
    pub(super) fn worst(&self) -> Option<&Mismatch> {
        self.mismatches.first()
    }

    pub(super) fn finish(mut self, x: &[Tensor<f64>], seed: u64) -> Result<Report, Failure> {
        if self.count() == 0 {
            return Err(Failure::NothingCompared);
        }
        let comparisons = self.count();
        if self.failed > 0 {
            if let Some(located) = self.located {
                // The entry says what the random directions cannot.
                self.mismatches.retain(|m| m.index.is_some());
                self.mismatches.insert(0, located);
                self.mismatches.truncate(SHOWN);
            }
            return Err(Failure::Disagreement {
                mismatches: self.mismatches,
                failed: self.failed,
                comparisons,
                culprit: None,
                inputs: x.to_vec(),
                seed,
            });
        }
        let mut counts = vec![Default::default(); self.order];
        counts[self.order - 1] = self.counts;
        Ok(Report { comparisons, worst: self.worst, order: self.order, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Place<'_> = Place { input: 0, index: None, output: None };

    #[test]
    fn a_nan_anywhere_is_infinitely_wrong() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for (numbers, tolerance) in
            [([nan, 1.0], 1.0), ([1.0, nan], 1.0), ([inf, inf], 1.0), ([1.0, 2.0], nan), ([1.0, 2.0], 0.0)]
        {
            let mut comparison = Comparison::new(1);
            comparison.add(Evidence::Transpose, NOWHERE, numbers, tolerance);
            assert_eq!(comparison.worst().map(|m| m.units), Some(inf), "{numbers:?} {tolerance}");
        }
    }

    #[test]
    fn nothing_compared_is_a_failure() {
        assert!(matches!(Comparison::new(1).finish(&[], 0), Err(Failure::NothingCompared)));
    }
}
