//! Images, labels and first weights, from files that other programs can read too.
//!
//! Three files without headers, little-endian:
//!
//! - `images.f32`: `[n, 28, 28]`, pixels from 0 to 1;
//! - `labels.u8`: `[n]`, digits from 0 to 9;
//! - `weights.f32`: kernel `[3, 3, 1, 32]` and bias `[32]`, `[3, 3, 32, 64]` and `[64]`, `[3, 3, 64, 64]` and `[64]` of
//!   the convolutions (height, width, input, output), then `[576, 64]`, `[64]`, `[64, 10]`, `[10]` of the dense layers,
//!   the 576 in the order height, width, channel.

use crate::network::{CLASSES, Network};
use crate::trainer::Task;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wengert::{Conv2dOptions, Tensor};
use wengert_nn::{Conv2d, Linear};
use wengert_train::generated::{self, Set};

/// Rows and columns of an image.
const SIDE: usize = generated::SIDE;

/// Images in a generated set: 100 batches of 64.
const GENERATED: usize = 6400;

/// Output channels and input channels of each convolution.
const CONVOLUTIONS: [[usize; 2]; 3] = [[32, 1], [64, 32], [64, 64]];

/// Why data cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file cannot be read.
    #[error(
        "{}: {source}; `wengert-bench data DIR` makes the three files, and `mnist --data DIR` or PEERS_DATA=DIR uses \
         them (without either, digits are generated)", path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file has the wrong length.
    #[error("{}: {given} bytes, expected {expected}", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes it has.
        given: usize,
        /// What it should have.
        expected: String,
    },
    /// A label is no digit.
    #[error("{}: label {label} of image {index}, expected 0 to 9", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// The label.
        label: u8,
        /// The image.
        index: usize,
    },
}

/// Where data came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Files.
    Files,
    /// Drawn by this program.
    Generated,
}

/// Images `[n, 1, 28, 28]` with labels, and the network before its first step.
pub type Data = Task<Network<Tensor<f32>>>;

impl Data {
    /// The data in `folder`, or in that of the variable `PEERS_DATA`, or else generated.
    ///
    /// # Errors
    ///
    /// As [`Data::read`], if there is a directory to read.
    pub fn find(folder: Option<&Path>) -> Result<(Self, Origin), DataError> {
        let variable = std::env::var_os("PEERS_DATA").filter(|path| !path.is_empty()).map(PathBuf::from);
        match folder.or(variable.as_deref()) {
            Some(folder) => Ok((Self::read(folder)?, Origin::Files)),
            None => Ok((Self::generated(), Origin::Generated)),
        }
    }

    /// Generated digits and fresh weights, the same each time.
    pub fn generated() -> Self {
        let digits = generated::digits(1, Set::Train, GENERATED);
        let images: Vec<f32> = digits.images.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        let labels: Tensor<u32> = digits.labels.iter().map(|&label| u32::from(label)).collect();
        let images = Tensor::from(images).reshape([labels.len(), 1, SIDE, SIDE]);
        Self { images, labels, network: Network::new(1) }
    }

    /// The data in the files of a directory.
    ///
    /// # Errors
    ///
    /// [`DataError`], naming the file.
    pub fn read(folder: &Path) -> Result<Self, DataError> {
        let labels = read_labels(folder.join("labels.u8"))?;
        let pixels = labels.len() * SIDE * SIDE;
        let images = read_numbers(folder.join("images.f32"), pixels, "4 * 28 * 28 for each label")?;
        let images = Tensor::from(images).reshape([labels.len(), 1, SIDE, SIDE]);
        let weights = read_numbers(folder.join("weights.f32"), weight_count(), "the weights of the network")?;
        Ok(Self { images, labels, network: network_of(&weights) })
    }

    /// Writes the files that [`Data::read`] reads; the directory is made if there is none.
    ///
    /// # Errors
    ///
    /// [`DataError::Write`], naming the file.
    pub fn write(&self, folder: &Path) -> Result<(), DataError> {
        let error = |path: &Path, source| DataError::Write { path: path.into(), source };
        fs::create_dir_all(folder).map_err(|source| error(folder, source))?;
        let labels = self.labels.elements().iter().map(|&label| label as u8).collect();
        let files = [
            ("labels.u8", labels),
            ("images.f32", bytes(&self.images.elements())),
            ("weights.f32", bytes(&weights_of(&self.network))),
        ];
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(|source| error(&path, source))?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })
}

fn read_labels(path: PathBuf) -> Result<Tensor<u32>, DataError> {
    let labels = read(&path)?;
    if let Some(index) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(DataError::Label { path, label: labels[index], index });
    }
    Ok(labels.into_iter().map(u32::from).collect())
}

fn read_numbers(path: PathBuf, count: usize, what: &str) -> Result<Vec<f32>, DataError> {
    let bytes = read(&path)?;
    if bytes.len() != 4 * count {
        let expected = format!("{} ({what})", 4 * count);
        return Err(DataError::Length { path, given: bytes.len(), expected });
    }
    let (numbers, _) = bytes.as_chunks::<4>();
    Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn weight_count() -> usize {
    let convolutions: usize = CONVOLUTIONS.iter().map(|[out, from]| (9 * from + 1) * out).sum();
    convolutions + (576 + 1) * 64 + (64 + 1) * CLASSES
}

/// The network whose weights lie one after the other as in the file; `weights` has [`weight_count`] of them.
fn network_of(weights: &[f32]) -> Network<Tensor<f32>> {
    let mut rest = weights;
    let mut next = |shape: &[usize]| {
        let (head, tail) = rest.split_at(shape.iter().product());
        rest = tail;
        Tensor::from(head).reshape(shape)
    };
    let [conv1, conv2, conv3] = CONVOLUTIONS.map(|[out, from]| Conv2d {
        weight: next(&[3, 3, from, out]).permute(&[3, 2, 0, 1]).contiguous(),
        bias: Some(next(&[out])),
        options: Conv2dOptions::default(),
    });
    let weight = next(&[3, 3, 64, 64]).permute(&[2, 0, 1, 3]).reshape([576, 64]);
    let dense1 = Linear { weight, bias: Some(next(&[64])) };
    let dense2 = Linear { weight: next(&[64, CLASSES]), bias: Some(next(&[CLASSES])) };
    Network { conv1, conv2, conv3, dense1, dense2 }
}

/// The inverse of [`network_of`].
fn weights_of(network: &Network<Tensor<f32>>) -> Vec<f32> {
    let mut weights = Vec::with_capacity(weight_count());
    let mut put = |weight: &Tensor<f32>, bias: &Option<Tensor<f32>>| {
        weights.extend_from_slice(&weight.elements());
        weights.extend(bias.iter().flat_map(Tensor::to_vec));
    };
    for Conv2d { weight, bias, .. } in [&network.conv1, &network.conv2, &network.conv3] {
        put(&weight.permute(&[2, 3, 1, 0]), bias);
    }
    let dense1 = network.dense1.weight.reshape([64, 3, 3, 64]).permute(&[1, 2, 0, 3]);
    put(&dense1, &network.dense1.bias);
    put(&network.dense2.weight, &network.dense2.bias);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wengert-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary directory");
        folder
    }

    fn small() -> Data {
        let Data { images, labels, network } = Data::generated();
        Data { images: images.narrow(0, 3..7).contiguous(), labels: labels.narrow(0, 3..7), network }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (folder, data) = (folder("again"), small());
        data.write(&folder).expect("can be written");
        let (again, origin) = Data::find(Some(&folder)).expect("can be read");
        assert!(again == data && origin == Origin::Files);
        fs::remove_dir_all(folder).expect("can be removed");
    }

    #[test]
    fn weights_in_the_file_are_ordered_by_place_then_channel() {
        let count = weight_count();
        let flat: Vec<f32> = (0..count).map(|i| i as f32).collect();
        let network = network_of(&flat);
        // conv2 starts after 9 * 32 + 32 numbers; its place (1, 2), input 5, output 7.
        assert_eq!(network.conv2.weight[[7, 5, 1, 2]], (320 + ((3 + 2) * 32 + 5) * 64 + 7) as f32);
        // dense1 starts after the convolutions; channel 9 at place (2, 0) is row 9 * 9 + 6 on our side.
        let start = 320 + 9 * 32 * 64 + 64 + 9 * 64 * 64 + 64;
        assert_eq!(network.dense1.weight[[9 * 9 + 6, 11]], (start + (6 * 64 + 9) * 64 + 11) as f32);
        assert_eq!(weights_of(&network), flat);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_by_name() {
        let (folder, data) = (folder("refused"), small());
        let missing = Data::read(&folder).expect_err("there is no file").to_string();
        assert!(missing.contains("labels.u8") && missing.contains("wengert-bench data"), "{missing}");
        data.write(&folder).expect("can be written");
        fs::write(folder.join("images.f32"), [0; 12]).expect("can be written");
        let short = Data::read(&folder).expect_err("too short").to_string();
        assert!(short.contains("images.f32: 12 bytes, expected 12544"), "{short}");
        fs::write(folder.join("labels.u8"), [1, 12]).expect("can be written");
        let label = Data::read(&folder).expect_err("no digit").to_string();
        assert!(label.contains("label 12 of image 1"), "{label}");
        fs::remove_dir_all(folder).expect("can be removed");
    }
}
