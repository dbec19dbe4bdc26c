//! # bessel_i
//!
//! Modified Bessel function of the first kind, elementwise.
//!
//! $$ y = I_n(x) = \frac{1}{\pi} \int_0^\pi e^{x \cos t} \cos n t \, dt $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \tfrac12 (I_{n-1}(x) + I_{n+1}(x)) $ |
//! | JVP | $ \dot y = \tfrac12 (I_{n-1}(x) + I_{n+1}(x)) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; ±∞ at ±∞, by the parity of n; the methods are `i0` and `i1`, and n is higher in derivatives |
//! | numerics | a power series, all of whose terms are positive, and for large x the asymptotic one; $n = 0$ has the slope $I_1$ |
//! | source | NIST Digital Library of Mathematical Functions, sections 10.25, 10.29, 10.32 and 10.40 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};

/// The modified Bessel function of order `n`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BesselI {
    pub(crate) n: u32,
}

impl Unary for BesselI {
    const NAME: &'static str = "bessel_i";
    const DOMAIN: &'static [(f64, f64)] = &[(-3.0, 3.0)];

    fn variants() -> Vec<Self> {
        [0, 1, 2].map(|n| Self { n }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.bessel_i(self.n)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        match self.n {
            0 => x.bessel_i(1),
            n => x.lit(0.5) * (x.bessel_i(n - 1) + x.bessel_i(n + 1)),
        }
    }

    fn reference(&self, x: f64) -> f64 {
        // the trapezoidal rule of a periodic function, which is exact to rounding
        let at = |k: u32| {
            let t = std::f64::consts::PI * f64::from(k) / 32.0;
            (x * t.cos()).exp() * (f64::from(self.n) * t).cos()
        };
        (0..64).map(at).sum::<f64>() / 64.0
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        match self.n {
            0 => vec![
                [0.0, 1.0, 0.0],
                [1.0, 1.2660658777520084, 0.565159103992485],
                [INF, INF, INF],
                [-INF, INF, -INF],
                [NAN, NAN, NAN],
            ],
            1 => vec![[0.0, 0.0, 0.5], [INF, INF, INF], [-INF, -INF, INF], [NAN, NAN, NAN]],
            _ => vec![[0.0, 0.0, 0.0], [INF, INF, INF], [NAN, NAN, NAN]],
        }
    }
}

unary_primitive!(BesselI);

impl<F: Float> Var<'_, F> {
    /// The modified Bessel function of the first kind of order 0; see [`crate::ops::bessel_i`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.i0().item(), 1.0);
    /// ```
    #[track_caller]
    pub fn i0(self) -> Self {
        self.op1(BesselI { n: 0 })
    }

    /// The modified Bessel function of the first kind of order 1; see [`crate::ops::bessel_i`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(0.0);
    /// assert_eq!(x.i1().item(), 0.0);
    /// ```
    #[track_caller]
    pub fn i1(self) -> Self {
        self.op1(BesselI { n: 1 })
    }
}
