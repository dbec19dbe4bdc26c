//! # safe_sqrt
//!
//! Square root whose slope at 0 is 0, elementwise.
//!
//! $$ y = \sqrt x, \qquad y'(0) = y''(0) = \dots = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `select` before and after `sqrt`, so that the infinite slope never arises |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | $x \ge 0$; NaN below |
//! | kinks | at 0 the value is 0 and every derivative 0, a convention in place of the limit ∞ of `sqrt` |
//! | source | the rule of `select`, applied twice |

use super::Composed;
use crate::ops::Draw;
use crate::{Float, Var};

impl<F: Float> Var<'_, F> {
    /// Square root, with derivative 0 at 0; see [`crate::ops::composed::safe_sqrt`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 4.0]);
    /// assert_eq!(x.safe_sqrt().value().to_vec(), [0.0, 2.0]);
    /// assert_eq!(x.safe_sqrt().sum().backward(&[x])[0].to_vec(), [0.0, 0.25]);
    /// let length = x.square().cumsum(0).safe_sqrt().s(0); // the root of a sum of squares, which is 0
    /// assert_eq!(length.backward(&[x])[0].to_vec(), [0.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn safe_sqrt(self) -> Self {
        let at_zero = self.eq(0.0);
        at_zero.select(0.0, at_zero.select(1.0, self).sqrt())
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "safe_sqrt",
        f: |x| x[0].safe_sqrt(),
        samples: |draw| Draw::shapes().map(|s| vec![draw.uniform(s, 0.2, 4.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn every_order_is_zero_at_zero_and_nan_below() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([0.0, -0.0, -1.0, f64::NAN, f64::INFINITY]);
        let y = x.safe_sqrt();
        let (value, first) = (y.value().to_vec(), y.sum().grad(&[x])[0]);
        assert_eq!(value[..2], [0.0, 0.0]);
        assert!(value[2].is_nan() && value[3].is_nan() && value[4] == f64::INFINITY);
        let g = first.value().to_vec();
        assert_eq!([g[0], g[1], g[4]], [0.0, 0.0, 0.0]);
        assert!(g[2].is_nan() && g[3].is_nan());
        assert_eq!(first.sum().backward(&[x])[0].to_vec()[..2], [0.0, 0.0]);
    }
}
