//! # layer_norm
//!
//! The last axes brought to mean 0 and variance 1, then scaled and shifted.
//!
//! $$ y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \operatorname{mean} x,\; \sigma^2 = \operatorname{mean} (x - \mu)^2 \text{ over the last axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: through the mean and the variance too |
//! | JVP | by composition |
//! | shape | `[…, n…] → […, n…]`; parameters `[n…]` |
//! | domain | everything; a row of equal values is 0, and its slope is that of $x / \sqrt{\varepsilon}$ about its mean, unless $\varepsilon = 0$: then both are NaN |
//! | numerics | deviations from a first mean, then from the mean of those: the rounding of a mean far from 0 does not reach the variance; the squares of deviations must not overflow |
//! | source | definition; the variance is biased |

use super::Composed;
use super::normalized::{check_eps, check_parameter};
use crate::{Error, Float, Shape, Var, error::or_panic};

/// The last axes, whose sizes must be those given.
pub(super) fn last_axes(op: &'static str, x: Shape, normalized: &[usize]) -> Result<Vec<isize>, Error> {
    if normalized.is_empty() || !x.dims().ends_with(normalized) {
        let (lhs, rhs) = (x.dims().into(), normalized.into());
        let expected = "the sizes of the last axes of the left, one or more";
        return Err(Error::ShapeMismatch { op, lhs, rhs, expected });
    }
    Ok((1..=normalized.len() as isize).rev().map(|axis| -axis).collect())
}

impl<F: Float> Var<'_, F> {
    /// This variable normalized over its last axes, whose sizes are `normalized`; see
    /// [`crate::ops::composed::layer_norm`].
    ///
    /// Weight and bias have the shape `normalized`.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless `normalized` are the sizes of the last axes and the parameters have that shape;
    /// [`Error::Attribute`] unless `eps` is a finite number, at least 0; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_layer_norm(
        self,
        normalized: impl AsRef<[usize]>,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Result<Self, Error> {
        const NAME: &str = "layer_norm";
        check_eps(NAME, eps)?;
        let normalized = normalized.as_ref();
        let axes = last_axes(NAME, self.shape(), normalized)?;
        for parameter in [weight, bias] {
            check_parameter(NAME, self, parameter, normalized, "parameters of the sizes normalized over")?;
        }
        let of = self.about_mean(axes)?;
        (of.deviations * (of.variance + eps).rsqrt()).scaled_and_shifted(weight, bias)
    }

    /// As [`Var::try_layer_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0], [10.0, 30.0]]);
    /// let shift = tape.leaf([0.0, 5.0]);
    /// let y = x.layer_norm([2], None, Some(shift), 0.0);
    /// assert_eq!(y.value().to_vec(), [-1.0, 6.0, -1.0, 6.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn layer_norm(
        self,
        normalized: impl AsRef<[usize]>,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Self {
        or_panic(self.try_layer_norm(normalized, weight, bias, eps))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "layer_norm",
        f: |x| x[0].layer_norm(x[1].shape(), Some(x[1]), Some(x[2]), 0.1),
        samples: |draw| {
            let mut of = |x: &[usize], n: &[usize]| {
                vec![draw.uniform(x, -2.0, 2.0), draw.uniform(n, -2.0, 2.0), draw.uniform(n, -2.0, 2.0)]
            };
            vec![
                of(&[2, 3], &[3]),
                of(&[2, 2, 2], &[2, 2]),
                of(&[2], &[2]),
                of(&[3, 1], &[1]),
                of(&[0, 2], &[2]),
            ]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn equal_values_are_zero_and_nan_comes_out() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([[0.1; 7], [f32::NAN; 7]]);
        let y = x.layer_norm([7], None, None, 1e-5).value();
        assert_eq!(y.narrow(0, 0..1).to_vec(), [0.0; 7]);
        assert!(y.narrow(0, 1..2).to_vec().iter().all(|y| y.is_nan()));
    }

    #[test]
    fn sizes_that_are_not_the_last_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        let of = |sizes: &[usize]| x.try_layer_norm(sizes, None, None, 0.1).map(Var::shape);
        assert!(of(&[3]).is_ok() && of(&[2, 3]).is_ok());
        for sizes in [&[][..], &[2], &[1, 2, 3]] {
            assert!(matches!(of(sizes), Err(Error::ShapeMismatch { op: "layer_norm", .. })));
        }
        let weight = tape.leaf([1.0]);
        let refused = x.try_layer_norm([3], Some(weight), None, 0.1).map(Var::shape);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "layer_norm", .. })));
        let refused = x.try_rms_norm([2], None, 0.1).map(Var::shape);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "rms_norm", .. })));
    }
}
