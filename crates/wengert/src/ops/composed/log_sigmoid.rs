//! # log_sigmoid
//!
//! Logarithm of the logistic function.
//!
//! $$ y = \ln \sigma(x) = -\ln(1 + e^{-x}) $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y \odot \sigma(-x) $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; x at −∞, 0 at ∞ |
//! | numerics | minus the `softplus` of $-x$: never $\ln$ of a number that underflowed |
//! | source | the rule of `softplus` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// Logarithm of the logistic function, without underflow; see [`crate::ops::composed::log_sigmoid`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(-1000.0);
    /// let y = x.log_sigmoid();
    /// assert_eq!((y.item(), y.backward(&[x])[0].item()), (-1000.0, 1.0));
    /// ```
    #[track_caller]
    pub fn log_sigmoid(self) -> Self {
        -(-self).softplus()
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "log_sigmoid",
        f: |x| x[0].log_sigmoid(),
        samples: |draw| Draw::shapes().map(|s| vec![draw.from_intervals(s, &[(-4.0, 4.0)])]).into(),
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
        let y = x.log_sigmoid();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn both_tails_are_exact() {
        const INF: f64 = f64::INFINITY;
        assert_eq!([-1000.0, 1000.0].map(at), [(-1000.0, 1.0), (0.0, 0.0)]);
        assert_eq!([-INF, INF, 0.0].map(at), [(-INF, 1.0), (0.0, 0.0), (-std::f64::consts::LN_2, 0.5)]);
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
