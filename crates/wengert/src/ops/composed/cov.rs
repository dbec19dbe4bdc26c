//! # cov
//!
//! Covariances of variables in rows, over observations in columns.
//!
//! $$ Y_{ij} = \frac{1}{n - c} \sum_{k=1}^{n} (x_{ik} - m_i)(x_{jk} - m_j), \quad m_i = \frac1n \sum_k x_{ik} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar X = \frac{1}{n - c} (\bar Y + \bar Y^\top) (X - m) $ |
//! | JVP | by composition |
//! | shape | `[variables, n] → [variables, variables]`; of one variable `[n] → []`, its variance |
//! | domain | more observations than the correction $c$; of none NaN |
//! | numerics | shifted by the first observation, then centered, as `var` |
//! | source | the product rule; what the mean contributes cancels, since centered rows sum to 0 |

use super::{Composed, var::freedom};
use crate::{AxisSet, Error, Float, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// One row for every variable, or why this is no table of observations.
    #[track_caller]
    pub(super) fn observations(self, op: &'static str) -> Result<Self, Error> {
        match *self.shape().dims() {
            [n] => self.try_reshape([1, n]),
            [_, _] => Ok(self),
            _ => Err(Error::Shape {
                op,
                given: self.shape().dims().into(),
                expected: "variables in rows and observations in columns, or one variable as a vector",
            }),
        }
    }

    /// The covariances of variables in rows; see [`crate::ops::composed::cov`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless this is a matrix or a vector; [`Error::Attribute`] unless there are more observations than
    /// the correction.
    #[track_caller]
    pub fn try_cov(self, correction: usize) -> Result<Self, Error> {
        let rows = self.observations("cov")?;
        let n = rows.shape().dims()[1];
        let freedom = freedom("cov", n, correction)?;
        let rows = if n == 0 { rows } else { rows.centered("cov", AxisSet::from_iter([1]))? };
        let y = rows.try_matmul(rows.try_transpose(0, 1)?)? / freedom;
        if self.rank() == 1 { y.try_reshape([]) } else { Ok(y) }
    }

    /// As [`Var::try_cov`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0], [6.0, 4.0, 2.0]]);
    /// assert_eq!(x.cov(1).value().to_vec(), [1.0, -2.0, -2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cov(self, correction: usize) -> Self {
        or_panic(self.try_cov(correction))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cov",
        f: |x| x[0].cov(1),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[4][..], &[2, 3], &[1, 2], &[0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_diagonal_is_the_variance_and_large_means_drown_nothing() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(Tensor::from_fn([2, 16], |ix| 1e4 + ix[1] as f32 * 1e-3 * (ix[0] + 1) as f32));
        let (c, v) = (x.cov(0).value(), x.var_axes(1, 0).value());
        assert!((c[[0, 0]] / v[[0]] - 1.0).abs() < 1e-5 && (c[[1, 1]] / v[[1]] - 1.0).abs() < 1e-5);
        assert_eq!(c[[0, 1]], c[[1, 0]]);
        let row = tape.leaf([1.0, 2.0, 4.0]);
        assert!(row.cov(1).rank() == 0 && (row.cov(1).item() / row.var(1).item() - 1.0).abs() < 1e-6);
        assert_eq!(tape.leaf([[0.1; 5]; 2]).cov(1).value().to_vec(), [0.0; 4]);
    }

    #[test]
    fn what_is_no_table_or_too_short_is_a_typed_error_and_of_nothing_nan() {
        let tape = Tape::<f64>::new();
        assert!(matches!(tape.leaf(1.0).try_cov(0), Err(Error::Shape { op: "cov", .. })));
        let one = tape.leaf([[1.0], [2.0]]);
        assert!(matches!(one.try_cov(1), Err(Error::Attribute { op: "cov", name: "correction", .. })));
        assert_eq!(one.cov(0).value().to_vec(), [0.0; 4]);
        let none = tape.leaf(Tensor::zeros([2, 0]));
        assert!(none.cov(1).value().to_vec().iter().all(|v| v.is_nan()));
    }
}
