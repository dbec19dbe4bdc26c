//! # log_ndtr
//!
//! Logarithm of the standard normal distribution function, elementwise.
//!
//! $$ y = \ln \Phi(x) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y \odot \varphi(x) / \Phi(x), \quad \varphi(x) = e^{-x^2/2} / \sqrt{2\pi} $ |
//! | JVP | $ \dot y = \varphi(x) / \Phi(x) \odot \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; −∞ at −∞, where the slope is ∞, and 0 at ∞ |
//! | numerics | below −1 from `erfcx`, which does not underflow, the slope as $\sqrt{2 / \pi} / \operatorname{erfcx}(-x / \sqrt 2)$; above from the upper tail, by `log1p`; derivatives of higher order lose bits far below 0 as those of `erfcx` do |
//! | source | NIST Digital Library of Mathematical Functions, section 7.2; the chain rule, $\varphi / \Phi$ with $e^{-x^2/2}$ taken out of both |

use super::elementwise::{Unary, unary_primitive};
use crate::{Float, Scalar, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// `y = ln(normal_cdf(x))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNdtr;

impl Unary for LogNdtr {
    const NAME: &'static str = "log_ndtr";
    const DOMAIN: &'static [(f64, f64)] = &[(-4.0, -1.1), (-0.9, 3.0)];

    fn variants() -> Vec<Self> {
        vec![Self]
    }

    fn f<S: Scalar>(&self, x: S) -> S {
        let half = x.lit(0.5);
        let upper = (-(-x).normal_cdf()).log1p();
        let lower = (half * (x.lit(-FRAC_1_SQRT_2) * x).erfcx()).ln() - half * x * x;
        x.if_gt(x.lit(-1.0), upper, lower)
    }

    fn dx<S: Scalar>(&self, x: S, _y: S) -> S {
        // each form sees numbers of its own side alone: beyond it, erfcx overflows, and the density over the probability is 0/0
        let edge = x.lit(-1.0);
        let (above, below) = (x.if_gt(edge, x, edge), x.if_gt(edge, edge, x));
        let density = x.lit(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2) * (x.lit(-0.5) * above * above).exp();
        let scaled = (x.lit(-FRAC_1_SQRT_2) * below).erfcx();
        x.if_gt(edge, density / above.normal_cdf(), x.lit(FRAC_2_SQRT_PI * FRAC_1_SQRT_2) / scaled)
    }

    fn reference(&self, x: f64) -> f64 {
        let scaled = super::erfcx::integral(x.abs() * FRAC_1_SQRT_2);
        let tail = (0.5 * scaled).ln() - 0.5 * x * x;
        if x < 0.0 { tail } else { (1.0 - tail.exp()).ln() }
    }

    fn special(&self) -> Vec<[f64; 3]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [0.0, -std::f64::consts::LN_2, 0.7978845608028654],
            [-100.0, -5005.524208694205, 100.00999800099926],
            [1000.0, 0.0, 0.0],
            [INF, 0.0, 0.0],
            [-INF, -INF, INF],
            [NAN, NAN, NAN],
        ]
    }
}

unary_primitive!(LogNdtr);

impl<F: Float> Var<'_, F> {
    /// Logarithm of the standard normal distribution function; see [`crate::ops::log_ndtr`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, f64::INFINITY]);
    /// assert_eq!(x.log_ndtr().value().to_vec(), [-std::f64::consts::LN_2, 0.0]);
    /// ```
    #[track_caller]
    pub fn log_ndtr(self) -> Self {
        self.op1(LogNdtr)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Float, Tape, Tensor};

    /// Second derivatives in both modes, and one of order four.
    fn higher<F: Float>(x: f64) -> [f64; 3] {
        let tape = Tape::<F>::new();
        let number = |x| Tensor::full([], F::from_f64(x));
        let (x, one) = (tape.leaf(number(x)), tape.constant(number(1.0)));
        let second = x.log_ndtr().grad(&[x])[0].grad(&[x])[0];
        let pushed = x.log_ndtr().jvp(&[x], &[one]).jvp(&[x], &[one]);
        [second, pushed, second.grad(&[x])[0].grad(&[x])[0]].map(|y| y.item().to_f64())
    }

    #[test]
    fn far_above_every_order_is_zero_and_not_nan() {
        for x in [14.0, 45.0, 1e3, 1e6] {
            assert!(higher::<f32>(x).iter().chain(&higher::<f64>(x)).all(|y| y.abs() < 1e-37), "{x}");
        }
    }

    #[test]
    fn the_upper_tail_keeps_its_second_derivative() {
        // -x φ(x) to first order, at 30
        let [second, pushed, _] = higher::<f64>(30.0);
        let expected = -30.0 * (-450.0_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
        assert!((second / expected - 1.0).abs() < 1e-12 && (pushed / expected - 1.0).abs() < 1e-12);
    }
}
