//! Pooled, aligned memory of fixed length.

use crate::element::Element;
use crate::memory;
pub use crate::memory::MemoryStats;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

/// Why a buffer could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocError {
    /// The number of bytes does not fit the address space.
    #[error(
        "a buffer of {elements} elements of {element_bytes} bytes exceeds isize::MAX bytes; use smaller shapes"
    )]
    TooLarge {
        /// Elements asked for.
        elements: usize,
        /// Bytes of one element.
        element_bytes: usize,
    },
    /// The system refused the block.
    #[error("the system has no block of {bytes} bytes left; free memory or use smaller batches")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

/// A fixed-length array of numbers in recycled, 64-byte aligned memory.
///
/// Reads and writes go through the slice it dereferences to. Dropping it keeps the memory for the
/// next buffer of similar size on this thread, which makes a repeated computation allocate nothing.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Buffer;
///
/// let mut x = Buffer::from_fn(4, |i| i as f32);
/// x[0] = 7.0;
/// assert_eq!(x[..], [7.0, 1.0, 2.0, 3.0]);
/// ```
pub struct Buffer<T: Element> {
    start: NonNull<T>,
    len: usize,
    owns: PhantomData<T>,
}

// SAFETY: a buffer owns its memory alone and its elements are plain `Send` numbers; memory may be
// given back on any thread (see `memory`).
unsafe impl<T: Element> Send for Buffer<T> {}
// SAFETY: a shared buffer only hands out `&[T]`, and `T` is `Sync`.
unsafe impl<T: Element> Sync for Buffer<T> {}

impl<T: Element> Buffer<T> {
    /// A buffer of `n` elements with arbitrary contents.
    ///
    /// The contents are initialized but meaningless: write all before reading any. With debug
    /// assertions they are bytes 0xFF, so that a missing write shows as NaN.
    ///
    /// # Errors
    ///
    /// [`AllocError`] if the size exceeds `isize::MAX` bytes or the system has no such block.
    pub fn try_scratch(n: usize) -> Result<Buffer<T>, AllocError> {
        let (buffer, _) = Buffer::take(n)?;
        if cfg!(debug_assertions) {
            // SAFETY: the block holds `n` elements, unaliased, and any bytes are valid elements.
            unsafe { ptr::write_bytes(buffer.start.as_ptr(), 0xFF, n) };
        }
        Ok(buffer)
    }

    /// A buffer of `n` elements with arbitrary contents; see [`Buffer::try_scratch`].
    ///
    /// # Panics
    ///
    /// If there is no such memory, with the text of the [`AllocError`].
    #[track_caller]
    pub fn scratch(n: usize) -> Buffer<T> {
        Buffer::try_scratch(n).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A buffer of `n` zeros.
    ///
    /// # Panics
    ///
    /// If there is no such memory.
    #[track_caller]
    pub fn zeroed(n: usize) -> Buffer<T> {
        let (buffer, zero) = Buffer::take(n).unwrap_or_else(|error| panic!("{error}"));
        if !zero {
            // SAFETY: the block holds `n` elements, unaliased; all-zero bytes are the number 0.
            unsafe { ptr::write_bytes(buffer.start.as_ptr(), 0, n) };
        }
        buffer
    }

    /// A buffer of `n` copies of `value`.
    ///
    /// # Panics
    ///
    /// If there is no such memory.
    #[track_caller]
    pub fn filled(n: usize, value: T) -> Buffer<T> {
        let mut buffer = Buffer::scratch_unfilled(n);
        buffer.fill(value);
        buffer
    }

    /// A copy of `values`.
    ///
    /// # Panics
    ///
    /// If there is no such memory.
    #[track_caller]
    pub fn from_slice(values: &[T]) -> Buffer<T> {
        let mut buffer = Buffer::scratch_unfilled(values.len());
        buffer.copy_from_slice(values);
        buffer
    }

    /// The values `f(0)` to `f(n - 1)`.
    ///
    /// # Panics
    ///
    /// If there is no such memory.
    #[track_caller]
    pub fn from_fn(n: usize, mut f: impl FnMut(usize) -> T) -> Buffer<T> {
        let mut buffer = Buffer::scratch_unfilled(n);
        for (i, x) in buffer.iter_mut().enumerate() {
            *x = f(i);
        }
        buffer
    }

    /// Scratch memory for the constructors that write every element at once.
    #[track_caller]
    fn scratch_unfilled(n: usize) -> Buffer<T> {
        Buffer::take(n).unwrap_or_else(|error| panic!("{error}")).0
    }

    /// The start of the block; none if there is none, for want of elements.
    #[inline]
    pub(crate) fn payload(&self) -> Option<NonNull<u8>> {
        (self.len > 0).then(|| self.start.cast())
    }

    /// A buffer of initialized memory, and whether it is all zero.
    fn take(n: usize) -> Result<(Buffer<T>, bool), AllocError> {
        let (start, zero) = if n == 0 {
            (NonNull::dangling(), true)
        } else {
            let element_bytes = size_of::<T>();
            let bytes = n
                .checked_mul(element_bytes)
                // Room for rounding up to the alignment keeps the layout valid too.
                .filter(|&bytes| bytes <= isize::MAX as usize - memory::ALIGN)
                .ok_or(AllocError::TooLarge { elements: n, element_bytes })?;
            let (block, zero) = memory::take(bytes).ok_or(AllocError::OutOfMemory { bytes })?;
            (block.cast(), zero)
        };
        Ok((Buffer { start, len: n, owns: PhantomData }, zero))
    }
}

impl<T: Element> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: `take` got this block with the same number of bytes; it is dropped once, and
            // no reference into it can outlive the buffer.
            unsafe { memory::give(self.start.cast(), self.len * size_of::<T>()) }
        }
    }
}

impl<T: Element> Deref for Buffer<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `start` is aligned and its block holds `len` initialized elements (none if it
        // dangles), which nothing writes while `self` is shared.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Element> DerefMut for Buffer<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and `&mut self` makes this the only access.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Element> Clone for Buffer<T> {
    fn clone(&self) -> Buffer<T> {
        Buffer::from_slice(self)
    }
}

impl<T: Element> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Bytes that the current thread keeps for new buffers.
pub fn cached_bytes() -> usize {
    stats().cached
}

/// The memory of buffers on the current thread: live, cached, peak.
pub fn stats() -> MemoryStats {
    memory::stats()
}

/// Starts the peak of [`stats`] again from what is live now.
pub fn reset_peak() {
    memory::reset_peak();
}

/// Returns the memory kept by the current thread to the system.
pub fn release_cached() {
    memory::release_cached();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn constructors_give_the_values_they_name() {
        for n in [0, 1, 2, 15, 16, 17, 1000] {
            drop(Buffer::filled(n, 9.0f32));
            assert_eq!(*Buffer::<f32>::zeroed(n), vec![0.0; n]);
            assert_eq!(*Buffer::filled(n, 3i64), vec![3; n]);
            let squares = Buffer::from_fn(n, |i| (i * i) as u64);
            assert_eq!(*squares, (0..n as u64).map(|i| i * i).collect::<Vec<_>>());
            assert_eq!(*squares.clone(), *Buffer::from_slice(&squares));
            assert_eq!(squares.as_ptr() as usize % size_of::<u64>(), 0);
            assert!(n == 0 || (squares.as_ptr() as usize).is_multiple_of(64));
        }
    }

    #[test]
    #[cfg(debug_assertions)]
    fn scratch_memory_is_nan_where_missing_writes_must_show() {
        drop(Buffer::zeroed(100) as Buffer<f64>);
        assert!(Buffer::<f64>::scratch(100).iter().all(|x| x.is_nan()));
        assert!(Buffer::<f32>::scratch(100).iter().all(|x| x.is_nan()));
    }

    #[test]
    fn a_repeated_computation_reuses_its_memory() {
        let first = Buffer::filled(5000, 1u32);
        let address = first.as_ptr();
        drop(first);
        assert_eq!(Buffer::filled(5000, 2u32).as_ptr(), address);
    }

    #[test]
    fn sizes_beyond_the_address_space_are_a_typed_error() {
        for n in [usize::MAX, usize::MAX / 8 + 1, isize::MAX as usize / 8, 1 << 61] {
            assert_eq!(
                Buffer::<f64>::try_scratch(n).map(|_| ()),
                Err(AllocError::TooLarge { elements: n, element_bytes: 8 })
            );
        }
        // Miri ends the program where a system refuses.
        if !cfg!(miri) {
            assert!(matches!(Buffer::<u8>::try_scratch(1 << 62), Err(AllocError::OutOfMemory { .. })));
        }
    }

    #[test]
    #[should_panic(expected = "exceeds isize::MAX bytes")]
    fn infallible_constructors_panic_with_the_same_text() {
        drop(Buffer::<f64>::zeroed(usize::MAX));
    }

    #[test]
    fn a_buffer_dropped_on_another_thread_serves_that_thread() {
        let x = Buffer::filled(300, 1.5f64);
        let (cached, sum) = std::thread::spawn(move || {
            let sum: f64 = x.iter().sum();
            drop(x);
            (cached_bytes(), sum)
        })
        .join()
        .expect("no panic");
        assert_eq!((cached, sum), (2560, 450.0));
    }

    #[test]
    fn dropping_a_buffer_while_its_thread_exits_does_not_panic() {
        thread_local! { static LAST: RefCell<Option<Buffer<f32>>> = const { RefCell::new(None) }; }
        for order in [true, false] {
            std::thread::spawn(move || {
                // Registering the two thread-locals in either order makes either one go first.
                if order {
                    drop(Buffer::<f32>::zeroed(10));
                }
                LAST.with(|last| *last.borrow_mut() = Some(Buffer::zeroed(100)));
            })
            .join()
            .expect("no panic during exit");
        }
    }

    #[test]
    fn debug_shows_the_elements() {
        assert_eq!(format!("{:?}", Buffer::from_slice(&[1, 2])), "[1, 2]");
    }
}
