//! # erfcx
//!
//! Scaled complementary error function, elementwise.
//!
//! $$ y = e^{x^2} \operatorname{erfc} x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \left(2 x y - \frac{2}{\sqrt\pi}\right) $ |
//! | JVP | $ \dot y = \left(2 x y - \frac{2}{\sqrt\pi}\right) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 0 at ∞; ∞ below −26.6 |
//! | numerics | beyond 25 the slope comes from the asymptotic series; up to there its relative error is up to $x^2$ roundings, and at each further order as much again |
//! | source | NIST Digital Library of Mathematical Functions, sections 7.2, 7.10 and 7.12 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::FRAC_2_SQRT_PI;

/// `y = exp(x x) erfc(x)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erfcx;

/// The value again: $\frac{2}{\sqrt\pi} \int_0^\infty e^{-t^2 - 2 x t} dt$ by Simpson's rule, for x above −2.
pub(crate) fn integral(x: f64) -> f64 {
    const STEP: f64 = 1.0 / 1600.0;
    let at = |k: u32| {
        let t = STEP * f64::from(k);
        (-t * (t + 2.0 * x)).exp()
    };
    let inner: f64 = (1..16_000).map(|k| at(k) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
    FRAC_2_SQRT_PI * STEP / 3.0 * (at(0) + inner)
}

impl Unary for Erfcx {
    const NAME: &'static str = "erfcx";
    const DOMAIN: &'static [(f64, f64)] = &[(-1.5, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.erfcx()
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        // far up the difference cancels; there the asymptotic series has the slope
        let (one, start) = (x.lit(1.0), x.lit(25.0));
        let r = one / x.if_gt(start, x, start);
        let z = r * r;
        let rest = x.lit(13.125) - z * (x.lit(59.0625) - z * x.lit(324.84375));
        let series = one - z * (x.lit(1.5) - z * (x.lit(3.75) - z * rest));
        let far = x.lit(-0.5 * FRAC_2_SQRT_PI) * z * series;
        x.if_gt(start, far, x.lit(2.0) * x * y - x.lit(FRAC_2_SQRT_PI))
    }

    fn reference(&self, x: f64) -> f64 {
        integral(x)
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 1.0, -FRAC_2_SQRT_PI],
            [1.0, 0.427583576155807, -0.27321201478389856],
            [1000.0, 0.0005641893014533876, -5.641887372654967e-7],
            [-30.0, INF, -INF],
            [INF, 0.0, 0.0],
            [-INF, INF, -INF],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(Erfcx);

impl<F: Float> Var<'_, F> {
    /// Complementary error function times $e^{x^2}$, without overflow for large x; see [`crate::ops::erfcx`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.erfcx().value().to_vec(), [1.0, 0.0]);
    /// ```
    #[track_caller]
    pub fn erfcx(self) -> Self {
        self.op1(Erfcx)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn derivatives_agree_with_the_closed_forms_on_both_sides_of_the_series() {
        let tape = Tape::<f64>::new();
        // of y' = 2 x y - 2 / sqrt(pi): y'' = 2 y + 2 x y', and so on
        for point in [0.0, 1.0, -0.5] {
            let x = tape.leaf(point);
            let (y, mut slope) = (x.erfcx(), x.erfcx().grad(&[x])[0]);
            let mut before = y.item();
            for order in 1..4 {
                let next = slope.grad(&[x])[0];
                let expected = 2.0 * f64::from(order) * before + 2.0 * point * slope.item();
                assert!((next.item() - expected).abs() <= 1e-14 * expected.abs(), "{point}, order {order}");
                (before, slope) = (slope.item(), next);
            }
        }
        // the leading terms at large x
        let x = tape.leaf(1e5);
        let second = x.erfcx().grad(&[x])[0].grad(&[x])[0].item();
        assert!((second * 1e15 * std::f64::consts::PI.sqrt() - 2.0).abs() < 1e-9);
    }
}
