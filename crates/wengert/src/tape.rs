//! The Wengert list: an append-only list of primitive applications, in the order of evaluation.

use crate::{CustomOp, Error, Float, Op, Shape, Tensor, Threads, Var};
use smallvec::SmallVec;
use std::cell::{Cell, Ref, RefCell};
use std::panic::Location;
use std::sync::Arc;

/// Position of a node in its tape.
pub(crate) type NodeId = u32;

/// One line of the list: `value = op(inputs)`. Leaves, constants and values computed without recording have no op.
pub(crate) struct Node<F: Float> {
    pub(crate) op: Option<Op<F>>,
    pub(crate) inputs: SmallVec<[NodeId; 3]>,
    pub(crate) value: Tensor<F>,
    pub(crate) at: &'static Location<'static>,
    /// Whether a derivative may be asked through or of this node.
    pub(crate) tracked: bool,
}

/// The list of everything computed, in order; it owns every node and every value.
///
/// Ops are evaluated as they are recorded, so ordinary control flow works, and the list is in topological order by
/// construction. Clearing takes `&mut self`, so no [`Var`] can outlive its node:
///
/// ```compile_fail
/// let mut tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf(1.0);
/// tape.clear();
/// let y = x * x; // error: `tape` is borrowed by `x`
/// ```
pub struct Tape<F: Float> {
    nodes: RefCell<Vec<Node<F>>>,
    recording: Cell<bool>,
    /// While a rule runs: the user's line that the rule's nodes are attributed to.
    on_behalf_of: Cell<Option<&'static Location<'static>>>,
    threads: Threads,
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
        let (nodes, recording) = (RefCell::new(Vec::new()), Cell::new(true));
        Self { nodes, recording, on_behalf_of: Cell::new(None), threads }
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
        self.nodes.get_mut().clear();
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

    pub(crate) fn nodes(&self) -> Ref<'_, Vec<Node<F>>> {
        self.nodes.borrow()
    }

    /// Forgets the lines from `end` on; the caller holds no variable of them.
    pub(crate) fn truncate(&self, end: usize) {
        self.nodes.borrow_mut().truncate(end);
    }

    #[track_caller]
    fn push(&self, op: Option<Op<F>>, inputs: &[NodeId], value: Tensor<F>, tracked: bool) -> Var<'_, F> {
        let at = self.on_behalf_of.get().unwrap_or(Location::caller());
        let mut nodes = self.nodes.borrow_mut();
        let id = NodeId::try_from(nodes.len()).expect("a tape holds at most 2^32 lines");
        nodes.push(Node { op, inputs: SmallVec::from_slice(inputs), value, at, tracked });
        Var { tape: self, id }
    }

    /// Evaluates an op and records it: the one door onto the tape.
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
            let mut shapes = SmallVec::<[Shape; 3]>::new();
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
                shapes.push(node.value.shape());
            }
            op.check_arity(x.len())?;
            let shape = op.shape(&shapes)?;
            F::eval(&op, &values, shape, &self.threads)?
        };
        Ok(if tracked {
            self.push(Some(op), &inputs, value, true)
        } else {
            self.push(None, &[], value, false)
        })
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
    fn apply_op<'t>(&'t self, op: Op<F>, x: &[Var<'t, F>]) -> Var<'t, F> {
        self.try_apply_op(op, x).unwrap_or_else(|e| panic!("{e}"))
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
        self.try_custom(op, x).unwrap_or_else(|e| panic!("{e}"))
    }
}
