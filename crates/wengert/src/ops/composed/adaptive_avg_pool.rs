//! # adaptive_avg_pool
//!
//! The mean of each of so many windows along each axis, of whatever size that takes.
//!
//! $$ y_o = \frac{1}{e_o - b_o} \sum_{i = b_o}^{e_o - 1} x_i, \quad b_o = \lfloor o n / m \rfloor,\; e_o = \lceil (o + 1) n / m \rceil, \quad \text{axis by axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `mean`, over `index_select` where the windows are not equal |
//! | JVP | by composition |
//! | shape | `[b, c, n…] → [b, c, m…]`, one axis, two or three |
//! | domain | everything; windows overlap where $m$ does not divide $n$, and repeat elements where $m > n$ |
//! | numerics | a mean of means, each over windows of one length: large numbers do not overflow |
//! | source | definition |

use super::Composed;
use super::adaptive::{Spans, spans};
use crate::{Error, Float, Var, error::or_panic};

/// The means along each axis in turn.
#[track_caller]
fn means<'t, F: Float, const D: usize>(
    op: &'static str,
    x: Var<'t, F>,
    out: [usize; D],
) -> Result<Var<'t, F>, Error> {
    let spans = spans(op, x.shape(), out)?;
    let mut y = x;
    for (axis, spans) in spans.iter().enumerate() {
        y = along(y, axis + 2, spans)?;
    }
    Ok(y)
}

/// The means of windows of one length that lie side by side along an axis.
#[track_caller]
fn cut<'t, F: Float>(x: Var<'t, F>, axis: usize, length: usize) -> Result<Var<'t, F>, Error> {
    let shape = x.shape();
    let (lead, rest) = (&shape.dims()[..axis], &shape.dims()[axis + 1..]);
    let windows = shape.dims()[axis] / length;
    x.try_reshape([lead, &[windows, length], rest].concat())?.try_mean_axes(axis as isize + 1)
}

/// The means of windows along one axis.
#[track_caller]
fn along<'t, F: Float>(x: Var<'t, F>, axis: usize, spans: &Spans) -> Result<Var<'t, F>, Error> {
    let (n, out) = (x.shape().dims()[axis], spans.len());
    if n == out {
        return Ok(x);
    }
    if n.is_multiple_of(out) {
        return cut(x, axis, n / out);
    }
    // Windows of one length at a time, then all of them in their order.
    let (mut pieces, mut order) = (Vec::new(), Vec::new());
    for length in spans.lengths() {
        let of_length: Vec<usize> = (0..out).filter(|&o| spans.length(o) == length).collect();
        let cells: Vec<u32> = of_length.iter().flat_map(|&o| spans.cells(o)).collect();
        pieces.push(cut(x.try_index_select(axis as isize, cells)?, axis, length)?);
        order.extend(of_length);
    }
    let mut places = vec![0; out];
    (0..).zip(order).for_each(|(at, o)| places[o] = at);
    let all = if pieces.len() == 1 { pieces[0] } else { Var::try_concat(&pieces, axis as isize)? };
    if places.iter().copied().eq(0..out as u32) {
        Ok(all)
    } else {
        all.try_index_select(axis as isize, places)
    }
}

impl<F: Float> Var<'_, F> {
    /// The means of so many windows along each axis of `[batch, channels, length]`; see
    /// [`crate::ops::composed::adaptive_avg_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_avg_pool1d(self, out: [usize; 1]) -> Result<Self, Error> {
        means("adaptive_avg_pool1d", self, out)
    }

    /// As [`Var::try_adaptive_avg_pool1d`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0, 8.0]]]);
    /// assert_eq!(x.adaptive_avg_pool1d([2]).value().to_vec(), [2.0, 5.5]); // windows of 2, the middle in both
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_avg_pool1d(self, out: [usize; 1]) -> Self {
        or_panic(self.try_adaptive_avg_pool1d(out))
    }

    /// The means of so many windows along each axis of `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::adaptive_avg_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_avg_pool2d(self, out: [usize; 2]) -> Result<Self, Error> {
        means("adaptive_avg_pool2d", self, out)
    }

    /// As [`Var::try_adaptive_avg_pool2d`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[[1.0, 3.0, 8.0], [3.0, 5.0, 0.0]]]]);
    /// assert_eq!(x.adaptive_avg_pool2d([1, 2]).value().to_vec(), [3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_avg_pool2d(self, out: [usize; 2]) -> Self {
        or_panic(self.try_adaptive_avg_pool2d(out))
    }

    /// The means of so many windows along each axis of `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::adaptive_avg_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for another number of axes; [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_adaptive_avg_pool3d(self, out: [usize; 3]) -> Result<Self, Error> {
        means("adaptive_avg_pool3d", self, out)
    }

    /// As [`Var::try_adaptive_avg_pool3d`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from_fn([1, 1, 2, 2, 2], |ix| (4 * ix[2] + 2 * ix[3] + ix[4]) as f64));
    /// assert_eq!(x.adaptive_avg_pool3d([2, 1, 1]).value().to_vec(), [1.5, 5.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn adaptive_avg_pool3d(self, out: [usize; 3]) -> Self {
        or_panic(self.try_adaptive_avg_pool3d(out))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "adaptive_avg_pool2d",
        f: |x| x[0].adaptive_avg_pool2d([2, 3]),
        samples: |draw| {
            let shapes = [[1, 1, 1, 1], [1, 2, 3, 5], [0, 1, 4, 3], [1, 1, 2, 4]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}
