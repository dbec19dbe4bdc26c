//! # pixel_shuffle
//!
//! Channels laid out as finer pixels: blocks of `r` by `r` from as many channels.
//!
//! $$ y_{c,\, r i + p,\, r j + q} = x_{r^2 c + r p + q,\, i,\, j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `permute` |
//! | JVP | by composition |
//! | shape | `[…, c r², h, w] → […, c, h r, w r]` |
//! | domain | everything; the inverse of `pixel_unshuffle` |
//! | source | definition |

use super::Composed;
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Channels laid out as blocks of `r` by `r` pixels; see [`crate::ops::composed::pixel_shuffle`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than three axes; [`Error::Attribute`] for an `r` of 0, or whose square does not divide the
    /// channels.
    #[track_caller]
    pub fn try_pixel_shuffle(self, r: usize) -> Result<Self, Error> {
        const NAME: &str = "pixel_shuffle";
        let shape = self.shape();
        let &[ref lead @ .., channels, height, width] = shape.dims() else {
            let expected = "[…, channels, height, width]: three axes or more";
            return Err(Error::Shape { op: NAME, given: shape.dims().into(), expected });
        };
        let area = r.checked_mul(r).filter(|&area| area > 0 && channels.is_multiple_of(area));
        let Some(area) = area else {
            let given = format!("{r} with {channels} channels");
            let expected = "at least 1, its square a divisor of the channels";
            return Err(Error::Attribute { op: NAME, name: "r", given, expected });
        };
        let (stack, c) = (lead.iter().product::<usize>(), channels / area);
        let blocks = self.try_reshape([stack, c, r, r, height, width])?.ordered(&[0, 1, 4, 2, 5, 3]);
        blocks.try_reshape([lead, &[c, height * r, width * r]].concat())
    }

    /// As [`Var::try_pixel_shuffle`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 5.0]], [[2.0, 6.0]], [[3.0, 7.0]], [[4.0, 8.0]]]); // [channels, height, width]
    /// assert_eq!(x.pixel_shuffle(2).value().to_vec(), [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pixel_shuffle(self, r: usize) -> Self {
        or_panic(self.try_pixel_shuffle(r))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "pixel_shuffle",
        f: |x| x[0].pixel_shuffle(2),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(dims, -2.0, 2.0)];
            vec![of(&[4, 1, 2]), of(&[2, 8, 1, 1]), of(&[1, 0, 4, 2, 1])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn shuffling_and_unshuffling_undo_each_other() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 18, 2, 3], |ix| {
            (((ix[0] * 18 + ix[1]) * 2 + ix[2]) * 3 + ix[3]) as f64
        }));
        let y = x.pixel_shuffle(3);
        assert_eq!(y.shape().dims(), [2, 2, 6, 9]);
        assert_eq!(y.pixel_unshuffle(3).value(), x.value());
        let channel_of =
            |ix: &[usize]| (ix[1] * 9 + ix[2] % 3 * 3 + ix[3] % 3) * 6 + ix[2] / 3 * 3 + ix[3] / 3;
        assert_eq!(y.value(), Tensor::from_fn([2, 2, 6, 9], |ix| (ix[0] * 108 + channel_of(ix)) as f64));
    }

    #[test]
    fn factors_that_do_not_divide_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([6, 4, 2]));
        for r in [0, 2, usize::MAX] {
            let refused = x.try_pixel_shuffle(r).map(Var::shape);
            assert!(matches!(refused, Err(Error::Attribute { op: "pixel_shuffle", name: "r", .. })));
        }
        for r in [0, 4] {
            let refused = x.try_pixel_unshuffle(r).map(Var::shape);
            assert!(matches!(refused, Err(Error::Attribute { op: "pixel_unshuffle", name: "r", .. })));
        }
        for groups in [0, 3] {
            let refused = x.try_channel_shuffle(groups).map(Var::shape); // [batch, 4 channels, length]
            assert!(matches!(refused, Err(Error::Attribute { op: "channel_shuffle", name: "groups", .. })));
        }
        let flat = tape.leaf([1.0]);
        assert!(matches!(flat.try_pixel_shuffle(1).map(Var::shape), Err(Error::Shape { .. })));
        assert!(matches!(flat.try_pixel_unshuffle(1).map(Var::shape), Err(Error::Shape { .. })));
        assert!(matches!(flat.try_channel_shuffle(1).map(Var::shape), Err(Error::Shape { .. })));
    }
}
