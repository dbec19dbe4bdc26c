//! # elu
//!
//! Exponential linear unit, elementwise.
//!
//! $$ y = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot (\lbrack x > 0 \rbrack + \alpha e^x \lbrack x < 0 \rbrack) $ |
//! | JVP | $ \dot y = (\lbrack x > 0 \rbrack + \alpha e^x \lbrack x < 0 \rbrack) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; $-\alpha$ at −∞ |
//! | kinks | at 0 the slope of least norm between $\alpha$ and 1, so 1 for the smooth $\alpha = 1$; the second derivative is 0 there; for $\alpha = 0$ nothing passes below 0, as in `relu` |
//! | numerics | the slope is $\alpha e^x$, not $y + \alpha$, which cancels for large negative $x$ |
//! | source | the definition |

use super::elementwise::{Passes, Unary, unary_primitive};
use crate::{Error, Float, Scalar, Var, error::or_panic};

/// `y = x` above 0, `alpha (exp(x) - 1)` below; `alpha` is an attribute.
#[derive(Clone, Copy, Debug)]
pub struct Elu {
    alpha: f64,
}

impl PartialEq for Elu {
    /// The same numbers, bit for bit.
    fn eq(&self, other: &Self) -> bool {
        self.alpha.to_bits() == other.alpha.to_bits()
    }
}

impl Elu {
    /// The op with this alpha.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if it is infinite or NaN.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        if alpha.is_finite() {
            return Ok(Self { alpha });
        }
        let given = alpha.to_string();
        Err(Error::Attribute { op: "elu", name: "alpha", given, expected: "a finite number" })
    }
}

impl Unary for Elu {
    const NAME: &'static str = "elu";
    const DOMAIN: &'static [(f64, f64)] = &[(0.1, 2.0), (-2.0, -0.1)];

    fn variants() -> Vec<Self> {
        [1.0, 0.5, 2.0, -0.5, 0.0].map(|alpha| Self { alpha }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.if_gt(x.lit(0.0), x, x.lit(self.alpha) * x.expm1())
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let (zero, kink) = (x.lit(0.0), x.lit(self.alpha.clamp(0.0, 1.0)));
        // a product with alpha = 0 would have derivatives of 0 at NaN
        let below = if self.alpha == 0.0 { x.if_nan(y, zero) } else { x.lit(self.alpha) * x.exp() };
        x.if_gt(zero, x.lit(1.0), x.if_eq(zero, kink, below))
    }

    fn pulled<S: Scalar>(&self, ct: S, x: S, y: S) -> S {
        let passes = if self.alpha == 0.0 { Passes::UnlessEitherIsZero } else { Passes::UnlessZero };
        passes.product(ct, self.dx(x, y))
    }

    fn reference(&self, x: f64) -> f64 {
        if x < 0.0 { self.alpha * (x.exp() - 1.0) } else { x }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let kink = if self.alpha < 0.0 { 0.0 } else { self.alpha.min(1.0) };
        vec![
            [0.0, 0.0, kink],
            [-0.0, 0.0, kink],
            [2.0, 2.0, 1.0],
            [1000.0, 1000.0, 1.0],
            [-1000.0, -self.alpha, 0.0],
            [INF, INF, 1.0],
            [-INF, -self.alpha, 0.0],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Elu);

impl<F: Float> Var<'_, F> {
    /// This above 0, `alpha` times `exp(x) - 1` below; see [`crate::ops::elu`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `alpha` is infinite or NaN.
    #[track_caller]
    pub fn try_elu(self, alpha: f64) -> Result<Self, Error> {
        self.tape.try_apply(Elu::new(alpha)?, &[self])
    }

    /// As [`Var::try_elu`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 3.0]);
    /// assert_eq!(x.elu(1.0).sum().backward(&[x])[0].to_vec(), [1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn elu(self, alpha: f64) -> Self {
        or_panic(self.try_elu(alpha))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn infinite_and_nan_alphas_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(1.0);
        for alpha in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let refused = x.try_elu(alpha).err();
            assert!(matches!(refused, Some(Error::Attribute { name: "alpha", .. })), "{refused:?}");
        }
    }
}
