//! After a failed check: which op is to blame.

use super::{Checker, Culprit, Failure, Function, tape};
use crate::Tensor;

/// The first line of `f`'s tape whose own VJP or JVP disagrees with finite differences of its own value.
pub(super) fn find(checker: &Checker, f: &Function<'_>, x: &[Tensor<f64>]) -> Option<Culprit> {
    let tape = tape();
    let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    let y = f(&vars).ok()?;
    let local = checker.local();
    (0..=y.id).find_map(|id| {
        let line = tape.recorded(id)?;
        let operands: Vec<_> = line.inputs.iter().map(|&i| tape.nodes()[i as usize].value.clone()).collect();
        let op = line.op.clone();
        let name = op.name();
        let check = local.run_function(&|x| x[0].tape().try_apply(op.clone(), x), &operands);
        match check {
            Err(Failure::Disagreement { mismatches, .. }) => {
                let mismatch = mismatches.into_iter().next()?;
                Some(Culprit { op: name, at: line.at.to_string(), mismatch })
            }
            _ => None,
        }
    })
}
