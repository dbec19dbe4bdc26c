//! # sinc
//!
//! Sine of πx over πx, elementwise.
//!
//! $$ y = \frac{\sin \pi x}{\pi x}, \qquad y(0) = 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot y' $ |
//! | JVP | $ \dot y = y' \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; at 0 the value is 1 and the slope 0; at ±∞ both are 0 |
//! | numerics | the derivative of each order is a function of its own: the quotient rule cancels near 0, at every order more; $\sin \pi x$ is exact at integers |
//! | source | NIST Digital Library of Mathematical Functions, sections 10.47 and 10.49: $y$ is the spherical Bessel function of order 0 at $\pi x$; its derivatives from those of $t y = \sin t$ |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::PI;

/// `y = sin(pi x) / (pi x)`, or its derivative of order `n`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sinc {
    pub(crate) n: u32,
}

impl Unary for Sinc {
    const NAME: &'static str = "sinc";
    const DOMAIN: &'static [(f64, f64)] = &[(-2.5, 2.5)];

    fn variants() -> Vec<Self> {
        [0, 1, 2].map(|n| Self { n }).into()
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        x.sinc_derivative(self.n)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        x.sinc_derivative(self.n + 1)
    }

    fn reference(&self, x: f64) -> f64 {
        // the derivative under the integral of cos(pi x s) over s from 0 to 1, by Simpson's rule
        const STEPS: u32 = 4000;
        let phase = 0.5 * f64::from(self.n);
        let at = |i: u32| {
            let s = f64::from(i) / f64::from(STEPS);
            (PI * s).powi(self.n as i32) * (PI * (x * s + phase)).cos()
        };
        let inner: f64 = (1..STEPS).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (at(0) + inner + at(STEPS)) / (3.0 * f64::from(STEPS))
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        match self.n {
            0 => vec![
                [0.0, 1.0, 0.0],
                [-0.0, 1.0, 0.0],
                [1.0, 0.0, -1.0],
                [-2.0, 0.0, -0.5],
                [0.5, 2.0 / PI, -4.0 / PI],
                [INF, 0.0, 0.0],
                [-INF, 0.0, 0.0],
                [NAN, NAN, NAN],
            ],
            1 => vec![[0.0, 0.0, -PI * PI / 3.0], [-INF, 0.0, 0.0], [NAN, NAN, NAN]],
            _ => vec![[0.0, -PI * PI / 3.0, 0.0], [INF, 0.0, 0.0], [NAN, NAN, NAN]],
        }
    }
}

unary_primitive!(Sinc);

impl<F: Float> Var<'_, F> {
    /// Sine of πx over πx, 1 at 0; see [`crate::ops::sinc`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, 1.0]);
    /// assert_eq!(x.sinc().value().to_vec(), [1.0, 0.0]);
    /// assert_eq!(x.sinc().sum().backward(&[x])[0].to_vec(), [0.0, -1.0]);
    /// ```
    #[track_caller]
    pub fn sinc(self) -> Self {
        self.op1(Sinc { n: 0 })
    }
}
