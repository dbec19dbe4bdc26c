//! # exp2
//!
//! Power of two.
//!
//! $$ y = 2^x $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y \odot y \ln 2 $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 0 at −∞ |
//! | numerics | a power, not $e^{x \ln 2}$, which loses bits in proportion to x |
//! | source | the rule of `pow` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var, var::Operand};

impl<F: Float> Var<'_, F> {
    /// Two to the power of this, exact for integers; see [`crate::ops::composed::exp2`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([3.0, -1.0]);
    /// assert_eq!(x.exp2().value().to_vec(), [8.0, 0.5]);
    /// ```
    #[track_caller]
    pub fn exp2(self) -> Self {
        Operand::beside(2.0, self).pow(self)
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "exp2",
        f: |x| x[0].exp2(),
        samples: |draw| Draw::shapes().map(|s| vec![draw.from_intervals(s, &[(-3.0, 3.0)])]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;
    use std::f64::consts::LN_2;

    /// Value and slope at a number.
    fn at(x: f64) -> (f64, f64) {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x);
        let y = x.exp2();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn integers_and_limits_are_exact() {
        const INF: f64 = f64::INFINITY;
        assert_eq!([0.0, 10.0].map(at), [(1.0, LN_2), (1024.0, 1024.0 * LN_2)]);
        assert_eq!([INF, -INF, 2000.0, -2000.0].map(at), [(INF, INF), (0.0, 0.0), (INF, INF), (0.0, 0.0)]);
        for n in -1022..=1023 {
            assert_eq!(at(f64::from(n)).0, 2.0_f64.powi(n));
        }
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
