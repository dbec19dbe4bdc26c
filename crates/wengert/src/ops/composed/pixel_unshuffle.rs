//! # pixel_unshuffle
//!
//! Blocks of `r` by `r` pixels laid out as channels.
//!
//! $$ y_{r^2 c + r p + q,\, i,\, j} = x_{c,\, r i + p,\, r j + q} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` and `permute` |
//! | JVP | by composition |
//! | shape | `[…, c, h r, w r] → […, c r², h, w]` |
//! | domain | everything; the inverse of `pixel_shuffle` |
//! | source | definition |

use super::Composed;
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Blocks of `r` by `r` pixels laid out as channels; see [`crate::ops::composed::pixel_unshuffle`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than three axes; [`Error::Attribute`] unless `r` divides rows and columns.
    #[track_caller]
    pub fn try_pixel_unshuffle(self, r: usize) -> Result<Self, Error> {
        const NAME: &str = "pixel_unshuffle";
        let shape = self.shape();
        let &[ref lead @ .., c, height, width] = shape.dims() else {
            let expected = "[…, channels, height, width]: three axes or more";
            return Err(Error::Shape { op: NAME, given: shape.dims().into(), expected });
        };
        if r == 0 || !height.is_multiple_of(r) || !width.is_multiple_of(r) {
            let given = format!("{r} with {height} rows and {width} columns");
            let expected = "a divisor of rows and columns, at least 1";
            return Err(Error::Attribute { op: NAME, name: "r", given, expected });
        }
        let (stack, height, width) = (lead.iter().product::<usize>(), height / r, width / r);
        let channels = c.saturating_mul(r).saturating_mul(r);
        let blocks = self.try_reshape([stack, c, height, r, width, r])?.ordered(&[0, 1, 3, 5, 2, 4]);
        blocks.try_reshape([lead, &[channels, height, width]].concat())
    }

    /// As [`Var::try_pixel_unshuffle`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0], [3.0, 4.0]]]); // [channels, height, width]
    /// let y = x.pixel_unshuffle(2);
    /// assert_eq!((y.shape().dims(), y.value().to_vec()), (&[4, 1, 1][..], vec![1.0, 2.0, 3.0, 4.0]));
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pixel_unshuffle(self, r: usize) -> Self {
        or_panic(self.try_pixel_unshuffle(r))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "pixel_unshuffle",
        f: |x| x[0].pixel_unshuffle(2),
        samples: |draw| {
            let mut of = |dims: &[usize]| vec![draw.uniform(dims, -2.0, 2.0)];
            vec![of(&[1, 2, 4]), of(&[2, 2, 2, 2]), of(&[1, 0, 1, 2, 2])]
        },
        smooth_orders: 4,
    }
}
