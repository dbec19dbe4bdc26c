//! Lists in recycled memory.
//!
//! A convolution makes short lists at each call, of blocks, taps and windows. In memory of the thread's own pool (see
//! `memory`) they cost a step nothing once a first one has been run, as the numbers in [`Buffer`](crate::Buffer)s do.

use crate::memory;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::{fmt, mem, ptr, slice};

/// A list that grows, as a [`Vec`], in memory of the pool.
pub(crate) struct List<T> {
    start: NonNull<T>,
    len: usize,
    /// Elements that the block holds; none if there is no block.
    capacity: usize,
}

// SAFETY: a list owns its elements alone, and its memory may be given back on any thread (see `memory`).
unsafe impl<T: Send> Send for List<T> {}
// SAFETY: a shared list only hands out `&[T]`.
unsafe impl<T: Sync> Sync for List<T> {}

impl<T> List<T> {
    pub(crate) const fn new() -> Self {
        const {
            assert!(
                size_of::<T>() > 0 && align_of::<T>() <= memory::ALIGN,
                "an element that a block can hold"
            );
        }
        List { start: NonNull::dangling(), len: 0, capacity: 0 }
    }

    /// An empty list with room for so many elements.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut list = List::new();
        list.reserve(capacity);
        list
    }

    /// So many copies of a value.
    pub(crate) fn filled(count: usize, value: T) -> Self
    where
        T: Copy,
    {
        std::iter::repeat_n(value, count).collect()
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.len == self.capacity {
            self.grow(self.len + 1);
        }
        // SAFETY: the block holds `capacity` elements, more than `len`; the place is not an element yet.
        unsafe { self.start.add(self.len).write(value) };
        self.len += 1;
    }

    pub(crate) fn clear(&mut self) {
        let elements: *mut [T] = &mut **self;
        self.len = 0;
        // SAFETY: these were the elements, each dropped once, as the list has forgotten them.
        unsafe { ptr::drop_in_place(elements) };
    }

    /// Makes room for so many elements more.
    pub(crate) fn reserve(&mut self, more: usize) {
        let needed = self.len.checked_add(more).expect("a list that memory can hold");
        if needed > self.capacity {
            self.grow(needed);
        }
    }

    /// Moves to a block of at least `needed` elements, more than it holds now.
    #[cold]
    fn grow(&mut self, needed: usize) {
        let capacity = needed.max(2 * self.capacity).max((memory::ALIGN / size_of::<T>()).max(1));
        let bytes = capacity.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX as usize / 2);
        let (block, _) = bytes.and_then(memory::take).expect("memory for a list");
        let start = block.cast::<T>();
        // SAFETY: the new block is another one and holds more elements than there are.
        unsafe { ptr::copy_nonoverlapping(self.start.as_ptr(), start.as_ptr(), self.len) };
        self.give_back();
        (self.start, self.capacity) = (start, capacity);
    }

    /// Gives the block back without a look at elements.
    fn give_back(&mut self) {
        if self.capacity > 0 {
            let bytes = mem::take(&mut self.capacity) * size_of::<T>();
            let block = self.start.cast::<u8>();
            // Buffers take the bytes of a block for initialized; those between the fields of an element need not be.
            // SAFETY: `grow` took the block for just so many bytes; the caller has moved or dropped all elements and
            // forgets the block.
            unsafe {
                block.write_bytes(0, bytes);
                memory::give(block, bytes);
            }
        }
    }
}

impl<T: Clone> Clone for List<T> {
    fn clone(&self) -> Self {
        self.iter().cloned().collect()
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        self.clear();
        self.give_back();
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the first `len` places are elements, and the start is aligned, also where it dangles.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and `&mut self` makes this the only access.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        let values = values.into_iter();
        self.reserve(values.size_hint().0);
        values.for_each(|value| self.push(value));
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = List::new();
        list.extend(values);
        list
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::stats;
    use std::rc::Rc;

    #[test]
    fn holds_what_a_vec_holds() {
        for count in [0_usize, 1, 7, 8, 9, 64, 1000] {
            let (list, vec): (List<usize>, Vec<usize>) = ((0..count).collect(), (0..count).collect());
            assert_eq!(*list, *vec);
            let odd: List<_> = list.iter().filter(|&i| i % 2 == 1).map(|&i| (i, i as u8)).collect();
            assert_eq!(odd.len(), count / 2);
            assert_eq!(*List::filled(count, 2.5), vec![2.5; count]);
        }
        let mut list: List<u32> = [3, 1, 2].into_iter().collect();
        list.sort_unstable();
        list.extend([4, 5]);
        (&mut list).into_iter().for_each(|x| *x *= 2);
        assert_eq!(format!("{:?}", list.clone()), "[2, 4, 6, 8, 10]");
        list.clear();
        list.push(1);
        assert_eq!(*list, [1]);
    }

    #[test]
    fn drops_each_element_once() {
        let token = Rc::new(());
        let mut list = List::with_capacity(2);
        (0..40).for_each(|_| list.push(Rc::clone(&token)));
        assert_eq!(Rc::strong_count(&token), 41);
        list.clear();
        assert_eq!(Rc::strong_count(&token), 1);
        list.extend(std::iter::repeat_n(Rc::clone(&token), 3));
        drop(list);
        assert_eq!(Rc::strong_count(&token), 1);
    }

    #[test]
    fn the_same_lists_again_ask_the_system_for_nothing() {
        let lists = || (0..20).map(|i| (0..i * 10).collect::<List<usize>>()).collect::<List<_>>().len();
        assert_eq!(lists(), 20);
        let before = stats();
        assert_eq!(lists(), 20);
        assert_eq!(stats(), before, "nothing is left and nothing was asked for");
    }
}
