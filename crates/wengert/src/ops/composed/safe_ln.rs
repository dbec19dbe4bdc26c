//! # safe_ln
//!
//! Natural logarithm that is 0 at 0, elementwise.
//!
//! $$ y = \ln x, \qquad y(0) = y'(0) = \dots = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `select` before and after `ln`, so that no infinity arises |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ge 0$; NaN below |
//! | kinks | at 0 the value is 0 and every derivative 0, a convention in place of the limits of `ln`; for $x \ln x$ take `xlogy` or `entr`, which know theirs |
//! | source | the rule of `select`, applied twice |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// Natural logarithm, with value and derivative 0 at 0; see [`crate::ops::composed::safe_ln`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let counts = tape.leaf([0.0, 1.0, 2.0]);
    /// assert_eq!(counts.safe_ln().value().to_vec(), [0.0, 0.0, 2.0_f64.ln()]);
    /// assert_eq!(counts.safe_ln().sum().backward(&[counts])[0].to_vec(), [0.0, 1.0, 0.5]);
    /// ```
    #[track_caller]
    pub fn safe_ln(self) -> Self {
        self.eq(0.0).select(1.0, self).ln()
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "safe_ln",
        f: |x| x[0].safe_ln(),
        samples: |draw| Draw::shapes().map(|s| vec![draw.uniform(s, 0.3, 3.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn every_order_is_zero_at_zero_and_nan_below() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, -0.0, -1.0, f64::NAN]);
        let y = x.safe_ln();
        let (value, first) = (y.value().to_vec(), y.sum().grad(&[x])[0]);
        assert_eq!(value[..2], [0.0, 0.0]);
        assert!(value[2].is_nan() && value[3].is_nan());
        let g = first.value().to_vec();
        assert_eq!(g[..2], [0.0, 0.0]);
        assert!(g[2].is_nan() && g[3].is_nan());
        assert_eq!(first.sum().backward(&[x])[0].to_vec()[..2], [0.0, 0.0]);
    }
}
