//! # diagonal
//!
//! A diagonal of the plane of two axes, as a last axis in their place.
//!
//! $$ y_{\dots i} = \begin{cases} x_{\dots i \, (i + k)} & k \ge 0 \\ x_{\dots (i - k) \, i} & k < 0 \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `permute`, `reshape` and a stepped `slice` |
//! | JVP | by composition |
//! | shape | `[…, r, c] → […, n]` with `n = min(r, c - k)` for `k ≥ 0`, `min(r + k, c)` below, and 0 beyond the corners |
//! | domain | everything; matrices need not be square |
//! | source | row-major order: from one element of a diagonal to the next is a row and a column |

use super::{Composed, Draw};
use crate::{AxisSet, Error, Float, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The diagonal `offset` places above the main one of the plane of two axes; see [`crate::ops::composed::diagonal`].
    ///
    /// Rows run along `rows`, columns along `columns`; a negative offset is below the main diagonal.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`].
    #[track_caller]
    pub fn try_diagonal(self, offset: isize, rows: isize, columns: isize) -> Result<Self, Error> {
        let (op, rank) = ("diagonal", self.rank());
        let plane = AxisSet::new(op, &[rows, columns], rank)?;
        let plane_last = [resolve(op, rows, rank)?, resolve(op, columns, rank)?];
        let order: Vec<usize> = (0..rank).filter(|&k| !plane.contains(k)).chain(plane_last).collect();
        let x = self.ordered(&order);
        let (shape, k) = (x.shape(), offset.unsigned_abs());
        let (lead, [r, c]) = (&shape.dims()[..rank - 2], [shape.dims()[rank - 2], shape.dims()[rank - 1]]);
        let above = offset >= 0;
        let count = if above { r.min(c.saturating_sub(k)) } else { r.saturating_sub(k).min(c) };
        // positions in row-major order, none of them beyond the plane where there are any
        let range = match count {
            0 => 0..0,
            n => {
                let start = if above { k } else { k * c };
                start as isize..(start + (n - 1) * (c + 1) + 1) as isize
            }
        };
        x.try_reshape([lead, &[r * c]].concat())?.try_slice_step(-1, range, c + 1)
    }

    /// As [`Var::try_diagonal`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.diagonal(0, 0, 1).value().to_vec(), [1.0, 5.0]);
    /// assert_eq!(x.diagonal(1, 0, 1).value().to_vec(), [2.0, 6.0]);
    /// assert_eq!(x.diagonal(-1, 0, 1).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn diagonal(self, offset: isize, rows: isize, columns: isize) -> Self {
        or_panic(self.try_diagonal(offset, rows, columns))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "diagonal",
        f: |x| x[0].diagonal(x[0].rank() as isize - 2, 0, -1), // on the main diagonal, one above, two above
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 6] = [&[2, 3], &[3, 2], &[3, 2, 3], &[0, 2], &[1, 1], &[2, 2, 1, 4]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn every_offset_of_every_shape_takes_the_elements_of_the_definition() {
        let tape = Tape::<f64>::new();
        for (r, c) in [(2, 3), (3, 2), (3, 3), (1, 4), (4, 1), (0, 2), (2, 0)] {
            let x = tape.leaf(Tensor::from_fn([r, c], |ix| (10 * ix[0] + ix[1]) as f64));
            for offset in -5..=5_isize {
                let on = |ix: &[usize]| ix[1] as isize - ix[0] as isize == offset;
                let mask = Tensor::from_fn([r, c], |ix| f64::from(u8::from(on(ix))));
                let cells = (0..r * c).map(|p| [p / c, p % c]).filter(|ix| on(ix));
                let expected: Vec<f64> = cells.map(|[i, j]| (10 * i + j) as f64).collect();
                let y = x.diagonal(offset, 0, 1);
                assert_eq!(y.value().to_vec(), expected, "offset {offset} of {r} x {c}");
                assert_eq!(y.sum().backward(&[x])[0], mask);
                assert_eq!(x.diagonal(-offset, 1, 0).value().to_vec(), expected);
            }
            assert!(x.diagonal(isize::MIN, 0, 1).value().is_empty());
            assert!(x.diagonal(isize::MAX, 0, 1).value().is_empty());
        }
    }

    #[test]
    fn the_plane_may_be_any_two_axes_and_must_be_two() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 2], |ix| (ix[0] * 6 + ix[1] * 2 + ix[2]) as f64));
        assert_eq!(x.diagonal(0, 0, 2).value(), Tensor::from([[0.0, 7.0], [2.0, 9.0], [4.0, 11.0]]));
        assert!(matches!(x.try_diagonal(0, 1, -2), Err(Error::RepeatedAxis { axis: 1, .. })));
        assert!(matches!(tape.leaf([1.0]).try_diagonal(0, 0, 1), Err(Error::Axis { axis: 1, rank: 1, .. })));
    }
}
