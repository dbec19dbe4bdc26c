//! # corrcoef
//!
//! Correlations of variables in rows, over observations in columns.
//!
//! $$ Y_{ij} = \frac{C_{ij}}{\sqrt{C_{ii} C_{jj}}}, \quad C = \operatorname{cov} x $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: rows centered, divided by their norm, and multiplied with each other |
//! | JVP | by composition |
//! | shape | `[variables, n] → [variables, variables]`; of one variable `[n] → []` |
//! | domain | at least one observation; a constant variable correlates with nothing: NaN |
//! | numerics | no square overflows or underflows; not cut to $\lbrack -1, 1 \rbrack$, which a rounding may exceed |
//! | source | the rules of `norm2`, `div` and `matmul` |

use super::Composed;
use crate::{AxisSet, Error, Float, Norm, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The correlations of variables in rows; see [`crate::ops::composed::corrcoef`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless this is a matrix or a vector; [`Error::EmptyReduction`] for no observations.
    #[track_caller]
    pub fn try_corrcoef(self) -> Result<Self, Error> {
        let rows = self.observations("corrcoef")?;
        if rows.shape().dims()[1] == 0 {
            return Err(Error::EmptyReduction { op: "corrcoef", shape: self.shape().dims().into() });
        }
        let centered = rows.centered("corrcoef", AxisSet::from_iter([1]))?;
        let unit = centered / centered.try_norm_keepdim(1, Norm::L2)?;
        let y = unit.try_matmul(unit.try_transpose(0, 1)?)?;
        if self.rank() == 1 { y.try_reshape([]) } else { Ok(y) }
    }

    /// As [`Var::try_corrcoef`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 8.0, 4.0, 4.0], [3.0, 3.0, 0.0, 6.0]]);
    /// let y = x.corrcoef().value();
    /// assert!((y[[0, 0]] - 1.0).abs() < 1e-15 && y[[0, 1]] == 0.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn corrcoef(self) -> Self {
        or_panic(self.try_corrcoef())
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "corrcoef",
        f: |x| x[0].corrcoef(),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
            [&[4][..], &[2, 3], &[3, 4], &[0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn scale_does_not_matter_and_large_elements_do_not_overflow() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 4.0], [3e200, 2e200, 7e200], [-2e-200, -4e-200, -8e-200]]);
        let y = x.corrcoef().value();
        assert!((y[[0, 2]] + 1.0).abs() < 1e-14 && (y[[0, 1]] + y[[2, 1]]).abs() < 1e-14);
        // The centered rows are (-4, -1, 5) / 3 and (-1, -2, 3): 21 / sqrt(42 * 14).
        assert!((y[[0, 1]] - 0.75_f64.sqrt()).abs() < 1e-14, "{}", y[[0, 1]]);
    }

    #[test]
    fn a_constant_variable_is_nan_and_no_table_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 1.0], [1.0, 2.0]]);
        let y = x.corrcoef().value();
        assert!(y[[0, 0]].is_nan() && y[[0, 1]].is_nan() && (y[[1, 1]] - 1.0).abs() < 1e-15);
        assert!(matches!(tape.leaf(1.0).try_corrcoef(), Err(Error::Shape { op: "corrcoef", .. })));
        let none = tape.leaf(Tensor::zeros([2, 0]));
        assert!(matches!(none.try_corrcoef(), Err(Error::EmptyReduction { op: "corrcoef", .. })));
    }
}
