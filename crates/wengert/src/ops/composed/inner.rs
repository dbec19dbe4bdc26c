//! # inner
//!
//! The sums of products along the last axes of two tensors.
//!
//! $$ y_{i \dots j \dots} = \sum_k a_{i \dots k} \, b_{j \dots k} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `tensordot` |
//! | JVP | by composition |
//! | shape | `[i…, k] × [j…, k] → [i…, j…]`; with a scalar on either side the product |
//! | domain | everything |
//! | source | definition, as NumPy's `inner` |

use super::{Composed, Draw};
use crate::{
    Error, Float, Var,
    error::{Within, or_panic},
};

impl<F: Float> Var<'_, F> {
    /// The sums of products along the last axes; see [`crate::ops::composed::inner`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] if the last sizes differ; [`Error::RankTooLarge`], [`Error::TooLarge`],
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_inner(self, b: Self) -> Result<Self, Error> {
        if self.rank() == 0 || b.rank() == 0 {
            return self.try_mul(b).within("inner");
        }
        self.tensordot_as("inner", b, &[-1], &[-1])
    }

    /// As [`Var::try_inner`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([10.0, 1.0]));
    /// assert_eq!(a.inner(b).value().to_vec(), [12.0, 34.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn inner(self, b: Self) -> Self {
        or_panic(self.try_inner(b))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "inner",
        f: |x| x[0].inner(x[1]),
        samples: |draw: &mut Draw| {
            let shapes: [[&[usize]; 2]; 5] =
                [[&[2, 3], &[2, 3]], [&[3], &[3]], [&[], &[2, 1]], [&[2, 0], &[0]], [&[2, 1, 2], &[2]]];
            shapes.map(|pair| pair.map(|s| draw.uniform(s, -2.0, 2.0)).into()).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn rows_meet_rows() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(Tensor::from_fn([2, 3], |ix| (3 * ix[0] + ix[1]) as f64));
        assert_eq!(a.inner(a).value(), a.matmul(a.t()).value());
        assert_eq!(tape.leaf(2.0).inner(a).value(), (a * 2.0).value());
        assert!(matches!(a.try_inner(tape.leaf([1.0, 2.0])), Err(Error::ShapeMismatch { op: "inner", .. })));
    }
}
