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
mod metrics;
mod png;
mod progress;
mod random;
mod text_art;

pub use batches::{Batches, Epoch};
pub use digits::{Batch, Digits};
pub use error::{DownloadFailure, Error};
pub use metrics::{Accuracy, Confusion, Mean, predicted_class};
pub use png::contact_sheet;
pub use progress::Progress;
pub use text_art::{Ink, text_art, text_art_row};
