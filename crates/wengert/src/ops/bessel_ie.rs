//! # bessel_ie
//!
//! Scaled modified Bessel function of the first kind, elementwise.
//!
//! $$ y = e^{-\lvert x \rvert} I_n(x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \left(\tfrac12 e^{-\lvert x \rvert} (I_{n-1}(x) + I_{n+1}(x)) - y \operatorname{sign} x\right) $ |
//! | JVP | $ \dot y = \left(\tfrac12 e^{-\lvert x \rvert} (I_{n-1}(x) + I_{n+1}(x)) - y \operatorname{sign} x\right) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; 0 at ±∞; the methods are `i0e` and `i1e`, and n is higher in derivatives |
//! | kinks | at 0, of the factor $e^{-\lvert x \rvert}$: the slope there is that of least norm, 0 for $n = 0$, and for $n > 0$ the slope |
//! | numerics | for large x the slope of order 0 is a difference of nearly equal terms, with an error of a rounding of them |
//! | source | NIST Digital Library of Mathematical Functions, sections 10.25, 10.29, 10.32 and 10.40 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// The modified Bessel function of order `n` times `exp(-abs(x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BesselIe {
    pub(crate) n: u32,
}

impl Unary for BesselIe {
    const NAME: &'static str = "bessel_ie";
    const DOMAIN: &'static [(f64, f64)] = &[(0.2, 3.0), (-3.0, -0.2)];

    fn variants() -> Vec<Self> {
        [0, 1, 2].map(|n| Self { n }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.bessel_ie(self.n)
    }

    fn dx<S: Scalar>(&self, x: S, y: S) -> S {
        let zero = x.lit(0.0);
        let weight = x.if_gt(zero, -y, zero.if_gt(x, y, zero));
        weight
            + match self.n {
                0 => x.bessel_ie(1),
                n => x.lit(0.5) * (x.bessel_ie(n - 1) + x.bessel_ie(n + 1)),
            }
    }

    fn reference(&self, x: f64) -> f64 {
        // the trapezoidal rule of a periodic function, which is exact to rounding
        let at = |k: u32| {
            let t = std::f64::consts::PI * f64::from(k) / 32.0;
            (x * t.cos() - x.abs()).exp() * (f64::from(self.n) * t).cos()
        };
        (0..64).map(at).sum::<f64>() / 64.0
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        match self.n {
            0 => vec![
                [0.0, 1.0, 0.0],
                [1.0, 0.46575960759364043, -0.257849192243932],
                [INF, 0.0, 0.0],
                [-INF, 0.0, 0.0],
                [NAN, NAN, NAN],
            ],
            1 => vec![[0.0, 0.0, 0.5], [INF, 0.0, 0.0], [-INF, 0.0, 0.0], [NAN, NAN, NAN]],
            _ => vec![[0.0, 0.0, 0.0], [INF, 0.0, 0.0], [NAN, NAN, NAN]],
        }
    }
}

unary_primitive!(BesselIe);

impl<F: Float> Var<'_, F> {
    /// The modified Bessel function of the first kind of order 0 times $e^{-\lvert x \rvert}$; see [`crate::ops::bessel_ie`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.i0e().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn i0e(self) -> Self {
        self.op1(BesselIe { n: 0 })
    }

    /// The modified Bessel function of the first kind of order 1 times $e^{-\lvert x \rvert}$; see [`crate::ops::bessel_ie`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.i1e().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn i1e(self) -> Self {
        self.op1(BesselIe { n: 1 })
    }
}
