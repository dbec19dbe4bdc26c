//! Truth values per element, as nodes of the tape that no derivative passes through.

use super::{compare::Compare, select::Select};
use crate::{Float, Shape, Tensor, Var, error::or_panic, var::Operand};

/// Where a comparison holds: a variable of ones and zeros whose gradient cannot be asked for.
///
/// ```
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([0.0, 2.0]);
/// let y = x.gt(0.0).select(x.ln(), 0.0); // ln is never used at 0, and its infinite slope does no harm
/// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 0.5]);
/// ```
pub struct Mask<'t, F: Float>(Var<'t, F>);

impl<F: Float> Clone for Mask<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Float> Copy for Mask<'_, F> {}

impl<'t, F: Float> Mask<'t, F> {
    /// `then` where the mask holds, `other` elsewhere; all three broadcast together.
    ///
    /// # Panics
    ///
    /// If the shapes do not broadcast or the tapes differ.
    #[track_caller]
    pub fn select(self, then: impl Operand<'t, F>, other: impl Operand<'t, F>) -> Var<'t, F> {
        let tape = self.0.tape;
        let (a, b) = (then.on(tape), other.on(tape));
        let mut shape = self.0.shape();
        for operand in [a, b] {
            shape = or_panic(Shape::broadcast("select", shape, operand.shape()));
        }
        tape.apply(Select, &[self.0.broadcast_to(shape), a.broadcast_to(shape), b.broadcast_to(shape)])
    }

    /// Where both hold.
    #[track_caller]
    pub fn and(self, other: Self) -> Self {
        Self(self.select(other.0, 0.0))
    }

    /// Where at least one holds.
    #[track_caller]
    pub fn or(self, other: Self) -> Self {
        Self(self.select(1.0, other.0))
    }

    /// Where this does not hold.
    #[allow(clippy::should_implement_trait)] // `!mask` would read as arithmetic on numbers
    #[track_caller]
    pub fn not(self) -> Self {
        Self(self.select(0.0, 1.0))
    }

    /// Ones where the mask holds, zeros elsewhere, for counting and weighting.
    #[track_caller]
    pub fn to_var(self) -> Var<'t, F> {
        self.0.alias()
    }

    /// The node itself, for ops that take a mask as an operand.
    pub(crate) fn node(self) -> Var<'t, F> {
        self.0
    }

    /// Ones and zeros as a tensor.
    #[track_caller]
    pub fn value(self) -> Tensor<F> {
        self.0.value()
    }
}

macro_rules! comparison { ($($method:ident $Kind:ident $doc:literal,)*) => {
    impl<'t, F: Float> Var<'t, F> { $(
        #[doc = $doc]
        ///
        /// # Panics
        ///
        /// If the shapes do not broadcast or the tapes differ.
        #[track_caller]
        pub fn $method(self, b: impl Operand<'t, F>) -> Mask<'t, F> {
            Mask(self.binary_within(stringify!($method), Compare::$Kind, b))
        }
    )* }
} }
comparison! {
    gt Greater "Where this is greater than `b`; NaN compares false.",
    ge GreaterEqual "Where this is at least `b`; NaN compares false.",
    lt Less "Where this is less than `b`; NaN compares false.",
    le LessEqual "Where this is at most `b`; NaN compares false.",
    eq Equal "Where this equals `b`; NaN equals nothing.",
    ne NotEqual "Where this differs from `b`; NaN differs from everything, itself included.",
}
