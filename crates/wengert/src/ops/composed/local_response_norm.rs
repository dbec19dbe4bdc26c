//! # local_response_norm
//!
//! Every value divided by a power of the mean of squares over the channels around it.
//!
//! $$ y_c = \frac{x_c}{\bigl( k + \frac{\alpha}{n} \sum_{j = c - \lfloor n / 2 \rfloor}^{c + \lfloor (n - 1) / 2 \rfloor} x_j^2 \bigr)^{\beta}} $$
//!
//! with $n$ channels around each, those that there are not counted as zeros.
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `avg_pool2d` along the channels |
//! | JVP | by composition |
//! | shape | `[batch, channels, …] → [batch, channels, …]` |
//! | domain | where the base of the power is positive: $k > 0$, $\alpha \ge 0$ |
//! | numerics | the squares must not overflow |
//! | source | definition, with the mean of squares where the first authors have their sum |

use super::Composed;
use super::normalized::channels;
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// These values `[batch, channels, …]` over a power of what the `size` channels around them hold; see
    /// [`crate::ops::composed::local_response_norm`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are batch and channels; [`Error::Attribute`] for a size of 0 and for numbers that are
    /// not finite.
    #[track_caller]
    pub fn try_local_response_norm(self, size: usize, alpha: f64, beta: f64, k: f64) -> Result<Self, Error> {
        const NAME: &str = "local_response_norm";
        let (shape, (channels, _)) = (self.shape(), channels(NAME, self.shape())?);
        for (name, given) in [("alpha", alpha), ("beta", beta), ("k", k)] {
            if !given.is_finite() {
                let expected = "a finite number";
                return Err(Error::Attribute { op: NAME, name, given: given.to_string(), expected });
            }
        }
        if size == 0 || isize::try_from(size).is_err() {
            let expected = "at least one channel, and as many as can be counted";
            return Err(Error::Attribute { op: NAME, name: "size", given: size.to_string(), expected });
        }
        if shape.is_empty() {
            return Ok(self.alias());
        }
        let lines =
            self.square().try_reshape([shape.dims()[0], 1, channels, shape.dims()[2..].iter().product()])?;
        let around = ((size / 2) as isize, ((size - 1) / 2) as isize);
        let means = lines
            .try_pad(&[(0, 0), (0, 0), around, (0, 0)], 0.0)?
            .try_avg_pool2d([size, 1], PoolOptions { stride: Some([1, 1]), ..PoolOptions::default() })?;
        self.try_div((means.try_reshape(shape)? * alpha + k).try_pow(beta)?)
    }

    /// As [`Var::try_local_response_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0, 3.0]]);
    /// let y = x.local_response_norm(2, 2.0, 1.0, 1.0); // the channel before and its own
    /// assert_eq!(y.value().to_vec(), [1.0 / 2.0, 2.0 / 6.0, 3.0 / 14.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn local_response_norm(self, size: usize, alpha: f64, beta: f64, k: f64) -> Self {
        or_panic(self.try_local_response_norm(size, alpha, beta, k))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "local_response_norm",
        f: |x| x[0].local_response_norm(3, 0.5, 0.75, 1.0),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(dims, -2.0, 2.0)];
            vec![of(&[1, 4]), of(&[2, 2, 2]), of(&[1, 1, 1, 2]), of(&[0, 2, 2])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Var};

    #[test]
    fn attributes_that_are_none_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0]]);
        let of = |size, beta| x.try_local_response_norm(size, 1.0, beta, 1.0).map(Var::shape);
        assert!(matches!(of(0, 1.0), Err(Error::Attribute { name: "size", .. })));
        assert!(matches!(of(1, f64::NAN), Err(Error::Attribute { name: "beta", .. })));
        let flat = tape.leaf([1.0]).try_local_response_norm(1, 1.0, 1.0, 1.0).map(Var::shape);
        assert!(matches!(flat, Err(Error::Shape { op: "local_response_norm", .. })));
    }
}
