//! # expand
//!
//! Axes of size 1 repeated to other sizes, and new axes before the first.
//!
//! $$ y_{i_1 \dots i_r} = x_{j_1 \dots j_s}, \quad j = i \text{ aligned at the last axis, 0 where } x \text{ has size 1} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `broadcast_to` |
//! | JVP | by composition |
//! | shape | `[s…] → [d…]`; a size of -1 keeps that of the operand |
//! | domain | everything; the result is a view with stride 0 |
//! | source | definition |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// [`Var::broadcast_to`] with -1 for a size that stays; see [`crate::ops::composed::expand`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] for another negative size, or for -1 where the operand has no axis; [`Error::Broadcast`] if
    /// some size is neither equal nor 1; those of [`Shape::new`](crate::Shape::new).
    #[track_caller]
    pub fn try_expand(self, sizes: impl AsRef<[isize]>) -> Result<Self, Error> {
        let (shape, sizes) = (self.shape(), sizes.as_ref());
        let size = |(k, &size): (usize, &isize)| {
            let own = (k + shape.rank()).checked_sub(sizes.len()).map(|axis| shape.dims()[axis]);
            let asked = if size == -1 { own } else { usize::try_from(size).ok() };
            asked.ok_or_else(|| {
                let expected = "sizes of at least 0, or -1 to keep that of an axis which the operand has";
                Error::Attribute { op: "expand", name: "sizes", given: format!("{sizes:?}"), expected }
            })
        };
        let shape = sizes.iter().enumerate().map(size).collect::<Result<Vec<_>, _>>()?;
        self.try_broadcast_to(shape).within("expand")
    }

    /// As [`Var::try_expand`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0], [2.0]]);
    /// let y = x.expand([3, -1, 2]);
    /// assert_eq!(y.shape().dims(), [3, 2, 2]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [6.0, 6.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn expand(self, sizes: impl AsRef<[isize]>) -> Self {
        or_panic(self.try_expand(sizes))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "expand",
        f: |x| x[0].expand([2, -1, 3]),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 1], &[1, 3], &[0, 1], &[1, 2, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn minus_one_keeps_a_size_and_needs_one() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0]]);
        assert_eq!(x.expand([-1, -1]).shape(), x.shape());
        assert_eq!(x.expand([0, -1]).shape().dims(), [0, 2]);
        assert_eq!(tape.leaf(1.0).expand([2]).value().to_vec(), [1.0, 1.0]);
        assert!(matches!(x.try_expand([-1, 1, 2]), Err(Error::Attribute { name: "sizes", .. })));
        assert!(matches!(x.try_expand([1, -2]), Err(Error::Attribute { .. })));
        assert!(matches!(x.try_expand([1, 3]), Err(Error::Broadcast { op: "expand", .. })));
        assert!(matches!(x.try_expand([2]), Err(Error::ShapeMismatch { op: "expand", .. })));
    }

    #[test]
    fn writing_to_the_value_copies_it_first() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0]);
        let mut y = x.expand([3]).value(); // one cell, seen three times
        y.make_mut()[0] = 9.0;
        assert_eq!((y.to_vec(), x.item()), (vec![9.0, 1.0, 1.0], 1.0));
    }
}
