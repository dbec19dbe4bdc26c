//! A buffer with several owners.

use crate::buffer::Buffer;
use crate::element::Element;
use crate::memory;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// Owners above which a clone aborts, as for `Arc`: only leaked clones get there.
const MOST_OWNERS: usize = isize::MAX as usize;

/// A read-only [`Buffer`] that clones share; the last owner gives the memory back.
///
/// The count of owners lives in the block itself, so sharing a buffer allocates nothing.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Buffer, Shared};
///
/// let mut a = Shared::from(Buffer::from_slice(&[1.0, 2.0]));
/// let b = a.clone();
/// assert_eq!(a.as_ptr(), b.as_ptr());
/// a.make_mut()[0] = 5.0; // copies first: `b` looks on
/// assert_eq!((a[0], b[0]), (5.0, 1.0));
/// ```
pub struct Shared<T: Element> {
    /// Dropped by the last owner alone.
    buffer: ManuallyDrop<Buffer<T>>,
}

impl<T: Element> From<Buffer<T>> for Shared<T> {
    fn from(buffer: Buffer<T>) -> Shared<T> {
        let shared = Shared { buffer: ManuallyDrop::new(buffer) };
        if let Some(owners) = shared.owners() {
            // Nobody else can know the block yet.
            owners.store(1, Ordering::Relaxed);
        }
        shared
    }
}

impl<T: Element> Shared<T> {
    /// The count in the block; none if there is no block, for want of elements.
    #[inline]
    fn owners(&self) -> Option<&AtomicUsize> {
        let payload = self.buffer.payload()?;
        // SAFETY: the payload is that of a buffer, so it came from `take` and is not given back
        // while `self`, one of its owners, lives; the header is only accessed through `&`.
        Some(unsafe { &memory::header_of(payload).as_ref().owners })
    }

    /// Whether nobody else owns the elements.
    #[inline]
    pub fn is_unique(&self) -> bool {
        // Acquire pairs with the Release of an owner that left: its reads come before our writes.
        // A count of 1 is ours, and only an owner can make another one.
        self.owners().is_none_or(|owners| owners.load(Ordering::Acquire) == 1)
    }

    /// The elements for writing, if nobody else owns them.
    pub fn get_mut(&mut self) -> Option<&mut [T]> {
        self.is_unique().then(|| &mut **self.buffer)
    }

    /// The elements for writing; copies them first if they are shared.
    ///
    /// # Panics
    ///
    /// If there is no memory for the copy.
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_unique() {
            *self = Buffer::from_slice(self).into();
        }
        &mut self.buffer
    }
}

impl<T: Element> Clone for Shared<T> {
    #[inline]
    fn clone(&self) -> Shared<T> {
        if let Some(owners) = self.owners() {
            // Relaxed: whoever hands the clone to another thread orders that by other means.
            if owners.fetch_add(1, Ordering::Relaxed) >= MOST_OWNERS {
                std::process::abort();
            }
        }
        // SAFETY: the duplicate counts as an owner now, and owners only drop the buffer as the last.
        Shared { buffer: unsafe { std::ptr::read(&self.buffer) } }
    }
}

impl<T: Element> Drop for Shared<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(owners) = self.owners() {
            // The last owner needs no exchange: nobody else is left to change the count. Acquire,
            // here and by the fence, puts all use by former owners before the memory's next use.
            if owners.load(Ordering::Acquire) != 1 {
                if owners.fetch_sub(1, Ordering::Release) != 1 {
                    return;
                }
                fence(Ordering::Acquire);
            }
        }
        // SAFETY: this was the last owner, so no other handle to the buffer exists, and `self` is
        // not used after its drop.
        unsafe { ManuallyDrop::drop(&mut self.buffer) }
    }
}

impl<T: Element> Deref for Shared<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.buffer
    }
}

impl<T: Element> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_and_the_last_one_frees() {
        let a = Shared::from(Buffer::filled(700, 1.5_f64));
        let address = a.as_ptr();
        let b = a.clone();
        assert!(!a.is_unique() && b.as_ptr() == address);
        drop(a);
        assert!(b.is_unique());
        drop(b);
        assert_eq!(Buffer::filled(700, 0.0_f64).as_ptr(), address, "the block was given back");
    }

    #[test]
    fn writing_copies_only_what_is_shared() {
        let mut a = Shared::from(Buffer::from_slice(&[1, 2, 3]));
        let address = a.as_ptr();
        a.make_mut()[0] = 9;
        assert_eq!(a.as_ptr(), address);
        let b = a.clone();
        assert!(a.get_mut().is_none());
        a.make_mut()[1] = 9;
        assert_ne!(a.as_ptr(), address);
        assert_eq!((&a[..], &b[..]), (&[9, 9, 3][..], &[9, 2, 3][..]));
        assert!(a.get_mut().is_some() && b.is_unique());
    }

    #[test]
    fn nothing_can_be_shared_too() {
        let mut a = Shared::from(Buffer::<f32>::zeroed(0));
        let b = a.clone();
        assert!(a.is_unique() && a.make_mut().is_empty() && b.is_empty());
    }

    #[test]
    fn owners_on_many_threads_see_the_elements_and_free_once() {
        for round in 0..if cfg!(miri) { 3 } else { 200 } {
            let a = Shared::from(Buffer::from_fn(50, |i| i as u64 + round));
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    let mut a = a.clone();
                    scope.spawn(move || {
                        assert_eq!(a.iter().sum::<u64>(), 1225 + 50 * round);
                        let b = a.clone();
                        a.make_mut().fill(0);
                        assert_eq!(b[1], 1 + round);
                    });
                }
            });
            assert!(a.is_unique() && a[49] == 49 + round);
        }
    }
}
