//! Recorded lines computed again with numbers of another precision.

use crate::{Float, Op, Tape, Var};

impl<F: Float> Var<'_, F> {
    /// Records what leads from `from` to this variable once more on `tape`, from `to` on; other values are rounded once.
    ///
    /// Each op goes through `change`. None if a user-written op is among the lines. So single precision is compared with
    /// double at the same lines, and an example of a batch with its own random numbers.
    #[doc(hidden)]
    pub fn recorded_again<'t, G: Float>(
        self,
        from: &[Self],
        tape: &'t Tape<G>,
        to: &[Var<'t, G>],
        change: &dyn Fn(Op<G>) -> Op<G>,
    ) -> Option<Var<'t, G>> {
        let nodes = self.tape.nodes();
        let mut again: Vec<Option<Var<'t, G>>> = vec![None; self.id as usize + 1];
        for (from, to) in from.iter().zip(to) {
            *again.get_mut(from.id as usize)? = Some(*to);
        }
        for (id, node) in nodes[..again.len()].iter().enumerate() {
            if again[id].is_some() {
                continue;
            }
            again[id] = Some(match &node.op {
                None => tape.constant(node.value.cast::<G>()),
                Some(op) => {
                    let op = change(op.in_precision::<G>()?);
                    let x: Option<Vec<_>> = node.inputs.iter().map(|&i| again[i as usize]).collect();
                    let x = x?;
                    if node.tracked { tape.apply(op, &x) } else { tape.no_grad(|| tape.apply(op, &x)) }
                }
            });
        }
        again[self.id as usize]
    }
}
