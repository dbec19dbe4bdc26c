//! Layers: structs of parameters with a `forward`, one file each.

mod activation;
mod batch_norm;
mod conv2d;
mod dropout;
mod flatten;
mod linear;
mod pool;

pub use activation::Activation;
pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use linear::Linear;
pub use pool::{AvgPool2d, MaxPool2d};

/// Whether a model is being trained; some layers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Training step number `step`, which random layers draw their numbers from.
    Train {
        /// The step, counted over the whole training.
        step: u32,
    },
    /// Evaluation: nothing random, nothing updated.
    Eval,
}

crate::plain!(Mode, wengert::Conv2dOptions, wengert::PoolOptions);
