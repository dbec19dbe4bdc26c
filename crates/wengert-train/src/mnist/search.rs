//! Where to look for MNIST, as a value.

use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;

use super::{FILES, Mnist, Source, load};
use crate::Error;
use crate::download::{Patience, Pinned, fetch_all};
use crate::generated::{self, Set};

/// Places that publish MNIST over plain HTTP; [`SHA256`] pins what they send.
const MIRRORS: [&str; 2] =
    ["http://storage.googleapis.com/cvdf-datasets/mnist", "http://ossci-datasets.s3.amazonaws.com/mnist"];

/// Sizes and SHA-256 of the four files with `.gz`, in the order of [`FILES`].
const SHA256: [(u64, &str); 4] = [
    (9_719_438, "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971"),
    (28_857, "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203"),
    (1_616_508, "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be"),
    (4_517, "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"),
];

/// The places where digits are looked for.
///
/// [`Search::default`] looks nowhere and draws digits; [`Search::from_environment`] is what programs want.
///
/// ```
/// use wengert_train::{Source, mnist::Search};
/// let mnist = Search::default().generated(7, 100, 20).find()?;
/// assert_eq!((mnist.train.len(), mnist.test.len()), (100, 20));
/// assert_eq!(mnist.source.kind(), "generated");
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Search {
    data: Option<PathBuf>,
    environment: Option<PathBuf>,
    cache: Option<PathBuf>,
    mirrors: Vec<String>,
    files: Vec<Pinned>,
    patience: Patience,
    seed: u64,
    train: usize,
    test: usize,
}

impl Default for Search {
    fn default() -> Search {
        let files = FILES.iter().zip(SHA256).map(|(name, (bytes, sha256))| Pinned {
            name: format!("{name}.gz"),
            bytes,
            sha256: sha256.to_owned(),
        });
        Search {
            data: None,
            environment: None,
            cache: None,
            mirrors: Vec::new(),
            files: files.collect(),
            patience: Patience { answer: Duration::from_secs(3), stall: Duration::from_secs(5) },
            seed: 0,
            train: generated::TRAIN_LEN,
            test: generated::TEST_LEN,
        }
    }
}

impl Search {
    /// The places that this machine and user have: `WENGERT_DATA`, the cache directory, the network.
    ///
    /// An empty `WENGERT_DATA` counts as none. `WENGERT_OFFLINE` set to anything but nothing or `0` leaves the network
    /// out.
    pub fn from_environment() -> Search {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let offline = variable("WENGERT_OFFLINE").is_some_and(|value| value != "0");
        let cache = etcetera::base_strategy::choose_native_strategy().ok();
        Search {
            environment: variable("WENGERT_DATA").map(PathBuf::from),
            cache: cache.map(|strategy| strategy.cache_dir().join("wengert").join("mnist")),
            mirrors: if offline { Vec::new() } else { MIRRORS.map(String::from).to_vec() },
            ..Search::default()
        }
    }

    /// The same, but in `directory` alone: it must hold the data.
    pub fn data(self, directory: impl Into<PathBuf>) -> Search {
        Search { data: Some(directory.into()), ..self }
    }

    /// The same, with `directory` as the cache: looked into, and filled by a download.
    pub fn cache(self, directory: impl Into<PathBuf>) -> Search {
        Search { cache: Some(directory.into()), ..self }
    }

    /// The same, with these base URLs (`http://host/path`) to download from; none for no download.
    pub fn mirrors(self, mirrors: impl IntoIterator<Item = String>) -> Search {
        Search { mirrors: mirrors.into_iter().collect(), ..self }
    }

    /// The same, with other waiting times: for first answers of all mirrors together, and for more data.
    ///
    /// The default is 3 and 5 seconds.
    pub fn patience(self, answer: Duration, stall: Duration) -> Search {
        Search { patience: Patience { answer, stall }, ..self }
    }

    /// The same, with this seed and these numbers of images should digits have to be drawn.
    ///
    /// The default is seed 0, 12,000 images to learn from and 2,000 to judge by.
    pub fn generated(self, seed: u64, train: usize, test: usize) -> Search {
        Search { seed, train, test, ..self }
    }

    /// The digits from the first place that has them.
    ///
    /// # Errors
    /// As [`find`](super::find).
    pub fn find(self) -> Result<Mnist, Error> {
        let from = |directory: &PathBuf, source: Source| {
            load(directory).map(|(train, test)| Mnist { train, test, source })
        };
        if let Some(directory) = &self.data {
            return from(directory, Source::Given(directory.clone()));
        }
        if let Some(directory) = &self.environment {
            return from(directory, Source::Environment(directory.clone()));
        }
        let Some(directory) = &self.cache else {
            return Ok(self.draw("this user has no cache directory to keep a download in".into()));
        };
        let mut reasons = Vec::new();
        match from(directory, Source::Cache(directory.clone())) {
            Ok(mnist) => return Ok(mnist),
            // An empty cache is the normal start; a damaged one is worth a word, and a new download.
            Err(Error::Missing { .. }) => {}
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => reasons.push(error.to_string()),
        }
        match fetch_all(&self.mirrors, &self.files, directory, self.patience) {
            Ok(Some(mirror)) => {
                let source = Source::Download { mirror: mirror.to_owned(), directory: directory.clone() };
                match from(directory, source) {
                    Ok(mnist) => return Ok(mnist),
                    Err(error) => reasons.push(error.to_string()),
                }
            }
            Ok(None) => reasons.push(format!("not in {}, and no download wanted", directory.display())),
            Err(error) => reasons.push(format!("no download: {error}")),
        }
        Ok(self.draw(reasons.join("; ")))
    }

    fn draw(&self, reason: String) -> Mnist {
        let reason = reason.replace(['\n', '\r'], " ");
        Mnist {
            train: generated::digits(self.seed, Set::Train, self.train),
            test: generated::digits(self.seed, Set::Test, self.test),
            source: Source::Generated { seed: self.seed, reason },
        }
    }
}

#[cfg(test)]
#[path = "search/tests.rs"]
mod tests;
