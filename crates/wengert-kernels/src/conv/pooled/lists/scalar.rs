//! Lists by plain loops, for any number type and any windows.

use super::{Group, Lists};
use crate::element::Element;

/// Lists the winners of each channel in the order of the windows.
///
/// # Panics
///
/// If a slice is too short, or a winner lies outside its window.
pub(in crate::conv) fn by_channel<T: Element>(g: &Group<'_, T>, lists: &mut Lists<T>) {
    lists.counts.fill(0);
    if !g.check(lists) {
        return;
    }
    let pixels = g.values.chunks(g.step).zip(g.winners.chunks(g.step));
    for (&window, (values, winners)) in g.windows.iter().zip(pixels) {
        let channels = values[..g.channels].iter().zip(&winners[..g.channels]);
        let places = (0..).step_by(lists.capacity).zip(&mut lists.counts);
        for ((&value, &winner), (start, count)) in channels.zip(places) {
            // Written in any case, and kept if it is not zero: a branch would be guessed wrong.
            let to = start + *count as usize;
            (lists.at[to], lists.values[to]) = (window + g.cells[usize::from(winner)], value);
            *count += u32::from(value != T::default());
        }
    }
}

/// Lists the winners of each cell of each window in the order of the channels, whose rows are `row` apart from `first` on.
///
/// # Panics
///
/// If a slice is too short, or a winner lies outside its window.
pub(in crate::conv) fn by_window<T: Element>(g: &Group<'_, T>, [first, row]: [u32; 2], lists: &mut Lists<T>) {
    lists.ends.clear();
    if !g.check(lists) {
        return;
    }
    let mut done = 0;
    let pixels = g.values.chunks(g.step).zip(g.winners.chunks(g.step));
    for (&window, (values, winners)) in g.windows.iter().zip(pixels) {
        let mut count = 0;
        lists.next.fill(0);
        let channels = values[..g.channels].iter().zip(&winners[..g.channels]);
        for (channel, (&value, &winner)) in (0..).zip(channels) {
            lists.unsorted[count] = (winner, first + channel * row, value);
            let is_there = value != T::default();
            lists.next[usize::from(winner)] += u32::from(is_there);
            count += usize::from(is_there);
        }
        for (next, &at) in lists.next.iter_mut().zip(g.cells) {
            let start = done;
            done += std::mem::replace(next, start);
            lists.ends.push((done, window + at));
        }
        for &(winner, at, value) in &lists.unsorted[..count] {
            let next = &mut lists.next[usize::from(winner)];
            (lists.at[*next as usize], lists.values[*next as usize]) = (at, value);
            *next += 1;
        }
    }
}
