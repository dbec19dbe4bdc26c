//! Aligned blocks of memory, recycled through free lists of the current thread.
//!
//! A training step asks for the same sizes again and again. Blocks given back wait in a list of
//! their size class (powers of two with four steps between, from 64 bytes), so that the next
//! request costs a pop instead of a system call and page faults. A block may be given back on any
//! thread: it then serves that thread.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::ptr::NonNull;

/// Alignment of every block: one cache line, one 512-bit vector.
pub(crate) const ALIGN: usize = 64;

/// Blocks above this size go straight to the system.
const LARGEST_CACHED: usize = 1 << 30;

/// Bytes one thread may keep for reuse.
const CACHE_LIMIT: usize = 1 << 30;

const CLASSES: usize = class_of(LARGEST_CACHED).0 + 1;

/// The free lists of one thread.
struct FreeLists {
    blocks: [Vec<NonNull<u8>>; CLASSES],
    bytes: usize,
}

thread_local! {
    static FREE: RefCell<FreeLists> =
        const { RefCell::new(FreeLists { blocks: [const { Vec::new() }; CLASSES], bytes: 0 }) };
}

/// Index and byte size of the smallest class that holds `bytes`, for `bytes <= LARGEST_CACHED`.
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

/// The layout that [`take`] allocates for a request of `bytes`; none if it is beyond `isize::MAX`.
fn layout_for(bytes: usize) -> Option<Layout> {
    let size = if bytes <= LARGEST_CACHED { class_of(bytes).1 } else { bytes };
    Layout::from_size_align(size, ALIGN).ok()
}

/// A block of at least `bytes` initialized bytes, and whether all of them are zero.
///
/// None if the system has no such block. `bytes` must not be zero.
pub(crate) fn take(bytes: usize) -> Option<(NonNull<u8>, bool)> {
    debug_assert!(bytes > 0);
    if bytes <= LARGEST_CACHED {
        let (class, size) = class_of(bytes);
        // During thread exit the lists may be gone; the system then serves directly.
        let recycled = FREE.try_with(|free| {
            let free = &mut *free.borrow_mut();
            let block = free.blocks[class].pop()?;
            free.bytes -= size;
            Some(block)
        });
        if let Ok(Some(block)) = recycled {
            return Some((block, false));
        }
    }
    let layout = layout_for(bytes)?;
    // SAFETY: the size is not zero, since `layout_for` gives at least `bytes`, which the caller
    // (a buffer with elements) has above zero.
    let block = NonNull::new(unsafe { alloc_zeroed(layout) })?;
    Some((block, true))
}

/// Gives a block back for reuse, or to the system where the cache is full.
///
/// # Safety
///
/// `block` came from [`take`] with the same `bytes`, was not given back before, and nothing refers
/// to it any more.
pub(crate) unsafe fn give(block: NonNull<u8>, bytes: usize) {
    if bytes <= LARGEST_CACHED {
        let (class, size) = class_of(bytes);
        let kept = FREE.try_with(|free| {
            let free = &mut *free.borrow_mut();
            let fits = free.bytes + size <= CACHE_LIMIT;
            if fits {
                free.blocks[class].push(block);
                free.bytes += size;
            }
            fits
        });
        if kept.unwrap_or(false) {
            return;
        }
    }
    let layout = layout_for(bytes).expect("take built this layout from the same size");
    // SAFETY: the block came from `alloc_zeroed` with this very layout, as `layout_for` depends on
    // `bytes` alone, and the caller gives it up.
    unsafe { dealloc(block.as_ptr(), layout) }
}

/// Bytes that the current thread keeps for reuse.
pub(crate) fn cached_bytes() -> usize {
    FREE.try_with(|free| free.borrow().bytes).unwrap_or(0)
}

/// Returns every cached block of the current thread to the system.
pub(crate) fn release_cached() {
    // Nothing to release if the thread's lists are already gone.
    let _ = FREE.try_with(|free| free.borrow_mut().release());
}

impl FreeLists {
    fn release(&mut self) {
        for (class, list) in self.blocks.iter_mut().enumerate() {
            for block in list.drain(..) {
                let layout =
                    Layout::from_size_align(size_of_class(class), ALIGN).expect("a class is a valid size");
                // SAFETY: every block of this list was allocated with the size of its class (tested
                // for all classes to be the one `class_of` gives), and the list owned it.
                unsafe { dealloc(block.as_ptr(), layout) }
            }
        }
        self.bytes = 0;
    }
}

impl Drop for FreeLists {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_the_request_and_waste_at_most_a_fifth() {
        for bytes in (1..5000).chain([LARGEST_CACHED - 1, LARGEST_CACHED, (1 << 20) + 1]) {
            let (class, size) = class_of(bytes);
            assert!(size >= bytes && class < CLASSES);
            assert!(bytes <= ALIGN || (size - bytes) * 4 < bytes, "{bytes} -> {size}");
            assert_eq!(class_of(size), (class, size), "a class is its own class");
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
        // SAFETY: taken above with the same size and not used.
        unsafe { give(block, 1000) };
        assert_eq!(cached_bytes(), 1024);
        let (again, zero) = take(1024).expect("memory");
        assert_eq!((again, zero, cached_bytes()), (block, false, 0));
        // SAFETY: as above; 1000 and 1024 share the class of 1024 bytes.
        unsafe { give(again, 1024) };
        release_cached();
        assert_eq!(cached_bytes(), 0);
    }
}
