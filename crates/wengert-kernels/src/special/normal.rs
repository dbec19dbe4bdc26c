//! Functions of the error function.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// $1 / \sqrt 2$ less its nearest number.
const FRAC_1_SQRT_2_LOW: f64 = -4.833646656726457e-17;

/// $e^{x^2} \operatorname{erfc} x$
pub(super) fn erfcx(x: f64) -> f64 {
    if x < 10.0 || x.is_nan() {
        // The square as a sum: its rounding error would be multiplied by its size.
        let square = x * x;
        let lost = x.mul_add(x, -square);
        let e = libm::exp(square);
        return if e.is_finite() { (e + e * lost) * libm::erfc(x) } else { e };
    }
    // The asymptotic series, whose terms shrink by at least 1/10 at each of the first steps.
    let z = 0.5 / (x * x);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..=20 {
        term *= -f64::from(2 * k - 1) * z;
        sum += term;
    }
    0.5 * FRAC_2_SQRT_PI * sum / x
}

/// $\frac12 \operatorname{erfc}(-x / \sqrt 2)$
pub(super) fn cdf(x: f64) -> f64 {
    if x.abs() > 40.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    // The argument as a sum: in the tail the value has a slope of up to 1500 by its relative error.
    let z = -x * FRAC_1_SQRT_2;
    let lost = (-x).mul_add(FRAC_1_SQRT_2, -z) - x * FRAC_1_SQRT_2_LOW;
    0.5 * (libm::erfc(z) - FRAC_2_SQRT_PI * libm::exp(-z * z) * lost)
}

/// The inverse of the error function: a rough formula, and three steps of Halley's method.
pub(super) fn erfinv(x: f64) -> f64 {
    let size = x.abs();
    if size >= 1.0 || x.is_nan() {
        return if size == 1.0 { f64::INFINITY.copysign(x) } else { f64::NAN };
    }
    if size < 1e-9 {
        return x / FRAC_2_SQRT_PI;
    }
    // Solves erf(y)^2 = 1 - exp(-y^2 (4 / pi + A y^2) / (1 + A y^2)), which is right to some parts in a thousand.
    const A: f64 = 0.147;
    let w = libm::log1p(-size * size) / A;
    let t = 2.0 / (std::f64::consts::PI * A) + 0.5 * A * w;
    let mut y = (-w / ((t * t - w).sqrt() + t)).sqrt();
    for _ in 0..3 {
        // In the tail the distance from 1, which is exact, keeps the bits.
        let off = if size < 0.5 { libm::erf(y) - size } else { (1.0 - size) - libm::erfc(y) };
        let newton = off / (FRAC_2_SQRT_PI * libm::exp(-y * y));
        y -= newton / (1.0 + y * newton);
    }
    y.copysign(x)
}
