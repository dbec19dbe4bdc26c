//! Everything that can be wrong with a request to a layer, a loss or an initializer.

/// Why a layer, loss or model operation was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the engine refused.
    #[error(transparent)]
    Core(#[from] wengert::Error),
    /// A parameter without a gradient.
    #[error(
        "gradients: {}, or leave it as it is on purpose by asking with partial_gradients",
        if *constant { format!("parameter {parameter} is a constant on this tape; record the model with `on`") }
        else { format!("the loss does not depend on parameter {parameter}; use it in the loss") }
    )]
    Unreached {
        /// The parameter's name.
        parameter: String,
        /// Whether it was recorded as a constant.
        constant: bool,
    },
    /// Two trees that are not of one structure.
    #[error("leaf {position}: expected {}, given {}; both must be the same model",
        expected.as_deref().unwrap_or("no more leaves"), given.as_deref().unwrap_or("no more leaves"))]
    Structure {
        /// Position of the first difference.
        position: usize,
        /// The name expected there, if any.
        expected: Option<String>,
        /// The name found there, if any.
        given: Option<String>,
    },
    /// A leaf of another shape than its counterpart.
    #[error("leaf {name}: shape {given:?} given, expected {expected:?}; both must be the same model")]
    LeafShape {
        /// The leaf's name.
        name: String,
        /// Its shape.
        given: Vec<usize>,
        /// The shape of the counterpart.
        expected: Vec<usize>,
    },
    /// A setting outside the values it may have.
    #[error("{what}: {name} = {given}, expected {expected}")]
    Setting {
        /// The layer, loss or initializer.
        what: &'static str,
        /// The setting's name.
        name: &'static str,
        /// The value given.
        given: f64,
        /// What was expected.
        expected: &'static str,
    },
    /// An input or a list whose shape the layer, loss or initializer cannot take.
    #[error("{what}: shape {given:?} given, expected {expected}")]
    Shape {
        /// The layer, loss or initializer.
        what: &'static str,
        /// The shape given.
        given: Vec<usize>,
        /// What was expected.
        expected: String,
    },
    /// A target whose shape is not the prediction's.
    #[error(
        "{loss}: the target has shape {target:?}, the prediction asks for {prediction:?}; a loss does not \
         broadcast: reshape one of them"
    )]
    TargetShape {
        /// The loss.
        loss: &'static str,
        /// Shape of the target.
        target: Vec<usize>,
        /// The shape that the prediction asks of the target: its own, without the class axis for class labels.
        prediction: Vec<usize>,
    },
    /// A class label that is not a class.
    #[error(
        "{loss}: target {label} at position {position} is not one of {classes} classes, which are counted from 0"
    )]
    Label {
        /// The loss.
        loss: &'static str,
        /// The label given.
        label: u32,
        /// Its position among the targets.
        position: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A probability outside 0 to 1.
    #[error("{loss}: {what} {given} at position {position} is not a probability (0 to 1)")]
    Probability {
        /// The loss.
        loss: &'static str,
        /// Which operand: prediction or target.
        what: &'static str,
        /// The value given.
        given: f64,
        /// Its position in row-major order.
        position: usize,
    },
    /// A mean loss over no samples.
    #[error("{loss}: no samples to average over in shape {shape:?}; skip empty batches, or sum")]
    NoSamples {
        /// The loss.
        loss: &'static str,
        /// Shape of the prediction.
        shape: Vec<usize>,
    },
    /// Batch statistics of fewer than two values.
    #[error(
        "batch_norm: fewer than two values per channel in shape {shape:?}: no variance to take; \
         train with larger batches or use Mode::Eval"
    )]
    OneValuePerChannel {
        /// Shape of the input.
        shape: Vec<usize>,
    },
}

impl Error {
    pub(crate) fn structure(position: usize, expected: Option<String>, given: Option<String>) -> Self {
        Self::Structure { position, expected, given }
    }
}

/// The value, or a panic with the error's text at the caller's line.
///
/// A function, because a closure given to `unwrap_or_else` would name its own line instead.
#[track_caller]
pub(crate) fn or_panic<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
