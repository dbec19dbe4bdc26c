//! One parameter's part in a step.

use super::Form;
use super::gradient::Gradient;
use crate::Real;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr;
use std::slice;

/// The most arrays that a form keeps per parameter.
pub const MOST_KEPT: usize = 3;

/// A gradient and, once bound, the parameter that it changes with what is kept for it.
pub struct Segment<'a, T: Real> {
    pub(super) gradient: Gradient<'a, T>,
    bound: Option<Bound<'a, T>>,
    /// Position among the segments of a step, and number of elements up to and with this one.
    pub(super) number: usize,
    pub(super) end: usize,
}

/// Mutable borrows of as many elements as the gradient has, cut only when a block comes to them.
struct Bound<'a, T> {
    form: Form,
    parameter: *mut T,
    /// Null beyond those that the form keeps.
    kept: [*mut T; MOST_KEPT],
    borrows: PhantomData<&'a mut [T]>,
}

// SAFETY: the pointers are mutable borrows, which may go to another thread as `T` may.
unsafe impl<T: Send> Send for Bound<'_, T> {}
// SAFETY: a shared one only lets the form be read; elements are reached by `Segment::update`, which is unsafe.
unsafe impl<T: Send> Sync for Bound<'_, T> {}

/// A range of a parameter with what belongs to it; slices beyond those that the form keeps are empty.
pub(super) struct Part<'a, T> {
    pub(super) parameter: &'a mut [T],
    pub(super) gradient: &'a [T],
    pub(super) kept: [&'a mut [T]; MOST_KEPT],
}

impl<'a, T> Part<'a, T> {
    /// Takes at most `n` elements of every array off the front; None if nothing is left.
    #[inline(always)]
    pub(super) fn take_first(&mut self, n: usize) -> Option<Self> {
        let n = n.min(self.gradient.len());
        let gradient = self.gradient.split_off(..n).filter(|first| !first.is_empty())?;
        let first = |of: &mut &'a mut [T]| of.split_off_mut(..n.min(of.len())).unwrap_or_default();
        Some(Self { parameter: first(&mut self.parameter), gradient, kept: self.kept.each_mut().map(first) })
    }
}

impl<'a, T: Real> Segment<'a, T> {
    /// A segment with this gradient, bound to nothing yet.
    #[inline]
    pub fn new(gradient: &'a [T]) -> Self {
        Self::of(Gradient::contiguous(gradient))
    }

    /// The same with the gradient in another order of memory.
    ///
    /// Element `[i, j, ...]` is `memory[offset + i * strides[0] + j * strides[1] + ...]`, and is taken for element
    /// `[i, j, ...]` of the parameter, whose elements lie in row-major order.
    ///
    /// # Panics
    ///
    /// If shape and strides differ in rank, the rank is above 8, or an element lies outside `memory`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wengert_kernels::{Threads, optimize::{Form, Segment, step}};
    ///
    /// let form = Form::Sgd { rate: 1.0, share: 1.0, momentum: 0.0, nesterov: false, decay: 0.0 };
    /// let mut p = [0.0; 4];
    /// let mut segment = Segment::strided(&[1.0, 2.0, 3.0, 4.0], 0, &[2, 2], &[1, 2]);
    /// segment.bind(&mut p, [], form);
    /// step(&Threads::one(), &mut [segment]);
    /// assert_eq!(p, [-1.0, -3.0, -2.0, -4.0]);
    /// ```
    pub fn strided(memory: &'a [T], offset: usize, shape: &'a [usize], strides: &'a [isize]) -> Self {
        Self::of(Gradient::strided(memory, offset, shape, strides))
    }

    #[inline]
    fn of(gradient: Gradient<'a, T>) -> Self {
        Self { gradient, bound: None, number: 0, end: 0 }
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.gradient.len()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The gradient in row-major order, copied only if it does not lie so.
    pub fn gradient(&self) -> Cow<'_, [T]> {
        self.gradient.elements()
    }

    /// Says what the gradient changes in [`step`](super::step), and how.
    ///
    /// # Panics
    ///
    /// If a slice has another length than the gradient, or there are not [`Form::kept`] slices to keep.
    #[inline]
    pub fn bind(&mut self, parameter: &'a mut [T], kept: impl IntoIterator<Item = &'a mut [T]>, form: Form) {
        let len = self.len();
        assert_eq!(parameter.len(), len, "bind: parameter and gradient differ in length");
        let (mut found, mut count) = ([ptr::null_mut(); MOST_KEPT], 0);
        for slice in kept {
            assert_eq!(slice.len(), len, "bind: what is kept and the gradient differ in length");
            assert!(count < form.kept(), "bind: more is kept than {form:?} keeps");
            found[count] = slice.as_mut_ptr();
            count += 1;
        }
        assert_eq!(count, form.kept(), "bind: less is kept than {form:?} keeps");
        let parameter = parameter.as_mut_ptr();
        self.bound = Some(Bound { form, parameter, kept: found, borrows: PhantomData });
    }

    /// Calls `f` with a range of this segment, if it is bound.
    ///
    /// # Safety
    ///
    /// While `f` runs, nobody else may have the same elements of this segment.
    pub(super) unsafe fn update(&self, range: Range<usize>, f: impl FnOnce(&Form, Part<'_, T>)) {
        let Some(bound) = &self.bound else { return };
        assert!(range.start <= range.end && range.end <= self.len());
        let cut = |start: *mut T| {
            // SAFETY: `start` is the start of a slice of `self.len()` elements (checked by `bind`) that is mutably
            // borrowed for the life of the segment; the range lies inside, and by the caller's promise nobody else
            // has it now. The slice does not outlive this call, as `f` takes any lifetime.
            unsafe { slice::from_raw_parts_mut(start.add(range.start), range.len()) }
        };
        let parameter = cut(bound.parameter);
        let kept = bound.kept.map(|start| if start.is_null() { Default::default() } else { cut(start) });
        self.gradient.with(range.clone(), |gradient| f(&bound.form, Part { parameter, gradient, kept }));
    }
}

impl<T: Real> fmt::Debug for Segment<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.bound.as_ref().map(|bound| bound.form);
        f.debug_struct("Segment").field("len", &self.len()).field("form", &form).finish_non_exhaustive()
    }
}
