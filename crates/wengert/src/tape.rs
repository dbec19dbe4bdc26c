//! The Wengert list: an append-only list of primitive applications, in the order of evaluation.

use crate::{
    CustomOp, Error, Float, Op, Shape, Tensor, Threads, Var,
    deferred::stand_in,
    eager::Room,
    error::or_panic,
    nodes::{NodeId, Nodes},
    ops::alias::Alias,
};
use smallvec::SmallVec;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::panic::Location;
use std::sync::Arc;

/// A value that the user read while the list was growing, so that what follows may depend on it unseen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Inspected {
    pub(crate) id: NodeId,
    /// The line of source that read it first.
    pub(crate) at: &'static Location<'static>,
    /// The length of the tape at that time.
    pub(crate) len: usize,
}

/// The list of everything computed, in order; it owns every node and every value.
///
/// Ops are evaluated as they are recorded (or, on a [deferred](Tape::deferred) tape, when their values are read), so
/// ordinary control flow works, and the list is in topological order by construction. Clearing takes `&mut self`, so no [`Var`] can outlive its node:
///
/// ```compile_fail
/// let mut tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf(1.0);
/// tape.clear();
/// let y = x * x; // error: `tape` is borrowed by `x`
/// ```
pub struct Tape<F: Float> {
    nodes: RefCell<Nodes<F>>,
    recording: Cell<bool>,
    /// While a rule runs: the user's line that the rule's nodes are attributed to.
    on_behalf_of: Cell<Option<&'static Location<'static>>>,
    inspected: RefCell<Vec<Inspected>>,
    /// Room that the first-order sweep leaves for the next one.
    room: Cell<Room<F>>,
    threads: Threads,
    /// Whether values are computed when they are read, and not when they are recorded.
    pub(crate) defers: bool,
}

impl<F: Float> Default for Tape<F> {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts a cell back to what it was when dropped, also on a panic.
struct Restore<'a, T: Copy>(&'a Cell<T>, T);

impl<T: Copy> Drop for Restore<'_, T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

impl<F: Float> Tape<F> {
    /// Returns an empty tape whose ops may use every core.
    pub fn new() -> Self {
        Self::with_threads(Threads::all())
    }

    /// Returns an empty tape whose ops run on `threads`; results do not depend on their number.
    pub fn with_threads(threads: Threads) -> Self {
        Self {
            nodes: RefCell::default(),
            recording: Cell::new(true),
            on_behalf_of: Cell::new(None),
            inspected: RefCell::new(Vec::new()),
            room: Cell::default(),
            threads,
            defers: false,
        }
    }

    /// Records an input that derivatives can be asked for.
    #[track_caller]
    pub fn leaf(&self, value: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push(None, &[], value.into(), self.recording.get())
    }

    /// Records a value that no derivative flows into.
    #[track_caller]
    pub fn constant(&self, value: impl Into<Tensor<F>>) -> Var<'_, F> {
        self.push(None, &[], value.into(), false)
    }

    /// The number of lines.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing has been recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The team that ops of this tape run on.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Forgets every line; the memory goes back to the pool for the next recording.
    pub fn clear(&mut self) {
        self.nodes.get_mut().truncate(0);
        self.inspected.get_mut().clear();
    }

    /// Runs `f` without recording: what it computes are constants. Recording resumes also if `f` panics.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(3.0);
    /// let y = tape.no_grad(|| x * x) * x; // the gradient sees 9 x
    /// assert_eq!(y.backward(&[x])[0].item(), 9.0);
    /// ```
    pub fn no_grad<R>(&self, f: impl FnOnce() -> R) -> R {
        self.with_recording(false, f)
    }

    /// Runs `f` with recording on or off, and puts it back to what it was.
    pub(crate) fn with_recording<R>(&self, on: bool, f: impl FnOnce() -> R) -> R {
        let _restore = Restore(&self.recording, self.recording.replace(on));
        f()
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.recording.get()
    }

    /// Runs a rule of the line recorded at `at`, to which the nodes it records are attributed.
    pub(crate) fn on_behalf_of<R>(&self, at: &'static Location<'static>, f: impl FnOnce() -> R) -> R {
        let _restore = Restore(&self.on_behalf_of, self.on_behalf_of.replace(Some(at)));
        f()
    }

    /// What `f` returns; every line that it records is attributed to the line of source of this call, or of the call that
    /// the function around it was given with `#[track_caller]`.
    ///
    /// For layers and losses of one's own, whose closures would otherwise be named by [`Tape::find_anomaly`], by errors and
    /// by listings, in place of the line that a user of them can look at.
    ///
    /// ```
    /// use wengert::{Tape, Var};
    ///
    /// #[track_caller]
    /// fn total<'t>(parts: &[Var<'t, f64>]) -> Var<'t, f64> {
    ///     parts[0].tape().at_caller(|| parts.iter().map(|part| part.ln().sum()).sum())
    /// }
    /// let tape = Tape::new();
    /// let x = tape.leaf([1.0, 0.0]);
    /// let (loss, line) = (total(&[x, x]), line!());
    /// assert_eq!(tape.find_anomaly(loss).expect("ln at 0").at.line(), line);
    /// ```
    #[track_caller]
    pub fn at_caller<R>(&self, f: impl FnOnce() -> R) -> R {
        self.on_behalf_of(self.on_behalf_of.get().unwrap_or(Location::caller()), f)
    }

    /// Runs code of the user's, to whose own lines the nodes that it records are attributed.
    pub(crate) fn on_nobodys_behalf<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restore = Restore(&self.on_behalf_of, self.on_behalf_of.replace(None));
        f()
    }

    pub(crate) fn nodes(&self) -> Ref<'_, Nodes<F>> {
        self.nodes.borrow()
    }

    pub(crate) fn nodes_mut(&self) -> RefMut<'_, Nodes<F>> {
        self.nodes.borrow_mut()
    }

    /// Whether two lines have the same shape.
    pub(crate) fn same_shape(&self, a: NodeId, b: NodeId) -> bool {
        let nodes = self.nodes.borrow();
        nodes[a as usize].value.same_shape(&nodes[b as usize].value)
    }

    /// Forgets the lines from `end` on; the caller holds no variable of them.
    pub(crate) fn truncate(&self, end: usize) {
        self.nodes.borrow_mut().truncate(end);
        let mut inspected = self.inspected.borrow_mut();
        if inspected.last().is_some_and(|read| read.len > end) {
            inspected.retain(|read| (read.id as usize) < end);
            inspected.iter_mut().for_each(|read| read.len = read.len.min(end));
        }
    }

    /// Notes that the user reads the value of a line at `at`.
    pub(crate) fn inspect(&self, id: NodeId, at: &'static Location<'static>) {
        let nodes = self.nodes.borrow();
        if !nodes[id as usize].inspected.replace(true) {
            self.inspected.borrow_mut().push(Inspected { id, at, len: nodes.len() });
        }
    }

    /// The values that the user has read since the tape was cleared, each once, in the order of reading.
    pub(crate) fn inspected(&self) -> Vec<Inspected> {
        self.inspected.borrow().clone()
    }

    /// Records a line that repeats the value of another: no derivative flows through it to that one.
    ///
    /// Tracked, it is a variable of its own that derivatives can be asked for.
    #[track_caller]
    pub(crate) fn copy<'t>(&'t self, of: Var<'t, F>, tracked: bool) -> Var<'t, F> {
        let (value, deferred) = {
            let nodes = self.nodes.borrow();
            let node = &nodes[of.id as usize];
            (node.value.clone(), node.deferred)
        };
        let copy = self.push(Some(Alias.into()), &[of.id], value, tracked);
        self.nodes.borrow_mut()[copy.id as usize].deferred = deferred;
        copy
    }

    /// The room of the first-order sweep, which puts it back; a sweep inside a sweep finds none.
    pub(crate) fn room(&self) -> &Cell<Room<F>> {
        &self.room
    }

    #[track_caller]
    pub(crate) fn push(
        &self,
        op: Option<Op<F>>,
        inputs: &[NodeId],
        value: Tensor<F>,
        tracked: bool,
    ) -> Var<'_, F> {
        let at = self.on_behalf_of.get().unwrap_or(Location::caller());
        let mut nodes = self.nodes.borrow_mut();
        let (id, node) = nodes.append();
        (node.value, node.op, node.at, node.tracked) = (value, op, at, tracked);
        node.inputs.extend_from_slice(inputs);
        Var { tape: self, id }
    }

    /// Records an elementwise op of numbers, if that is what these operands are: the short way through
    /// [`Tape::try_apply`].
    #[track_caller]
    pub(crate) fn apply_to_numbers<'t>(&'t self, op: &Op<F>, x: &[Var<'t, F>]) -> Option<Var<'t, F>> {
        let at = self.on_behalf_of.get().unwrap_or(Location::caller());
        let mut nodes = self.nodes.borrow_mut();
        let (mut numbers, mut tracked) = ([F::ZERO; 2], false);
        for (k, v) in x.iter().enumerate() {
            let node = nodes.get(v.id as usize).filter(|_| std::ptr::eq(v.tape, self))?;
            *numbers.get_mut(k)? = node.value.number().filter(|_| !node.deferred)?;
            tracked |= node.tracked;
        }
        let (id, node) = nodes.append();
        let Some(value) = F::number(op, &numbers[..x.len()], &mut node.op) else {
            nodes.truncate(id as usize);
            return None;
        };
        node.value = Tensor::scalar(value);
        (node.at, node.tracked) = (at, tracked && self.recording.get());
        let inputs = std::array::from_fn(|k| x.get(k).map_or(0, |v| v.id));
        node.inputs = SmallVec::from_buf_and_len(inputs, x.len());
        Some(Var { tape: self, id })
    }

    /// Records a number that no derivative flows into.
    #[track_caller]
    pub(crate) fn number(&self, value: F) -> Var<'_, F> {
        let at = self.on_behalf_of.get().unwrap_or(Location::caller());
        let mut nodes = self.nodes.borrow_mut();
        let (id, node) = nodes.append();
        node.value = Tensor::scalar(value);
        (node.at, node.tracked) = (at, false);
        Var { tape: self, id }
    }

    /// Evaluates an op, unless the tape is [deferred](Tape::deferred), and records it: the one door onto the tape.
    ///
    /// # Errors
    ///
    /// What the op's shape rule refuses; [`Error::DifferentTapes`], [`Error::Arity`]; [`Error::NotDifferentiable`] if
    /// an input is tracked for which the op has no rule.
    #[track_caller]
    pub fn try_apply<'t>(&'t self, op: impl Into<Op<F>>, x: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
        self.try_apply_op(op.into(), x)
    }

    /// The same behind one type, so that it is compiled once and not for every op.
    #[track_caller]
    fn try_apply_op<'t>(&'t self, op: Op<F>, x: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
        let mut inputs = SmallVec::<[NodeId; 3]>::new();
        let mut tracked = false;
        let value = {
            let nodes = self.nodes.borrow();
            let mut values = SmallVec::<[&Tensor<F>; 3]>::new();
            for (k, v) in x.iter().enumerate() {
                if !std::ptr::eq(v.tape, self) {
                    return Err(Error::DifferentTapes { op: op.name() });
                }
                let node = &nodes[v.id as usize];
                if node.tracked && self.recording.get() {
                    if !op.differentiable(k) {
                        return Err(Error::NotDifferentiable { op: op.name(), input: k });
                    }
                    tracked = true;
                }
                inputs.push(v.id);
                values.push(&node.value);
            }
            op.check_arity(x.len())?;
            let equal = op.is_elementwise() && values[1..].iter().all(|v| v.same_shape(values[0]));
            let shape = if equal { values[0].shape() } else { op.shape(&shapes_of(&values))? };
            if self.defers { stand_in(shape) } else { F::eval(&op, &values, shape, &self.threads)? }
        };
        let y = self.push(Some(op), &inputs, value, tracked);
        if self.defers {
            self.nodes.borrow_mut()[y.id as usize].deferred = true;
        }
        Ok(y)
    }

    /// As [`Tape::try_apply`].
    ///
    /// # Panics
    ///
    /// Where that fails, with the same message, at the caller's line.
    #[track_caller]
    pub fn apply<'t>(&'t self, op: impl Into<Op<F>>, x: &[Var<'t, F>]) -> Var<'t, F> {
        self.apply_op(op.into(), x)
    }

    #[track_caller]
    pub(crate) fn apply_op<'t>(&'t self, op: Op<F>, x: &[Var<'t, F>]) -> Var<'t, F> {
        match self.apply_to_numbers(&op, x) {
            Some(y) => y,
            None => or_panic(self.try_apply_op(op, x)),
        }
    }

    /// Evaluates a user-written op and records it.
    ///
    /// # Errors
    ///
    /// As [`Tape::try_apply`]; [`Error::Custom`] if the op breaks its contract or panics.
    #[track_caller]
    pub fn try_custom<'t>(
        &'t self,
        op: impl CustomOp<F> + 'static,
        x: &[Var<'t, F>],
    ) -> Result<Var<'t, F>, Error> {
        self.try_apply(Op::Custom(Arc::new(op)), x)
    }

    /// As [`Tape::try_custom`].
    ///
    /// # Panics
    ///
    /// Where that fails, with the same message, at the caller's line.
    #[track_caller]
    pub fn custom<'t>(&'t self, op: impl CustomOp<F> + 'static, x: &[Var<'t, F>]) -> Var<'t, F> {
        or_panic(self.try_custom(op, x))
    }
}

fn shapes_of<F: Float>(x: &[&Tensor<F>]) -> SmallVec<[Shape; 3]> {
    x.iter().map(|x| x.shape()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_recording_can_be_computed_again() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(3.0);
        let y = tape.no_grad(|| x * x);
        let z = y.detach().sin();
        assert!([y, z].iter().all(|v| !v.is_tracked()));
        let listed: Vec<_> =
            tape.nodes().iter().map(|n| (n.op.as_ref().map(Op::name), n.inputs.to_vec())).collect();
        let expected =
            [(None, vec![]), (Some("mul"), vec![0, 0]), (Some("alias"), vec![1]), (Some("sin"), vec![2])];
        assert_eq!(listed, expected);
        assert_eq!((z + x).backward(&[x])[0].item(), 1.0);
    }

    #[test]
    fn values_that_the_user_reads_are_noted_once_with_the_first_line() {
        let mut tape = Tape::<f64>::new();
        let x = tape.leaf(3.0);
        let y = x * x;
        let (first, at) = (y.item(), line!());
        y.backward(&[x]);
        let slope = y.grad(&[x])[0];
        assert_eq!((first, y.value().item(), slope.gt(0.0).value().item()), (9.0, 9.0, 1.0));
        let read: Vec<_> = tape.inspected().iter().map(|i| (i.id, i.len)).collect();
        assert_eq!(read, [(1, 2), (tape.len() as u32 - 1, tape.len())]);
        assert_eq!(tape.inspected()[0].at.line(), at);
        tape.truncate(2);
        assert_eq!(tape.inspected().len(), 1);
        tape.clear();
        assert!(tape.inspected().is_empty());
    }
}
