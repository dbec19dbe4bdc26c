//! After a failed check: which op is to blame.

use super::{Checker, Culprit, Failure, Function, Higher, tape};
use crate::Tensor;

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
        let tape = tape();
        let vars: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
        let y = f(&vars).ok()?;
        let local = self.local(order);
        (0..=y.id).find_map(|id| {
            let line = tape.recorded(id)?;
            let operands: Vec<_> =
                line.inputs.iter().map(|&i| tape.nodes()[i as usize].value.clone()).collect();
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
