//! Pieces of an axis put where they belong.

use crate::Element;

/// Where a piece lies on an axis: its rows go to `start`, `start + step`, … of an axis of size `size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Size of the whole axis.
    pub size: usize,
    /// Position of the first row.
    pub start: usize,
    /// Distance between neighboring rows, at least 1.
    pub step: usize,
}

/// Copies `x`, `[outer, count, inner]`, to its place in `out`, `[outer, size, inner]`; the rest of `out` stays.
///
/// # Panics
///
/// If a slice does not have the size named, or a row of the piece lies beyond the axis.
pub fn place<T: Element>(x: &[T], [outer, count, inner]: [usize; 3], at: Place, out: &mut [T]) {
    assert_eq!((x.len(), out.len()), (outer * count * inner, outer * at.size * inner), "place: sizes");
    if x.is_empty() {
        return;
    }
    let chunks = out.chunks_exact_mut(at.size * inner).zip(x.chunks_exact(count * inner));
    for (whole, piece) in chunks {
        let rows = &mut whole[at.start * inner..];
        if at.step == 1 {
            rows[..piece.len()].copy_from_slice(piece);
            continue;
        }
        for (i, row) in piece.chunks_exact(inner).enumerate() {
            rows[i * at.step * inner..][..inner].copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepped_rows_land_where_they_belong_and_nothing_else_changes() {
        let mut out = [9; 2 * 4 * 2];
        let x = [1, 2, 3, 4, 5, 6, 7, 8];
        place(&x, [2, 2, 2], Place { size: 4, start: 1, step: 2 }, &mut out);
        assert_eq!(out, [9, 9, 1, 2, 9, 9, 3, 4, 9, 9, 5, 6, 9, 9, 7, 8]);
    }

    #[test]
    fn an_empty_piece_goes_nowhere() {
        let mut out = [9_u8; 3];
        place(&[], [1, 0, 1], Place { size: 3, start: 3, step: 1 }, &mut out);
        place::<u8>(&[], [1, 0, 0], Place { size: 3, start: 0, step: 1 }, &mut []);
        assert_eq!(out, [9; 3]);
    }
}
