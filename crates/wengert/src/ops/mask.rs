//! Truth values per element, as nodes of the tape that no derivative passes through.

use super::{compare::Compare, select::Select};
use crate::{
    Error, Float, Shape, Tensor, Var,
    error::{Within, or_panic},
    var::Operand,
};

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
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_select(
        self,
        then: impl Operand<'t, F>,
        other: impl Operand<'t, F>,
    ) -> Result<Var<'t, F>, Error> {
        let tape = self.0.tape;
        let (a, b) = (then.on(tape), other.on(tape));
        let mut shape = self.0.shape();
        for operand in [a, b] {
            if !std::ptr::eq(operand.tape, tape) {
                return Err(Error::DifferentTapes { op: "select" });
            }
            shape = Shape::broadcast("select", shape, operand.shape())?;
        }
        tape.try_apply(Select, &[self.0.broadcast_to(shape), a.broadcast_to(shape), b.broadcast_to(shape)])
    }

    /// As [`Mask::try_select`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn select(self, then: impl Operand<'t, F>, other: impl Operand<'t, F>) -> Var<'t, F> {
        or_panic(self.try_select(then, other))
    }

    /// Where both hold, after broadcasting.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_and(self, other: Self) -> Result<Self, Error> {
        self.try_select(other.0, 0.0).within("and").map(Self)
    }

    /// As [`Mask::try_and`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn and(self, other: Self) -> Self {
        or_panic(self.try_and(other))
    }

    /// Where at least one holds, after broadcasting.
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_or(self, other: Self) -> Result<Self, Error> {
        self.try_select(1.0, other.0).within("or").map(Self)
    }

    /// As [`Mask::try_or`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn or(self, other: Self) -> Self {
        or_panic(self.try_or(other))
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

macro_rules! comparison { ($($method:ident $try_method:ident $Kind:ident $doc:literal,)*) => {
    impl<'t, F: Float> Var<'t, F> { $(
        #[doc = $doc]
        ///
        /// # Errors
        ///
        /// [`Error::Broadcast`], [`Error::DifferentTapes`].
        #[track_caller]
        pub fn $try_method(self, b: impl Operand<'t, F>) -> Result<Mask<'t, F>, Error> {
            self.try_binary(Compare::$Kind, b).within(stringify!($method)).map(Mask)
        }

        #[doc = concat!("As [`Var::", stringify!($try_method), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $method(self, b: impl Operand<'t, F>) -> Mask<'t, F> {
            Mask(self.binary_within(stringify!($method), Compare::$Kind, b))
        }
    )* }
} }
comparison! {
    gt try_gt Greater "Where this is greater than `b`; NaN compares false.",
    ge try_ge GreaterEqual "Where this is at least `b`; NaN compares false.",
    lt try_lt Less "Where this is less than `b`; NaN compares false.",
    le try_le LessEqual "Where this is at most `b`; NaN compares false.",
    eq try_eq Equal "Where this equals `b`; NaN equals nothing.",
    ne try_ne NotEqual "Where this differs from `b`; NaN differs from everything, itself included.",
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn misfits_are_errors_in_the_name_of_what_was_called() {
        let (tape, other) = (Tape::<f64>::new(), Tape::<f64>::new());
        let (x, wide, foreign) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]), other.leaf(1.0));
        let mask = x.gt(1.5);
        let before = (tape.len(), other.len());
        assert!(matches!(mask.try_select(foreign, x).err(), Some(Error::DifferentTapes { op: "select" })));
        assert_eq!((tape.len(), other.len()), before, "nothing refused was recorded");
        assert!(matches!(x.try_gt(wide).err(), Some(Error::Broadcast { op: "gt", .. })));
        assert!(matches!(x.try_ne(foreign).err(), Some(Error::DifferentTapes { op: "ne" })));
        assert!(matches!(mask.try_select(x, wide).err(), Some(Error::Broadcast { op: "select", .. })));
        assert!(matches!(mask.try_select(foreign, x).err(), Some(Error::DifferentTapes { op: "select" })));
        assert!(matches!(mask.try_and(wide.gt(0.0)).err(), Some(Error::Broadcast { op: "and", .. })));
        assert!(matches!(mask.try_or(foreign.gt(0.0)).err(), Some(Error::DifferentTapes { op: "or" })));
        assert_eq!(mask.try_select(x, 0.0).expect("fits").value().to_vec(), [0.0, 2.0]);
    }
}
