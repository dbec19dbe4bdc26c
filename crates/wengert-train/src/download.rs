//! Files of known content from the network into a directory, or nothing.
//!
//! A file appears under its name only after its size and SHA-256 were found right: it is written beside, checked,
//! synced and renamed. So plain HTTP is enough, and a wrong or cut answer leaves no trace.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use hmac_sha256::Hash;

use crate::Error;

/// How a download failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadFailure {
    /// No answer came in time.
    #[error("no data for {seconds:.1} s")]
    TimedOut {
        /// How long was waited.
        seconds: f64,
    },
    /// The connection failed or broke.
    #[error("{0}")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server answered with something other than 200.
    #[error("the server answered {status}")]
    Status {
        /// The HTTP status code.
        status: u16,
    },
    /// The content is longer or shorter than the pinned file.
    #[error("{found} bytes received, {expected} expected")]
    Size {
        /// Bytes received until the download was given up.
        found: u64,
        /// The pinned size.
        expected: u64,
    },
    /// The content is not that of the pinned file.
    #[error("SHA-256 is {found}, {expected} expected")]
    Checksum {
        /// Checksum of what came, in hexadecimal.
        found: String,
        /// The pinned checksum.
        expected: String,
    },
}

/// A file whose content is known.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// How long to wait for a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For first answers, all mirrors together: name lookup, connection, first byte.
    pub(crate) answer: Duration,
    /// For more data, once some came.
    pub(crate) stall: Duration,
}

/// Puts all `files` into `directory`, from the first of `mirrors` that has them; returns that mirror.
///
/// Files that are there already with the right content are kept. On failure the last mirror's error is returned;
/// complete files stay for the next try.
pub(crate) fn fetch_all<'a>(
    mirrors: &'a [String],
    files: &[Pinned],
    directory: &Path,
    patience: Patience,
) -> Result<Option<&'a str>, Error> {
    fs::create_dir_all(directory).map_err(Error::io(directory, "create"))?;
    let mut wait = patience.answer;
    let mut failure = None;
    for mirror in mirrors {
        if wait.is_zero() {
            break;
        }
        match fetch_from(mirror, files, directory, &mut wait, patience.stall) {
            Ok(()) => return Ok(Some(mirror)),
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(None), Err)
}

/// All files from one mirror. Time spent waiting for its first answer is taken from `wait`.
fn fetch_from(
    mirror: &str,
    files: &[Pinned],
    directory: &Path,
    wait: &mut Duration,
    stall: Duration,
) -> Result<(), Error> {
    let mut answered = false;
    for file in files {
        if is_complete(&directory.join(&file.name), file) {
            continue;
        }
        let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
        let start = Instant::now();
        let pieces = request(&url);
        let patience = if answered { stall } else { *wait };
        let first = next(&pieces, patience);
        if !answered {
            *wait = wait.saturating_sub(start.elapsed());
        }
        answered = true;
        store(&url, file, directory, first, || next(&pieces, stall))?;
    }
    Ok(())
}

/// Whether the file at `path` has the pinned content.
fn is_complete(path: &Path, file: &Pinned) -> bool {
    let right_size = fs::metadata(path).is_ok_and(|metadata| metadata.len() == file.bytes);
    // The size was looked at first, so no more than the pinned bytes are read.
    right_size && fs::read(path).is_ok_and(|bytes| hex(&Hash::hash(&bytes)) == file.sha256)
}

type Piece = Result<Vec<u8>, DownloadFailure>;

/// Starts a GET request and returns its body piece by piece; an empty piece is the end.
///
/// It runs on a thread of its own, because a name lookup cannot be interrupted. When nobody listens any more, the thread
/// ends with the next piece or its own time-out.
fn request(url: &str) -> Receiver<Piece> {
    let (sender, receiver) = sync_channel(16);
    let url = url.to_owned();
    std::thread::spawn(move || {
        let request = minreq::get(url)
            .with_timeout(600)
            .with_max_redirects(3)
            .with_max_headers_size(64 << 10)
            .with_max_status_line_length(8 << 10);
        let mut response = match request.send_lazy() {
            Ok(response) if response.status_code == 200 => response,
            Ok(response) => {
                let _ = sender.send(Err(DownloadFailure::Status { status: response.status_code }));
                return;
            }
            Err(error) => {
                let _ = sender.send(Err(DownloadFailure::Connection(error.into())));
                return;
            }
        };
        let mut buffer = vec![0; 32 << 10];
        loop {
            let piece = match response.read(&mut buffer) {
                Ok(n) => Ok(buffer[..n].to_vec()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(DownloadFailure::Connection(error.into())),
            };
            let last = !matches!(&piece, Ok(bytes) if !bytes.is_empty());
            // An error here means that the download was given up: nothing is left to do.
            if sender.send(piece).is_err() || last {
                return;
            }
        }
    });
    receiver
}

fn next(pieces: &Receiver<Piece>, patience: Duration) -> Piece {
    pieces.recv_timeout(patience).unwrap_or_else(|error| {
        Err(match error {
            RecvTimeoutError::Timeout => DownloadFailure::TimedOut { seconds: patience.as_secs_f64() },
            RecvTimeoutError::Disconnected => DownloadFailure::Connection("the connection broke off".into()),
        })
    })
}

/// Writes the pieces to a temporary file, checks it, and gives it its name.
fn store(
    url: &str,
    file: &Pinned,
    directory: &Path,
    first: Piece,
    mut more: impl FnMut() -> Piece,
) -> Result<(), Error> {
    let failed = |reason| Error::Download { url: url.to_owned(), reason };
    let mut piece = first.map_err(failed)?;
    let temporary = Temporary::beside(directory, &file.name);
    let path = &temporary.0;
    let mut out = File::create_new(path).map_err(Error::io(path, "create"))?;
    let (mut hash, mut found) = (Hash::new(), 0);
    while !piece.is_empty() {
        found += piece.len() as u64;
        if found > file.bytes {
            break;
        }
        hash.update(&piece);
        out.write_all(&piece).map_err(Error::io(path, "write"))?;
        piece = more().map_err(failed)?;
    }
    if found != file.bytes {
        return Err(failed(DownloadFailure::Size { found, expected: file.bytes }));
    }
    let found = hex(&hash.finalize());
    if found != file.sha256 {
        return Err(failed(DownloadFailure::Checksum { found, expected: file.sha256.clone() }));
    }
    out.sync_all().map_err(Error::io(path, "write"))?;
    // Windows renames no open file.
    drop(out);
    fs::rename(path, directory.join(&file.name)).map_err(Error::io(path, "rename"))
}

/// The path of a file that is removed again, unless it was renamed.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(directory: &Path, name: &str) -> Temporary {
        // Unlike that of any other download, in this process or another.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Temporary(directory.join(format!(".{name}.{}-{number}.part", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
