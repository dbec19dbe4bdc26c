//! # polygamma
//!
//! Digamma function or its derivative of order n, elementwise.
//!
//! $$ y = \psi^{(n)}(x), \qquad \psi = (\ln \Gamma)' $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \psi^{(n + 1)}(x) $ |
//! | JVP | $ \dot y = \psi^{(n + 1)}(x) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals but 0, −1, −2, …; NaN at −∞ |
//! | kinks | at a pole the limit if the two sides agree, which they do for odd n; else NaN, but at 0 the side that its sign tells |
//! | numerics | near the zero of $\psi$ at 1.46 a polynomial times the distance from it; the derivative of order 170 is the last with values |
//! | source | NIST Digital Library of Mathematical Functions, section 5.15; the Euler–Maclaurin formula, section 2.10 |

use super::elementwise::{Unary, unary_primitive};
use crate::{Error, Float, Scalar, Var, error::or_panic};

/// The derivative of order `n` of the digamma function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polygamma {
    pub(crate) n: u32,
}

impl Polygamma {
    /// The op of this order.
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if it is above 100, so that derivatives still have values.
    pub fn new(n: u32) -> Result<Self, Error> {
        if n <= 100 {
            return Ok(Self { n });
        }
        let given = n.to_string();
        Err(Error::Attribute { op: "polygamma", name: "n", given, expected: "an order from 0 to 100" })
    }
}

impl Unary for Polygamma {
    const NAME: &'static str = "polygamma";
    const DOMAIN: &'static [(f64, f64)] = &[(0.3, 4.0), (-0.8, -0.2)];

    fn variants() -> Vec<Self> {
        [0, 1, 2, 3].map(|n| Self { n }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.polygamma(self.n)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.polygamma(self.n + 1)
    }

    fn reference(&self, x: f64) -> f64 {
        const TERMS: u32 = 400;
        let s = f64::from(self.n + 1);
        let middle = x + f64::from(TERMS) - 0.5;
        let sum: f64 = (0..TERMS).rev().map(|k| (x + f64::from(k)).powi(-(s as i32))).sum();
        // the rest of the sum as an integral, with the correction of the midpoint rule
        let correction = s / 24.0 * middle.powf(-s - 1.0)
            - s * (s + 1.0) * (s + 2.0) * 7.0 / 5760.0 * middle.powf(-s - 3.0);
        if self.n == 0 {
            return middle.ln() + correction - sum;
        }
        let factorial: f64 = (1..=self.n).map(f64::from).product();
        let zeta = sum + middle.powf(1.0 - s) / (s - 1.0) - correction;
        factorial * if self.n.is_multiple_of(2) { -zeta } else { zeta }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        const EULER: f64 = 0.5772156649015329;
        const ZETA_2: f64 = std::f64::consts::PI * std::f64::consts::PI / 6.0;
        let infinite = if self.n == 0 { INF } else { 0.0 };
        let mut points = vec![[INF, infinite, 0.0], [-INF, NAN, NAN], [NAN, NAN, NAN]];
        match self.n {
            0 => points.extend([
                [1.0, -EULER, ZETA_2],
                [2.0, 1.0 - EULER, ZETA_2 - 1.0],
                [0.0, -INF, INF],
                [-0.0, INF, INF],
                [-1.0, NAN, INF],
            ]),
            1 => points.extend([
                [1.0, ZETA_2, -2.4041138063191885],
                [0.0, INF, -INF],
                [-0.0, INF, INF],
                [-1.0, INF, NAN],
            ]),
            2 => points.extend([[1.0, -2.4041138063191885, 6.493939402266829], [-2.0, NAN, INF]]),
            _ => points.push([1.0, 6.493939402266829, -24.88626612344088]),
        }
        points
    }
}

unary_primitive!(Polygamma);

impl<F: Float> Var<'_, F> {
    /// The derivative of order `n` of the digamma function; see [`crate::ops::polygamma`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] if `n` is above 100.
    #[track_caller]
    pub fn try_polygamma(self, n: u32) -> Result<Self, Error> {
        self.tape.try_apply(Polygamma::new(n)?, &[self])
    }

    /// As [`Var::try_polygamma`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(1.0);
    /// assert_eq!(x.digamma().backward(&[x])[0].item(), x.polygamma(1).item());
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn polygamma(self, n: u32) -> Self {
        or_panic(self.try_polygamma(n))
    }

    /// The logarithmic derivative of the gamma function, `polygamma(0)`; see [`crate::ops::polygamma`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// let y = x.digamma().value().to_vec();
    /// assert!((y[1] - y[0] - 1.0).abs() < 1e-15);
    /// ```
    #[track_caller]
    pub fn digamma(self) -> Self {
        self.op1(Polygamma { n: 0 })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn orders_above_one_hundred_are_refused() {
        let tape = Tape::<f64>::new();
        let refused = tape.leaf(1.0).try_polygamma(101).err();
        assert!(matches!(refused, Some(Error::Attribute { name: "n", .. })), "{refused:?}");
    }
}
