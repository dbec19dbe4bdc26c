//! The winners of some windows, listed for the kernels in `sparse.rs`.
//!
//! Windows whose gradient is zero send nothing back and are in no list. Lists are made by plain loops or, where the
//! machine can move chosen lanes together, sixteen channels at a time; either way they are the same.

#[cfg(target_arch = "x86_64")]
pub(in crate::conv) mod avx512;
pub(in crate::conv) mod scalar;

use crate::buffer::Buffer;
use crate::element::Element;
use crate::list::List;

/// Windows, as one group of output channels sees them.
pub(in crate::conv) struct Group<'a, T> {
    /// The gradient of each window, from the group's first channel on, `step` elements from one window to the next.
    pub(in crate::conv) values: &'a [T],
    /// The place of each window's winner, likewise.
    pub(in crate::conv) winners: &'a [u8],
    pub(in crate::conv) step: usize,
    /// Channels of the group.
    pub(in crate::conv) channels: usize,
    /// The place in the source that the first pixel of each window sees.
    pub(in crate::conv) windows: &'a [u32],
    /// What the pixels of a window see, relative to that.
    pub(in crate::conv) cells: &'a [u32],
}

impl<T: Element> Group<'_, T> {
    /// Refuses slices that end before the last channel of the last window, and lists without room; returns whether there
    /// are channels of windows at all.
    fn check(&self, lists: &Lists<T>) -> bool {
        let Some(last) = self.windows.len().checked_sub(1) else { return false };
        let end = last * self.step + self.channels;
        assert!(self.values.len() >= end && self.winners.len() >= end, "winners: lengths");
        assert!(
            self.windows.len() <= lists.capacity && self.channels == lists.counts.len(),
            "winners: lists"
        );
        self.channels > 0
    }

    /// Refuses winners outside their windows.
    #[cfg(target_arch = "x86_64")]
    fn check_winners(&self) {
        let mut windows = self.winners.chunks(self.step).take(self.windows.len());
        let inside = windows.all(|winners| winners_are_below(&winners[..self.channels], self.cells.len()));
        assert!(inside, "winners: one outside its window");
    }
}

/// Whether all winners are cells, of which there are so many.
pub(super) fn winners_are_below(winners: &[u8], cells: usize) -> bool {
    // Without an early end, which would forbid vector instructions.
    let last = winners.iter().fold(0, |last, &w| w.max(last));
    winners.is_empty() || usize::from(last) < cells
}

/// Some of the winners: where each leads, and its gradient, which is not zero.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Entries<'a, T> {
    /// Place in the source that the winner sees, or start of a row of weights.
    pub(in crate::conv) at: &'a [u32],
    pub(in crate::conv) values: &'a [T],
}

impl<T: Copy> Entries<'_, T> {
    #[inline(always)]
    pub(in crate::conv) fn part(&self, start: usize, end: usize) -> Self {
        Entries { at: &self.at[start..end], values: &self.values[start..end] }
    }

    #[inline(always)]
    pub(in crate::conv) fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    #[inline(always)]
    pub(in crate::conv) fn iter(&self) -> impl Iterator<Item = (usize, T)> {
        self.at.iter().zip(self.values).map(|(&at, &value)| (at as usize, value))
    }
}

/// Memory for the winners of some windows in one group.
pub(in crate::conv) struct Lists<T: Element> {
    at: Buffer<u32>,
    values: Buffer<T>,
    /// Windows that there may be.
    capacity: usize,
    /// For each channel the number of its winners; what `by_channel` writes.
    counts: List<u32>,
    /// End and place of each list that `by_window` writes.
    ends: List<(u32, u32)>,
    /// Winners of one window with their cells, before they are sorted.
    unsorted: List<(u8, u32, T)>,
    /// For each cell the number of its winners, then the place of the next one.
    next: List<u32>,
}

/// Entries behind the last that may be written over: lanes move to their places all at once.
const SLACK: usize = 16;

impl<T: Element> Lists<T> {
    /// Lists of at most so many windows, each of so many cells.
    pub(in crate::conv) fn new(windows: usize, channels: usize, cells: usize) -> Self {
        let entries = windows * channels + SLACK;
        Lists {
            at: Buffer::scratch(entries),
            values: Buffer::scratch(entries),
            capacity: windows,
            counts: List::filled(channels, 0),
            ends: List::with_capacity(windows * cells),
            unsorted: List::filled(channels + 1, (0, 0, T::default())),
            next: List::filled(cells, 0),
        }
    }

    /// All entries.
    pub(in crate::conv) fn entries(&self) -> Entries<'_, T> {
        Entries { at: &self.at, values: &self.values }
    }

    /// Elements from the entries of a channel to those of the next, by channel.
    pub(in crate::conv) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Entries of each channel, by channel.
    pub(in crate::conv) fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Where the list of each cell of each window ends, and the place in the source that it is about, by window.
    pub(in crate::conv) fn ends(&self) -> &[(u32, u32)] {
        &self.ends
    }
}

#[cfg(test)]
mod tests;
