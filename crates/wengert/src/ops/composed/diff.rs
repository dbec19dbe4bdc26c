//! # diff
//!
//! Differences of neighbors along an axis, taken $n$ times.
//!
//! $$ y = D^n x, \qquad (D x)_i = x_{i + 1} - x_i $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = (D^\top)^n \bar y, \quad (D^\top \bar y)_i = \bar y_{i - 1} - \bar y_i $, with 0 beyond the ends |
//! | JVP | by composition |
//! | shape | `[…, d, …] → […, d - n, …]`, and size 0 where there is no more |
//! | domain | everything; $n = 0$ changes nothing; for values before or after, `concat` them first |
//! | source | linearity |

use super::Composed;
use crate::{Error, Float, Shape, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The `n`-th differences of neighbors along an axis; see [`crate::ops::composed::diff`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_diff(self, n: usize, axis: isize) -> Result<Self, Error> {
        let axis = resolve("diff", axis, self.rank())?;
        let size = self.shape().dims()[axis];
        let axis = axis as isize;
        if n >= size {
            return if n == 0 { Ok(self.alias()) } else { self.try_slice(axis, ..0) };
        }
        let mut y = self;
        for _ in 0..n {
            y = y.try_slice(axis, 1..)? - y.try_slice(axis, ..-1)?;
        }
        Ok(if n == 0 { y.alias() } else { y })
    }

    /// As [`Var::try_diff`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 4.0, 9.0, 16.0]);
    /// assert_eq!(x.diff(1, 0).value().to_vec(), [3.0, 5.0, 7.0]);
    /// assert_eq!(x.diff(2, 0).value().to_vec(), [2.0, 2.0]);
    /// assert_eq!(x.diff(1, 0).sum().backward(&[x])[0].to_vec(), [-1.0, 0.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn diff(self, n: usize, axis: isize) -> Self {
        or_panic(self.try_diff(n, axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "diff",
        f: |x| x[0].diff(2, -1).square().sum() + x[0].diff(1, 0),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[5][..], &[2, 4], &[3, 1], &[0, 3], &[2, 0]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn any_number_of_times_until_nothing_is_left() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]);
        assert_eq!(x.diff(0, 0).value(), x.value());
        assert_eq!(x.diff(1, 0).value(), Tensor::from([[7.0, 14.0, 28.0]]));
        assert_eq!(x.diff(2, -1).value(), Tensor::from([[1.0], [8.0]]));
        for n in [3, 4, 100] {
            let y = x.diff(n, 1);
            assert_eq!(y.shape().dims(), [2, 0]);
            assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0; 6]);
        }
        assert_eq!(tape.leaf(Tensor::zeros([0])).diff(1, 0).shape().dims(), [0]);
        assert!(matches!(x.try_diff(1, 2), Err(Error::Axis { op: "diff", axis: 2, rank: 2 })));
    }
}
