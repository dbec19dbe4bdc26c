//! The one error type of this crate.

use std::io;
use std::path::PathBuf;

use crate::download::DownloadFailure;

/// What can go wrong while reading data sets, feeding them to a training loop, and taking its steps.
///
/// Every variant that concerns a file names it, and the byte offset where reading stopped. Offsets count the bytes
/// of the data itself (after decompression), except in the `Gzip...` variants, where they count the bytes on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused an operation on a file.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as a verb phrase: `open`, `read`, `rename`.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A directory or device where a regular file was expected.
    #[error("{}: not a regular file; give the path of an IDX file", path.display())]
    NotAFile {
        /// The path given.
        path: PathBuf,
    },
    /// Something other than a directory where one was expected.
    #[error("{}: not a directory; give the directory that holds the four MNIST files", path.display())]
    NotADirectory {
        /// The path given.
        path: PathBuf,
    },
    /// The data ends before what its header promises.
    #[error("{}: ends at byte {offset} inside the {part}: {expected} bytes expected; the file is cut short or its header lies", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Where the data ends.
        offset: u64,
        /// The part being read: `IDX header`, `labels`, `pixels`.
        part: &'static str,
        /// How many bytes the whole data must have for this part to be complete.
        expected: u64,
    },
    /// The first two bytes are not the zeros every IDX file starts with.
    #[error("{}: byte 0: starts with {found:02x?} where IDX has [00, 00]; not an IDX file", path.display())]
    Magic {
        /// The file.
        path: PathBuf,
        /// The two bytes found.
        found: [u8; 2],
    },
    /// The IDX element type is not unsigned byte.
    #[error("{}: byte 2: element type 0x{found:02x}, expected 0x08 (unsigned byte)", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The type code found.
        found: u8,
    },
    /// The IDX dimension count is not the one asked for.
    #[error("{}: byte 3: {found} dimensions, expected {expected} ({})", path.display(), if *expected == 1 { "labels" } else { "images" })]
    DimensionCount {
        /// The file.
        path: PathBuf,
        /// The count found.
        found: u8,
        /// 1 for labels, 3 for images.
        expected: u8,
    },
    /// The sizes in the header multiply to more than this reader accepts.
    #[error("{}: byte 4: sizes {sizes:?} are more than the {limit} bytes accepted; split the file or check its header", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The sizes in the header.
        sizes: Vec<u32>,
        /// The largest product accepted.
        limit: u64,
    },
    /// Images without a single pixel.
    #[error("{}: byte {offset}: images of {height}x{width} pixels; both must be at least 1", path.display())]
    NoPixels {
        /// The file.
        path: PathBuf,
        /// Where the height and width are written.
        offset: u64,
        /// Height in the header.
        height: u32,
        /// Width in the header.
        width: u32,
    },
    /// Bytes follow after everything the header announces.
    #[error("{}: byte {offset}: data goes on after the last {part} the header announces; the header or the file is wrong", path.display())]
    ExtraBytes {
        /// The file.
        path: PathBuf,
        /// The first byte too many.
        offset: u64,
        /// What was read to the end: `label` or `pixel`.
        part: &'static str,
    },
    /// A label that is not a digit.
    #[error("{}: byte {offset}: label {found}, expected 0 to 9", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Where the label stands.
        offset: u64,
        /// The label found.
        found: u8,
    },
    /// The gzip member header is damaged.
    #[error("{}: compressed byte {offset}: damaged gzip header: {reason}", path.display())]
    GzipHeader {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
        /// Which field, and what is wrong with it.
        reason: &'static str,
    },
    /// The compressed data cannot be decoded.
    #[error("{}: compressed byte {offset}: damaged deflate data", path.display())]
    GzipData {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
    },
    /// The compressed file ends inside a member.
    #[error("{}: ends at compressed byte {offset} inside a gzip member; the file is cut short", path.display())]
    GzipTruncated {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
    },
    /// A member's checksum or length is not that of its data.
    #[error("{}: compressed byte {offset}: gzip {field} is {found:#010x}, its data has {expected:#010x}", path.display())]
    GzipChecksum {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
        /// `checksum`, `length` or `header checksum`.
        field: &'static str,
        /// What the file says.
        found: u32,
        /// What the data gives.
        expected: u32,
    },
    /// Something other than another gzip member follows the last one.
    #[error("{}: compressed byte {offset}: trailing bytes that are no gzip member", path.display())]
    GzipTrailing {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
    },
    /// The data expands so much that it looks like a decompression bomb.
    #[error("{}: compressed byte {offset}: expanded to {produced} bytes, over {limit} times its size; decompress it yourself if you trust it", path.display())]
    GzipBomb {
        /// The file.
        path: PathBuf,
        /// Where on disk.
        offset: u64,
        /// Bytes produced so far.
        produced: u64,
        /// The largest expansion accepted.
        limit: u64,
    },
    /// None of a data set's possible file names is there.
    #[error("{}: neither {name} nor {name}.gz is there; give the directory that holds the four MNIST files", directory.display())]
    Missing {
        /// The directory searched.
        directory: PathBuf,
        /// The unpacked name.
        name: &'static str,
    },
    /// As many labels as images are needed.
    #[error("{} has {images} images but {} has {labels} labels", images_path.display(), labels_path.display())]
    CountMismatch {
        /// The file of images.
        images_path: PathBuf,
        /// Its count.
        images: usize,
        /// The file of labels.
        labels_path: PathBuf,
        /// Its count.
        labels: usize,
    },
    /// Training and test images differ in size.
    #[error("{}: images of {}x{} pixels, but the training images have {}x{}", path.display(), found.0, found.1, expected.0, expected.1)]
    SizeMismatch {
        /// The file of test images.
        path: PathBuf,
        /// Its height and width.
        found: (usize, usize),
        /// Height and width of the training images.
        expected: (usize, usize),
    },
    /// A data set without any image.
    #[error("{}: holds no images", path.display())]
    NoImages {
        /// The file.
        path: PathBuf,
    },
    /// A download failed.
    #[error("{url}: {reason}")]
    Download {
        /// What was asked for.
        url: String,
        /// How it failed.
        reason: DownloadFailure,
    },
    /// A batch of no samples was asked for.
    #[error("batches of 0 samples; the batch size must be at least 1")]
    EmptyBatch,
    /// More samples than batches can be drawn from.
    #[error("{len} samples; batches are drawn from fewer than 2^32")]
    TooManySamples {
        /// The number of samples given.
        len: usize,
    },
    /// A sample index past the end of the data.
    #[error("sample {index} of a set of {len}; {}", counted(*len))]
    SampleIndex {
        /// The index given.
        index: usize,
        /// The number of samples.
        len: usize,
    },
    /// Slices that belong together have lengths that do not fit.
    #[error("{what}: {found} values given, {expected} expected")]
    Length {
        /// Which slice.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// A class number past the number of classes.
    #[error("class {found} of {classes}; {}", counted(*classes))]
    Class {
        /// The class given.
        found: usize,
        /// The number of classes.
        classes: usize,
    },
    /// What the engine refused.
    #[error(transparent)]
    Core(#[from] wengert::Error),
    /// What the model refused, such as a parameter that the loss does not reach.
    #[error(transparent)]
    Model(#[from] wengert_nn::Error),
    /// What the optimizer refused, such as a gradient that is not finite.
    #[error(transparent)]
    Optimizer(#[from] wengert_optim::Error),
    /// A PNG file could not be written.
    #[error("{}: cannot write PNG: {source}", path.display())]
    Png {
        /// The file.
        path: PathBuf,
        /// The encoder's answer.
        source: ::png::EncodingError,
    },
}

/// The numbers by which so many things are counted.
fn counted(len: usize) -> String {
    match len {
        0 => "there is none".into(),
        1 => "the only one is 0".into(),
        n => format!("they are counted from 0 to {}", n - 1),
    }
}

impl Error {
    pub(crate) fn io(path: &std::path::Path, action: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { path: path.to_path_buf(), action, source }
    }
}
