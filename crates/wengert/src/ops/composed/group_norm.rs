//! # group_norm
//!
//! Groups of channels of each sample brought to mean 0 and variance 1, then scaled and shifted by channel.
//!
//! $$ y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta, \qquad \mu, \sigma^2 \text{ over the channels of a group and all axes after} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: through the mean and the variance too |
//! | JVP | by composition |
//! | shape | `[batch, channels, …] → [batch, channels, …]`; parameters `[channels]` |
//! | domain | everything; a group of equal values is 0, and its slope is that of $x / \sqrt{\varepsilon}$ about its mean, unless $\varepsilon = 0$: then both are NaN |
//! | numerics | as `layer_norm` |
//! | source | definition: `layer_norm` of each group as one row |

use super::Composed;
use super::normalized::{channels, check_eps, per_channel};
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Groups of channels normalized, under the name of the op that asks.
    #[track_caller]
    pub(super) fn grouped_norm(
        self,
        op: &'static str,
        groups: usize,
        [weight, bias]: [Option<Self>; 2],
        eps: f64,
    ) -> Result<Self, Error> {
        check_eps(op, eps)?;
        let shape = self.shape();
        let (channels, _) = channels(op, shape)?;
        if groups == 0 || !channels.is_multiple_of(groups) {
            let given = format!("{groups} with {channels} channels");
            return Err(Error::Attribute {
                op,
                name: "groups",
                given,
                expected: "a divisor of the channels, at least 1",
            });
        }
        let [weight, bias] = per_channel(op, self, [weight, bias])?;
        let row = channels / groups * shape.dims()[2..].iter().product::<usize>();
        let of = self.try_reshape([shape.dims()[0], groups, row])?.about_mean(-1)?;
        let y = of.deviations * (of.variance + eps).rsqrt();
        y.try_reshape(shape)?.scaled_and_shifted(weight, bias)
    }

    /// These values `[batch, channels, …]` normalized by groups of channels of each sample; see
    /// [`crate::ops::composed::group_norm`].
    ///
    /// Weight and bias are `[channels]`.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless `groups` divides the channels; else as [`Var::try_batch_norm_with`].
    #[track_caller]
    pub fn try_group_norm(
        self,
        groups: usize,
        weight: Option<Self>,
        bias: Option<Self>,
        eps: f64,
    ) -> Result<Self, Error> {
        self.grouped_norm("group_norm", groups, [weight, bias], eps)
    }

    /// As [`Var::try_group_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0], [3.0], [10.0], [30.0]]]); // [batch, channels, length]
    /// assert_eq!(x.group_norm(2, None, None, 0.0).value().to_vec(), [-1.0, 1.0, -1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn group_norm(self, groups: usize, weight: Option<Self>, bias: Option<Self>, eps: f64) -> Self {
        or_panic(self.try_group_norm(groups, weight, bias, eps))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "group_norm",
        f: |x| x[0].group_norm(2, Some(x[1]), Some(x[2]), 0.1),
        samples: |draw| {
            [&[1, 4, 2][..], &[2, 2, 1, 2], &[2, 4], &[0, 2, 2]]
                .map(|s| {
                    let mut of = |dims: &[usize]| draw.uniform(dims, -2.0, 2.0);
                    vec![of(s), of(&s[1..2]), of(&s[1..2])]
                })
                .into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn groups_that_do_not_divide_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([1, 4, 2]));
        for groups in [0, 3, 8] {
            let refused = x.try_group_norm(groups, None, None, 0.1).map(Var::shape);
            assert!(matches!(refused, Err(Error::Attribute { op: "group_norm", name: "groups", .. })));
        }
        let flat = tape.leaf([1.0]).try_group_norm(1, None, None, 0.1).map(Var::shape);
        assert!(matches!(flat, Err(Error::Shape { op: "group_norm", .. })));
        let weight = Some(tape.leaf([1.0]));
        let refused = x.try_group_norm(2, weight, None, 0.1).map(Var::shape);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "group_norm", .. })));
        let single = x.slice(2, ..1).try_instance_norm(None, None, 0.1).map(Var::shape);
        assert!(matches!(single, Err(Error::Shape { op: "instance_norm", .. })));
    }
}
