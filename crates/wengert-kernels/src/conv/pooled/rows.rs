//! The weight gradient of kernels on one input channel, for windows of two rows and two columns.
//!
//! Each lane is an output channel, and all of them look at the same window, each from the place of its
//! own winner. The element of the source that a tap meets is chosen for each lane: first between the
//! rows of the window, then between its columns, which neighboring taps share.
#![expect(clippy::needless_range_loop, reason = "an index runs over several arrays of registers at once")]

use super::sparse::Spread;
use crate::conv::vector::{COLUMNS, Vector};
use crate::real::Real;

/// Taps of a row of the kernel that are compiled.
pub(in crate::conv) const WIDTHS: [usize; 2] = [3, 5];

/// As [`spread`](super::sparse::spread), where taps come in rows of `width` neighbors.
///
/// # Safety
///
/// As there; `s.cells` must be the four of a window whose columns are neighbors in the source.
///
/// # Panics
///
/// As there, if `width` is none of [`WIDTHS`], or if taps or cells are not as said.
#[inline(always)]
pub(in crate::conv) unsafe fn rows<V: Vector>(s: &Spread<'_, V::T>, width: usize) {
    let size = s.windows.len() * s.channels;
    assert!(s.g.len() == size && s.winners.len() == size && s.channels.is_multiple_of(V::N), "rows: sizes");
    let down = s.cells[2];
    assert!(s.cells == [0, 1, down, down + 1], "rows: cells of a window");
    let neighbors = |row: &[u32]| row.iter().zip(row[0]..).all(|(&tap, at)| tap == at);
    assert!(s.taps.chunks(width).all(|row| row.len() == width && neighbors(row)), "rows: neighboring taps");
    let mut c = 0;
    while c < s.channels {
        let two = s.channels - c >= COLUMNS * V::N;
        // SAFETY: the caller's promises; the channels exist, as checked above.
        unsafe {
            match (width, two) {
                (3, true) => blocks::<V, 3, COLUMNS>(s, c),
                (3, false) => blocks::<V, 3, 1>(s, c),
                (5, true) => blocks::<V, 5, COLUMNS>(s, c),
                (5, false) => blocks::<V, 5, 1>(s, c),
                _ => panic!("rows: {width} taps in a row"),
            }
        }
        c += if two { COLUMNS * V::N } else { V::N };
    }
}

/// Cuts the rows of taps into blocks.
///
/// # Safety
///
/// As [`rows`], with rows of `W` taps and `C` registers of channels from `c` on.
#[inline(always)]
unsafe fn blocks<V: Vector, const W: usize, const C: usize>(s: &Spread<'_, V::T>, c: usize) {
    let height = s.taps.len() / W;
    let mut row = 0;
    while row < height {
        // SAFETY: the caller's promises; a block has no more rows than are left.
        row += unsafe {
            if W * 3 * C <= V::TALLEST * COLUMNS && V::TALLEST >= 12 && height - row >= 3 {
                block::<V, 3, W, C>(s, c, row)
            } else {
                block::<V, 1, W, C>(s, c, row)
            }
        };
    }
}

/// Sums `R` rows of taps from number `row` on, and returns `R`.
///
/// # Safety
///
/// As [`blocks`], with `row + R` rows.
#[inline(always)]
unsafe fn block<V: Vector, const R: usize, const W: usize, const C: usize>(
    s: &Spread<'_, V::T>,
    c: usize,
    row: usize,
) -> usize {
    // SAFETY: `rows` has checked that taps are rows of neighbors and cells those of a window, so each
    // element below is one that a tap meets from a cell.
    unsafe {
        let zero = V::splat(V::T::default());
        let (one, minus_two) = (V::number(1), V::splat(V::T::from_f64(-2.0)));
        let rows: [usize; R] = std::array::from_fn(|r| s.taps[(row + r) * W] as usize);
        let down = s.cells[2] as usize;
        let mut sums = [[[zero; C]; W]; R];
        for (i, &window) in s.windows.iter().enumerate() {
            let at = i * s.channels + c;
            let x = s.x.add(window as usize);
            let g: [V; C] = std::array::from_fn(|c| V::load(s.g.as_ptr().add(at + c * V::N)));
            let place: [V; C] =
                std::array::from_fn(|c| V::load_places(s.winners.as_ptr().add(at + c * V::N)));
            let open: [V::Mask; C] = std::array::from_fn(|c| one.equal_and_nonzero(one, g[c]));
            let low: [V::Mask; C] = std::array::from_fn(|c| place[c].beats(one));
            let right: [V::Mask; C] =
                std::array::from_fn(|c| V::select(low[c], place[c].add(minus_two), place[c]).positive());
            for r in 0..R {
                let top = x.add(rows[r]);
                let seen = |k: usize| -> [V; C] {
                    let (above, below) = (V::splat(*top.add(k)), V::splat(*top.add(down + k)));
                    std::array::from_fn(|c| V::select(low[c], below, above))
                };
                let mut left = seen(0);
                for k in 0..W {
                    let next = seen(k + 1);
                    for c in 0..C {
                        let x = V::select(right[c], next[c], left[c]);
                        sums[r][k][c] = V::select(open[c], x.fma(g[c], sums[r][k][c]), sums[r][k][c]);
                    }
                    left = next;
                }
            }
        }
        for r in 0..R {
            for k in 0..W {
                for c_ in 0..C {
                    let to = s.sums.add(((row + r) * W + k) * s.channels + c + c_ * V::N);
                    let sum = sums[r][k][c_];
                    if s.first { sum.store(to) } else { V::load(to).add(sum).store(to) }
                }
            }
        }
    }
    R
}
