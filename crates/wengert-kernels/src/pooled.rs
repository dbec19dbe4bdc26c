//! Single values in recycled memory.

use crate::memory;
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// An owned value in a block of the pool: a `Box` that asks the system for nothing in a repeated
/// computation.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Pooled;
///
/// let mut x = Pooled::new([1; 20]);
/// x[3] = 7;
/// assert_eq!(x.iter().sum::<i32>(), 26);
/// ```
pub struct Pooled<T> {
    value: NonNull<T>,
    owns: PhantomData<T>,
}

// SAFETY: it owns its value alone, as a `Box` does; memory may be given back on any thread.
unsafe impl<T: Send> Send for Pooled<T> {}
// SAFETY: a shared one only hands out `&T`.
unsafe impl<T: Sync> Sync for Pooled<T> {}

impl<T> Pooled<T> {
    const FITS: () = assert!(align_of::<T>() <= memory::ALIGN);
    /// What is asked of the pool, which has no empty blocks.
    const BYTES: usize = if size_of::<T>() == 0 { 1 } else { size_of::<T>() };

    /// Moves a value into a block.
    ///
    /// # Panics
    ///
    /// If there is no memory left.
    #[track_caller]
    pub fn new(value: T) -> Pooled<T> {
        let () = Self::FITS;
        let (block, _) = memory::take(Self::BYTES).expect("no memory left for a value of the pool");
        let block = block.cast::<T>();
        // SAFETY: the block is aligned to `ALIGN`, which `FITS` compares with the type's, holds at
        // least the bytes of a `T`, and is nobody else's.
        unsafe { block.write(value) };
        Pooled { value: block, owns: PhantomData }
    }
}

impl<T> Drop for Pooled<T> {
    fn drop(&mut self) {
        // SAFETY: `new` wrote the value, which is dropped once, here.
        unsafe { self.value.drop_in_place() };
        // SAFETY: the block has these bytes, and the value in it is gone. The pool's blocks are initialized, and a value
        // may have had bytes that are not.
        unsafe { self.value.cast::<u8>().write_bytes(0, Self::BYTES) };
        // SAFETY: `new` took the block with this size, and nothing refers to it after this.
        unsafe { memory::give(self.value.cast(), Self::BYTES) }
    }
}

impl<T> Deref for Pooled<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: `new` wrote the value, and nothing writes it while `self` is shared.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for Pooled<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` makes this the only access.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Clone> Clone for Pooled<T> {
    fn clone(&self) -> Pooled<T> {
        Pooled::new((**self).clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A value in two words: itself if it fits, else a [`Pooled`] one.
///
/// An enum of small and large types is as large as the largest, and moved whole; of compact values
/// it takes three words.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Compact;
///
/// let (small, large) = (Compact::new(5_u8), Compact::new([1.0; 100]));
/// assert_eq!((*small, large.len()), (5, 100));
/// assert_eq!(size_of_val(&large), 16);
/// ```
pub struct Compact<T> {
    /// Starts with a `T` if `IN_PLACE`, else with a `Pooled<T>`.
    words: UnsafeCell<[MaybeUninit<u64>; 2]>,
    owns: PhantomData<T>,
}

// SAFETY: a shared one only hands out `&T`; the cell is there for types that have one themselves.
unsafe impl<T: Sync> Sync for Compact<T> {}

impl<T> Compact<T> {
    const IN_PLACE: bool = size_of::<T>() <= 16 && align_of::<T>() <= align_of::<u64>();

    /// Moves a value into two words.
    ///
    /// # Panics
    ///
    /// If it does not fit and there is no memory left.
    #[inline]
    pub fn new(value: T) -> Compact<T> {
        let mut words = [MaybeUninit::uninit(); 2];
        if Self::IN_PLACE {
            // SAFETY: `IN_PLACE` says that the words have the size and alignment for it.
            unsafe { words.as_mut_ptr().cast::<T>().write(value) };
        } else {
            // SAFETY: the words have the size and alignment for a pointer.
            unsafe { words.as_mut_ptr().cast::<Pooled<T>>().write(Pooled::new(value)) };
        }
        Compact { words: UnsafeCell::new(words), owns: PhantomData }
    }
}

impl<T> Drop for Compact<T> {
    #[inline]
    fn drop(&mut self) {
        if Self::IN_PLACE {
            // SAFETY: `new` wrote a `T` here, which is dropped once.
            unsafe { self.words.get().cast::<T>().drop_in_place() };
        } else {
            // SAFETY: `new` wrote a `Pooled<T>` here, which is dropped once.
            unsafe { self.words.get().cast::<Pooled<T>>().drop_in_place() };
        }
    }
}

impl<T> Deref for Compact<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        if Self::IN_PLACE {
            // SAFETY: `new` wrote a `T` here, which lives as long as `self`.
            unsafe { &*self.words.get().cast::<T>() }
        } else {
            // SAFETY: `new` wrote a `Pooled<T>` here, which lives as long as `self`.
            unsafe { &*self.words.get().cast::<Pooled<T>>() }
        }
    }
}

impl<T> DerefMut for Compact<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        if Self::IN_PLACE {
            // SAFETY: as in `deref`, and `&mut self` makes this the only access.
            unsafe { &mut *self.words.get().cast::<T>() }
        } else {
            // SAFETY: as in `deref`, and `&mut self` makes this the only access.
            unsafe { &mut *self.words.get().cast::<Pooled<T>>() }
        }
    }
}

impl<T: Clone> Clone for Compact<T> {
    #[inline]
    fn clone(&self) -> Compact<T> {
        Compact::new((**self).clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Compact<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn a_cell_in_two_words_is_written_through_a_shared_reference() {
        let (small, large) =
            (Compact::new(std::cell::Cell::new(5_u32)), Compact::new(std::cell::Cell::new([1_u64; 9])));
        small.set(7);
        large.set([2; 9]);
        assert_eq!((small.get(), large.get()), (7, [2; 9]));
    }

    #[test]
    fn values_of_any_size_are_kept_and_dropped_once() {
        let counted = Rc::new(());
        let value = || Rc::clone(&counted);
        {
            let small = Compact::new(value());
            let two = Compact::new((value(), 7_u64));
            let large = Compact::new([value(), value(), value()]);
            let copies = (small.clone(), two.clone(), large.clone(), Pooled::new(value()));
            assert_eq!((two.1, large.len(), Rc::strong_count(&copies.3)), (7, 3, 12));
        }
        assert_eq!(Rc::strong_count(&counted), 1);
    }

    #[test]
    fn empty_and_aligned_types_fit() {
        #[derive(Clone, Debug, PartialEq)]
        struct Empty;
        #[derive(Clone, Debug, PartialEq)]
        #[repr(align(32))]
        struct Wide(u8);
        assert_eq!((&*Compact::new(Empty), &*Compact::new(Wide(3))), (&Empty, &Wide(3)));
        let wide = Compact::new(Wide(4)).clone();
        assert_eq!(std::ptr::from_ref(&*wide) as usize % 32, 0);
        assert_eq!(format!("{:?} {:?}", Compact::new(1), Pooled::new(Empty)), "1 Empty");
    }

    #[test]
    fn a_value_moves_between_threads() {
        let mut x = Pooled::new(vec![1, 2]);
        let x = std::thread::spawn(move || {
            x.push(3);
            x
        });
        assert_eq!(*x.join().expect("no panic"), [1, 2, 3]);
    }
}
