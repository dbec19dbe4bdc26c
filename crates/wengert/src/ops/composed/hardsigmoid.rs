//! # hardsigmoid
//!
//! Piecewise linear approximation of `sigmoid`.
//!
//! $$ y = \frac{\min(\max(x, -3), 3) + 3}{6} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \tfrac16 \bar y \odot \lbrack -3 < x < 3 \rbrack $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN |
//! | kinks | at −3 and 3 the derivative is 0, the subgradient of least norm |
//! | source | the rule of `clamp` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// A straight line from 0 at −3 to 1 at 3, constant beyond; see [`crate::ops::composed::hardsigmoid`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-4.0, 0.0, 3.0]);
    /// assert_eq!(x.hardsigmoid().value().to_vec(), [0.0, 0.5, 1.0]);
    /// ```
    #[track_caller]
    pub fn hardsigmoid(self) -> Self {
        (self.clamp(-3.0, 3.0) + 3.0) / 6.0
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "hardsigmoid",
        f: |x| x[0].hardsigmoid(),
        samples: |draw| {
            Draw::shapes()
                .map(|s| vec![draw.from_intervals(s, &[(-2.9, 2.9), (-5.0, -3.1), (3.1, 5.0)])])
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
        let y = x.hardsigmoid();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn both_kinks_have_slope_zero() {
        assert_eq!([-3.0, 3.0, 0.0].map(at), [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0 / 6.0)]);
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(at), [(1.0, 0.0), (0.0, 0.0)]);
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
