//! Data sets, batches, metrics and progress for training with Wengert.
//!
//! Everything here works on plain slices and vectors: pixels `Vec<f32>`, labels `Vec<u32>`, with their shapes beside
//! them. [`mnist::find`] gets digits from wherever they are, [`Batches`] shuffles them, [`Accuracy`] and
//! [`Mean`] keep the score, [`Progress`] shows it.
#![forbid(unsafe_code)]

mod batches;
mod digits;
mod error;
pub mod generated;
pub mod gzip;
pub mod idx;
mod random;

pub use batches::{Batches, Epoch};
pub use digits::{Batch, Digits};
pub use error::{DownloadFailure, Error};
