//! Memory of a list that is filled anew in every step.

use std::fmt;
use wengert::Float;
use wengert_kernels::optimize::Segment;

/// An empty list of segments with the room that an earlier step needed.
pub(crate) struct Room<F: Float>(Vec<Segment<'static, F>>);

impl<F: Float> Room<F> {
    /// Room for nothing yet.
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// The list; until it comes back by [`of`](Room::of) there is no room here.
    pub(crate) fn take(&mut self) -> Vec<Segment<'static, F>> {
        std::mem::take(&mut self.0)
    }

    /// Keeps the memory of a list and drops what is in it.
    pub(crate) fn of(mut list: Vec<Segment<'_, F>>) -> Self {
        list.clear();
        // Collecting in place keeps the memory; what changes is how long the next segments may borrow.
        Self(list.into_iter().map(|_| -> Segment<'static, F> { unreachable!("cleared above") }).collect())
    }
}

impl<F: Float> Clone for Room<F> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<F: Float> fmt::Debug for Room<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Room").field(&self.0.capacity()).finish()
    }
}
