//! # trace
//!
//! The sum of the main diagonal of a matrix, or of each of a stack.
//!
//! $$ y = \sum_i x_{i i} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `diagonal` and `sum`; it is $\bar y I$ |
//! | JVP | by composition |
//! | shape | `[b…, r, c] → [b…]` |
//! | domain | everything; matrices need not be square; without elements it is 0 |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The sum of the main diagonal of the last two axes; see [`crate::ops::composed::trace`].
    ///
    /// Along another diagonal, or in another plane: [`Var::diagonal`], then a sum over the last axis.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    #[track_caller]
    pub fn try_trace(self) -> Result<Self, Error> {
        if self.rank() < 2 {
            let expected = "a matrix, or a stack of them";
            return Err(Error::Shape { op: "trace", given: self.shape().dims().into(), expected });
        }
        self.try_diagonal(0, -2, -1)?.try_sum_axes(-1)
    }

    /// As [`Var::try_trace`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.trace().item(), 5.0);
    /// assert_eq!(x.trace().backward(&[x])[0].to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn trace(self) -> Self {
        or_panic(self.try_trace())
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "trace",
        f: |x| x[0].trace(),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[2, 2], &[2, 3], &[2, 3, 2], &[0, 2], &[1, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn each_matrix_of_a_stack_has_its_own_and_none_is_zero() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 2, 3], |ix| (ix[0] * 6 + ix[1] * 3 + ix[2]) as f64));
        assert_eq!(x.trace().value().to_vec(), [4.0, 16.0]);
        assert_eq!(tape.leaf(Tensor::zeros([0, 3])).trace().item(), 0.0);
        assert!(matches!(tape.leaf([1.0]).try_trace(), Err(Error::Shape { op: "trace", .. })));
    }
}
