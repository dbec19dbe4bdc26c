//! What a tensor's elements lie in.

use crate::Element;
use std::any::TypeId;
use std::ops::Deref;
use std::slice;
use wengert_kernels::{Buffer, Shared};

/// The cells that one tensor or several look at.
#[derive(Clone)]
pub(super) enum Storage<T: Element> {
    /// A single number, kept in the tensor itself: scalars ask for no memory.
    One(T),
    /// A pooled block with a count of its owners.
    Many(Shared<T>),
}

impl<T: Element> From<Buffer<T>> for Storage<T> {
    fn from(buffer: Buffer<T>) -> Self {
        match *buffer {
            [only] if !Self::holds_indices() => Self::One(only),
            _ => Self::Many(buffer.into()),
        }
    }
}

impl<T: Element> Storage<T> {
    /// The storage of a single number.
    pub(super) fn one(value: T) -> Self {
        if Self::holds_indices() { Self::Many(Buffer::filled(1, value).into()) } else { Self::One(value) }
    }

    /// Whether the elements are indices: a compiled plan tells labels from other indices by their address, so each
    /// tensor of them has a block.
    fn holds_indices() -> bool {
        TypeId::of::<T>() == TypeId::of::<u32>()
    }

    /// The cells that lie outside the tensor; none of a single number, or where there are no elements.
    pub(super) fn block(&self) -> Option<&[T]> {
        match self {
            Self::Many(cells) if !cells.is_empty() => Some(cells),
            _ => None,
        }
    }

    /// Whether no other tensor looks at these cells.
    pub(super) fn is_unique(&self) -> bool {
        match self {
            Self::One(_) => true,
            Self::Many(cells) => cells.is_unique(),
        }
    }

    /// The cells for writing; copies them first if others look at them.
    pub(super) fn make_mut(&mut self) -> &mut [T] {
        match self {
            Self::One(only) => slice::from_mut(only),
            Self::Many(cells) => cells.make_mut(),
        }
    }
}

impl<T: Element> Deref for Storage<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Many(cells) => cells,
        }
    }
}
