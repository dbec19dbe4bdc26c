//! Whose error it is: a composition answers in its own name for what an op inside of it refused.

use super::Error;

impl Error {
    /// The same error in the name of the function `name`, for what an op that it is made of refused.
    ///
    /// ```
    /// use wengert::{Error, Tape, Var};
    ///
    /// fn affine<'t>(x: Var<'t, f64>, w: Var<'t, f64>) -> Result<Var<'t, f64>, Error> {
    ///     x.try_matmul(w).map_err(|error| error.within("affine"))
    /// }
    /// let tape = Tape::new();
    /// let error = affine(tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0])).err().expect("2 is not 3");
    /// assert!(error.to_string().starts_with("affine: shapes [2] and [3]"));
    /// ```
    ///
    /// An error that names no op stays as it is, and so does what a user-written op got wrong.
    #[must_use]
    pub fn within(mut self, name: &'static str) -> Self {
        match &mut self {
            Self::Broadcast { op, .. }
            | Self::ShapeMismatch { op, .. }
            | Self::Shape { op, .. }
            | Self::Axis { op, .. }
            | Self::RepeatedAxis { op, .. }
            | Self::Index { op, .. }
            | Self::Part { op, .. }
            | Self::EmptyReduction { op, .. }
            | Self::Attribute { op, .. }
            | Self::Arity { op, .. }
            | Self::DifferentTapes { op }
            | Self::NotScalar { op, .. }
            | Self::CotangentShape { op, .. }
            | Self::Untracked { op, .. }
            | Self::Unreachable { op, .. } => *op = name,
            _ => {}
        }
        self
    }
}

/// [`Error::within`] for results.
pub(crate) trait Within {
    /// The same, with an error in the name of the function `name`.
    #[must_use]
    fn within(self, name: &'static str) -> Self;
}

impl<T> Within for Result<T, Error> {
    fn within(self, name: &'static str) -> Self {
        self.map_err(|error| error.within(name))
    }
}
