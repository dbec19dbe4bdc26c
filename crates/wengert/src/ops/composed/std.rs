//! # std
//!
//! Standard deviation over axes.
//!
//! $$ y_i = \sqrt{\frac{1}{n - c} \sum_{j=1}^{n} (x_{ij} - m_i)^2}, \quad m_i = \frac1n \sum_j x_{ij} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \frac{x_{ij} - m_i}{(n - c)\, y_i}\, \bar y_i $, with 0/0 = 0 |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | more elements than the correction $c$: 0 for the deviation of a whole population (NumPy's default), 1 for the usual estimate (PyTorch's); of nothing NaN |
//! | kinks | at a constant the value and the gradient are 0; the second derivative there is NaN or infinite |
//! | numerics | the norm of the centered elements: no square overflows, and a root of 0 meets no infinite slope; as `var`, NaN where the difference of two elements overflows |
//! | source | the rule of `norm2` applied to the centered elements, which sum to 0 |

use super::{Composed, var::freedom};
use crate::ops::reduction::axis_forms;
use crate::{AxisSet, Error, Float, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn std_over(self, axes: AxisSet, keepdim: bool, correction: usize) -> Result<Self, Error> {
        let n = axes.count(self.shape());
        let freedom = freedom("std", n, correction)?;
        if n == 0 {
            return self.mean_over(axes, keepdim);
        }
        Ok(self.centered("std", axes)?.norm2_over(axes, keepdim) / freedom.sqrt())
    }

    /// The standard deviation of all elements, a scalar; see [`crate::ops::composed::std`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless there are more elements than the correction.
    #[track_caller]
    pub fn try_std(self, correction: usize) -> Result<Self, Error> {
        self.std_over(AxisSet::all(self.rank()), false, correction)
    }

    /// As [`Var::try_std`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 1.0, 3.0, 3.0]);
    /// assert_eq!(x.std(0).item(), 1.0);
    /// assert_eq!(x.std(0).backward(&[x])[0].to_vec(), [-0.25, -0.25, 0.25, 0.25]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn std(self, correction: usize) -> Self {
        or_panic(self.try_std(correction))
    }
}

axis_forms! {
    "std", "The standard deviation", try_std_axes, std_axes, try_std_keepdim, std_keepdim, std_over, (correction: usize),
    ", [`Error::Attribute`](crate::Error::Attribute) unless more elements than `correction` are reduced"
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "std",
        f: |x| x[0].std_keepdim(-1, 0),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
            [&[4][..], &[2, 3], &[2, 2, 2], &[0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, hessian};

    #[test]
    fn of_a_constant_is_zero_with_a_gradient_of_zeros() {
        let tape = Tape::<f32>::new();
        for c in [0.1, 3e7, 1e30] {
            let x = tape.leaf([[c; 5]; 2]);
            let y = x.std_axes(1, 1);
            assert_eq!(y.value().to_vec(), [0.0; 2]);
            assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0; 10]);
        }
    }

    #[test]
    fn the_second_derivative_of_a_constant_is_no_plausible_number() {
        let h = hessian(|x| x.std(0), &Tensor::from([1.0_f64, 1.0]));
        assert!(h.to_vec().iter().all(|v| !v.is_finite()), "{h}");
    }

    #[test]
    fn is_the_root_of_the_variance() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 4.0], [0.5, -3.0, 7.0]]);
        for (correction, axis) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1)] {
            let (std, var) = (x.std_axes(axis, correction), x.var_axes(axis, correction));
            for (s, v) in std.value().to_vec().iter().zip(var.value().to_vec()) {
                assert!((s * s / v - 1.0).abs() < 1e-14, "{s} and {v}");
            }
        }
    }

    #[test]
    fn too_few_elements_are_a_typed_error_and_none_are_nan() {
        let tape = Tape::<f64>::new();
        let one = tape.leaf([5.0]);
        assert!(matches!(one.try_std(1), Err(Error::Attribute { op: "std", name: "correction", .. })));
        assert_eq!(one.std(0).item(), 0.0);
        assert!(tape.leaf(Tensor::zeros([0])).std(1).item().is_nan());
    }
}
