//! # diag_embed
//!
//! The last axis as a diagonal of two new axes, zeros elsewhere.
//!
//! $$ y_{\dots i j} = \begin{cases} x_{\dots \min(i, j)} & j - i = k \\ 0 & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `embed`, `reshape` and `permute`; it is the diagonal |
//! | JVP | by composition |
//! | shape | `[…, n] → […, n + \lvert k \rvert, n + \lvert k \rvert]` |
//! | domain | everything; zeros stay exact zeros beside NaN and infinities |
//! | source | definition: the transpose of `diagonal` |

use super::{Composed, Draw};
use crate::{AxisSet, Error, Float, Shape, Var, error::or_panic, ops::slice::Slice};

impl<F: Float> Var<'_, F> {
    /// Square matrices with the last axis on the diagonal `offset`; see [`crate::ops::composed::diag_embed`].
    ///
    /// `rows` and `columns` are the places of the two new axes in the result.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for a scalar; [`Error::Axis`], [`Error::RepeatedAxis`], [`Error::RankTooLarge`],
    /// [`Error::TooLarge`].
    #[track_caller]
    pub fn try_diag_embed(self, offset: isize, rows: isize, columns: isize) -> Result<Self, Error> {
        let (shape, k) = (self.shape(), offset.unsigned_abs());
        let Some((&n, lead)) = shape.dims().split_last() else {
            return Err(Error::Shape { op: "diag_embed", given: vec![], expected: "one axis or more" });
        };
        let m = n.saturating_add(k);
        let square = Shape::new([lead, &[m, m]].concat())?;
        AxisSet::new("diag_embed", &[rows, columns], square.rank())?;
        let start = if offset >= 0 { k } else { k * m };
        let part = Slice { axis: lead.len(), start, count: n, step: (m + 1).min((m * m).max(1)) };
        self.embed(part, m * m).try_reshape(square)?.try_movedim([-2, -1], [rows, columns])
    }

    /// As [`Var::try_diag_embed`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = x.diag_embed(1, 0, 1);
    /// assert_eq!(y.value().to_vec(), [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0]);
    /// assert_eq!(y.diagonal(1, 0, 1).value(), x.value());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn diag_embed(self, offset: isize, rows: isize, columns: isize) -> Self {
        or_panic(self.try_diag_embed(offset, rows, columns))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "diag_embed",
        f: |x| x[0].diag_embed(x[0].rank() as isize - 2, 0, -1), // one below, on and one above the main diagonal
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[3], &[1], &[2, 3], &[0], &[2, 1, 2]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn it_is_the_transpose_of_the_diagonal() {
        let tape = Tape::<f64>::new();
        for n in 0..4 {
            let x = tape.leaf(Tensor::from_fn([n], |ix| ix[0] as f64 + 1.0));
            for offset in -2..=2_isize {
                let y = x.diag_embed(offset, 0, 1);
                let cell = |ix: &[usize]| {
                    let on = ix[1] as isize - ix[0] as isize == offset;
                    if on { ix[0].min(ix[1]) as f64 + 1.0 } else { 0.0 }
                };
                let m = n + offset.unsigned_abs();
                assert_eq!(y.value(), Tensor::from_fn([m, m], cell), "{n} elements on diagonal {offset}");
                let w = tape.constant(Tensor::from_fn([m, m], |ix| (10 * ix[0] + ix[1]) as f64));
                assert_eq!((y * w).sum().backward(&[x])[0], w.diagonal(offset, 0, 1).value());
                assert_eq!(x.diag_embed(offset, 1, 0).value(), y.t().value());
            }
        }
    }

    #[test]
    fn zeros_beside_what_is_not_finite_are_exact_and_misfits_are_named() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([f64::INFINITY, f64::NAN]);
        assert_eq!(x.diag_embed(0, 0, 1).value().to_vec()[..3], [f64::INFINITY, 0.0, 0.0]);
        assert!(matches!(tape.leaf(1.0).try_diag_embed(0, 0, 1), Err(Error::Shape { op: "diag_embed", .. })));
        assert!(matches!(x.try_diag_embed(0, 1, -1), Err(Error::RepeatedAxis { axis: 1, .. })));
        assert!(matches!(x.try_diag_embed(0, 0, 2), Err(Error::Axis { axis: 2, rank: 2, .. })));
        assert!(matches!(x.try_diag_embed(isize::MIN, 0, 1), Err(Error::TooLarge { .. })));
    }
}
