//! # batch_norm
//!
//! Every channel brought to mean 0 and variance 1 over the batch, then scaled and shifted.
//!
//! $$ y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu = \operatorname{mean} x,\; \sigma^2 = \operatorname{mean} (x - \mu)^2 \text{ over all axes but 1} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: through the mean and the variance too |
//! | JVP | by composition |
//! | shape | `[batch, channels, …] → [batch, channels, …]`; parameters `[channels]` |
//! | domain | at least two values per channel; a channel of equal values is 0, and its slope is that of $x / \sqrt{\varepsilon}$ about its mean, unless $\varepsilon = 0$: then both are NaN |
//! | numerics | deviations from a first mean, then from the mean of those: the rounding of a mean far from 0 does not reach the variance; the squares of deviations must not overflow |
//! | source | definition; the variance is biased |

use super::Composed;
use super::normalized::{check_eps, per_channel};
use crate::{Error, Float, Var, error::or_panic};

/// What [`Var::batch_norm`] gives: the values, and the statistics that they were normalized by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BatchNormed<'t, F: Float> {
    /// The normalized values.
    pub y: Var<'t, F>,
    /// The mean of each channel, `[channels]`.
    pub mean: Var<'t, F>,
    /// The biased variance of each channel, `[channels]`.
    pub variance: Var<'t, F>,
}

const NAME: &str = "batch_norm";

impl<'t, F: Float> Var<'t, F> {
    /// These values `[batch, channels, …]` normalized by the statistics of each channel, as in training; see
    /// [`crate::ops::composed::batch_norm`].
    ///
    /// Weight and bias are `[channels]`. Running statistics are the caller's: an unbiased variance is `variance` times
    /// $n / (n - 1)$, for $n$ values per channel.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are two values or more per channel; else as [`Var::try_batch_norm_with`].
    #[track_caller]
    pub fn try_batch_norm(
        self,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Result<BatchNormed<'t, F>, Error> {
        check_eps(NAME, eps)?;
        let [weight, bias] = per_channel(NAME, self, [weight, bias])?;
        let shape = self.shape();
        let axes: Vec<isize> = (0..shape.rank() as isize).filter(|&axis| axis != 1).collect();
        let count: usize = axes.iter().map(|&axis| shape.dims()[axis as usize]).product();
        if count < 2 {
            let expected =
                "two values or more per channel to take a variance of (batch_norm_with takes statistics)";
            return Err(Error::Shape { op: NAME, given: shape.dims().into(), expected });
        }
        let of = self.about_mean(axes)?;
        let y = of.deviations * (of.variance + eps).rsqrt();
        let channels = [shape.dims()[1]];
        let (mean, variance) = (of.mean.try_reshape(channels)?, of.variance.try_reshape(channels)?);
        Ok(BatchNormed { y: y.scaled_and_shifted(weight, bias)?, mean, variance })
    }

    /// As [`Var::try_batch_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 0.0], [3.0, 0.0]]);
    /// let normed = x.batch_norm(None, None, 0.0001);
    /// assert_eq!(normed.mean.value().to_vec(), [2.0, 0.0]);
    /// assert_eq!(normed.variance.value().to_vec(), [1.0, 0.0]);
    /// assert!((normed.y.value()[[0, 0]] + 1.0).abs() < 1e-4);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn batch_norm(self, weight: Option<Self>, bias: Option<Self>, eps: f64) -> BatchNormed<'t, F> {
        or_panic(self.try_batch_norm(weight, bias, eps))
    }

    /// These values `[batch, channels, …]` normalized by given statistics `[channels]`, as in evaluation; see
    /// [`crate::ops::composed::batch_norm`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless this has batch and channels; [`Error::ShapeMismatch`] for parameters of another shape;
    /// [`Error::Attribute`] unless `eps` is a finite number, at least 0; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_batch_norm_with(
        self,
        mean: Self,
        variance: Self,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Result<Self, Error> {
        check_eps(NAME, eps)?;
        let along = per_channel(NAME, self, [weight, bias, Some(mean), Some(variance)])?;
        let [weight, bias, Some(mean), Some(variance)] = along else {
            unreachable!("as many as were given");
        };
        let factor = (variance + eps).rsqrt().scaled_and_shifted(weight, None)?;
        ((self - mean) * factor).scaled_and_shifted(None, bias)
    }

    /// As [`Var::try_batch_norm_with`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (x, mean, variance) = (tape.leaf([[5.0]]), tape.leaf([1.0]), tape.leaf([4.0]));
    /// assert_eq!(x.batch_norm_with(mean, variance, None, None, 0.0).item(), 2.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn batch_norm_with(
        self,
        mean: Self,
        variance: Self,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Self {
        or_panic(self.try_batch_norm_with(mean, variance, weight, bias, eps))
    }
}

/// The composition in training, at the points where the laws check it.
pub fn training() -> Composed {
    Composed {
        name: "batch_norm",
        f: |x| {
            let of = x[0].batch_norm(Some(x[1]), Some(x[2]), 0.1);
            of.y + (of.mean * of.variance).unsqueeze(-1)
        },
        samples: |draw| {
            [[2, 2, 2], [3, 1, 1], [1, 2, 2]]
                .map(|s| {
                    let mut of = |dims: &[usize]| draw.uniform(dims, -2.0, 2.0);
                    vec![of(&s), of(&s[1..2]), of(&s[1..2])]
                })
                .into()
        },
        smooth_orders: 4,
    }
}

/// The composition in evaluation, at the points where the laws check it.
pub fn evaluation() -> Composed {
    Composed {
        name: "batch_norm_with",
        f: |x| x[0].batch_norm_with(x[1], x[2], Some(x[3]), None, 0.1),
        samples: |draw| {
            let mut of = |dims: &[usize]| draw.uniform(dims, 0.5, 2.0);
            let mut all = |s: &[usize]| vec![of(s), of(&s[1..2]), of(&s[1..2]), of(&s[1..2])];
            vec![all(&[2, 2]), all(&[1, 1, 2]), all(&[0, 2, 2])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tape, Tensor};

    #[test]
    fn a_small_variance_far_from_zero_is_accurate_in_single_precision() {
        let values: Vec<f32> = (0..16_u8).map(|i| 1e4 + f32::from(i) * 1e-3).collect();
        let wide: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let mean = wide.iter().sum::<f64>() / 16.0;
        let variance = wide.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 16.0;
        let tape = Tape::<f32>::new();
        let x = tape.leaf(Tensor::new([16, 1], values).expect("16 values"));
        let of = x.batch_norm(None, None, 1e-12);
        assert!((f64::from(of.variance.item()) / variance - 1.0).abs() < 1e-3);
        let row = x.reshape([1, 16]).layer_norm([16], None, None, 1e-12);
        for y in [of.y, row] {
            for (y, v) in y.value().to_vec().into_iter().zip(&wide) {
                assert!((f64::from(y) - (v - mean) / variance.sqrt()).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn misuse_is_refused_by_name() {
        let (tape, other) = (Tape::<f64>::new(), Tape::new());
        let x = tape.leaf([[1.0, 2.0], [3.0, 5.0]]);
        let (two, three, there) = (tape.leaf([1.0, 1.0]), tape.leaf([1.0; 3]), other.leaf([1.0, 1.0]));
        let train = |w, eps| x.try_batch_norm(w, None, eps).map(|of| of.y.shape());
        assert!(train(Some(two), 0.0).is_ok());
        assert!(matches!(train(Some(three), 0.1), Err(Error::ShapeMismatch { op: NAME, .. })));
        assert!(matches!(train(Some(there), 0.1), Err(Error::DifferentTapes { op: NAME })));
        for eps in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(train(None, eps), Err(Error::Attribute { op: NAME, name: "eps", .. })));
        }
        let with = |mean, variance| x.try_batch_norm_with(mean, variance, None, None, 0.1).map(Var::shape);
        assert!(with(two, two).is_ok());
        assert!(matches!(with(two, three), Err(Error::ShapeMismatch { op: NAME, .. })));
        assert!(matches!(with(there, two), Err(Error::DifferentTapes { op: NAME })));
        for single in [tape.leaf([[1.0, 2.0]]), tape.leaf(Tensor::zeros([0, 2])), tape.leaf([1.0])] {
            let refused = single.try_batch_norm(None, None, 0.1).map(|of| of.y.shape());
            assert!(matches!(refused, Err(Error::Shape { op: NAME, .. })));
        }
    }
}
