//! First-order reverse mode as plain tensors: the walk of `reverse.rs` with the pen lifted.
//!
//! Cotangents are tensors, accumulated in place where nobody else holds them and freed as soon as they are used; an op
//! may offer a fused pullback; where it does not, its rule runs without recording and its temporaries are dropped.

use crate::{
    Error, Float, Line, Tape, Tensor, Var,
    active::Recorded,
    error::or_panic,
    nodes::NodeId,
    ops::{Fused, accumulate, shape_of_cotangent},
};
use smallvec::SmallVec;
use std::panic::Location;

/// What a sweep works in: kept from one to the next, since a training step needs as much as the last one did.
#[derive(Default)]
pub(crate) struct Room<F: Float> {
    active: Vec<bool>,
    /// The cotangent of each line, as far as it has come; all `None` between sweeps.
    sums: Vec<Option<Tensor<F>>>,
    order: Vec<usize>,
}

impl<'t, F: Float> Var<'t, F> {
    /// The gradient of this scalar as plain tensors: first order, fast.
    ///
    /// ```
    /// let tape = wengert::Tape::<f32>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0]));
    /// let g = (a * b).sum().backward(&[a, b]);
    /// assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![3.0, 4.0], vec![1.0, 2.0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Var::try_backward`] fails, and where it returns `None`.
    #[track_caller]
    pub fn backward(self, wrt: &[Var<'t, F>]) -> Vec<Tensor<F>> {
        let found = self.try_backward(wrt).and_then(|g| self.all_reached("backward", wrt, g));
        or_panic(found)
    }

    /// The gradient of this scalar as plain tensors; `None` for an input that it does not depend on.
    ///
    /// # Errors
    ///
    /// As [`Var::try_grad`].
    #[track_caller]
    pub fn try_backward(self, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Tensor<F>>>, Error> {
        if self.shape().len() != 1 {
            return Err(Error::NotScalar { op: "backward", shape: self.shape().dims().into() });
        }
        self.try_pullback(Tensor::full(self.shape(), F::ONE), wrt)
    }

    /// $J^\top \bar y$ as plain tensors, for a variable of any shape.
    ///
    /// # Errors
    ///
    /// As [`Var::try_vjp`].
    #[track_caller]
    pub fn try_pullback(self, seed: Tensor<F>, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Tensor<F>>>, Error> {
        let tape = self.tape;
        // What the program does with these numbers, a plan could not do again.
        tape.inspect(self.id, Location::caller());
        tape.check_wrt("backward", wrt)?;
        shape_of_cotangent("backward", "the seed", seed.shape(), self.shape())?;
        tape.try_settle(self.id)?;
        let mut room = tape.room().take();
        let Room { active, sums, order } = &mut room;
        tape.mark_active(wrt, self.id, active);
        if sums.len() <= self.id as usize {
            sums.resize(self.id as usize + 1, None);
        }
        // The walk takes what an active line received; elsewhere it would stay in the room for another sweep.
        sums[self.id as usize] = active[self.id as usize].then_some(seed);
        // the positions in `wrt`, in the order in which the walk meets them
        order.clear();
        order.extend((0..wrt.len()).filter(|&k| wrt[k].id <= self.id));
        order.sort_unstable_by_key(|&k| wrt[k].id);
        let mut found: Vec<Option<Tensor<F>>> = vec![None; wrt.len()];
        tape.no_grad(|| {
            for id in (0..=self.id).rev() {
                if !active[id as usize] {
                    continue;
                }
                while let Some(k) = order.pop_if(|k| wrt[*k].id == id) {
                    found[k] = sums[id as usize].clone();
                }
                tape.pull_one(id, active, sums)?;
            }
            Ok(())
        })?;
        // Only now: what an error leaves behind is no room for another sweep.
        tape.room().set(room);
        Ok(found)
    }
}

impl<F: Float> Tape<F> {
    /// Adds what an active line sends, if it has received a cotangent, to those of the inputs that want one.
    #[inline]
    pub(crate) fn pull_one(
        &self,
        id: NodeId,
        active: &mut Vec<bool>,
        sums: &mut Vec<Option<Tensor<F>>>,
    ) -> Result<(), Error> {
        if !self.pull_number(id, active, sums)
            && let Some(y_bar) = sums[id as usize].take()
        {
            self.pull_line(id, y_bar, active, sums)?;
        }
        Ok(())
    }

    /// Does what [`Tape::pull_line`] does, the short way, if all at the line are numbers.
    fn pull_number(&self, id: NodeId, active: &[bool], sums: &mut [Option<Tensor<F>>]) -> bool {
        let nodes = self.nodes();
        let node = &nodes[id as usize];
        let mut pull = || {
            let op = node.op.as_ref().filter(|_| node.tracked)?;
            let (ct, y) = (sums[id as usize].as_ref()?.number()?, node.value.number()?);
            let (mut x, mut wants) = ([F::ZERO; 2], [false; 2]);
            for (k, &i) in node.inputs.iter().enumerate() {
                *x.get_mut(k)? = nodes[i as usize].value.number()?;
                wants[k] = active[i as usize];
            }
            let pulled = F::pull_number(op, &x[..node.inputs.len()], y, ct, wants)?;
            for ((&i, x_bar), _) in node.inputs.iter().zip(pulled).zip(wants).filter(|(_, wanted)| *wanted) {
                match &mut sums[i as usize] {
                    Some(sum) => sum.make_mut()[0] += x_bar,
                    none => *none = Some(Tensor::scalar(x_bar)),
                }
            }
            sums[id as usize] = None;
            Some(())
        };
        pull().is_some()
    }

    /// Adds what one line sends to the cotangents of the inputs that want one.
    fn pull_line(
        &self,
        id: NodeId,
        y_bar: Tensor<F>,
        active: &mut Vec<bool>,
        sums: &mut Vec<Option<Tensor<F>>>,
    ) -> Result<(), Error> {
        let (threads, nodes) = (self.threads(), self.nodes());
        let node = &nodes[id as usize];
        let Some(op) = node.op.as_ref().filter(|_| node.tracked) else { return Ok(()) };
        if op.checkpoint().is_some() {
            let Recorded { op, inputs, .. } = node.recorded(op);
            drop(nodes);
            return self.pull_checkpoint(&op, &inputs, (id, y_bar), active, sums);
        }
        let x: SmallVec<[&Tensor<F>; 3]> = node.inputs.iter().map(|&i| &nodes[i as usize].value).collect();
        let mut at = Fused { ct: Some(y_bar), inputs: &node.inputs, active, sums, threads };
        if F::vjp_fused(op, &x, &node.value, &mut at) {
            return Ok(());
        }
        let y_bar = at.take();
        let Recorded { op, inputs, at } = node.recorded(op);
        drop(x);
        drop(nodes); // the rule appends to the list
        let (line, end) = (Line::new(self, id, &inputs, active), self.len());
        let pulled = self.on_behalf_of(at, || {
            let mut pulled = SmallVec::<[(NodeId, Tensor<F>); 3]>::new();
            for (k, x_bar) in F::vjp(&op, &line, self.constant(y_bar))?.wanted(&line) {
                shape_of_cotangent(op.name(), "a cotangent", x_bar.shape(), line.input(k).shape())?;
                pulled.push((inputs[k], x_bar.tensor()));
            }
            Ok(pulled)
        });
        self.truncate(end);
        for (input, x_bar) in pulled? {
            accumulate(&mut sums[input as usize], x_bar, threads);
        }
        Ok(())
    }
}
