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
    Error, Float, Line, Tape, Tensor, Var,
    active::Recorded,
    error::{Within, or_panic},
    nodes::NodeId,
    ops::shape_of_cotangent,
};
use std::ops::Range;

/// A walk backwards: the lines that it passes through, and the cotangents so far.
pub(crate) struct Walk<'t, F: Float> {
    pub(crate) tape: &'t Tape<F>,
    pub(crate) active: Vec<bool>,
    pub(crate) ct: Vec<Option<Var<'t, F>>>,
}

impl<F: Float> Walk<'_, F> {
    /// Walks from the last of these lines back to the first; tells `done` of each line whose rule has
    /// run, and how long the tape was then.
    pub(crate) fn back(
        &mut self,
        lines: Range<NodeId>,
        done: &mut dyn FnMut(NodeId, usize),
    ) -> Result<(), Error> {
        let tape = self.tape;
        for id in lines.rev() {
            let Some(y_bar) = self.ct[id as usize].filter(|_| self.active[id as usize]) else { continue };
            let Some(Recorded { op, inputs, at }) = tape.recorded(id) else { continue };
            if let Some(segment) = op.checkpoint() {
                self.back_through(segment, &inputs, id, done)?;
                continue;
            }
            let line = Line::new(tape, id, &inputs, &self.active);
            tape.on_behalf_of(at, || {
                for (k, x_bar) in F::vjp(&op, &line, y_bar)?.wanted(&line) {
                    shape_of_cotangent(op.name(), "a cotangent", x_bar.shape(), line.input(k).shape())?;
                    let sum = &mut self.ct[inputs[k] as usize];
                    *sum = Some(match *sum {
                        None => x_bar,
                        Some(sum) => sum + x_bar,
                    });
                }
                Ok(())
            })?;
            done(id, tape.len());
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
        self.pull("grad", seed, wrt, |_, _| ())
    }

    /// $J^\top \bar y$: pulls the cotangent `seed` of this variable back to `wrt`; `None` where no contribution
    /// arrives.
    ///
    /// # Errors
    ///
    /// [`Error::CotangentShape`] if the seed has another shape than this variable; else as [`Var::try_grad`].
    #[track_caller]
    pub fn try_vjp(self, seed: Var<'t, F>, wrt: &[Var<'t, F>]) -> Result<Vec<Option<Var<'t, F>>>, Error> {
        self.pull("vjp", seed, wrt, |_, _| ())
    }

    /// The sweep, on behalf of the function `caller`; `done` is told as by [`Walk::back`].
    pub(crate) fn pull(
        self,
        caller: &'static str,
        seed: Var<'t, F>,
        wrt: &[Var<'t, F>],
        mut done: impl FnMut(NodeId, usize),
    ) -> Result<Vec<Option<Var<'t, F>>>, Error> {
        let tape = self.tape;
        tape.check_wrt(caller, wrt)?;
        if !std::ptr::eq(seed.tape, tape) {
            return Err(Error::DifferentTapes { op: caller });
        }
        shape_of_cotangent(caller, "the seed", seed.shape(), self.shape())?;

        let mut ct: Vec<Option<Var<'t, F>>> = vec![None; self.id as usize + 1];
        ct[self.id as usize] = Some(seed);
        let mut walk = Walk { tape, active: tape.active(wrt, self.id), ct };
        walk.back(0..self.id + 1, &mut done)?;
        Ok(wrt.iter().map(|w| walk.ct.get(w.id as usize).copied().flatten()).collect())
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
        let y = tape.with_recording(true, || f(x));
        let found = tape.at_caller(|| tape.with_recording(true, || y.try_grad(&[x])));
        let found = found.and_then(|g| y.all_reached("grad", &[x], g)).within("grad_of");
        let slope = or_panic(found)[0];
        if flows_on || tape.is_recording() { slope } else { slope.detach() }
    }
}
