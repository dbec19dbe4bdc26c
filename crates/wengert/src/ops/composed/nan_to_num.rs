//! # nan_to_num
//!
//! Finite numbers in the place of NaN and infinities.
//!
//! $$ y = \begin{cases} c_{\text{NaN}} & x \text{ is NaN} \\ c_{\pm\infty} & x = \pm\infty \\ x & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = \bar y $ where x is finite, else 0 |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; by default 0, and the largest and smallest finite numbers |
//! | kinks | a constant stands for NaN, so the slope there is 0 and not NaN |
//! | source | the rule of `select` |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// Zero for NaN, and the largest finite numbers for infinities; see [`crate::ops::composed::nan_to_num`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([f64::NAN, 2.0, f64::INFINITY]);
    /// assert_eq!(x.nan_to_num().value().to_vec(), [0.0, 2.0, f64::MAX]);
    /// assert_eq!(x.nan_to_num().sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn nan_to_num(self) -> Self {
        let most = F::MAX.to_f64();
        self.nan_to_num_with(0.0, most, -most)
    }

    /// These numbers for NaN, ∞ and −∞; see [`crate::ops::composed::nan_to_num`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([f64::NAN, 2.0, f64::INFINITY]);
    /// assert_eq!(x.nan_to_num_with(-1.0, 9.0, -9.0).value().to_vec(), [-1.0, 2.0, 9.0]);
    /// ```
    #[track_caller]
    pub fn nan_to_num_with(self, nan: f64, infinity: f64, negative_infinity: f64) -> Self {
        let finite_above = self.eq(f64::INFINITY).select(infinity, self);
        let finite = self.eq(f64::NEG_INFINITY).select(negative_infinity, finite_above);
        self.ne(self).select(nan, finite)
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "nan_to_num",
        f: |x| x[0].nan_to_num(),
        samples: |draw| Draw::shapes().map(|s| vec![draw.from_intervals(s, &[(-2.0, 2.0)])]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn what_is_replaced_gets_no_gradient() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -0.0]);
        let y = x.nan_to_num();
        assert_eq!(y.value().to_vec(), [0.0, f32::MAX, -f32::MAX, f32::MAX, 0.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn an_infinite_cotangent_does_not_reach_what_is_replaced() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([f64::NAN, 1.0]);
        assert_eq!(x.nan_to_num().sqrt().sum().backward(&[x])[0].to_vec(), [0.0, 0.5]);
    }
}
