//! Everything that can be wrong with options, gradients and saved states.

use wengert::Float;

/// Why an optimizer refused; nothing has been changed then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option outside the values it may have.
    #[error("{rule}: {name} = {given}, expected {expected}")]
    Option {
        /// The rule or function.
        rule: &'static str,
        /// The option's name.
        name: &'static str,
        /// The value given.
        given: f64,
        /// What was expected.
        expected: &'static str,
    },
    /// A gradient that is NaN or infinite.
    #[error(
        "the gradient of parameter {parameter} is {value} at position {position}; nothing was changed \
         (Tape::find_anomaly finds the op, NonFinite::Skip passes over such steps)"
    )]
    NonFinite {
        /// The parameter's name.
        parameter: String,
        /// The value found.
        value: f64,
        /// Its position in row-major order.
        position: usize,
    },
    /// A model, gradient or state of another structure than the one before.
    #[error("parameter {position}: expected {}, given {}; model, gradients and state must be of one structure",
        expected.as_deref().unwrap_or("no more parameters"), given.as_deref().unwrap_or("no more parameters"))]
    Structure {
        /// Position of the first difference among the parameters.
        position: usize,
        /// The name expected there, if any.
        expected: Option<String>,
        /// The name given, if any.
        given: Option<String>,
    },
    /// A tensor of another shape than its parameter.
    #[error("{what} of {parameter}: shape {given:?} given, expected {expected:?}")]
    Shape {
        /// What has the shape: gradient, parameter, a kept tensor.
        what: &'static str,
        /// The parameter's name.
        parameter: String,
        /// The shape given.
        given: Vec<usize>,
        /// The shape expected.
        expected: Vec<usize>,
    },
    /// A saved state that another rule, or the same with other options, has written.
    #[error("state of {parameter}: tensors {given:?} given, {rule} keeps {expected:?}")]
    Kept {
        /// The rule.
        rule: &'static str,
        /// The parameter's name.
        parameter: String,
        /// The names given.
        given: Vec<String>,
        /// The names the rule keeps.
        expected: Vec<String>,
    },
}

/// Refuses an option that is not in a range; NaN is in none.
pub(crate) fn check(
    rule: &'static str,
    name: &'static str,
    given: f64,
    holds: bool,
    expected: &'static str,
) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Option { rule, name, given, expected }) }
}

/// Refuses a learning rate that is negative, NaN, or infinite once it is an `F`.
pub(crate) fn check_learning_rate<F: Float>(rule: &'static str, lr: f64) -> Result<(), Error> {
    let finite = F::from_f64(lr).to_f64().is_finite();
    check(rule, "learning rate", lr, lr >= 0.0 && finite, "a finite number of at least 0 in the element type")
}
