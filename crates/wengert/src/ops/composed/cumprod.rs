//! # cumprod
//!
//! Running product along an axis.
//!
//! $$ y_i = \prod_{j \le i} x_j $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_j = \sum_{i \ge j} \bar y_i \prod_{k \le i,\, k \ne j} x_k $, never divided by $x_j$ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals, zeros included |
//! | numerics | products of 1, 2, 4, … neighbors, $\lceil \log_2 n \rceil$ times: few lines on the tape, and every order is right at zeros |
//! | source | the product rule, factor by factor |

use super::Composed;
use crate::{Error, Float, Shape, Var, axes::resolve};

impl<F: Float> Var<'_, F> {
    /// The running product along an axis; see [`crate::ops::composed::cumprod`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_cumprod(self, axis: isize) -> Result<Self, Error> {
        let axis = resolve("cumprod", axis, self.rank())?;
        let (n, axis) = (self.shape().dims()[axis] as isize, axis as isize);
        let mut y = self.alias();
        let mut reach = 1;
        while reach < n {
            let longer = y.try_slice(axis, reach..)? * y.try_slice(axis, ..n - reach)?;
            y = Self::try_concat(&[y.try_slice(axis, ..reach)?, longer], axis)?;
            reach *= 2;
        }
        Ok(y)
    }

    /// As [`Var::try_cumprod`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([2.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(x.cumprod(0).value().to_vec(), [2.0, 0.0, 0.0, 0.0]);
    /// assert_eq!(x.cumprod(0).sum().backward(&[x])[0].to_vec(), [1.0, 32.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cumprod(self, axis: isize) -> Self {
        self.try_cumprod(axis).unwrap_or_else(|e| panic!("{e}"))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cumprod",
        f: |x| x[0].cumprod(-1),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[5][..], &[2, 3], &[3, 1], &[0, 2], &[2, 0]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn zeros_on_the_way_leave_the_gradient_right() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([2.0, 0.0, 3.0, 4.0]);
        assert_eq!(x.cumprod(0).sum().backward(&[x])[0].to_vec(), [1.0, 32.0, 0.0, 0.0]);
    }

    #[test]
    fn every_length_gives_the_running_product() {
        let tape = Tape::<f64>::new();
        for n in 0..10 {
            let x: Vec<f64> = (0..n).map(|i| f64::from(i) - 3.5).collect();
            let running = x.iter().scan(1.0, |p, x| {
                *p *= x;
                Some(*p)
            });
            let expected: Vec<f64> = running.collect();
            let got = tape.leaf(x.as_slice()).cumprod(0).value().to_vec();
            for (a, b) in got.iter().zip(&expected) {
                assert!((a - b).abs() <= 1e-14 * b.abs(), "{got:?} and {expected:?}");
            }
            assert_eq!(got.len(), expected.len());
        }
    }

    #[test]
    fn runs_along_the_axis_named() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(x.cumprod(0).value(), Tensor::from([[1.0, 2.0], [3.0, 8.0]]));
        assert_eq!(x.cumprod(-1).value(), Tensor::from([[1.0, 2.0], [3.0, 12.0]]));
        assert!(matches!(x.try_cumprod(2), Err(Error::Axis { op: "cumprod", axis: 2, rank: 2 })));
    }
}
