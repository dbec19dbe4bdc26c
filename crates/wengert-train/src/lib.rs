//! Data sets, batches, metrics and progress for training with Wengert.
//!
//! Everything here works on plain slices and vectors: pixels `Vec<f32>`, labels `Vec<u32>`, with their shapes beside
//! them. [`mnist::find`] gets digits from wherever they are, [`Batches`] shuffles them, [`Accuracy`] and
//! [`Mean`] keep the score, [`Progress`] shows it.
#![forbid(unsafe_code)]

mod batches;
mod confusion;
mod digits;
mod download;
mod error;
pub mod generated;
pub mod gzip;
pub mod idx;
mod metrics;
pub mod mnist;
mod png;
mod progress;
mod random;
mod text_art;

pub use batches::{Batches, Epoch};
pub use confusion::Confusion;
pub use digits::{Batch, Digits};
pub use download::DownloadFailure;
pub use error::Error;
pub use metrics::{Accuracy, Mean, predicted_class};
pub use mnist::{Mnist, Source};
pub use png::contact_sheet;
pub use progress::Progress;
pub use text_art::{Ink, text_art, text_art_row};
