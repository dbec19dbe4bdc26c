//! Gradients in any order of memory, read in row-major order.

use super::BLOCK;
use crate::Real;
use std::borrow::Cow;
use std::ops::Range;

/// The most axes of a gradient that is not in row-major order.
const MOST_AXES: usize = 8;

/// Where the elements of a gradient are.
pub(super) struct Gradient<'a, T> {
    memory: &'a [T],
    len: usize,
    /// None if `memory` is the elements in row-major order.
    order: Option<Order<'a>>,
}

/// At least one axis, each with its size and stride, and the position of the first element.
#[derive(Clone, Copy)]
struct Order<'a> {
    offset: usize,
    shape: &'a [usize],
    strides: &'a [isize],
}

impl<'a, T: Real> Gradient<'a, T> {
    #[inline]
    pub(super) fn contiguous(memory: &'a [T]) -> Self {
        Self { memory, len: memory.len(), order: None }
    }

    pub(super) fn strided(memory: &'a [T], offset: usize, shape: &'a [usize], strides: &'a [isize]) -> Self {
        assert_eq!(
            shape.len(),
            strides.len(),
            "strided: shape {shape:?} and strides {strides:?} differ in rank"
        );
        assert!(shape.len() <= MOST_AXES, "strided: shape {shape:?} has more than {MOST_AXES} axes");
        let len = shape
            .iter()
            .try_fold(1_usize, |n, &d| n.checked_mul(d))
            .expect("a gradient: its elements overflow");
        if len == 0 {
            return Self::contiguous(&[]);
        }
        let (mut low, mut high) = (offset as isize, offset as isize);
        for (&size, &stride) in shape.iter().zip(strides) {
            let reach = (size as isize - 1).saturating_mul(stride);
            low = low.saturating_add(reach.min(0));
            high = high.saturating_add(reach.max(0));
        }
        assert!(
            low >= 0 && (high as usize) < memory.len(),
            "strided: shape {shape:?}, strides {strides:?}, offset {offset} reach outside {} elements",
            memory.len()
        );
        if shape.is_empty() {
            return Self::contiguous(&memory[offset..=offset]);
        }
        Self { memory, len, order: Some(Order { offset, shape, strides }) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All elements in row-major order.
    pub(super) fn elements(&self) -> Cow<'_, [T]> {
        match &self.order {
            None => Cow::Borrowed(self.memory),
            Some(order) => {
                let mut elements = vec![T::ZERO; self.len];
                order.gather(self.memory, 0, &mut elements);
                Cow::Owned(elements)
            }
        }
    }

    /// Calls `f` with the elements of a range, at most a block long, in row-major order.
    #[inline]
    pub(super) fn with<R>(&self, range: Range<usize>, f: impl FnOnce(&[T]) -> R) -> R {
        match self.order {
            None => f(&self.memory[range]),
            Some(order) => order.with(self.memory, range, f),
        }
    }
}

impl Order<'_> {
    /// Apart, so that the stack is used only where elements must be gathered.
    #[inline(never)]
    fn with<T: Real, R>(&self, memory: &[T], range: Range<usize>, f: impl FnOnce(&[T]) -> R) -> R {
        let mut room = [T::ZERO; BLOCK];
        let elements = &mut room[..range.len()];
        self.gather(memory, range.start, elements);
        f(elements)
    }

    /// Copies the elements from number `first` on, a run along the last axis at a time.
    fn gather<T: Copy>(&self, memory: &[T], first: usize, mut out: &mut [T]) {
        let (&[ref sizes @ .., width], &[ref steps @ .., step]) = (self.shape, self.strides) else { return };
        let (mut index, mut row) = ([0; MOST_AXES], self.offset as isize);
        let (mut rest, mut column) = (first / width, first % width);
        for (i, (&size, &stride)) in index.iter_mut().zip(sizes.iter().zip(steps).rev()) {
            *i = rest % size;
            rest /= size;
            row += *i as isize * stride;
        }
        while !out.is_empty() {
            let (run, tail) = out.split_at_mut((width - column).min(out.len()));
            let mut at = row + column as isize * step;
            for y in run {
                *y = memory[at as usize];
                at += step;
            }
            (out, column) = (tail, 0);
            for (i, (&size, &stride)) in index.iter_mut().zip(sizes.iter().zip(steps).rev()) {
                *i += 1;
                row += stride;
                if *i < size {
                    break;
                }
                *i = 0;
                row -= size as isize * stride;
            }
        }
    }
}
