//! Aligned blocks of memory, recycled through free lists of the current thread.
//!
//! A training step asks for the same sizes again and again. Blocks given back wait in a list of
//! their size class (powers of two with four steps between, from 64 bytes), so that the next
//! request costs a pop instead of a system call and page faults. A block may be given back on any
//! thread: it then serves that thread. The lists run through the blocks themselves, so that keeping
//! one asks the system for nothing.

use crate::huge_pages;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;

/// Alignment of every payload: one cache line, one 512-bit vector.
pub(crate) const ALIGN: usize = 64;

/// Bytes a thread may keep beside what it once had in use, at least; few in tests, which fill them.
const SPARE: usize = if cfg!(test) { 1 << 24 } else { 1 << 30 };

const CLASSES: usize = class_of(isize::MAX as usize).0 + 1;

/// What stands before the payload of every block, in a cache line of its own.
#[repr(C, align(64))]
pub(crate) struct Header {
    /// Number of owners, for those that share a block.
    pub(crate) owners: AtomicUsize,
    /// The next block of a free list.
    next: Cell<Option<NonNull<Header>>>,
    /// Bytes of the allocation before this header.
    lead: u8,
}

const _: () = assert!(size_of::<Header>() == ALIGN);

/// Alignment asked of the system. With more it could not serve zeros from fresh pages: it would write
/// them, touching every page of a large block once more than needed, and on one thread.
const SYSTEM_ALIGN: usize = 16;

/// The free lists of one thread, and what it holds.
struct FreeLists {
    first: [Cell<Option<NonNull<Header>>>; CLASSES],
    cached: Cell<usize>,
    /// Bytes taken less bytes given here; below zero on a thread that gives back what others took.
    live: Cell<isize>,
    peak: Cell<usize>,
    requests: Cell<u64>,
}

thread_local! {
    static FREE: FreeLists = const {
        FreeLists {
            first: [const { Cell::new(None) }; CLASSES],
            cached: Cell::new(0),
            live: Cell::new(0),
            peak: Cell::new(0),
            requests: Cell::new(0),
        }
    };
}

/// Memory of the current thread, in bytes of whole blocks.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Buffer, buffer};
///
/// drop(Buffer::<f32>::zeroed(1000));
/// let before = buffer::stats();
/// let x = Buffer::<f32>::zeroed(1000);
/// let during = buffer::stats();
/// assert!(during.live >= before.live + 4000);
/// assert_eq!(during.system_requests, before.system_requests); // recycled
/// # drop(x);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStats {
    /// Bytes taken on this thread and not given back on it; 0 if it gave back more than it took.
    pub live: usize,
    /// Bytes kept for new buffers.
    pub cached: usize,
    /// The most bytes that were live at once since [`reset_peak`](crate::buffer::reset_peak).
    pub peak: usize,
    /// Blocks that no list had and the system gave.
    pub system_requests: u64,
}

/// Index and byte size of the smallest class that holds `bytes`, for `bytes <= isize::MAX`.
const fn class_of(bytes: usize) -> (usize, usize) {
    if bytes <= ALIGN {
        return (0, ALIGN);
    }
    // The class is 2^e (1 + q/4) with the largest e such that 2^e < bytes, and q in 1..=4.
    let e = (bytes - 1).ilog2();
    let quarter = 1usize << (e - 2);
    let q = (bytes - (1 << e)).div_ceil(quarter);
    ((e as usize - 6) * 4 + q, (1 << e) + q * quarter)
}

/// Byte size of a class, the inverse of [`class_of`].
const fn size_of_class(class: usize) -> usize {
    if class == 0 {
        return ALIGN;
    }
    let (e, q) = (6 + (class - 1) / 4, (class - 1) % 4 + 1);
    (1 << e) + (q << (e - 2))
}

/// What to allocate for a block with a payload of `size` bytes; none if it is beyond `isize::MAX`.
fn layout_for(size: usize) -> Option<Layout> {
    // With room to move the header up to the alignment.
    let bytes = size.checked_add(size_of::<Header>() + ALIGN - SYSTEM_ALIGN)?;
    Layout::from_size_align(bytes, SYSTEM_ALIGN).ok()
}

/// The payload of a block: what follows its header.
#[inline]
fn payload_of(block: NonNull<Header>) -> NonNull<u8> {
    // SAFETY: every block is a header and at least `ALIGN` bytes in one allocation.
    unsafe { block.add(1) }.cast()
}

/// The header before a payload.
///
/// # Safety
///
/// `payload` came from [`take`] and was not given back; the pointer may have changed its type only.
#[inline]
pub(crate) unsafe fn header_of(payload: NonNull<u8>) -> NonNull<Header> {
    // SAFETY: `take` made the payload as the address behind a header in one allocation.
    unsafe { payload.cast::<Header>().sub(1) }
}

/// A payload of at least `bytes` initialized bytes, and whether all of them are zero.
///
/// None if the system has no such block. `bytes` must not be zero or above `isize::MAX`.
pub(crate) fn take(bytes: usize) -> Option<(NonNull<u8>, bool)> {
    debug_assert!(bytes > 0 && bytes <= isize::MAX as usize);
    let (class, size) = class_of(bytes);
    // During thread exit the lists may be gone; the system then serves directly.
    let taken = FREE.try_with(|free| free.take(class, size)).unwrap_or_else(|_| from_system(size));
    let (block, fresh) = taken?;
    let payload = payload_of(block);
    if fresh && bytes >= huge_pages::FROM {
        // SAFETY: the payload has at least `bytes` bytes, in one allocation that nobody else knows.
        unsafe { huge_pages::request(payload, bytes) }
    }
    Some((payload, fresh))
}

/// A block of zeros with a payload of `size` bytes, not zero.
fn from_system(size: usize) -> Option<(NonNull<Header>, bool)> {
    let layout = layout_for(size)?;
    // SAFETY: the size of the layout is not zero, as it has room for a header.
    let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
    let lead = start.align_offset(ALIGN);
    debug_assert!(lead <= ALIGN - SYSTEM_ALIGN);
    // SAFETY: `start` is a multiple of `SYSTEM_ALIGN`, so the next multiple of `ALIGN` is at most
    // their difference away, for which `layout_for` made room before header and payload.
    let block = unsafe { start.add(lead) }.cast::<Header>();
    let header = Header { owners: AtomicUsize::new(0), next: Cell::new(None), lead: lead as u8 };
    // SAFETY: the block is aligned, has room for a header, and nobody else knows it.
    unsafe { block.write(header) };
    Some((block, true))
}

/// Gives a block back for reuse, or to the system where the thread keeps enough.
///
/// # Safety
///
/// `payload` came from [`take`] with the same `bytes`, was not given back before, and nothing
/// refers to it any more.
pub(crate) unsafe fn give(payload: NonNull<u8>, bytes: usize) {
    let (class, size) = class_of(bytes);
    // SAFETY: the caller got the payload from `take` and gives it up only now.
    let block = unsafe { header_of(payload) };
    if FREE.try_with(|free| free.keep(block, class, size)) != Ok(true) {
        // SAFETY: `take` got this block for the same class, and the caller gives it up.
        unsafe { to_system(block, size) }
    }
}

/// Returns a block to the system.
///
/// # Safety
///
/// The block has a payload of `size` bytes, the size of its class, and nothing refers to it.
unsafe fn to_system(block: NonNull<Header>, size: usize) {
    let layout = layout_for(size).expect("a block of this size was allocated");
    // SAFETY: `from_system` wrote the header, `lead` bytes behind the start of an allocation of this
    // very layout, which depends on `size` alone; the caller owns the block.
    unsafe {
        let lead = usize::from(block.as_ref().lead);
        dealloc(block.cast::<u8>().sub(lead).as_ptr(), layout);
    }
}

/// What the current thread holds.
pub(crate) fn stats() -> MemoryStats {
    let of = |free: &FreeLists| MemoryStats {
        live: free.live(),
        cached: free.cached.get(),
        peak: free.peak.get(),
        system_requests: free.requests.get(),
    };
    FREE.try_with(of).unwrap_or(MemoryStats { live: 0, cached: 0, peak: 0, system_requests: 0 })
}

/// Makes what is live now the peak.
pub(crate) fn reset_peak() {
    let _ = FREE.try_with(|free| free.peak.set(free.live()));
}

/// Returns every cached block of the current thread to the system.
pub(crate) fn release_cached() {
    // Nothing to release if the thread's lists are already gone.
    let _ = FREE.try_with(|free| free.release_down_to(0));
}

impl FreeLists {
    fn take(&self, class: usize, size: usize) -> Option<(NonNull<Header>, bool)> {
        let found = match self.pop(class) {
            Some(block) => {
                self.cached.set(self.cached.get() - size);
                (block, false)
            }
            None => self.request(size)?,
        };
        let live = self.live.get().saturating_add_unsigned(size);
        self.live.set(live);
        self.peak.set(self.peak.get().max(live.max(0).unsigned_abs()));
        Some(found)
    }

    /// A new block. What is cached gives way first if the thread would hold too much.
    #[cold]
    fn request(&self, size: usize) -> Option<(NonNull<Header>, bool)> {
        self.release_down_to(self.limit().saturating_sub(self.live().saturating_add(size)));
        self.requests.set(self.requests.get() + 1);
        from_system(size).or_else(|| {
            self.release_down_to(0);
            from_system(size)
        })
    }

    /// Keeps a block that nobody uses, unless the thread would hold too much.
    fn keep(&self, block: NonNull<Header>, class: usize, size: usize) -> bool {
        self.live.set(self.live.get().saturating_sub_unsigned(size));
        let cached = self.cached.get() + size;
        if self.live().saturating_add(cached) > self.limit() {
            return false;
        }
        // SAFETY: the block is this thread's alone and its header was initialized by `from_system`.
        unsafe { block.as_ref() }.next.set(self.first[class].replace(Some(block)));
        self.cached.set(cached);
        true
    }

    fn pop(&self, class: usize) -> Option<NonNull<Header>> {
        let block = self.first[class].get()?;
        // SAFETY: `keep` put the block here, so the list owns it and its header is initialized.
        self.first[class].set(unsafe { block.as_ref() }.next.get());
        Some(block)
    }

    fn live(&self) -> usize {
        self.live.get().max(0).unsigned_abs()
    }

    /// Bytes that live and cached blocks may have together. The classes of a program need not peak at
    /// one time: half the peak beside it lets each keep its blocks from one step to the next.
    fn limit(&self) -> usize {
        self.peak.get().saturating_add(SPARE.max(self.peak.get() / 2))
    }

    /// Returns cached blocks, large ones first, until at most `bytes` are cached.
    fn release_down_to(&self, bytes: usize) {
        for class in (0..CLASSES).rev() {
            while self.cached.get() > bytes
                && let Some(block) = self.pop(class)
            {
                let size = size_of_class(class);
                self.cached.set(self.cached.get() - size);
                // SAFETY: the list of this class owned the block, whose payload therefore has the
                // size of the class (`size_of_class` is tested to be what `class_of` gives).
                unsafe { to_system(block, size) }
            }
        }
    }
}

impl Drop for FreeLists {
    fn drop(&mut self) {
        self.release_down_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_the_request_and_waste_at_most_a_fifth() {
        for bytes in (1..5000).chain([(1 << 30) - 1, 1 << 30, (1 << 20) + 1, isize::MAX as usize]) {
            let (class, size) = class_of(bytes);
            assert!(size >= bytes && class < CLASSES);
            assert!(bytes <= ALIGN || (size - bytes) as f64 * 4.0 < bytes as f64, "{bytes} -> {size}");
            assert_eq!(class_of(size.min(isize::MAX as usize)), (class, size), "a class is its own class");
        }
    }

    #[test]
    fn class_sizes_rise_and_are_recovered_from_the_index() {
        let mut bytes = 1;
        for class in 0..CLASSES {
            let (index, size) = class_of(bytes);
            assert_eq!(index, class);
            assert_eq!(size, size_of_class(class));
            bytes = size + 1;
        }
    }

    #[test]
    fn a_block_given_back_is_the_next_one_taken() {
        release_cached();
        let (block, zero) = take(1000).expect("memory");
        assert!(zero);
        assert_eq!(block.as_ptr() as usize % ALIGN, 0);
        assert_eq!(stats().live, 1024);
        // SAFETY: taken above with the same size and not used.
        unsafe { give(block, 1000) };
        assert_eq!((stats().live, stats().cached), (0, 1024));
        let requests = stats().system_requests;
        let (again, zero) = take(1024).expect("memory");
        assert_eq!((again, zero, stats().cached), (block, false, 0));
        assert_eq!(stats().system_requests, requests);
        // SAFETY: as above; 1000 and 1024 share the class of 1024 bytes.
        unsafe { give(again, 1024) };
        release_cached();
        assert_eq!(stats().cached, 0);
    }

    #[test]
    fn a_thread_keeps_what_it_once_used_and_lets_go_of_more() {
        // On a thread of its own, whose counts start at zero.
        let count = std::thread::spawn(|| {
            let size = SPARE / 2;
            let mut blocks: Vec<_> = (0..6).map(|_| take(size).expect("memory").0).collect();
            assert_eq!((stats().live, stats().peak), (6 * size, 6 * size));
            for block in blocks.drain(..) {
                // SAFETY: taken above with this size, given once.
                unsafe { give(block, size) };
            }
            assert_eq!((stats().live, stats().cached), (0, 6 * size));
            // Other sizes: what is cached gives way as far as it must.
            let other = size + size / 4;
            let blocks: Vec<_> = (0..6).map(|_| take(other).expect("memory").0).collect();
            assert_eq!(stats().live, 6 * other);
            assert!(stats().cached + stats().live <= stats().peak + 2 * SPARE);
            assert!(stats().cached < 6 * size);
            for block in blocks {
                // SAFETY: taken above with this size, given once.
                unsafe { give(block, other) };
            }
            reset_peak();
            assert_eq!((stats().peak, stats().live), (0, 0));
            stats().system_requests
        });
        assert_eq!(count.join().expect("no panic"), 12);
    }
}
