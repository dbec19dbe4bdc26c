//! # var
//!
//! Variance over axes.
//!
//! $$ y_i = \frac{1}{n - c} \sum_{j=1}^{n} (x_{ij} - m_i)^2, \quad m_i = \frac1n \sum_j x_{ij} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \frac{2}{n - c} (x_{ij} - m_i)\, \bar y_i $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | more elements than the correction $c$: 0 for the variance of a whole population (NumPy's default), 1 for the unbiased estimate (PyTorch's); of nothing NaN |
//! | numerics | shifted by the first element, then centered: a constant gives exactly 0, and a large mean cancels nothing; NaN where the difference of two elements overflows |
//! | source | the chain rule; the shift contributes nothing, and what the mean does cancels, since $\sum_j (x_{ij} - m_i) = 0$ |

use super::Composed;
use crate::ops::reduction::axis_forms;
use crate::{AxisSet, Error, Float, Shape, Var, error::or_panic};

/// The divisor $n - c$ as a number, or why there is none; a variance of nothing is the caller's.
pub(super) fn freedom(op: &'static str, n: usize, correction: usize) -> Result<f64, Error> {
    if n > 0 && n <= correction {
        return Err(Error::Attribute {
            op,
            name: "correction",
            given: format!("{correction} for {n} elements"),
            expected: "less than the number of elements reduced",
        });
    }
    Ok(n.saturating_sub(correction) as f64)
}

impl<F: Float> Var<'_, F> {
    /// This minus its mean over the axes, without the rounding that a mean far from 0 brings.
    #[track_caller]
    pub(super) fn centered(self, op: &'static str, axes: AxisSet) -> Result<Self, Error> {
        // Deviations are the same for any shift: no derivative flows through this one, nor the rounding of a sum of them.
        let shifted = self - self.detach().try_corner(op, axes.reduced(self.shape(), true))?;
        Ok(shifted - shifted.mean_over(axes, true)?)
    }

    #[track_caller]
    fn var_over(self, axes: AxisSet, keepdim: bool, correction: usize) -> Result<Self, Error> {
        let n = axes.count(self.shape());
        let freedom = freedom("var", n, correction)?;
        if n == 0 {
            return self.mean_over(axes, keepdim);
        }
        let from_mean = self.centered("var", axes)?;
        let y = (from_mean * from_mean).sum_over(axes) / freedom;
        y.try_reshape(axes.reduced(self.shape(), keepdim))
    }

    /// The variance of all elements, a scalar; see [`crate::ops::composed::var`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless there are more elements than the correction.
    #[track_caller]
    pub fn try_var(self, correction: usize) -> Result<Self, Error> {
        self.var_over(AxisSet::all(self.rank()), false, correction)
    }

    /// As [`Var::try_var`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0], [1.0, 5.0]]);
    /// assert_eq!(x.var_axes(1, 0).value().to_vec(), [1.0, 4.0]); // of a population
    /// assert_eq!(x.var_axes(1, 1).value().to_vec(), [2.0, 8.0]); // unbiased
    /// assert_eq!(x.var(0).item(), 2.75);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn var(self, correction: usize) -> Self {
        or_panic(self.try_var(correction))
    }
}

axis_forms! {
    "var", "The variance", try_var_axes, var_axes, try_var_keepdim, var_keepdim, var_over, (correction: usize),
    ", [`Error::Attribute`](crate::Error::Attribute) unless more elements than `correction` are reduced"
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "var",
        f: |x| x[0].var_axes([0, -1], 1),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(Shape::of(dims), -2.0, 2.0)];
            [&[2, 3][..], &[4, 1], &[2, 2, 2], &[2, 0, 2]].map(&mut of).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn a_large_mean_does_not_drown_a_small_variance() {
        let x: Vec<f32> = (0..16).map(|i| 1e4 + i as f32 * 1e-3).collect();
        let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / 16.0;
        let expected = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / 16.0;
        let tape = Tape::<f32>::new();
        let got = f64::from(tape.leaf(x).var(0).item());
        assert!((got / expected - 1.0).abs() < 1e-3, "{got} and {expected}");
    }

    #[test]
    fn the_variance_of_a_constant_is_exactly_zero() {
        let tape = Tape::<f32>::new();
        for c in [0.1, -1e-30, 3e7, 1e19] {
            let x = tape.leaf([c; 7]);
            assert_eq!(x.var(0).item(), 0.0);
            assert_eq!(x.var(1).backward(&[x])[0].to_vec(), [0.0; 7]);
        }
    }

    #[test]
    fn the_unbiased_variance_of_one_element_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0], [2.0]]);
        let refused = x.try_var_axes(1, 1);
        assert!(matches!(refused, Err(Error::Attribute { op: "var", name: "correction", .. })));
        assert!(x.try_var_keepdim(1, 0).is_ok() && x.try_var(1).is_ok() && x.try_var(2).is_err());
    }

    #[test]
    fn the_variance_of_nothing_is_nan_with_an_empty_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([0, 2]));
        for correction in [0, 1] {
            let y = x.var_axes(0, correction);
            assert!(y.value().to_vec().iter().all(|v| v.is_nan()));
            assert_eq!(y.sum().backward(&[x])[0].dims(), [0, 2]);
        }
    }

    #[test]
    fn the_gradient_of_many_is_as_exact_at_the_first_as_at_the_others() {
        const N: usize = 100_003;
        let tape = Tape::<f32>::new();
        let x = tape.leaf(crate::Key::new(3).uniform::<f32>([N]));
        let values: Vec<f64> = x.value().to_vec().into_iter().map(f64::from).collect();
        let mean = values.iter().sum::<f64>() / N as f64;
        let g = x.var(0).backward(&[x])[0].to_vec();
        for i in [0, 1, N / 2, N - 1] {
            let expected = 2.0 / N as f64 * (values[i] - mean);
            assert!((f64::from(g[i]) / expected - 1.0).abs() < 1e-5, "{i}: {} and {expected}", g[i]);
        }
    }

    #[test]
    fn the_gradient_is_the_closed_form() {
        let values = [1.5_f64, -0.5, 4.0, 2.0];
        let g = crate::grad(|x| x.var(1), &Tensor::from(values));
        for (g, x) in g.to_vec().iter().zip(values) {
            assert!((g - 2.0 / 3.0 * (x - 1.75)).abs() < 1e-15, "{g}");
        }
    }
}
