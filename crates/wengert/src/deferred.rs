//! Values computed when they are read, for lists that are recorded in order to be compiled.

use crate::{Error, Float, Shape, Tape, Tensor, Threads, error::or_panic, nodes::NodeId};
use smallvec::SmallVec;
use std::collections::HashSet;

impl<F: Float> Tape<F> {
    /// The same tape, which computes the value of a line only when it is read: for lists that will be compiled.
    ///
    /// A plan needs ops and shapes, not values. Recorded here, a training step costs neither the time nor the memory of
    /// its intermediate values, nor of those of its gradient. Shapes are checked as the lines are recorded, as on every
    /// tape. What is read, by [`Var::value`](crate::Var::value), [`Var::backward`](crate::Var::backward) or a branch on
    /// [`Var::item`](crate::Var::item), is computed then with all that it depends on, and kept: the same bits, later. (A
    /// [checkpoint](crate::checkpoint) is recorded here as its function's lines, which leaves values and gradients their
    /// bits, but may add up derivatives of order two in another order.)
    ///
    /// ```
    /// use wengert::prelude::*;
    ///
    /// let tape = Tape::<f32>::new().deferred();
    /// let w = tape.leaf(Tensor::zeros([1000, 1000]));
    /// let loss = w.matmul(w).exp().sum();
    /// let g = loss.grad(&[w])[0];
    /// let plan = tape.compile(&[w], &[loss, g])?; // so far, nothing has been computed
    /// assert_eq!(loss.item(), 1e6); // now the loss has, and not the gradient
    /// # Ok::<(), wengert::Error>(())
    /// ```
    ///
    /// A [`CustomOp`](crate::CustomOp) that fails does so when its value is read; reading then panics.
    #[must_use]
    pub fn deferred(mut self) -> Self {
        self.defers = true;
        self
    }

    /// Computes what has been put off of a line, after what it depends on.
    pub(crate) fn try_settle(&self, id: NodeId) -> Result<(), Error> {
        if !self.defers || !self.nodes()[id as usize].deferred {
            return Ok(());
        }
        let mut open = vec![id];
        let mut found = Vec::new();
        {
            let nodes = self.nodes();
            let mut met = HashSet::new();
            while let Some(id) = open.pop() {
                if nodes[id as usize].deferred && met.insert(id) {
                    found.push(id);
                    open.extend(&nodes[id as usize].inputs);
                }
            }
        }
        found.sort_unstable();
        for id in found {
            let value = self.evaluate(id, self.threads())?;
            let mut nodes = self.nodes_mut();
            let node = &mut nodes[id as usize];
            (node.value, node.deferred) = (value, false);
        }
        Ok(())
    }

    /// As [`Tape::try_settle`].
    ///
    /// # Panics
    ///
    /// Where that fails, which only a user-written op makes it.
    #[track_caller]
    pub(crate) fn settle(&self, id: NodeId) {
        if self.defers {
            or_panic(self.try_settle(id));
        }
    }

    /// The value of a line that has an op, from those of its inputs.
    fn evaluate(&self, id: NodeId, threads: &Threads) -> Result<Tensor<F>, Error> {
        let nodes = self.nodes();
        let node = &nodes[id as usize];
        let x: SmallVec<[&Tensor<F>; 3]> = node.inputs.iter().map(|&i| &nodes[i as usize].value).collect();
        let op = node.op.as_ref().expect("a leaf or a constant is given with its value");
        F::eval(op, &x, node.value.shape(), threads)
    }
}

/// What stands for a value that has not been computed: its shape, and NaN for every element.
pub(crate) fn stand_in<F: Float>(shape: Shape) -> Tensor<F> {
    Tensor::scalar(F::from_f64(f64::NAN)).broadcast_view(shape)
}

#[cfg(test)]
mod tests {
    use crate::{Error, Key, Tape, Tensor, Threads, Var, nodes::Node, plan::Extras};

    /// A loss of every kind of line: of numbers, of tensors, with a mask, with an alias, drawn at random.
    fn loss<'t>(w: Var<'t, f64>, x: Var<'t, f64>) -> Var<'t, f64> {
        let scale = (w.sum() * 0.5 + 1.0).sin();
        let hidden = (x.matmul(w) * scale).tanh().dropout(0.25, Key::new(5));
        let inner = hidden.grad_of(|h| (h * h * h).sum());
        (inner * hidden.relu()).sum() + (w.detach() * w).mean()
    }

    fn operands() -> [Tensor<f64>; 2] {
        let number = |i: usize| (i as f64 * 0.7).sin();
        [
            Tensor::from_fn([3, 4], |ix| number(ix[0] * 4 + ix[1])),
            Tensor::from_fn([5, 3], |ix| number(7 * ix[0] + ix[1])),
        ]
    }

    #[test]
    fn a_deferred_tape_gives_the_bits_of_another_whatever_is_read_first() {
        let [w0, x0] = operands();
        let tape = Tape::<f64>::new();
        let (w, x) = (tape.leaf(&w0), tape.leaf(&x0));
        let y = loss(w, x);
        let (g, h) = (y.backward(&[w, x]), y.grad(&[w])[0].square().sum().backward(&[w]));
        for first in 0..3 {
            let tape = Tape::<f64>::new().deferred();
            let (w, x) = (tape.leaf(&w0), tape.leaf(&x0));
            let y2 = loss(w, x);
            if first == 1 {
                assert_eq!(y2.item(), y.item());
            }
            let slope = y2.grad(&[w])[0];
            if first == 2 {
                assert_eq!(slope.value(), g[0]);
            }
            assert_eq!(slope.square().sum().backward(&[w])[0], h[0]);
            assert_eq!((y2.backward(&[w, x]), y2.item(), slope.value()), (g.clone(), y.item(), g[0].clone()));
        }
    }

    #[test]
    fn nothing_is_computed_for_a_plan_which_has_the_bits_of_another_tape() {
        let [w0, x0] = operands();
        let run = |tape: Tape<f64>| {
            let (w, x) = (tape.leaf(&w0), tape.leaf(&x0));
            let y = loss(w, x);
            let g = y.grad(&[w])[0];
            let plan = tape.compile(&[w, x], &[y, g]).unwrap();
            // An alias of a leaf has its value without computing anything; numbers are computed at once.
            let is_tensor =
                |n: &&Node<f64>| n.op.as_ref().is_some_and(|op| op.name() != "alias") && n.value.rank() > 0;
            let computed = tape.nodes().iter().filter(is_tensor).filter(|n| !n.deferred).count();
            let extras = Extras { step: Some(3), ..Extras::default() };
            let out = plan.run_with(&mut plan.workspace(), &[&w0, &x0], &extras).unwrap().to_vec();
            (computed, out, plan.describe())
        };
        let (computed, out, text) = run(Tape::with_threads(Threads::new(2)).deferred());
        let (all, expected, eager_text) = run(Tape::with_threads(Threads::new(2)));
        assert_eq!((computed, &out), (0, &expected));
        assert!(all > 20 && text == eager_text, "{text}\n{eager_text}");
    }

    #[test]
    fn shapes_are_refused_at_once_and_reading_is_noted() {
        let tape = Tape::<f64>::new().deferred();
        let (a, b) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[1.0, 2.0]]));
        let refused = a.try_matmul(b).unwrap_err();
        assert!(refused.to_string().starts_with("matmul"), "{refused}");
        let y = (a * b).sum();
        assert!(y.item() > 0.0);
        let z = y * a.sum();
        assert!(matches!(tape.compile(&[a], &[z]), Err(Error::ValueInspected { .. })));
        assert_eq!(z.backward(&[b])[0].to_vec(), [3.0, 6.0]);
    }

    #[test]
    fn a_listing_says_what_has_not_been_computed() {
        let tape = Tape::<f64>::new().deferred();
        let x = tape.leaf([1.0, 2.0]);
        let y = x * x;
        assert!(
            tape.to_string().contains("Mul(v0, v0)") && tape.to_string().contains("[2] deferred"),
            "{tape}"
        );
        assert_eq!(y.value().to_vec(), [1.0, 4.0]);
        assert!(tape.to_string().contains("[2] [1, 4]"), "{tape}");
    }

    #[test]
    fn a_chain_of_a_million_deferred_lines_needs_no_deep_stack() {
        let tape = Tape::<f64>::new().deferred();
        let mut x = tape.leaf([1.0]);
        for _ in 0..1_000_000 {
            x = -x;
        }
        assert_eq!(x.value().to_vec(), [1.0]);
    }
}
