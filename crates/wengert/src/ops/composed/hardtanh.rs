//! # hardtanh
//!
//! Identity between −1 and 1, constant beyond.
//!
//! $$ y = \min(\max(x, -1), 1) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y \odot \lbrack -1 < x < 1 \rbrack $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN; other bounds are those of `clamp` |
//! | kinks | at −1 and 1 the derivative is 0, the subgradient of least norm |
//! | source | the rule of `clamp` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// The nearest number from −1 to 1; see [`crate::ops::composed::hardtanh`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, 0.5, 9.0]);
    /// assert_eq!(x.hardtanh().value().to_vec(), [-1.0, 0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn hardtanh(self) -> Self {
        self.clamp(-1.0, 1.0)
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "hardtanh",
        f: |x| x[0].hardtanh(),
        samples: |draw| {
            Draw::shapes()
                .map(|s| vec![draw.from_intervals(s, &[(-0.9, 0.9), (-2.0, -1.1), (1.1, 2.0)])])
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
        let y = x.hardtanh();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn both_kinks_have_slope_zero() {
        assert_eq!([-1.0, 1.0, 0.5].map(at), [(-1.0, 0.0), (1.0, 0.0), (0.5, 1.0)]);
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(at), [(1.0, 0.0), (-1.0, 0.0)]);
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
