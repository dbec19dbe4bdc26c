//! Derivatives of the logarithm of the gamma function, and the beta function.

use super::sinc::sin_cos_pi;
use std::f64::consts::{LN_2, PI};

/// $B_{2k}$ for k = 1, 2, …, the Bernoulli numbers.
const BERNOULLI: [f64; 12] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
    854513.0 / 138.0,
    -236364091.0 / 2730.0,
];

/// The highest order of which the factorial is a number.
const HIGHEST: usize = 170;

/// $\ln |\Gamma(x)|$, which has no limit at $-\infty$.
pub(super) fn lgamma(x: f64) -> f64 {
    if x == f64::NEG_INFINITY { f64::NAN } else { libm::lgamma(x) }
}

/// The derivative of order `n` of the digamma function.
pub(super) fn polygamma(n: u32, x: f64) -> f64 {
    let even = n.is_multiple_of(2);
    if n as usize > HIGHEST || x.is_nan() || x == f64::NEG_INFINITY {
        return f64::NAN;
    }
    if x > 0.0 {
        return if n == 0 { digamma(x) } else { of_zeta(n, x) };
    }
    if x == x.trunc() {
        // A pole: of odd orders the two sides agree. Of even ones they do not, but 0 has a sign that tells the side.
        return match (even, x == 0.0) {
            (false, _) => f64::INFINITY,
            (true, true) => f64::INFINITY.copysign(-x),
            (true, false) => f64::NAN,
        };
    }
    let mirrored = polygamma(n, 1.0 - x);
    (if even { mirrored } else { -mirrored }) - cotangent(n, x)
}

/// $\psi(x)$ for $x > 0$: near its zero by a polynomial, far up by the asymptotic series, to which others are moved.
fn digamma(x: f64) -> f64 {
    if x < 1.0 {
        return digamma_near(x + 1.0) - 1.0 / x;
    }
    if x < 10.0 {
        let steps = x.floor() - 1.0;
        let mut y = digamma_near(x - steps);
        for k in 0..steps as u32 {
            y += 1.0 / (x - steps + f64::from(k));
        }
        return y;
    }
    let z = 1.0 / (x * x);
    let tail = (1..=10).rev().fold(0.0, |sum, k| z * (BERNOULLI[k - 1] / (2 * k) as f64 + sum));
    libm::log(x) - (0.5 / x + tail)
}

/// $\psi(x)$ for $1 \le x \le 2$: its distance from the zero times a polynomial of $x - 3/2$, fitted at Chebyshev's points.
fn digamma_near(x: f64) -> f64 {
    const ZERO: [f64; 2] = [1.4616321449683622, 9.549995429965697e-17];
    const QUOTIENT: [f64; 22] = [
        0.951055876031833,
        -0.4236274212814605,
        0.2405424842407742,
        -0.14840492305390884,
        0.09498872445494122,
        -0.061922133273064534,
        0.04076083381242074,
        -0.02697579675613825,
        0.0179072524394512,
        -0.011908218001568644,
        0.007926944646403797,
        -0.005279964873257405,
        0.003519006401502276,
        -0.002345267632540769,
        0.0015566317474486838,
        -0.0010376374098418604,
        0.0007233266279287554,
        -0.0004821990530566789,
        0.0002272331660987376,
        -0.00015148586836773365,
        0.00025968482126430747,
        -0.00017312261802727394,
    ];
    let t = x - 1.5;
    let quotient = QUOTIENT.iter().rev().fold(0.0, |sum, c| sum * t + c);
    ((x - ZERO[0]) - ZERO[1]) * quotient
}

/// $(-1)^{n+1} n!\, \zeta(n + 1, x)$ for $n \ge 1$ and $x > 0$, by the Euler–Maclaurin formula.
fn of_zeta(n: u32, x: f64) -> f64 {
    let order = f64::from(n);
    let s = order + 1.0;
    // So far up that the corrections shrink.
    let steps = (10.0 + order - x).ceil().max(0.0);
    let a = x + steps;
    let mut correction = 0.0;
    // s (s + 1) … (s + 2 k - 2) / (2 k)! a^(1 - 2 k)
    let mut factor = 0.5 * s / a;
    for (k, b) in (1..).zip(BERNOULLI) {
        correction += b * factor;
        let next = f64::from(2 * k);
        factor *= (s + next - 1.0) * (s + next) / ((next + 1.0) * (next + 2.0) * a * a);
    }
    let factorial = (2..=n).fold(1.0, |f, k| f * f64::from(k));
    let mut y = over_power(factorial, a, s) * (0.5 + correction) + over_power(factorial, a, order) / order;
    for k in (0..steps as u32).rev() {
        y += over_power(factorial, x + f64::from(k), s);
    }
    if n.is_multiple_of(2) { -y } else { y }
}

/// `c` over $x^s$, in two steps where the power alone would underflow: `c` may be up to $170!$.
fn over_power(c: f64, x: f64, s: f64) -> f64 {
    let power = libm::pow(x, -s);
    if power >= f64::MIN_POSITIVE {
        return c * power;
    }
    let half = (0.5 * s).floor();
    libm::pow(x, -half) * c * libm::pow(x, half - s)
}

/// The derivative of order `n` of $\pi \cot \pi x$.
///
/// Since $\cot' = -1 - \cot^2$, that of order `n` of $\cot$ is a polynomial in it, of one sign and parity.
fn cotangent(n: u32, x: f64) -> f64 {
    let n = n as usize;
    let (sin, cos) = sin_cos_pi(x);
    let cot = cos / sin;
    let mut c = [0.0; HIGHEST + 2];
    c[1] = 1.0;
    for degree in 1..=n {
        let mut next = [0.0; HIGHEST + 2];
        for k in 1..=degree {
            let slope = k as f64 * c[k];
            next[k - 1] += slope;
            next[k + 1] += slope;
        }
        c = next;
    }
    let value = c[..n + 2].iter().rev().fold(0.0, |sum, c| sum * cot + c);
    (0..n).fold(PI * value, |value, _| -PI * value)
}

/// $\ln\Gamma(x) - (x - \frac12) \ln x + x - \frac12 \ln 2 \pi$ for $x \ge 10$.
fn stirling_rest(x: f64) -> f64 {
    let z = 1.0 / (x * x);
    let series = (1..=9).rev().fold(0.0, |sum, k| {
        let twice = (2 * k) as f64;
        z * sum + BERNOULLI[k - 1] / (twice * (twice - 1.0))
    });
    series / x
}

/// $\ln \frac{\Gamma(a) \Gamma(b)}{\Gamma(a + b)}$
pub(super) fn betaln(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if a.is_nan() || b.is_nan() || small < 0.0 {
        return f64::NAN;
    }
    if large == 0.0 {
        return f64::INFINITY;
    }
    if large == f64::INFINITY {
        return if small == 0.0 { f64::NAN } else { -large };
    }
    let rest = |sum: f64| stirling_rest(large) - stirling_rest(sum);
    let sum = small + large;
    if large < 10.0 {
        return libm::lgamma(small) + (libm::lgamma(large) - libm::lgamma(sum));
    }
    // Stirling's formula, in which the large terms are taken together.
    let ratio = libm::log1p(small / large);
    if small < 10.0 {
        let quotient = small - (sum - 0.5) * ratio - small * libm::log(large) + rest(sum);
        return libm::lgamma(small) + quotient;
    }
    let half_ln_tau = 0.5 * (LN_2 + libm::log(PI));
    let powers = -(large - 0.5) * ratio - small * libm::log1p(large / small);
    powers - 0.5 * libm::log(small) + half_ln_tau + stirling_rest(small) + rest(sum)
}
