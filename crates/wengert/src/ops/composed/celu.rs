//! # celu
//!
//! Exponential linear unit that is smooth for every alpha.
//!
//! $$ y = \begin{cases} x & x > 0 \\ \alpha (e^{x / \alpha} - 1) & x \le 0 \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y \odot (\lbrack x > 0 \rbrack + e^{x / \alpha} \lbrack x \le 0 \rbrack) $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; $-\alpha$ at −∞; $\alpha$ positive and finite |
//! | kinks | none of the value or slope: at 0 the slope is 1; the second derivative there is that of the left side, $1 / \alpha$ |
//! | source | the rules of `expm1` and `select` |

use super::Composed;
use crate::ops::Draw;
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// This above 0, `alpha` times `expm1(x / alpha)` below; see [`crate::ops::composed::celu`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `alpha` is not positive and finite.
    #[track_caller]
    pub fn try_celu(self, alpha: f64) -> Result<Self, Error> {
        if !(alpha > 0.0 && alpha.is_finite()) {
            let (given, expected) = (alpha.to_string(), "a positive finite number");
            return Err(Error::Attribute { op: "celu", name: "alpha", given, expected });
        }
        Ok(self.gt(0.0).select(self, (self / alpha).expm1() * alpha))
    }

    /// As [`Var::try_celu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 3.0]);
    /// assert_eq!(x.celu(2.0).sum().backward(&[x])[0].to_vec(), [1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn celu(self, alpha: f64) -> Self {
        or_panic(self.try_celu(alpha))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "celu",
        f: |x| x[0].celu(0.7),
        samples: |draw| {
            Draw::shapes().map(|s| vec![draw.from_intervals(s, &[(0.1, 2.0), (-2.0, -0.1)])]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    /// Value and slope at a number.
    fn at(x: f64) -> (f64, f64) {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(x);
        let y = x.celu(2.0);
        (y.item(), y.backward(&[x])[0].item())
    }

    #[test]
    fn zero_and_the_limits_are_exact() {
        assert_eq!([0.0, -0.0, 1e5].map(at), [(0.0, 1.0), (0.0, 1.0), (1e5, 1.0)]);
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY].map(at), [(f64::INFINITY, 1.0), (-2.0, 0.0)]);
    }

    #[test]
    fn alphas_that_are_not_positive_and_finite_are_refused() {
        let tape = Tape::<f64>::new();
        for alpha in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            let refused = tape.leaf(1.0).try_celu(alpha).err();
            assert!(matches!(refused, Some(Error::Attribute { op: "celu", .. })), "{refused:?}");
        }
    }

    #[test]
    fn nan_stays_nan_in_value_and_slope() {
        let (y, slope) = at(f64::NAN);
        assert!(y.is_nan() && slope.is_nan());
    }
}
