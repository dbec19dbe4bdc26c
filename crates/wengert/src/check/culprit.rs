//! After a failed check: which op is to blame.

use super::{Checker, Culprit, Failure, Function, Higher, tape};
use crate::{Tensor, Var};

impl Checker {
    /// Adds to a disagreement at `order` the first op that explains it.
    ///
    /// Above order one, the ops that rules recorded come first: each is checked for itself. If all are right, some
    /// rule has left out what it should have recorded, so then every op of `f` is checked at that order.
    pub(super) fn blame(
        &self,
        mut failure: Failure,
        order: usize,
        f: &Function<'_>,
        z: &[Tensor<f64>],
    ) -> Failure {
        if let Failure::Disagreement { culprit, .. } = &mut failure
            && self.find_culprit
        {
            let found = if order == 1 {
                self.first_wrong_line(1, f, z)
            } else {
                let x = &z[..z.len() - 1];
                let higher = Higher { checker: self, f, order };
                self.first_wrong_line(1, &|z| higher.call(z), z)
                    .or_else(|| self.first_wrong_line(order, f, x))
            };
            *culprit = found.map(Box::new);
        }
        failure
    }

    /// The first line of `f`'s tape whose own rules disagree with its own value, up to `order`.
    fn first_wrong_line(&self, order: usize, f: &Function<'_>, x: &[Tensor<f64>]) -> Option<Culprit> {
        // A tape that puts off its values has the lines of a checkpoint, and not one line for all of them.
        let tape = tape().deferred();
        let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y = f(&vars).ok()?;
        let local = self.local(order);
        (0..=y.id).find_map(|id| {
            let line = tape.recorded(id)?;
            let operands: Vec<_> = line.inputs.iter().map(|&id| Var { tape: &tape, id }.tensor()).collect();
            let op = line.op.clone();
            let name = op.name();
            match local.run_function(&|x| x[0].tape().try_apply(op.clone(), x), &operands) {
                Err(Failure::Disagreement { mismatches, .. }) => {
                    let mismatch = mismatches.into_iter().next()?;
                    Some(Culprit { op: name, at: line.at.to_string(), mismatch })
                }
                _ => None,
            }
        })
    }
}
