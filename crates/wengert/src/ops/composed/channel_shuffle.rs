//! # channel_shuffle
//!
//! Channels dealt in turn to as many groups: the first of each, then the second of each.
//!
//! $$ y_{b,\, g j + k} = x_{b,\, (c / g) k + j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `permute` |
//! | JVP | by composition |
//! | shape | `[b, c, …] → [b, c, …]` |
//! | domain | everything |
//! | source | definition |

use super::Composed;
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Channels dealt in turn from `groups` groups; see [`crate::ops::composed::channel_shuffle`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than three axes; [`Error::Attribute`] unless `groups` divides the channels.
    #[track_caller]
    pub fn try_channel_shuffle(self, groups: usize) -> Result<Self, Error> {
        const NAME: &str = "channel_shuffle";
        let shape = self.shape();
        let &[batch, channels, _, ..] = shape.dims() else {
            let expected = "[batch, channels, …]: three axes or more";
            return Err(Error::Shape { op: NAME, given: shape.dims().into(), expected });
        };
        if groups == 0 || !channels.is_multiple_of(groups) {
            let given = format!("{groups} with {channels} channels");
            let expected = "a divisor of the channels, at least 1";
            return Err(Error::Attribute { op: NAME, name: "groups", given, expected });
        }
        let rest = shape.dims()[2..].iter().product();
        let dealt = self.try_reshape([batch, groups, channels / groups, rest])?.ordered(&[0, 2, 1, 3]);
        dealt.try_reshape(shape)
    }

    /// As [`Var::try_channel_shuffle`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0], [2.0], [3.0], [4.0]]]); // [batch, channels, length]
    /// assert_eq!(x.channel_shuffle(2).value().to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn channel_shuffle(self, groups: usize) -> Self {
        or_panic(self.try_channel_shuffle(groups))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "channel_shuffle",
        f: |x| x[0].channel_shuffle(2),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(dims, -2.0, 2.0)];
            vec![of(&[1, 4, 2]), of(&[2, 2, 1, 2]), of(&[0, 2, 2])]
        },
        smooth_orders: 4,
    }
}
