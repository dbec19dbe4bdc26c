//! $\sin(\pi x) / (\pi x)$ and its derivatives.

use std::f64::consts::PI;

/// $\sin \pi x$ and $\cos \pi x$ of a finite number, exact at integers and halves.
pub(super) fn sin_cos_pi(x: f64) -> (f64, f64) {
    // Exact: a multiple of 2 leaves both as they are.
    let r = x - 2.0 * (0.5 * x).round_ties_even();
    let size = r.abs();
    let sin = libm::sin(PI * if size > 0.5 { 1.0 - size } else { size }).copysign(r);
    let cos = if size < 0.25 { libm::cos(PI * size) } else { libm::sin(PI * (0.5 - size)) };
    // Beyond 3/4 the sine of more than a quarter turn is taken of its rest.
    (sin, if size > 0.75 { -libm::cos(PI * (1.0 - size)) } else { cos })
}

/// The derivative of order `n` of $\sin(\pi x) / (\pi x)$.
///
/// With $t = \pi x$ and $f(t) = \sin(t) / t$, the derivatives of $t f(t) = \sin t$ say that
/// $t f^{(k)} + k f^{(k-1)} = \sin(t + k \pi / 2)$. Upwards this divides by $t$, downwards by $k$; each is used where its
/// divisor is the larger, and there errors shrink at every step.
pub(super) fn derivative(n: u32, x: f64) -> f64 {
    if x.is_infinite() {
        return 0.0;
    }
    let (sin, cos) = sin_cos_pi(x.abs());
    let wave = |k: u32| [sin, cos, -sin, -cos][k as usize % 4];
    let t = PI * x.abs();
    let f = if n == 0 {
        if t == 0.0 { 1.0 } else { sin / t }
    } else if t > f64::from(n) + 1.0 {
        (1..=n).fold(sin / t, |f, k| (wave(k) - f64::from(k) * f) / t)
    } else {
        // What is not known so far up, at most 1, is divided by so many factors that nothing of it is left.
        let top = 2 * n + 40;
        (n + 1..=top).rev().fold(0.0, |f, k| (wave(k) - t * f) / f64::from(k))
    };
    let odd_and_negative = n % 2 == 1 && x < 0.0;
    let scale = (0..n).fold(1.0, |scale, _| scale * PI);
    scale * if odd_and_negative { -f } else { f }
}
