//! Reading gzip files: every member checked, every failure with its place.
//!
//! `flate2` inflates and computes the checksums. The member framing (RFC 1952, section 2.3) is written out here because
//! the decoders of `flate2` report a cut file, a damaged header, a wrong checksum and trailing rubbish by message text
//! alone, without the place, and a caller needs both.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::Error;

/// Largest expansion accepted once more than [`BOMB_FLOOR`] bytes came out; deflate itself can reach 1032.
///
/// Images of digits shrink about 5 to 10 times.
pub const MAX_EXPANSION: u64 = 128;

/// Output below which any expansion is accepted, in bytes.
pub const BOMB_FLOOR: u64 = 16 << 20;

/// A stream of the bytes inside a gzip file.
///
/// Members that follow one another are read as one stream. Memory use is constant, whatever the file says.
///
/// ```
/// use wengert_train::gzip::Gunzip;
/// // `printf 'ab' | gzip --no-name`, twice: two members in one file.
/// let member = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 76, 2, 0, 109, 72, 131, 158, 2, 0, 0, 0];
/// let file = [member, member].concat();
/// let mut reader = Gunzip::new(file.as_slice(), "two-members.gz");
/// let (mut text, mut buffer) = (Vec::new(), [0; 16]);
/// loop {
///     let n = reader.read(&mut buffer)?;
///     if n == 0 { break }
///     text.extend_from_slice(&buffer[..n]);
/// }
/// assert_eq!(text, b"abab");
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Debug)]
pub struct Gunzip<R> {
    input: R,
    path: PathBuf,
    state: State,
    inflate: Decompress,
    crc: Crc,
    /// Compressed bytes taken so far.
    offset: u64,
    /// Bytes given out so far, all members together.
    produced: u64,
}

#[derive(Debug, PartialEq)]
enum State {
    FirstHeader,
    Body,
    Trailer,
    NextHeader,
    End,
}

// Flag bits of a member header, RFC 1952, section 2.3.1.
const HAS_HEADER_CHECKSUM: u8 = 0x02;
const HAS_EXTRA: u8 = 0x04;
const HAS_NAME: u8 = 0x08;
const HAS_COMMENT: u8 = 0x10;
const RESERVED: u8 = 0xe0;

impl<R: BufRead> Gunzip<R> {
    /// A reader of the gzip data in `input`; errors name `path`.
    pub fn new(input: R, path: impl AsRef<Path>) -> Self {
        Gunzip {
            input,
            path: path.as_ref().to_path_buf(),
            state: State::FirstHeader,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            offset: 0,
            produced: 0,
        }
    }

    /// The number of bytes written to `out`; 0 at the end.
    ///
    /// The end is reported only after the last checksum agreed and nothing follows.
    ///
    /// # Errors
    /// The `Gzip...` variants of [`Error`], and [`Error::Io`] when the input cannot be read.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        while !out.is_empty() {
            match self.state {
                State::FirstHeader => self.header()?,
                State::Body => {
                    let n = self.body(out)?;
                    if n > 0 {
                        return Ok(n);
                    }
                }
                State::Trailer => self.trailer()?,
                State::NextHeader => {
                    if self.fill()?.is_empty() {
                        self.state = State::End;
                    } else {
                        self.header()?;
                    }
                }
                State::End => break,
            }
        }
        Ok(0)
    }

    /// One step of inflation; 0 when the member ended or more input is needed.
    fn body(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let input = fill(&mut self.input, &self.path)?;
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, out, FlushDecompress::None);
        let starved = input.is_empty();
        let taken = (self.inflate.total_in() - before_in) as usize;
        let n = (self.inflate.total_out() - before_out) as usize;
        self.input.consume(taken);
        self.offset += taken as u64;
        let status = status.map_err(|_| Error::GzipData { path: self.path.clone(), offset: self.offset })?;
        self.crc.update(&out[..n]);
        self.produced += n as u64;
        if self.produced > BOMB_FLOOR && self.produced / MAX_EXPANSION > self.offset {
            return Err(Error::GzipBomb {
                path: self.path.clone(),
                offset: self.offset,
                produced: self.produced,
                limit: MAX_EXPANSION,
            });
        }
        if status == Status::StreamEnd {
            self.state = State::Trailer;
        } else if taken == 0 && n == 0 {
            return Err(if starved {
                self.truncated()
            } else {
                Error::GzipData { path: self.path.clone(), offset: self.offset }
            });
        }
        Ok(n)
    }

    /// Checks the checksum and length after a member.
    fn trailer(&mut self) -> Result<(), Error> {
        for (field, expected) in [("checksum", self.crc.sum()), ("length", self.crc.amount())] {
            let offset = self.offset;
            let found = u32::from_le_bytes([self.byte()?, self.byte()?, self.byte()?, self.byte()?]);
            if found != expected {
                return Err(Error::GzipChecksum { path: self.path.clone(), offset, field, found, expected });
            }
        }
        self.state = State::NextHeader;
        Ok(())
    }

    /// Reads a member header and gets ready for its body.
    fn header(&mut self) -> Result<(), Error> {
        let start = self.offset;
        self.crc.reset();
        if [self.byte()?, self.byte()?] != [0x1f, 0x8b] {
            return Err(if self.state == State::FirstHeader {
                self.bad_header(start, "does not start with 1f 8b")
            } else {
                Error::GzipTrailing { path: self.path.clone(), offset: start }
            });
        }
        if self.byte()? != 8 {
            return Err(self.bad_header(start + 2, "the compression method is not 8 (deflate)"));
        }
        let flags = self.byte()?;
        if flags & RESERVED != 0 {
            return Err(self.bad_header(start + 3, "a reserved flag is set"));
        }
        for _ in 0..6 {
            self.byte()?; // time, extra flags, operating system: of no use here
        }
        if flags & HAS_EXTRA != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            for _ in 0..length {
                self.byte()?;
            }
        }
        for text in [HAS_NAME, HAS_COMMENT] {
            while flags & text != 0 && self.byte()? != 0 {}
        }
        if flags & HAS_HEADER_CHECKSUM != 0 {
            let (offset, expected) = (self.offset, self.crc.sum() & 0xffff);
            let found = u32::from(u16::from_le_bytes([self.byte()?, self.byte()?]));
            if found != expected {
                let field = "header checksum";
                return Err(Error::GzipChecksum { path: self.path.clone(), offset, field, found, expected });
            }
        }
        self.inflate.reset(false);
        self.crc.reset();
        self.state = State::Body;
        Ok(())
    }

    /// The next byte of a header or trailer, which must be there.
    fn byte(&mut self) -> Result<u8, Error> {
        let Some(&byte) = self.fill()?.first() else {
            return Err(self.truncated());
        };
        self.input.consume(1);
        self.offset += 1;
        self.crc.update(&[byte]);
        Ok(byte)
    }

    fn fill(&mut self) -> Result<&[u8], Error> {
        fill(&mut self.input, &self.path)
    }

    fn truncated(&self) -> Error {
        Error::GzipTruncated { path: self.path.clone(), offset: self.offset }
    }

    fn bad_header(&self, offset: u64, reason: &'static str) -> Error {
        Error::GzipHeader { path: self.path.clone(), offset, reason }
    }
}

/// The bytes waiting in `input`; empty at the end.
pub(crate) fn fill<'a>(input: &'a mut impl BufRead, path: &Path) -> Result<&'a [u8], Error> {
    // Interrupted reads are retried apart from the final call, so that the borrow ends before each retry.
    while let Err(e) = input.fill_buf() {
        if e.kind() != io::ErrorKind::Interrupted {
            return Err(Error::io(path, "read")(e));
        }
    }
    input.fill_buf().map_err(Error::io(path, "read"))
}
