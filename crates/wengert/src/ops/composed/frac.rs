//! # frac
//!
//! Fractional part, with the sign of the number.
//!
//! $$ y = x - \operatorname{trunc} x $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all finite reals; NaN at ±∞, with slope NaN |
//! | kinks | at integers but 0 the value jumps; the slope is 1 |
//! | numerics | exact |
//! | source | the rule of `fmod` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// What the integer part leaves; see [`crate::ops::composed::frac`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.75, -1.75]);
    /// assert_eq!(x.frac().value().to_vec(), [0.75, -0.75]);
    /// ```
    #[track_caller]
    pub fn frac(self) -> Self {
        self.fmod(1.0)
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "frac",
        f: |x| x[0].frac(),
        samples: |draw| {
            Draw::shapes()
                .map(|s| vec![draw.from_intervals(s, &[(0.1, 0.9), (-0.9, -0.1), (1.1, 1.9), (-2.9, -2.1)])])
                .into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    /// Value and slope at a number.
    fn at(x: f64) -> (f64, f64) {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x);
        let y = x.frac();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn the_slope_is_one_also_where_the_value_jumps() {
        assert_eq!([0.0, 2.0, -2.5].map(at), [(0.0, 1.0), (0.0, 1.0), (-0.5, 1.0)]);
    }

    #[test]
    fn infinity_has_no_fraction() {
        let (y, slope) = at(f64::INFINITY);
        assert!(y.is_nan() && slope.is_nan());
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
