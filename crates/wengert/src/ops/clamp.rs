//! # clamp
//!
//! Nearest number between two bounds, elementwise.
//!
//! $$ y = \min(\max(x, l), h) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \lbrack l < x < h \rbrack $ |
//! | JVP | $ \dot y = \lbrack l < x < h \rbrack \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN; a bound may be infinite |
//! | kinks | at both bounds the derivative is 0, the subgradient of least norm |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Error, Float, Scalar, Var, error::or_panic};

/// `y = min(max(x, lo), hi)`; the bounds are attributes.
#[derive(Clone, Copy, Debug)]
pub struct Clamp {
    lo: f64,
    hi: f64,
}

impl PartialEq for Clamp {
    /// The same numbers, bit for bit.
    fn eq(&self, other: &Self) -> bool {
        [self.lo, self.hi].map(f64::to_bits) == [other.lo, other.hi].map(f64::to_bits)
    }
}

impl Clamp {
    /// The op with these bounds; an infinite one bounds nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `lo` is above `hi` or one of them is NaN.
    pub fn new(lo: f64, hi: f64) -> Result<Self, Error> {
        if lo <= hi {
            return Ok(Self { lo, hi });
        }
        let given = format!("({lo}, {hi})");
        let expected = "a lower bound at most the upper one, neither of them NaN";
        Err(Error::Attribute { op: "clamp", name: "(lo, hi)", given, expected })
    }
}

impl Unary for Clamp {
    const NAME: &'static str = "clamp";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 0.9), (-0.9, -0.1), (1.1, 2.0), (-2.0, -1.1)];
    const PASSES: Passes = Passes::UnlessEitherIsZero;

    fn variants() -> Vec<Self> {
        const INF: f64 = f64::INFINITY;
        [(-1.0, 1.0), (0.0, INF), (-INF, 1.0), (1.0, 1.0)].map(|(lo, hi)| Self { lo, hi }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let (lo, hi) = (x.lit(self.lo), x.lit(self.hi));
        lo.if_gt(x, lo, x.if_gt(hi, hi, x))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, one) = (x.lit(0.0), x.lit(1.0));
        // an infinite bound is none: x may equal it without a kink
        let above = if self.lo == f64::NEG_INFINITY { one } else { x.if_gt(x.lit(self.lo), one, zero) };
        let inside = if self.hi == f64::INFINITY { above } else { x.lit(self.hi).if_gt(x, above, zero) };
        x.if_nan(y, inside)
    }

    fn reference(&self, x: f64) -> f64 {
        x.clamp(self.lo, self.hi)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let (lo, hi) = (self.lo, self.hi);
        let mut points = vec![[NAN, NAN, NAN]];
        points.push(if lo == -INF { [lo, lo, 1.0] } else { [lo, lo, 0.0] });
        points.push(if hi == INF { [hi, hi, 1.0] } else { [hi, hi, 0.0] });
        if lo.is_finite() {
            points.extend([[lo - 1.0, lo, 0.0], [-INF, lo, 0.0]]);
        }
        if hi.is_finite() {
            points.extend([[hi + 1.0, hi, 0.0], [INF, hi, 0.0]]);
        }
        if lo < hi {
            points.push([0.5, 0.5, 1.0]);
        }
        points
    }
}

unary_primitive!(Clamp);

impl<F: Float> Var<'_, F> {
    /// The nearest number from `lo` to `hi`; see [`crate::ops::clamp`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `lo` is above `hi` or one of them is NaN.
    #[track_caller]
    pub fn try_clamp(self, lo: f64, hi: f64) -> Result<Self, Error> {
        self.tape.try_apply(Clamp::new(lo, hi)?, &[self])
    }

    /// As [`Var::try_clamp`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, 0.5, 1.0]);
    /// let y = x.clamp(-1.0, 1.0);
    /// assert_eq!(y.value().to_vec(), [-1.0, 0.5, 1.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn clamp(self, lo: f64, hi: f64) -> Self {
        or_panic(self.try_clamp(lo, hi))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn bounds_out_of_order_or_nan_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(1.0);
        for (lo, hi) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
            let refused = x.try_clamp(lo, hi).err();
            assert!(matches!(refused, Some(Error::Attribute { op: "clamp", .. })), "{refused:?}");
        }
    }
}
