//! # instance_norm
//!
//! Every channel of every sample brought to mean 0 and variance 1, then scaled and shifted by channel.
//!
//! $$ y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu, \sigma^2 \text{ over all axes after the channels} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `group_norm` with one group per channel |
//! | JVP | by composition |
//! | shape | `[batch, channels, …] → [batch, channels, …]`; parameters `[channels]` |
//! | domain | two values or more per channel and sample; equal values are 0 |
//! | numerics | as `layer_norm` |
//! | source | definition |

use super::Composed;
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// These values `[batch, channels, …]` normalized by channel of each sample; see
    /// [`crate::ops::composed::instance_norm`].
    ///
    /// Weight and bias are `[channels]`.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are two values or more per channel and sample; else as [`Var::try_batch_norm_with`].
    #[track_caller]
    pub fn try_instance_norm(
        self,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Result<Self, Error> {
        const NAME: &str = "instance_norm";
        let shape = self.shape();
        if shape.rank() < 2 || shape.dims()[2..].iter().product::<usize>() < 2 {
            let expected = "[batch, channels, …] with two values or more per channel to take a variance of";
            return Err(Error::Shape { op: NAME, given: shape.dims().into(), expected });
        }
        if shape.dims()[1] == 0 {
            return Ok(self.alias());
        }
        self.grouped_norm(NAME, shape.dims()[1], [weight, bias], eps)
    }

    /// As [`Var::try_instance_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 3.0], [10.0, 30.0]]]); // [batch, channels, length]
    /// assert_eq!(x.instance_norm(None, None, 0.0).value().to_vec(), [-1.0, 1.0, -1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn instance_norm(self, weight: Option<Self>, bias: Option<Self>, eps: f64) -> Self {
        or_panic(self.try_instance_norm(weight, bias, eps))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "instance_norm",
        f: |x| x[0].instance_norm(Some(x[1]), Some(x[2]), 0.1),
        samples: |draw| {
            [&[1, 2, 3][..], &[2, 1, 1, 2], &[0, 2, 2]]
                .map(|s| {
                    let mut of = |dims: &[usize]| draw.uniform(dims, -2.0, 2.0);
                    vec![of(s), of(&s[1..2]), of(&s[1..2])]
                })
                .into()
        },
        smooth_orders: 4,
    }
}
