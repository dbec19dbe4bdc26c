//! One line over a batch of examples, as a rule for batches sees it.

use crate::{Error, Float, Op, Shape, Tape, Var, shape::joined};
use smallvec::SmallVec;
use std::panic::Location;

/// A value of a batch: one per example, along axis 0, or one that all examples share.
pub(crate) struct Batched<'t, F: Float> {
    pub(crate) value: Var<'t, F>,
    pub(crate) varies: bool,
}

impl<F: Float> Clone for Batched<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Float> Copy for Batched<'_, F> {}

/// The operands of a line over a batch: each has the axis of examples in front, or is the same for all of them.
///
/// A rule for batches ([`Primitive::batch`](crate::Primitive::batch)) applies the op to all examples at once, by
/// differentiable ops, and returns a variable with the axis of examples in front.
pub struct Batch<'t, F: Float> {
    operands: SmallVec<[Batched<'t, F>; 3]>,
    size: usize,
    /// Whether every example draws random numbers of its own, or all draw the same.
    own_numbers: bool,
    at: &'static Location<'static>,
}

impl<'t, F: Float> Batch<'t, F> {
    pub(crate) fn new(
        operands: SmallVec<[Batched<'t, F>; 3]>,
        size: usize,
        own_numbers: bool,
        at: &'static Location<'static>,
    ) -> Self {
        Self { operands, size, own_numbers, at }
    }

    /// The number of examples, which may be 0.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of operands.
    pub fn arity(&self) -> usize {
        self.operands.len()
    }

    /// Whether operand `k` has the axis of examples.
    ///
    /// # Panics
    ///
    /// If there are fewer operands, as all functions of an operand.
    pub fn varies(&self, k: usize) -> bool {
        self.operands[k].varies
    }

    /// Operand `k` as it is: with the axis of examples in front, if it has one.
    pub fn x(&self, k: usize) -> Var<'t, F> {
        self.operands[k].value
    }

    /// The shape of operand `k` in one example.
    pub fn shape(&self, k: usize) -> Shape {
        let shape = self.x(k).shape();
        if self.varies(k) { Shape::known(&shape.dims()[1..]) } else { shape }
    }

    /// Operand `k` with the axis of examples in front, along which it is repeated if all share it.
    ///
    /// # Errors
    ///
    /// [`Error::RankTooLarge`] if there is no room for the axis.
    #[track_caller]
    pub fn each(&self, k: usize) -> Result<Var<'t, F>, Error> {
        let x = self.x(k);
        if self.varies(k) { Ok(x) } else { x.try_broadcast_to(self.stacked(x.shape())?) }
    }

    /// `op` applied to all operands with the axis of examples in front.
    ///
    /// # Errors
    ///
    /// As [`Batch::each`], and where the op refuses the operands.
    #[track_caller]
    pub fn apply(&self, op: impl Into<Op<F>>) -> Result<Var<'t, F>, Error> {
        self.apply_op(op.into())
    }

    #[track_caller]
    fn apply_op(&self, op: Op<F>) -> Result<Var<'t, F>, Error> {
        let x: Result<SmallVec<[Var<'t, F>; 3]>, Error> = (0..self.arity()).map(|k| self.each(k)).collect();
        self.tape().try_apply(op, &x?)
    }

    /// `op` applied to all operands, whose own first axis goes through it unmixed, with the examples along that axis.
    #[track_caller]
    pub(crate) fn apply_merged(&self, op: impl Into<Op<F>>) -> Result<Var<'t, F>, Error> {
        let x: Result<SmallVec<[Var<'t, F>; 3]>, Error> = (0..self.arity()).map(|k| self.merged(k)).collect();
        self.split(self.tape().try_apply(op, &x?)?, self.shape(0).dims()[0])
    }

    /// Operand `k` with the examples along its own first axis.
    #[track_caller]
    pub(crate) fn merged(&self, k: usize) -> Result<Var<'t, F>, Error> {
        let (x, shape) = (self.each(k)?, self.shape(k)); // what has that shape has no more elements than fit
        x.try_reshape(joined(&[&[self.size * shape.dims()[0]], &shape.dims()[1..]]))
    }

    /// A result with the examples along its first axis, which each fills with `first` rows, as one per example.
    #[track_caller]
    pub(crate) fn split(&self, y: Var<'t, F>, first: usize) -> Result<Var<'t, F>, Error> {
        y.try_reshape(joined(&[&[self.size, first], &y.shape().dims()[1..]]))
    }

    /// An empty result of shape `y` for each of no examples, which depends on every operand: for ops that admit no
    /// sizes of 0 where the rule puts the examples.
    #[track_caller]
    pub(crate) fn nothing(&self, y: Shape) -> Result<Var<'t, F>, Error> {
        debug_assert_eq!(self.size, 0);
        let y = self.stacked(y)?;
        let mut sum: Option<Var<'t, F>> = None;
        for k in 0..self.arity() {
            let x = self.x(k);
            let x = if self.varies(k) { x } else { x.try_reshape([x.shape().len()])?.slice(0, ..0) };
            let x = x.try_reshape(y)?;
            sum = Some(sum.map_or(x, |sum| sum + x));
        }
        sum.ok_or(Error::Arity { op: "vmap", given: 0, expected: "at least one operand" })
    }

    /// `shape` with the axis of examples in front.
    pub(crate) fn stacked(&self, shape: Shape) -> Result<Shape, Error> {
        Shape::new(joined(&[&[self.size], shape.dims()]))
    }

    /// Whether every example draws random numbers of its own.
    pub(crate) fn own_numbers(&self) -> bool {
        self.own_numbers
    }

    /// The error of an op that has no rule for batches, or none for these operands, with the reason.
    pub fn refused(&self, op: &'static str, reason: Option<&'static str>) -> Error {
        let reason = reason.unwrap_or("it has no rule for batches");
        Error::Unbatched { op, at: self.at.to_string(), reason }
    }

    fn tape(&self) -> &'t Tape<F> {
        self.operands[0].value.tape
    }
}
