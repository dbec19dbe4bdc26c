//! The handle to one line of a tape.

use crate::{
    Float, Op, Shape, Tape, Tensor,
    error::{Within, or_panic},
    nodes::NodeId,
};
use std::panic::Location;

/// A variable: a value on a tape. `Copy`, so formulas read as mathematics.
pub struct Var<'t, F: Float> {
    pub(crate) tape: &'t Tape<F>,
    pub(crate) id: NodeId,
}

impl<F: Float> Clone for Var<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Float> Copy for Var<'_, F> {}

/// What stands on the right of an operator or in a method's argument: a variable or a number.
pub trait Operand<'t, F: Float> {
    /// The operand as a variable of this tape.
    fn on(self, tape: &'t Tape<F>) -> Var<'t, F>;
    /// The operand beside another of an elementwise op: a number takes the other's shape.
    fn beside(self, other: Var<'t, F>) -> Var<'t, F>;
}

impl<'t, F: Float> Operand<'t, F> for Var<'t, F> {
    fn on(self, _: &'t Tape<F>) -> Var<'t, F> {
        self
    }

    fn beside(self, _: Var<'t, F>) -> Var<'t, F> {
        self
    }
}

impl<'t, F: Float> Operand<'t, F> for f64 {
    #[track_caller]
    fn on(self, tape: &'t Tape<F>) -> Var<'t, F> {
        tape.number(F::from_f64(self))
    }

    #[track_caller]
    fn beside(self, other: Var<'t, F>) -> Var<'t, F> {
        let number = F::from_f64(self);
        if other.rank() == 0 {
            return other.tape.number(number);
        }
        other.tape.constant(Tensor::scalar(number).broadcast_view(other.shape()))
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The value; shares storage with the tape's.
    #[track_caller]
    pub fn value(self) -> Tensor<F> {
        self.tape.inspect(self.id, Location::caller());
        self.tensor()
    }

    /// The value for the engine's own use: what it does with it is on the tape or of no consequence to it.
    #[track_caller]
    pub(crate) fn tensor(self) -> Tensor<F> {
        self.with_tensor(Tensor::clone)
    }

    /// The value as far as it is known: on a deferred tape perhaps no more than its shape.
    pub(crate) fn known(self) -> Tensor<F> {
        self.tape.nodes()[self.id as usize].value.clone()
    }

    /// What `f` finds of the value, which is computed if that was put off.
    #[track_caller]
    pub(crate) fn with_tensor<R>(self, f: impl FnOnce(&Tensor<F>) -> R) -> R {
        self.tape.settle(self.id);
        f(&self.tape.nodes()[self.id as usize].value)
    }

    /// The value of a variable of one element.
    ///
    /// # Panics
    ///
    /// If there is not exactly one element.
    #[track_caller]
    pub fn item(self) -> F {
        self.value().item()
    }

    /// The sizes along the axes.
    pub fn shape(self) -> Shape {
        self.tape.nodes()[self.id as usize].value.shape()
    }

    /// The number of axes.
    pub fn rank(self) -> usize {
        self.tape.nodes()[self.id as usize].value.rank()
    }

    /// The tape this variable is on.
    pub fn tape(self) -> &'t Tape<F> {
        self.tape
    }

    /// Whether derivatives flow through this variable: it is a leaf or computed from one.
    pub fn is_tracked(self) -> bool {
        self.tape.nodes()[self.id as usize].tracked
    }

    /// The line of source that recorded this variable.
    pub fn recorded_at(self) -> &'static Location<'static> {
        self.tape.nodes()[self.id as usize].at
    }

    /// The same value as a constant: no derivative flows back through it.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(3.0);
    /// assert_eq!((x.detach() * x).backward(&[x])[0].item(), 3.0);
    /// ```
    #[track_caller]
    pub fn detach(self) -> Self {
        self.tape.copy(self, false)
    }

    /// The constant `c` on the same tape, a scalar; operators broadcast it.
    #[track_caller]
    pub(crate) fn constant(self, c: f64) -> Self {
        c.on(self.tape)
    }

    #[track_caller]
    pub(crate) fn op1(self, op: impl Into<Op<F>>) -> Self {
        self.tape.apply(op, &[self])
    }

    /// Applies an op of two operands of equal shapes, broadcasting both first.
    #[track_caller]
    pub(crate) fn try_binary(
        self,
        op: impl Into<Op<F>>,
        b: impl Operand<'t, F>,
    ) -> Result<Self, crate::Error> {
        self.try_binary_op(op.into(), b.beside(self))
    }

    /// The same behind one type, so that it is compiled once and not for every op.
    #[track_caller]
    fn try_binary_op(self, op: Op<F>, b: Self) -> Result<Self, crate::Error> {
        if !std::ptr::eq(self.tape, b.tape) {
            return Err(crate::Error::DifferentTapes { op: op.name() });
        }
        if self.tape.same_shape(self.id, b.id) {
            return self.tape.try_apply(op, &[self, b]);
        }
        let shape = Shape::broadcast(op.name(), self.shape(), b.shape())?;
        self.tape.try_apply(op, &[self.try_broadcast_to(shape)?, b.try_broadcast_to(shape)?])
    }

    #[track_caller]
    pub(crate) fn binary(self, op: impl Into<Op<F>>, b: impl Operand<'t, F>) -> Self {
        self.binary_op(op.into(), b.beside(self))
    }

    /// The same for an op whose method has another name, which errors then have.
    #[track_caller]
    pub(crate) fn binary_within(
        self,
        name: &'static str,
        op: impl Into<Op<F>>,
        b: impl Operand<'t, F>,
    ) -> Self {
        let (op, b) = (op.into(), b.beside(self));
        match self.tape.apply_to_numbers(&op, &[self, b]) {
            Some(y) => y,
            None => or_panic(self.try_binary_op(op, b).within(name)),
        }
    }

    #[track_caller]
    fn binary_op(self, op: Op<F>, b: Self) -> Self {
        match self.tape.apply_to_numbers(&op, &[self, b]) {
            Some(y) => y,
            None => or_panic(self.try_binary_op(op, b)),
        }
    }
}
