//! # logcumsumexp
//!
//! Logarithm of the running sum of exponentials along an axis.
//!
//! $$ y_i = \ln \sum_{j \le i} e^{x_j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_j = \sum_{i \ge j} \bar y_i\, e^{x_j - y_i} $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; elements $-\infty$ add nothing, and where there was nothing else the value is $-\infty$ with gradient 0 |
//! | numerics | `logaddexp` of 1, 2, 4, … neighbors, $\lceil \log_2 n \rceil$ times: no `exp` overflows, and no sum is taken apart again |
//! | source | the rule of `logaddexp`; shares of parts multiply to the share of the whole |

use super::Composed;
use crate::{Error, Float, Shape, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The logarithm of the running sum of exponentials along an axis; see [`crate::ops::composed::logcumsumexp`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_logcumsumexp(self, axis: isize) -> Result<Self, Error> {
        let axis = resolve("logcumsumexp", axis, self.rank())?;
        let (n, axis) = (self.shape().dims()[axis] as isize, axis as isize);
        let mut y = self.alias();
        let mut reach = 1;
        while reach < n {
            let longer = y.try_slice(axis, reach..)?.try_logaddexp(y.try_slice(axis, ..n - reach)?)?;
            y = Self::try_concat(&[y.try_slice(axis, ..reach)?, longer], axis)?;
            reach *= 2;
        }
        Ok(y)
    }

    /// As [`Var::try_logcumsumexp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1000.0, 1000.0]);
    /// let y = x.logcumsumexp(0);
    /// assert_eq!(y.value().to_vec(), [1000.0, 1000.0 + 2.0_f64.ln()]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.5, 0.5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn logcumsumexp(self, axis: isize) -> Self {
        or_panic(self.try_logcumsumexp(axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "logcumsumexp",
        f: |x| x[0].logcumsumexp(-1),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[5][..], &[2, 3], &[3, 1], &[0, 2], &[2, 0]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, hessian};

    const INF: f64 = f64::INFINITY;

    /// The gradient of the sum of the value, in closed form by way of a product with ones.
    fn at(x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x);
        let y = x.logcumsumexp(0);
        (y.value().to_vec(), y.sum().backward(&[x])[0].to_vec())
    }

    #[test]
    fn every_length_agrees_with_logsumexp_of_the_elements_so_far() {
        let tape = Tape::<f64>::new();
        for n in 0..10_usize {
            let x = tape.leaf(Tensor::from_fn([n], |ix| (ix[0] * 7 % 5) as f64 - 2.0));
            let y = x.logcumsumexp(0).value().to_vec();
            for (i, y) in y.iter().enumerate() {
                let whole = x.slice(0, ..i as isize + 1).logsumexp().item();
                assert!((y - whole).abs() <= 1e-14, "{y} and {whole}");
            }
            assert_eq!(y.len(), n);
        }
    }

    #[test]
    fn large_elements_of_either_sign_stay_finite() {
        let (y, g) = at(&[1e4, -1e4, 1e4]);
        let ln2 = std::f64::consts::LN_2;
        assert_eq!((y, g), (vec![1e4, 1e4, 1e4 + ln2], vec![2.5, 0.0, 0.5]));
        let (y, g) = at(&[-1e4, 1e4]);
        assert_eq!((y, g), (vec![-1e4, 1e4], vec![1.0, 1.0]));
    }

    #[test]
    fn nothing_so_far_is_minus_infinity_with_gradient_zero_at_every_order() {
        let (y, g) = at(&[-INF, -INF, 1.0, -INF]);
        assert_eq!((y, g), (vec![-INF, -INF, 1.0, 1.0], vec![1.0, 0.0, 2.0, 0.0]));

        let h = hessian(|x| x.logcumsumexp(0).slice(0, -1..).sum(), &Tensor::from([-INF, -INF, 0.0, 0.0]));
        let expected = [[0.0; 4], [0.0; 4], [0.0, 0.0, 0.25, -0.25], [0.0, 0.0, -0.25, 0.25]];
        assert_eq!(h, Tensor::from(expected));
    }

    #[test]
    fn infinity_and_nan_stay_from_where_they_come() {
        let (y, g) = at(&[1.0, INF, 2.0]);
        assert_eq!((y, g), (vec![1.0, INF, INF], vec![1.0, 2.0, 0.0]));
        let (y, g) = at(&[1.0, f64::NAN, 2.0]);
        assert!(y[0] == 1.0 && y[1].is_nan() && y[2].is_nan() && g.iter().all(|g| g.is_nan()));
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0]]);
        assert_eq!(x.logcumsumexp(0).value(), x.value());
        assert!(matches!(x.try_logcumsumexp(2), Err(Error::Axis { op: "logcumsumexp", .. })));
    }
}
