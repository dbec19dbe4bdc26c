//! # atan2
//!
//! Angle of the point (b, a) in radians, elementwise.
//!
//! $$ y = \operatorname{atan2}(a, b), \quad a \text{ the ordinate}, b \text{ the abscissa} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot b / (a^2 + b^2), \quad \bar b = -\bar y \odot a / (a^2 + b^2) $ |
//! | JVP | $ \dot y = (b \odot \dot a - a \odot \dot b) / (a^2 + b^2) $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals |
//! | kinks | at (0, 0) both derivatives are 0 |
//! | numerics | the smaller operand is divided by the larger: $a^2 + b^2$ would overflow or underflow beyond 1e±154 |
//! | source | NIST Digital Library of Mathematical Functions, section 4.23 |

use super::elementwise::{Binary, binary_primitive};
use crate::{Error, Float, Scalar, Var, var::Operand};

/// `y = atan2(a, b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Atan2;

/// The slope, or 0 where no ratio of the operands exists: both zero, or both infinite.
fn unless_undirected<S: Scalar>(a: S, b: S, slope: S) -> S {
    // only 0 and ±∞ equal their double
    a.abs().if_eq(b.abs(), a.if_eq(a + a, a.lit(0.0), slope), slope)
}

impl Binary for Atan2 {
    const NAME: &'static str = "atan2";
    const DOMAIN: [&'static [(f64, f64)]; 2] =
        [&[(0.3, 2.0), (-2.0, -0.3)], &[(0.3, 2.0), (0.3, 2.0), (-2.0, -0.3), (-2.0, -0.3)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.atan2(b)
    }

    fn da<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        let (one, t, u) = (a.lit(1.0), a / b, b / a);
        let slope = b.abs().if_ge(a.abs(), one / (one + t * t) / b, u / (one + u * u) / a);
        unless_undirected(a, b, slope)
    }

    fn db<S: Scalar>(&self, a: S, b: S, _y: S) -> S {
        let (one, t, u) = (a.lit(1.0), a / b, b / a);
        let slope = b.abs().if_ge(a.abs(), -t / (one + t * t) / b, -one / (one + u * u) / a);
        unless_undirected(a, b, slope)
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        // half the angle, from the side away from the cut
        let r = (a * a + b * b).sqrt();
        2.0 * if b > 0.0 { (a / (r + b)).atan() } else { ((r - b) / a).atan() }
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 1.0, 0.0],
            [2.0, 0.0, std::f64::consts::FRAC_PI_2, 0.0, -0.5],
            [0.0, -1.0, std::f64::consts::PI, -1.0, 0.0],
            [3e-30, 4e-30, 0.6435011087932844, 1.6e29, -1.2e29],
            [3e30, 4e30, 0.6435011087932844, 1.6e-31, -1.2e-31],
            [1.0, INF, 0.0, 0.0, 0.0],
            [INF, 1.0, std::f64::consts::FRAC_PI_2, 0.0, 0.0],
            [INF, INF, std::f64::consts::FRAC_PI_4, 0.0, 0.0],
            [NAN, 1.0, NAN, NAN, NAN],
            [INF, NAN, NAN, NAN, NAN],
        ]
    }
}

binary_primitive!(Atan2);

impl<'t, F: Float> Var<'t, F> {
    /// The angle in radians of the point whose ordinate is this and whose abscissa is `x`; see [`crate::ops::atan2`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_atan2(self, x: impl Operand<'t, F>) -> Result<Self, Error> {
        self.try_binary(Atan2, x)
    }

    /// As [`Var::try_atan2`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// assert_eq!(tape.leaf(0.0).atan2(1.0).item(), 0.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn atan2(self, x: impl Operand<'t, F>) -> Self {
        self.binary(Atan2, x)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn slopes_neither_overflow_nor_underflow_on_the_way() {
        let tape = Tape::<f64>::new();
        for scale in [1e-300, 1e-200, 1e200, 1e300] {
            let (a, b) = (tape.leaf(3.0 * scale), tape.leaf(-4.0 * scale));
            let g = a.atan2(b).backward(&[a, b]);
            assert!((g[0].item() * scale + 0.16).abs() < 1e-15 && (g[1].item() * scale + 0.12).abs() < 1e-15);
        }
    }
}
