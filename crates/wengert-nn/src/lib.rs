//! Layers, losses and initializers for Wengert, as compositions of differentiable ops.
#![forbid(unsafe_code)]

mod error;
mod tree;

pub use error::Error;
pub use tree::{Buffer, Gradients, Kind, Leaf, Model, Name, Partial, Recorded, Slot, Tree};
