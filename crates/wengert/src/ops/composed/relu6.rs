//! # relu6
//!
//! Rectifier that saturates at 6.
//!
//! $$ y = \min(\max(x, 0), 6) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y \odot \lbrack 0 < x < 6 \rbrack $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN |
//! | kinks | at 0 and 6 the derivative is 0, the subgradient of least norm |
//! | source | the rule of `clamp` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// The nearest number from 0 to 6; see [`crate::ops::composed::relu6`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-1.0, 2.0, 9.0]);
    /// assert_eq!(x.relu6().value().to_vec(), [0.0, 2.0, 6.0]);
    /// ```
    #[track_caller]
    pub fn relu6(self) -> Self {
        self.clamp(0.0, 6.0)
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "relu6",
        f: |x| x[0].relu6(),
        samples: |draw| {
            Draw::shapes()
                .map(|s| vec![draw.from_intervals(s, &[(0.1, 5.9), (-2.0, -0.1), (6.1, 8.0)])])
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
        let y = x.relu6();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn both_kinks_have_slope_zero() {
        assert_eq!([0.0, -0.0, 6.0, 3.0].map(at), [(0.0, 0.0), (0.0, 0.0), (6.0, 0.0), (3.0, 1.0)]);
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(at), [(6.0, 0.0), (0.0, 0.0)]);
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
