//! The cells of a row of windows, compared register by register of channels.

use crate::conv::Vector;

/// Neighboring windows of a row that have the same cells inside the image.
pub(crate) struct Windows<'a, T> {
    /// The first cell of the first window, at its first channel.
    pub(crate) x: *const T,
    /// Elements from the first cell of one window to that of the next.
    pub(crate) step: usize,
    /// The cells of a window in scan order, from the first one.
    pub(crate) cells: &'a [usize],
    /// Windows.
    pub(crate) count: usize,
    /// Channels to be compared, neighbors in memory.
    pub(crate) channels: usize,
    /// Elements from the result of one window to that of the next.
    pub(crate) out_step: usize,
    /// What is wanted.
    pub(crate) task: Task<T>,
}

/// What is done with the winners.
#[derive(Clone, Copy)]
pub(crate) enum Task<T> {
    /// Write them.
    Max(*mut T),
    /// Write the elements of other images, given by their first cell, at their places.
    Take(*const T, *mut T),
    /// Add the gradients of the windows to those of the images, given by their first cell, at their places.
    Scatter(*const T, *mut T),
}

/// Finds the winner of each window and channel: the first largest, or the first NaN.
///
/// # Safety
///
/// The CPU must have the instructions of `V`. All channels of all cells must be readable from `x` and
/// from the other images of the task, and writable in the images that it writes to; all channels of
/// all windows likewise. What is written is not read through another pointer of the task.
#[inline(always)]
pub(crate) unsafe fn windows<V: Vector>(w: &Windows<'_, V::T>) {
    for i in 0..w.count {
        for c in (0..w.channels).step_by(V::N) {
            let (at, out) = (i * w.step + c, i * w.out_step + c);
            let count = V::N.min(w.channels - c);
            // SAFETY: the caller's promises for this window and these channels.
            unsafe {
                match w.task {
                    Task::Max(y) => max::<V>(w, at, count).store_some(y.add(out), count),
                    Task::Take(t, y) => take::<V>(w, t, at, count).store_some(y.add(out), count),
                    Task::Scatter(dy, dx) => {
                        scatter::<V>(w, V::load_some(dy.add(out), count), dx.add(at), at, count);
                    }
                }
            }
        }
    }
}

/// The largest element of each lane's window.
///
/// # Safety
///
/// As [`windows`], for `count` channels from element `at` on.
#[inline(always)]
unsafe fn max<V: Vector>(w: &Windows<'_, V::T>, at: usize, count: usize) -> V {
    // SAFETY: the caller's promises.
    unsafe {
        let mut best = V::load_some(w.x.add(at), count);
        for &cell in &w.cells[1..] {
            let x = V::load_some(w.x.add(at + cell), count);
            best = V::select(x.beats(best), x, best);
        }
        best
    }
}

/// The element of `t` where each lane's window has its winner.
///
/// # Safety
///
/// As [`windows`], for `count` channels from element `at` on.
#[inline(always)]
unsafe fn take<V: Vector>(w: &Windows<'_, V::T>, t: *const V::T, at: usize, count: usize) -> V {
    // SAFETY: the caller's promises.
    unsafe {
        let (mut best, mut taken) = (V::load_some(w.x.add(at), count), V::load_some(t.add(at), count));
        for &cell in &w.cells[1..] {
            let x = V::load_some(w.x.add(at + cell), count);
            let wins = x.beats(best);
            best = V::select(wins, x, best);
            taken = V::select(wins, V::load_some(t.add(at + cell), count), taken);
        }
        taken
    }
}

/// Adds `dy` to `dx` at the place of each lane's winner.
///
/// # Safety
///
/// As [`windows`], for `count` channels from element `at` on, with `dx` at that element.
#[inline(always)]
unsafe fn scatter<V: Vector>(w: &Windows<'_, V::T>, dy: V, dx: *mut V::T, at: usize, count: usize) {
    // SAFETY: the caller's promises.
    unsafe {
        let one = V::number(1);
        let (mut best, mut place) = (V::load_some(w.x.add(at), count), V::number(0));
        for (i, &cell) in w.cells.iter().enumerate().skip(1) {
            let x = V::load_some(w.x.add(at + cell), count);
            let wins = x.beats(best);
            best = V::select(wins, x, best);
            place = V::select(wins, V::number(i), place);
        }
        for (i, &cell) in w.cells.iter().enumerate() {
            let dx = dx.add(cell);
            let sum = V::load_some(dx, count);
            V::select(place.equal_and_nonzero(V::number(i), one), sum.add(dy), sum).store_some(dx, count);
        }
    }
}
