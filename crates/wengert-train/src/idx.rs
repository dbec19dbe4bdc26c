//! IDX, the file format of MNIST: a magic number, big-endian sizes, bytes.
//!
//! ```text
//! byte 0  00 00        magic
//!      2  08           element type: unsigned byte
//!      3  01 | 03      number of sizes: labels | images
//!      4  u32 each     count (labels); count, height, width (images), big-endian
//!         u8 each      the data, the last size varying fastest
//! ```
//!
//! Files may be plain or gzip-compressed; the first byte tells. Memory grows as data arrives: a header that promises
//! more than the file holds costs nothing.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::Error;
use crate::gzip::{Gunzip, fill};

/// Most pixels or labels accepted from one file.
pub const MAX_BYTES: u64 = 1 << 30;

/// Images of one size, one byte a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Rows of each image.
    pub height: usize,
    /// Columns of each image.
    pub width: usize,
    /// Pixels, 0 black to 255 white, `[count, height, width]` with the last axis varying fastest.
    pub pixels: Vec<u8>,
}

/// Reads a file of images, plain or gzip-compressed.
///
/// # Errors
/// A typed [`Error`] with the file and offset for everything that is not a complete IDX file of images.
///
/// ```
/// use wengert_train::{Error, idx};
/// let error = idx::read_images("no/such/file").unwrap_err();
/// assert!(matches!(error, Error::Io { action: "open", .. }));
/// ```
pub fn read_images(path: impl AsRef<Path>) -> Result<Images, Error> {
    let path = path.as_ref();
    images_from(open(path)?, path)
}

/// Reads a file of labels 0 to 9, plain or gzip-compressed.
///
/// # Errors
/// A typed [`Error`] with the file and offset for everything that is not a complete IDX file of digit labels.
pub fn read_labels(path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    labels_from(open(path)?, path)
}

/// Images from any reader; errors name `path`.
///
/// # Errors
/// As [`read_images`].
///
/// ```
/// use wengert_train::idx;
/// let file = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 11, 20, 21];
/// let images = idx::images_from(file.as_slice(), "two images of 1x2")?;
/// assert_eq!((images.count, images.height, images.width), (2, 1, 2));
/// assert_eq!(images.pixels, [10, 11, 20, 21]);
/// # Ok::<(), wengert_train::Error>(())
/// ```
pub fn images_from(reader: impl BufRead, path: impl AsRef<Path>) -> Result<Images, Error> {
    let mut source = Source::new(reader, path.as_ref())?;
    let [count, height, width] = source.sizes()?;
    if height == 0 || width == 0 {
        return Err(Error::NoPixels { path: path.as_ref().into(), offset: 8, height, width });
    }
    let pixels = source.data("pixel", "pixels", &[count, height, width])?;
    Ok(Images { count: count as usize, height: height as usize, width: width as usize, pixels })
}

/// Labels 0 to 9 from any reader; errors name `path`.
///
/// # Errors
/// As [`read_labels`].
pub fn labels_from(reader: impl BufRead, path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
    let mut source = Source::new(reader, path.as_ref())?;
    let [count] = source.sizes()?;
    let labels = source.data("label", "labels", &[count])?;
    match labels.iter().position(|&label| label > 9) {
        None => Ok(labels),
        Some(i) => Err(Error::Label { path: path.as_ref().into(), offset: 8 + i as u64, found: labels[i] }),
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Error> {
    // Looked at before it is opened: opening a named pipe would wait for a writer, maybe for ever.
    let metadata = std::fs::metadata(path).map_err(Error::io(path, "open"))?;
    if !metadata.is_file() {
        return Err(Error::NotAFile { path: path.to_path_buf() });
    }
    Ok(BufReader::with_capacity(64 << 10, File::open(path).map_err(Error::io(path, "open"))?))
}

/// The bytes of a plain or compressed file, with their place.
struct Source<'a, R> {
    bytes: Bytes<R>,
    path: &'a Path,
    offset: u64,
}

enum Bytes<R> {
    Plain(R),
    Gzip(Box<Gunzip<R>>),
}

impl<'a, R: BufRead> Source<'a, R> {
    fn new(mut reader: R, path: &'a Path) -> Result<Self, Error> {
        // One byte decides: IDX starts with 00, gzip with 1f.
        let gzip = fill(&mut reader, path)?.first() == Some(&0x1f);
        let bytes =
            if gzip { Bytes::Gzip(Box::new(Gunzip::new(reader, path))) } else { Bytes::Plain(reader) };
        Ok(Source { bytes, path, offset: 0 })
    }

    /// Some bytes into `out`: at least one, except at the end.
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let n = match &mut self.bytes {
            Bytes::Gzip(gunzip) => gunzip.read(out)?,
            Bytes::Plain(reader) => {
                let there = fill(reader, self.path)?;
                let n = there.len().min(out.len());
                out[..n].copy_from_slice(&there[..n]);
                reader.consume(n);
                n
            }
        };
        self.offset += n as u64;
        Ok(n)
    }

    fn truncated(&self, part: &'static str, expected: u64) -> Error {
        Error::Truncated { path: self.path.into(), offset: self.offset, part, expected }
    }

    /// Four bytes of the header, which is `length` bytes long.
    fn word(&mut self, length: u64) -> Result<[u8; 4], Error> {
        let (mut word, mut have) = ([0; 4], 0);
        while have < 4 {
            match self.read(&mut word[have..])? {
                0 => return Err(self.truncated("IDX header", length)),
                n => have += n,
            }
        }
        Ok(word)
    }

    /// Reads the header and returns its `N` sizes.
    fn sizes<const N: usize>(&mut self) -> Result<[u32; N], Error> {
        let length = 4 + 4 * N as u64;
        let path = self.path.to_path_buf();
        let [m0, m1, element, dimensions] = self.word(length)?;
        if [m0, m1] != [0, 0] {
            return Err(Error::Magic { path, found: [m0, m1] });
        }
        if element != 0x08 {
            return Err(Error::ElementType { path, found: element });
        }
        if usize::from(dimensions) != N {
            return Err(Error::DimensionCount { path, found: dimensions, expected: N as u8 });
        }
        let mut sizes = [0; N];
        for size in &mut sizes {
            *size = u32::from_be_bytes(self.word(length)?);
        }
        Ok(sizes)
    }

    /// Everything after the header: as many bytes as the product of `sizes`, and then the end.
    fn data(&mut self, one: &'static str, many: &'static str, sizes: &[u32]) -> Result<Vec<u8>, Error> {
        let total = sizes.iter().try_fold(1u64, |product, &size| product.checked_mul(size.into()));
        let total = total.filter(|&total| total <= MAX_BYTES).ok_or_else(|| Error::TooLarge {
            path: self.path.into(),
            sizes: sizes.to_vec(),
            limit: MAX_BYTES,
        })?;
        let expected = self.offset + total;
        let mut data: Vec<u8> = Vec::new();
        let mut chunk = [0; 16 << 10];
        loop {
            let missing = total as usize - data.len();
            // One byte more than is missing, so that data going on is seen, and none of it is ever unpacked.
            let want = (missing + 1).min(chunk.len());
            let n = self.read(&mut chunk[..want])?;
            if n > missing {
                return Err(Error::ExtraBytes { path: self.path.into(), offset: expected, part: one });
            }
            if n == 0 {
                return if missing == 0 { Ok(data) } else { Err(self.truncated(many, expected)) };
            }
            if data.capacity() - data.len() < n {
                // At most twice what has arrived, and never beyond what was promised.
                data.reserve_exact(missing.min(data.len().max(n)));
            }
            data.extend_from_slice(&chunk[..n]);
        }
    }
}
