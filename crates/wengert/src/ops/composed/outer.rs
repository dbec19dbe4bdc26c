//! # outer
//!
//! All products of an element of one tensor with an element of another.
//!
//! $$ y_{i j} = a_i b_j $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `mul` |
//! | JVP | by composition |
//! | shape | `[m] × [n] → [m, n]`; more axes count as one, in row-major order |
//! | domain | everything |
//! | source | definition, as NumPy's `outer` |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// All products of an element of this with one of `b`; see [`crate::ops::composed::outer`].
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_outer(self, b: Self) -> Result<Self, Error> {
        let (column, row) =
            (self.try_reshape([self.shape().len(), 1])?, b.try_reshape([1, b.shape().len()])?);
        column.try_mul(row).within("outer")
    }

    /// As [`Var::try_outer`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0, 4.0, 5.0]));
    /// assert_eq!(a.outer(b).value().to_vec(), [3.0, 4.0, 5.0, 6.0, 8.0, 10.0]);
    /// assert_eq!(a.outer(b).sum().backward(&[a])[0].to_vec(), [12.0, 12.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn outer(self, b: Self) -> Self {
        or_panic(self.try_outer(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "outer",
        f: |x| x[0].outer(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 4] =
                [[&[2], &[3]], [&[], &[2, 2]], [&[0], &[2]], [&[1, 2, 1], &[3, 0]]];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn a_vector_with_itself_gets_both_gradients() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        assert_eq!(x.outer(x).sum().backward(&[x])[0].to_vec(), [12.0, 12.0, 12.0]);
        let huge = tape.constant(1.0).broadcast_to([1 << 40]);
        assert!(matches!(huge.try_outer(huge), Err(Error::TooLarge { .. })));
    }
}
