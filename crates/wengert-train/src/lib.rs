//! Data sets, batches, steps, metrics and progress for training with Wengert.
//!
//! [`mnist::find`] gets digits from wherever they are, [`Batches`] shuffles them, [`Trainer`] takes the steps, by a
//! compiled plan where one can be had, [`Accuracy`] and [`Mean`] keep the score, [`Progress`] shows it. Data and scores
//! are plain slices and vectors: pixels `Vec<f32>`, labels `Vec<u32>`, with their shapes beside them.
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
mod trainer;

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
pub use trainer::{Refusal, Step, Trainer};
