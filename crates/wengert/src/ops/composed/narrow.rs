//! # narrow
//!
//! Part of one axis, by positions counted from the first.
//!
//! $$ y_{\dots i \dots} = x_{\dots (s + i) \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice` |
//! | JVP | by composition |
//! | shape | `[…, d, …] → […, n, …]` |
//! | domain | everything; the result is a view |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    axes::resolve,
    error::{Within, or_panic},
};
use std::ops::Range;

impl<F: Float> Var<'_, F> {
    /// Part `range` of one axis, as [`Tensor::narrow`](crate::Tensor::narrow); see [`Var::slice`] for more.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] and [`Error::Index`] if the axis or the end of the range does not exist,
    /// [`Error::Attribute`] for a start after the end.
    #[track_caller]
    pub fn try_narrow(self, axis: isize, range: Range<usize>) -> Result<Self, Error> {
        let size = self.shape().dims()[resolve("narrow", axis, self.rank())?];
        let position = |p: usize| {
            let refused = Error::Index { op: "narrow", index: p as i64, size };
            if p > size { Err(refused) } else { Ok(p as isize) }
        };
        self.try_slice(axis, position(range.start)?..position(range.end)?).within("narrow")
    }

    /// As [`Var::try_narrow`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// assert_eq!(x.narrow(0, 1..3).value().to_vec(), [2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn narrow(self, axis: isize, range: Range<usize>) -> Self {
        or_panic(self.try_narrow(axis, range))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "narrow",
        f: |x| x[0].narrow(-1, 1..2),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2], &[2, 3], &[0, 2], &[1, 2, 4]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn refuses_what_is_not_there() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        assert!(x.narrow(0, 3..3).shape().is_empty());
        assert!(matches!(x.try_narrow(0, 2..4), Err(Error::Index { index: 4, size: 3, .. })));
        assert!(matches!(x.try_narrow(0, 0..usize::MAX), Err(Error::Index { .. })));
        assert!(matches!(x.try_narrow(1, 0..1), Err(Error::Axis { .. })));
        let backwards = std::ops::Range { start: 2, end: 1 };
        assert!(matches!(x.try_narrow(0, backwards), Err(Error::Attribute { name: "range", .. })));
    }
}
