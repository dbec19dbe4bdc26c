//! Functions whose values are computed again in the backward sweep, and not kept until then.
//!
//! A checkpoint is one line that holds its function. A sweep that comes to it records the function's lines once more, after
//! all others, and walks back over these: contributions are added in the order in which they would have been without the
//! checkpoint, so the gradient has the same bits.

use crate::{
    CustomOp, Error, Float, Line, Op, Pullback, Shape, Tape, Tensor, Threads, Var, custom::raise,
    error::or_panic, nodes::NodeId, reverse::Walk, segment::Segment,
};
use std::ops::Range;
use std::sync::Arc;

const NAME: &str = "checkpoint";

/// The value of `f` at `x`, without keeping what leads there: the backward sweep computes it again.
///
/// Recording holds the values inside of `f` only while it runs. Each sweep that comes by runs `f` once more. In a chain of
/// $n$ layers, a checkpoint around every $\sqrt n$ of them leaves about $2 \sqrt n$ values alive at once instead of $n$, for
/// one more forward pass. Value and gradient have the same bits as without; derivatives of higher order are as right, and
/// may differ in the last bit, since their contributions add in another order. Checkpoints may lie inside checkpoints.
///
/// ```
/// use wengert::{Key, Tape, checkpoint};
///
/// let tape = Tape::<f64>::new();
/// let (x, w) = (tape.leaf(Key::new(1).normal([8, 16])), tape.leaf(Key::new(2).normal([16, 16])));
/// let kept = x.matmul(w).tanh().matmul(w).tanh().sum();
/// let lean = checkpoint(|v| v[0].matmul(v[1]).tanh().matmul(v[1]).tanh(), &[x, w]).sum();
/// assert_eq!(kept.backward(&[x, w]), lean.backward(&[x, w])); // the same bits
/// ```
///
/// `f` sees what it is given and no other variables, as its type makes sure: all that a gradient flows to is in `x`.
///
/// ```compile_fail
/// # let tape = wengert::Tape::<f64>::new();
/// # let (x, w) = (tape.leaf(1.0), tape.leaf(2.0));
/// let y = wengert::checkpoint(|v| v[0] * w, &[x]); // error: no gradient would reach `w`
/// ```
///
/// It must do the same each time; a sweep that finds another value than was recorded stops with an error. Random ops do the
/// same each time because they are keyed. With several variables as an array: [`many::checkpoint`](crate::many::checkpoint).
///
/// A [plan](crate::Plan) takes the lines of `f` in place of the checkpoint, and keeps or drops values by its own rules; so
/// does a [deferred](Tape::deferred) tape, which holds no values to begin with. Forward mode needs no values kept, and
/// records `f` once more.
///
/// # Panics
///
/// Where [`try_checkpoint`] fails; and where `f` does, at its own line.
#[track_caller]
pub fn checkpoint<'t, F: Float>(
    f: impl for<'s> Fn(&[Var<'s, F>]) -> Var<'s, F> + Send + Sync + 'static,
    x: &[Var<'t, F>],
) -> Var<'t, F> {
    or_panic(record(Segment::new(NAME, true, move |x| Ok(f(x))), x))
}

/// As [`checkpoint`], of a function that can fail.
///
/// ```
/// use wengert::{Error, Tape, try_checkpoint};
/// let tape = Tape::<f64>::new();
/// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
/// let failed = try_checkpoint(|v| v[0].try_dot(v[1]), &[a, b]);
/// assert!(failed.is_err() && tape.len() == 2); // nothing has been recorded
/// ```
///
/// # Errors
///
/// What `f` returns; [`Error::Arity`] without variables, [`Error::DifferentTapes`]. A sweep fails with [`Error::Custom`] if
/// `f` then has another value.
#[track_caller]
pub fn try_checkpoint<'t, F: Float>(
    f: impl for<'s> Fn(&[Var<'s, F>]) -> Result<Var<'s, F>, Error> + Send + Sync + 'static,
    x: &[Var<'t, F>],
) -> Result<Var<'t, F>, Error> {
    record(Segment::new(NAME, true, f), x)
}

#[track_caller]
fn record<'t, F: Float>(segment: Segment<F>, x: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
    let Some(first) = x.first() else {
        return Err(Error::Arity { op: NAME, given: 0, expected: "at least one variable" });
    };
    let tape = first.tape;
    if x.iter().any(|v| !std::ptr::eq(v.tape, tape)) {
        return Err(Error::DifferentTapes { op: NAME });
    }
    if tape.defers {
        return segment.record(tape, x);
    }
    let begin = tape.len();
    let recorded = segment.record(tape, x).map(|y| (y.id, y.tensor(), y.is_tracked()));
    tape.truncate(begin);
    let (id, value, tracked) = recorded?;
    if (id as usize) < begin {
        return Ok(Var { tape, id }); // one of `x`, handed through
    }
    let inputs: Vec<NodeId> = x.iter().map(|v| v.id).collect();
    let op = Op::Custom(Arc::new(Checkpoint { segment, arity: x.len() }));
    Ok(tape.push(Some(op), &inputs, value, tracked))
}

/// The line of a checkpoint. Its rules are the same walk through aliases, for those who call rules themselves.
struct Checkpoint<F: Float> {
    segment: Segment<F>,
    arity: usize,
}

impl<F: Float> Checkpoint<F> {
    /// The function's lines at aliases of the inputs.
    fn at_aliases<'t>(&self, at: &Line<'t, F>) -> (Vec<Var<'t, F>>, Var<'t, F>) {
        let tape = at.y().tape;
        tape.with_recording(true, || {
            let x: Vec<_> = (0..at.arity()).map(|k| at.input(k).alias()).collect();
            let y = self.segment.record(tape, &x).unwrap_or_else(|error| raise(error));
            (x, y)
        })
    }
}

impl<F: Float> CustomOp<F> for Checkpoint<F> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn arity(&self) -> usize {
        self.arity
    }

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.segment.shape(x)
    }

    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        self.segment.value(x, &Threads::one())
    }

    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let (x, y) = self.at_aliases(at);
        let wanted: Vec<_> = (0..x.len()).filter(|&k| at.wants(k)).map(|k| x[k]).collect();
        let mut found = y.try_vjp(ct, &wanted).unwrap_or_else(|error| raise(error)).into_iter();
        (0..x.len()).map(|k| if at.wants(k) { found.next().flatten() } else { None }).collect()
    }

    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let (x, y) = self.at_aliases(at);
        let (x, dx): (Vec<_>, Vec<_>) = x.into_iter().zip(dx).filter_map(|(x, dx)| Some((x, (*dx)?))).unzip();
        y.try_jvp(&x, &dx).unwrap_or_else(|error| raise(error))
    }

    fn segment(&self) -> Option<&Segment<F>> {
        Some(&self.segment)
    }
}

impl<F: Float> Tape<F> {
    /// Records the lines of the checkpoint at line `id` again; the last of them computes its value.
    pub(crate) fn again(
        &self,
        segment: &Segment<F>,
        inputs: &[NodeId],
        id: NodeId,
    ) -> Result<Range<NodeId>, Error> {
        let begin = self.len() as NodeId;
        let x: Vec<_> = inputs.iter().map(|&id| Var { tape: self, id }).collect();
        let y = self.with_recording(true, || segment.record(self, &x))?;
        let (before, now) = (Var { tape: self, id }.tensor(), y.tensor());
        if y.id < begin || !same_numbers(&before, &now) {
            let problem = "in the backward sweep, its function had another value than when it was recorded; let it depend on \
                           its arguments alone, and draw random numbers by Key";
            return Err(Error::Custom { op: NAME, problem: problem.into() });
        }
        Ok(begin..y.id + 1)
    }

    /// As [`Tape::pull_one`], of a checkpoint that has received `y_bar`.
    pub(crate) fn pull_checkpoint(
        &self,
        op: &Op<F>,
        inputs: &[NodeId],
        (id, y_bar): (NodeId, Tensor<F>),
        active: &mut Vec<bool>,
        sums: &mut Vec<Option<Tensor<F>>>,
    ) -> Result<(), Error> {
        let Some(segment) = op.checkpoint() else { return Ok(()) };
        let (begin, known) = (self.len(), active.len());
        let walked = self.again(segment, inputs, id).and_then(|lines| {
            self.spread_active(begin..lines.end as usize, active);
            if sums.len() < active.len() {
                sums.resize(active.len(), None);
            }
            // As in the sweep itself: what no line takes would be another line's by the next checkpoint.
            let last = lines.end as usize - 1;
            sums[last] = active[last].then_some(y_bar);
            for id in lines.rev() {
                if active[id as usize] {
                    self.pull_one(id, active, sums)?;
                }
            }
            Ok(())
        });
        self.truncate(begin);
        active.truncate(known);
        walked
    }
}

impl<F: Float> Walk<'_, F> {
    /// Walks back over the lines of the checkpoint at line `id`, recorded again, in place of that line.
    pub(crate) fn back_through(
        &mut self,
        segment: &Segment<F>,
        inputs: &[NodeId],
        id: NodeId,
        done: &mut dyn FnMut(NodeId, usize),
    ) -> Result<(), Error> {
        let known = self.active.len();
        let lines = self.tape.again(segment, inputs, id)?;
        lines.clone().for_each(|line| done(line, line as usize + 1));
        self.tape.spread_active(lines.start as usize..lines.end as usize, &mut self.active);
        self.ct.resize(self.active.len(), None);
        self.ct[lines.end as usize - 1] = self.ct[id as usize];
        self.back(lines, done)?;
        self.active.truncate(known);
        self.ct.truncate(known);
        Ok(())
    }
}

/// Whether both have the same shape and the same bits, or NaN in both.
fn same_numbers<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> bool {
    let same = |a: F, b: F| a.to_f64().to_bits() == b.to_f64().to_bits() || (a.is_nan() && b.is_nan());
    a.shape() == b.shape() && a.elements().iter().zip(b.elements().iter()).all(|(&a, &b)| same(a, b))
}
