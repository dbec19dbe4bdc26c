//! The digits to train on: MNIST if it can be had, else digits drawn by this crate.
//!
//! [`find`] looks, in this order, into
//!
//! 1. the directory given to it (`--data DIR`),
//! 2. the directory in the environment variable `WENGERT_DATA`,
//! 3. `wengert/mnist` in the user's cache directory,
//! 4. the network, with checksums, into that cache directory; not when `WENGERT_OFFLINE` is set to `1`,
//!
//! and falls back on [`generated`] digits. A directory that was asked for (1, 2) must hold the data: there a missing or
//! damaged file is an error, and nothing else is tried.

mod search;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Digits, Error, idx};

pub use search::Search;

#[cfg(doc)]
use crate::generated;

/// Names of the four files, unpacked: images and labels to learn from, images and labels to judge by.
pub const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Digits to learn from, digits to judge by, and where they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mnist {
    /// The digits to learn from.
    pub train: Digits,
    /// The digits to judge by.
    pub test: Digits,
    /// Where they came from.
    pub source: Source,
}

/// Where digits came from; its `Display` is one line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The directory given by the caller.
    Given(PathBuf),
    /// The directory in `WENGERT_DATA`.
    Environment(PathBuf),
    /// The user's cache directory.
    Cache(PathBuf),
    /// The network, just now.
    Download {
        /// The mirror that had the files.
        mirror: String,
        /// The directory that holds them from now on.
        directory: PathBuf,
    },
    /// This crate's own strokes.
    Generated {
        /// The seed they were drawn from.
        seed: u64,
        /// Why it is not MNIST.
        reason: String,
    },
}

impl Source {
    /// `"mnist"` or `"generated"`, for machine-readable output.
    pub fn kind(&self) -> &'static str {
        match self {
            Source::Generated { .. } => "generated",
            _ => "mnist",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Given(path) => write!(f, "MNIST from {}", path.display()),
            Source::Environment(path) => write!(f, "MNIST from {} (WENGERT_DATA)", path.display()),
            Source::Cache(path) => write!(f, "MNIST from {} (cache)", path.display()),
            Source::Download { mirror, directory } => {
                write!(f, "MNIST from {mirror}, kept in {}", directory.display())
            }
            Source::Generated { seed, reason } => {
                write!(f, "generated digits (seed {seed}), not MNIST: {reason}")
            }
        }
    }
}

/// The digits to train on, from the first place that has them (see the [module](self)).
///
/// # Errors
/// A typed [`Error`] when the directory given, or that in `WENGERT_DATA`, is missing or damaged. Without those two
/// there is always an answer.
///
/// ```
/// use wengert_train::{Error, mnist};
/// let error = mnist::find(Some("no/such/directory".as_ref())).unwrap_err();
/// assert!(matches!(error, Error::Io { action: "open", .. }));
/// ```
pub fn find(explicit: Option<&Path>) -> Result<Mnist, Error> {
    let search = Search::from_environment();
    match explicit {
        Some(directory) => search.data(directory).find(),
        None => search.find(),
    }
}

/// The digits in a directory: the four [`FILES`], each unpacked or with `.gz`.
///
/// Returns those to learn from and those to judge by.
///
/// # Errors
/// A typed [`Error`] when a file is missing or damaged, when counts of images and labels differ, when a set is empty, or
/// when the two sets' images differ in size.
pub fn load(directory: impl AsRef<Path>) -> Result<(Digits, Digits), Error> {
    let directory = directory.as_ref();
    let metadata = std::fs::metadata(directory).map_err(Error::io(directory, "open"))?;
    if !metadata.is_dir() {
        return Err(Error::NotADirectory { path: directory.into() });
    }
    let [train_images, train_labels, test_images, test_labels] = FILES;
    let (train, _) = pair(directory, train_images, train_labels)?;
    let (test, path) = pair(directory, test_images, test_labels)?;
    let (expected, found) = ((train.height, train.width), (test.height, test.width));
    if found != expected {
        return Err(Error::SizeMismatch { path, found, expected });
    }
    Ok((train, test))
}

/// Images with their labels, and the path of the images.
fn pair(directory: &Path, images: &'static str, labels: &'static str) -> Result<(Digits, PathBuf), Error> {
    // Both are looked for before one of them, maybe large, is read.
    let (images_path, labels_path) = (existing(directory, images)?, existing(directory, labels)?);
    let labels = idx::read_labels(&labels_path)?;
    let images = idx::read_images(&images_path)?;
    if images.count != labels.len() {
        return Err(Error::CountMismatch {
            images_path,
            images: images.count,
            labels_path,
            labels: labels.len(),
        });
    }
    if labels.is_empty() {
        return Err(Error::NoImages { path: images_path });
    }
    let digits = Digits { images: images.pixels, labels, height: images.height, width: images.width };
    Ok((digits, images_path))
}

/// The path of a file that is there unpacked or, failing that, with `.gz`.
fn existing(directory: &Path, name: &'static str) -> Result<PathBuf, Error> {
    for path in [directory.join(name), directory.join(format!("{name}.gz"))] {
        if path.try_exists().map_err(Error::io(&path, "open"))? {
            return Ok(path);
        }
    }
    Err(Error::Missing { directory: directory.into(), name })
}
