//! # selu
//!
//! Scaled exponential linear unit, which keeps mean 0 and variance 1.
//!
//! $$ y = \lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}, \quad \alpha \approx 1.673, \lambda \approx 1.051 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \lambda \bar y \odot (\lbrack x > 0 \rbrack + \alpha e^x \lbrack x < 0 \rbrack) $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; $-\lambda \alpha$ at −∞ |
//! | kinks | at 0 the slope of least norm, $\lambda$ |
//! | source | the rule of `elu`; the constants: Klambauer, Unterthiner, Mayr, Hochreiter, Self-Normalizing Neural Networks, section 2 |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

/// The constants for which mean 0 and variance 1 are the fixed point.
const ALPHA: f64 = 1.6732632423543772;
const LAMBDA: f64 = 1.0507009873554805;

impl<F: Float> Var<'_, F> {
    /// The `elu` whose constants keep mean 0 and variance 1; see [`crate::ops::composed::selu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0]);
    /// assert_eq!(x.selu().value().to_vec(), [0.0, 1.0507009873554805]);
    /// ```
    #[track_caller]
    pub fn selu(self) -> Self {
        self.elu(ALPHA) * LAMBDA
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "selu",
        f: |x| x[0].selu(),
        samples: |draw| {
            Draw::shapes().map(|s| vec![draw.from_intervals(s, &[(0.1, 2.0), (-3.0, -0.1)])]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::{ALPHA, LAMBDA};
    use crate::Tape;

    /// Value and slope at a number.
    fn at(x: f64) -> (f64, f64) {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x);
        let y = x.selu();
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn the_kink_has_the_slope_of_least_norm_and_limits_are_reached() {
        assert_eq!([0.0, -0.0, 1000.0].map(at), [(0.0, LAMBDA), (0.0, LAMBDA), (1000.0 * LAMBDA, LAMBDA)]);
        assert_eq!(at(f64::NEG_INFINITY), (-LAMBDA * ALPHA, 0.0));
        assert_eq!(at(f64::INFINITY), (f64::INFINITY, LAMBDA));
    }

    #[test]
    fn a_standard_normal_number_keeps_mean_zero_and_variance_one() {
        // the two integrals over the density, by the midpoint rule
        let (mut mean, mut square) = (0.0, 0.0);
        for k in 0..40_000 {
            let x = (f64::from(k) + 0.5) / 2000.0 - 10.0;
            let weight = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt() / 2000.0;
            let y = LAMBDA * if x > 0.0 { x } else { ALPHA * x.exp_m1() };
            mean += weight * y;
            square += weight * y * y;
        }
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-6, "{mean} {square}");
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
