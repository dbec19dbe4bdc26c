//! # adaptive_max_pool
//!
//! The largest element of each of so many windows along each axis, of whatever size that takes.
//!
//! $$ y_o = \max_{b_o \le i < e_o} x_i, \quad b_o = \lfloor o n / m \rfloor,\; e_o = \lceil (o + 1) n / m \rceil, \quad \text{axis by axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `max_pool2d`, over `index_select` where the windows are not equal |
//! | JVP | by composition |
//! | shape | `[b, c, n…] → [b, c, m…]`, one axis, two or three |
//! | domain | everything; windows overlap where $m$ does not divide $n$, and repeat elements where $m > n$ |
//! | kinks | ties: the first in scan order takes all; a NaN wins, the first if there are several |
//! | source | definition; a shorter window is filled up with its last element, which never wins again |

use super::Composed;
use super::adaptive::spans;
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

/// The windows laid side by side, all of the size of the longest, and that size.
#[track_caller]
fn side_by_side<'t, F: Float, const D: usize>(
    op: &'static str,
    x: Var<'t, F>,
    out: [usize; D],
) -> Result<(Var<'t, F>, [usize; D]), Error> {
    let spans = spans(op, x.shape(), out)?;
    let mut y = x;
    for (axis, spans) in spans.iter().enumerate() {
        let cells = spans.filled();
        if !cells.iter().copied().eq(0..y.shape().dims()[axis + 2] as u32) {
            y = y.try_index_select(axis as isize + 2, cells)?;
        }
    }
    Ok((y, std::array::from_fn(|axis| spans[axis].longest())))
}

impl<F: Float> Var<'_, F> {
    /// The largest elements of so many windows along each axis of `[batch, channels, length]`; see
    /// [`crate::ops::composed::adaptive_max_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_max_pool1d(self, out: [usize; 1]) -> Result<Self, Error> {
        let (windows, kernel) = side_by_side("adaptive_max_pool1d", self, out)?;
        windows.try_max_pool1d(kernel, PoolOptions::default())
    }

    /// As [`Var::try_adaptive_max_pool1d`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0, 8.0]]]);
    /// assert_eq!(x.adaptive_max_pool1d([2]).value().to_vec(), [3.0, 8.0]); // windows of 2, the middle in both
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_max_pool1d(self, out: [usize; 1]) -> Self {
        or_panic(self.try_adaptive_max_pool1d(out))
    }

    /// The largest elements of so many windows along each axis of `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::adaptive_max_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_max_pool2d(self, out: [usize; 2]) -> Result<Self, Error> {
        let (windows, kernel) = side_by_side("adaptive_max_pool2d", self, out)?;
        windows.try_max_pool2d(kernel, PoolOptions::default())
    }

    /// As [`Var::try_adaptive_max_pool2d`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[[1.0, 3.0, 8.0], [3.0, 5.0, 0.0]]]]);
    /// assert_eq!(x.adaptive_max_pool2d([1, 2]).value().to_vec(), [5.0, 8.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_max_pool2d(self, out: [usize; 2]) -> Self {
        or_panic(self.try_adaptive_max_pool2d(out))
    }

    /// The largest elements of so many windows along each axis of `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::adaptive_max_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_max_pool3d(self, out: [usize; 3]) -> Result<Self, Error> {
        let (windows, kernel) = side_by_side("adaptive_max_pool3d", self, out)?;
        windows.try_max_pool3d(kernel, PoolOptions::default())
    }

    /// As [`Var::try_adaptive_max_pool3d`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from_fn([1, 1, 2, 2, 2], |ix| (4 * ix[2] + 2 * ix[3] + ix[4]) as f64));
    /// assert_eq!(x.adaptive_max_pool3d([2, 1, 1]).value().to_vec(), [3.0, 7.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_max_pool3d(self, out: [usize; 3]) -> Self {
        or_panic(self.try_adaptive_max_pool3d(out))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "adaptive_max_pool2d",
        f: |x| x[0].adaptive_max_pool2d([2, 3]),
        samples: |draw| {
            let shapes = [[1, 1, 1, 1], [1, 2, 3, 5], [0, 1, 4, 3], [1, 1, 2, 4]];
            shapes.map(|s| vec![draw.distinct(s)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn ties_and_nan_are_as_in_pooling() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[3.0, 3.0, 3.0, f64::NAN, 5.0]]]);
        let y = x.adaptive_max_pool1d([3]); // windows 0..2, 1..4, 3..5
        assert!(y.value().to_vec()[0] == 3.0 && y.value().to_vec()[1].is_nan());
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 2.0, 0.0]);
        let y = tape.leaf([[[f64::NEG_INFINITY; 3]]]).adaptive_max_pool1d([2]);
        assert_eq!(y.value().to_vec(), [f64::NEG_INFINITY; 2]);
    }

    #[test]
    fn sizes_of_nothing_are_refused() {
        let tape = Tape::<f64>::new();
        let (x, none) = (tape.leaf(Tensor::zeros([1, 1, 3])), tape.leaf(Tensor::zeros([1, 1, 0])));
        for refused in [x.try_adaptive_max_pool1d([0]), none.try_adaptive_max_pool1d([1])] {
            let refused = refused.map(|y| y.shape());
            assert!(matches!(refused, Err(Error::Attribute { op: "adaptive_max_pool1d", .. })));
        }
        let flat = x.try_adaptive_avg_pool2d([1, 1]).map(|y| y.shape());
        assert!(matches!(flat, Err(Error::Shape { op: "adaptive_avg_pool2d", .. })));
    }
}
