//! The largest of each window of a tile, and the gradient that relu lets through.

use crate::conv::vector::Vector;

/// Windows of a tile whose largest pixels are wanted.
pub(in crate::conv) struct Pool<'a, T> {
    /// Pixels of the tile, window by window, each a row of `vectors` registers.
    pub(in crate::conv) tile: *const T,
    /// Pixels of a window, at least 1.
    pub(in crate::conv) area: usize,
    /// Registers across the panel.
    pub(in crate::conv) vectors: usize,
    /// Whether results that are not above 0 become 0.
    pub(in crate::conv) relu: bool,
    /// Where the largest elements of each window go.
    pub(in crate::conv) y: &'a [*mut T],
    /// Where their places in the window go, one for each `y`; empty if they are not wanted.
    pub(in crate::conv) winners: &'a [*mut u8],
}

/// Writes the largest of each window, and its place: the first largest, or the first NaN.
///
/// With relu, the place is that of the first largest after relu: 0 where nothing is above 0.
///
/// # Safety
///
/// The CPU must have the instructions of `V`; the tile must hold all pixels of the windows, and each
/// place in `y` and `winners` the panel's elements, not read through another pointer.
#[inline(always)]
pub(in crate::conv) unsafe fn pool<V: Vector>(p: &Pool<'_, V::T>) {
    let row = p.vectors * V::N;
    for (i, &y) in p.y.iter().enumerate() {
        for c in 0..p.vectors {
            // SAFETY: pixel `i * area + cell` is in the tile for each window and cell; the rest is
            // the caller's promise.
            unsafe {
                let first = p.tile.add(i * p.area * row + c * V::N);
                let zero = V::splat(V::T::default());
                let (mut best, mut place) = (V::load(first), zero);
                for cell in 1..p.area {
                    let x = V::load(first.add(cell * row));
                    let wins = x.beats(best);
                    best = V::select(wins, x, best);
                    place = V::select(wins, V::number(cell), place);
                }
                if p.relu {
                    let positive = best.positive();
                    best = V::select(positive, best, zero);
                    place = V::select(positive, place, zero);
                }
                best.store(y.add(c * V::N));
                if let Some(winners) = p.winners.get(i) {
                    place.store_places(winners.add(c * V::N));
                }
            }
        }
    }
}

/// Gradients of pixels on their way back through relu and bias.
pub(in crate::conv) struct Masked<'a, T> {
    /// Gradient of the result, pixel by pixel.
    pub(in crate::conv) dy: &'a [T],
    /// The result after relu; empty if there was none.
    pub(in crate::conv) y: &'a [T],
    /// What passes relu, as long as `dy`.
    pub(in crate::conv) through: &'a mut [T],
    /// Its sum over the pixels for each channel, added to what stands there.
    pub(in crate::conv) sums: &'a mut [T],
}

/// Writes what passes relu: `dy` times 1 where `y > 0`, 0 elsewhere and NaN for NaN, and 0 where `dy` is 0.
///
/// # Safety
///
/// The CPU must have the instructions of `V`.
///
/// # Panics
///
/// If the lengths do not fit.
#[inline(always)]
pub(in crate::conv) unsafe fn mask<V: Vector>(m: &mut Masked<'_, V::T>) {
    let channels = m.sums.len();
    assert!(m.through.len() == m.dy.len() && (m.y.is_empty() || m.y.len() == m.dy.len()), "mask: lengths");
    assert!(channels > 0 && m.dy.len().is_multiple_of(channels), "mask: whole pixels");
    for c in (0..channels).step_by(V::N) {
        let count = V::N.min(channels - c);
        // SAFETY: pixel `i` and channels `c..c + count` lie inside all slices, whose lengths were
        // checked above.
        unsafe {
            let (zero, one) = (V::splat(V::T::default()), V::number(1));
            let mut sum = zero;
            for i in (c..m.dy.len()).step_by(channels) {
                let mut g = V::load_some(m.dy.as_ptr().add(i), count);
                if !m.y.is_empty() {
                    let y = V::load_some(m.y.as_ptr().add(i), count);
                    let slope = V::select(y.positive(), one, zero);
                    let slope = V::select(y.equal_and_nonzero(y, one), slope, y);
                    g = V::select(one.equal_and_nonzero(one, g), g.fma(slope, zero), zero);
                }
                g.store_some(m.through.as_mut_ptr().add(i), count);
                sum = sum.add(g);
            }
            let sums = m.sums.as_mut_ptr().add(c);
            V::load_some(sums, count).add(sum).store_some(sums, count);
        }
    }
}
