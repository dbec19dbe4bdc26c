//! Reverse mode: walk the Wengert list backwards, pulling cotangents back through each line.
//!
//! A line `y = op(x₀, x₁, …)` that receives the cotangent $\bar y = \partial L / \partial y$ sends
//! $\bar x_k = (\partial y / \partial x_k)^\top \bar y$ to each input; contributions to one variable add. The list is
//! in the order of evaluation, so walking it from the output to the front meets every use of a value before the value
//! itself. That is all of reverse mode.
//!
//! The rules compute with [`Var`]s, so the derivative is recorded like anything else and can be differentiated again.
//! `eager.rs` is the same walk over plain tensors, faster and first order only; a law pins it to this one.

use crate::{
    Error, Float, Line, Op, Tape, Tensor, Var, error::or_panic, nodes::NodeId, ops::shape_of_cotangent,
};
use smallvec::SmallVec;
use std::panic::Location;

/// What the sweep needs to know of one line.
pub(crate) struct Recorded<F: Float> {
    pub(crate) op: Op<F>,
    pub(crate) inputs: SmallVec<[NodeId; 3]>,
    pub(crate) at: &'static Location<'static>,
}

impl<F: Float> Tape<F> {
    /// Which lines up to `end` depend on `wrt`: only these carry cotangents.
    pub(crate) fn active(&self, wrt: &[Var<'_, F>], end: NodeId) -> Vec<bool> {
        let mut active = Vec::new();
        self.mark_active(wrt, end, &mut active);
        active
    }

    /// The same in room that is there already.
    pub(crate) fn mark_active(&self, wrt: &[Var<'_, F>], end: NodeId, active: &mut Vec<bool>) {
        let nodes = self.nodes();
        active.clear();
        active.resize(end as usize + 1, false);
        for w in wrt.iter().filter(|w| w.id <= end) {
            active[w.id as usize] = true;
        }
        for id in 0..=end as usize {
            active[id] |= nodes[id].tracked && nodes[id].inputs.iter().any(|&i| active[i as usize]);
        }
    }

    /// What derivatives pass through at a line; none at a leaf or a constant.
    pub(crate) fn recorded(&self, id: NodeId) -> Option<Recorded<F>> {
        let node = &self.nodes()[id as usize];
        node.op.as_ref().filter(|_| node.tracked).map(|op| node.recorded(op))
    }

    /// Refuses what no derivative can be asked of, by name of the function called.
    pub(crate) fn check_wrt(&self, op: &'static str, wrt: &[Var<'_, F>]) -> Result<(), Error> {
        for (input, w) in wrt.iter().enumerate() {
            if !std::ptr::eq(w.tape, self) {
                return Err(Error::DifferentTapes { op });
            }
            if !w.is_tracked() {
                return Err(Error::Untracked { op, input, at: w.recorded_at().to_string() });
            }
        }
        Ok(())
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The gradient of this scalar, recorded on the tape, so that it can be differentiated again.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// let g = (x * x * x).grad(&[x])[0];
    /// let h = g.grad(&[x])[0];
    /// assert_eq!((g.item(), h.item()), (12.0, 12.0));
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Var::try_grad`] fails, and where it returns `None`: a gradient that is missing is not a zero.
    #[track_caller]
    pub fn grad(self, wrt: &[Var<'t, F>]) -> Vec<Var<'t, F>> {
        let found = self.try_grad(wrt).and_then(|g| self.all_reached("grad", wrt, g));
        or_panic(found)
    }

    /// The gradient of this scalar; `None` for an input that it does not depend on.
    ///
    /// # Errors
    ///
    /// [`Error::NotScalar`], [`Error::Untracked`] (a constant among `wrt`), [`Error::DifferentTapes`], and what a
    /// [`CustomOp`](crate::CustomOp) of the user's gets wrong.
    #[track_caller]
    pub fn try_grad(self, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Var<'t, F>>>, Error> {
        if self.shape().len() != 1 {
            return Err(Error::NotScalar { op: "grad", shape: self.shape().dims().into() });
        }
        let seed = self.tape.constant(Tensor::full(self.shape(), F::ONE));
        self.pull("grad", seed, wrt, |_| ())
    }

    /// $J^\top \bar y$: pulls the cotangent `seed` of this variable back to `wrt`; `None` where no contribution
    /// arrives.
    ///
    /// # Errors
    ///
    /// [`Error::CotangentShape`] if the seed has another shape than this variable; else as [`Var::try_grad`].
    #[track_caller]
    pub fn try_vjp(self, seed: Var<'t, F>, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Var<'t, F>>>, Error> {
        self.pull("vjp", seed, wrt, |_| ())
    }

    /// The sweep, on behalf of the function `caller`; tells `done` of each line whose rule has run.
    pub(crate) fn pull(
        self,
        caller: &'static str,
        seed: Var<'t, F>,
        wrt: &[Var<'t, F>],
        mut done: impl FnMut(NodeId),
    ) -> Result<Vec<Option<Var<'t, F>>>, Error> {
        let tape = self.tape;
        tape.check_wrt(caller, wrt)?;
        if !std::ptr::eq(seed.tape, tape) {
            return Err(Error::DifferentTapes { op: caller });
        }
        shape_of_cotangent(caller, "the seed", seed.shape(), self.shape())?;

        let active = tape.active(wrt, self.id);
        let mut ct: Vec<Option<Var<'t, F>>> = vec![None; self.id as usize + 1];
        ct[self.id as usize] = Some(seed);
        for id in (0..=self.id).rev().filter(|&id| active[id as usize]) {
            let Some(y_bar) = ct[id as usize] else { continue };
            let Some(Recorded { op, inputs, at }) = tape.recorded(id) else { continue };
            let line = Line::new(tape, id, &inputs, &active);
            tape.on_behalf_of(at, || {
                for (k, x_bar) in F::vjp(&op, &line, y_bar)?.wanted(&line) {
                    shape_of_cotangent(op.name(), "a cotangent", x_bar.shape(), line.input(k).shape())?;
                    let sum = &mut ct[inputs[k] as usize];
                    *sum = Some(match *sum {
                        None => x_bar,
                        Some(sum) => sum + x_bar,
                    });
                }
                Ok(())
            })?;
            done(id);
        }
        Ok(wrt.iter().map(|w| ct.get(w.id as usize).copied().flatten()).collect())
    }

    /// As [`Var::try_vjp`], with every input reached.
    ///
    /// # Panics
    ///
    /// Where that fails or returns `None`.
    #[track_caller]
    pub fn vjp(self, seed: Var<'t, F>, wrt: &[Var<'t, F>]) -> Vec<Var<'t, F>> {
        let found = self.try_vjp(seed, wrt).and_then(|g| self.all_reached("vjp", wrt, g));
        or_panic(found)
    }

    /// Turns a missing derivative into an error that names both ends.
    pub(crate) fn all_reached<T>(
        self,
        op: &'static str,
        wrt: &[Var<'t, F>],
        found: Vec<Option<T>>,
    ) -> Result<Vec<T>, Error> {
        let pairs = found.into_iter().zip(wrt).enumerate();
        pairs.map(|(k, (g, w))| g.ok_or_else(|| self.unreachable_from(op, k, *w))).collect()
    }

    pub(crate) fn unreachable_from(self, op: &'static str, input: usize, x: Var<'t, F>) -> Error {
        let (input_at, output_at) = (x.recorded_at().to_string(), self.recorded_at().to_string());
        Error::Unreachable { op, input, input_at, output_at }
    }

    /// The derivative of `f` at this scalar or, elementwise independent or summed, at this tensor: differentiates
    /// with respect to a fresh alias, so nested derivatives are never confused.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(5.0);
    /// // d/dx [ x * d/dy (x + y) ] = 1; an answer of 2 would mean that the two derivatives were mixed up
    /// let inner = x.grad_of(|x| x * x.grad_of(|y| x + y));
    /// assert_eq!(inner.item(), 1.0);
    /// ```
    ///
    /// Within [`Tape::no_grad`] the derivative is computed all the same, and is a constant.
    ///
    /// # Panics
    ///
    /// As [`Var::grad`]: also if `f` does not depend on its argument.
    #[track_caller]
    pub fn grad_of(self, f: impl FnOnce(Var<'t, F>) -> Var<'t, F>) -> Var<'t, F> {
        let (tape, flows_on) = (self.tape, self.is_tracked() && self.tape.is_recording());
        let x = if flows_on { self.alias() } else { tape.copy(self, true) };
        let slope = tape.with_recording(true, || f(x).grad(&[x])[0]);
        if flows_on || tape.is_recording() { slope } else { slope.detach() }
    }
}
