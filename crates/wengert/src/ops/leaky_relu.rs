//! # leaky_relu
//!
//! Leaky rectified linear unit, elementwise.
//!
//! $$ y = \begin{cases} x & x > 0 \\ s x & x \le 0 \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (\lbrack x > 0 \rbrack + s \lbrack x < 0 \rbrack) $ |
//! | JVP | $ \dot y = (\lbrack x > 0 \rbrack + s \lbrack x < 0 \rbrack) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; NaN stays NaN |
//! | kinks | at 0 the slope of least norm between $s$ and 1: $s$ for the usual $0 \le s \le 1$, 0 for $s < 0$, 1 for $s > 1$; for $s = 0$ nothing passes below 0, as in `relu` |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Error, Float, Scalar, Var, error::or_panic};

/// `y = x` above 0, a multiple of `x` below; the slope below is an attribute.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    slope: f64,
}

impl PartialEq for LeakyRelu {
    /// The same numbers, bit for bit.
    fn eq(&self, other: &Self) -> bool {
        self.slope.to_bits() == other.slope.to_bits()
    }
}

impl LeakyRelu {
    /// The op with this slope.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if it is infinite or NaN.
    pub fn new(slope: f64) -> Result<Self, Error> {
        if slope.is_finite() {
            return Ok(Self { slope });
        }
        let given = slope.to_string();
        Err(Error::Attribute { op: "leaky_relu", name: "slope", given, expected: "a finite number" })
    }
}

impl Unary for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];

    fn variants() -> Vec<Self> {
        [0.01, 0.0, 1.5, -0.5].map(|slope| Self { slope }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        // `chain`: a slope of 0 sends −∞ to 0, as `relu` does
        x.if_nan(x, x.if_gt(x.lit(0.0), x, x.lit(self.slope).chain(x)))
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, kink) = (x.lit(0.0), x.lit(self.slope.clamp(0.0, 1.0)));
        x.if_nan(y, x.if_gt(zero, x.lit(1.0), x.if_eq(zero, kink, x.lit(self.slope))))
    }

    fn pulled<S: Scalar>(&self, ct: S, x: S, y: S) -> S {
        let passes = if self.slope == 0.0 { Passes::UnlessEitherIsZero } else { Passes::UnlessZero };
        passes.product(ct, self.dx(x, y))
    }

    fn reference(&self, x: f64) -> f64 {
        if x < 0.0 { x * self.slope } else { x }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let s = self.slope;
        let below = if s == 0.0 { 0.0 } else { -INF * s };
        let kink = if s < 0.0 { 0.0 } else { s.min(1.0) };
        vec![
            [0.0, 0.0, kink],
            [-0.0, 0.0, kink],
            [2.0, 2.0, 1.0],
            [-2.0, -2.0 * s, s],
            [INF, INF, 1.0],
            [-INF, below, s],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(LeakyRelu);

impl<F: Float> Var<'_, F> {
    /// This above 0, `slope` times this below; see [`crate::ops::leaky_relu`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `slope` is infinite or NaN.
    #[track_caller]
    pub fn try_leaky_relu(self, slope: f64) -> Result<Self, Error> {
        self.tape.try_apply(LeakyRelu::new(slope)?, &[self])
    }

    /// As [`Var::try_leaky_relu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([-2.0, 0.0, 3.0]);
    /// assert_eq!(x.leaky_relu(0.25).sum().backward(&[x])[0].to_vec(), [0.25, 0.25, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn leaky_relu(self, slope: f64) -> Self {
        or_panic(self.try_leaky_relu(slope))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn infinite_and_nan_slopes_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(1.0);
        for slope in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let refused = x.try_leaky_relu(slope).err();
            assert!(matches!(refused, Some(Error::Attribute { name: "slope", .. })), "{refused:?}");
        }
    }
}
