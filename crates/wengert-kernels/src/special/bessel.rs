//! Modified Bessel functions of the first kind of small integer order.

use std::f64::consts::PI;

/// $I_n(x)$
pub(super) fn bessel_i(n: u32, x: f64) -> f64 {
    let size = x.abs();
    let y = if size.is_infinite() {
        size
    } else if size <= series_up_to(n) {
        series(n, size)
    } else {
        // In two halves, of which neither overflows before the product does.
        let half = libm::exp(0.5 * size);
        asymptotic(n, size) * half * half
    };
    of_parity(n, x, y)
}

/// $e^{-|x|} I_n(x)$
pub(super) fn bessel_ie(n: u32, x: f64) -> f64 {
    let size = x.abs();
    let y = if size.is_infinite() {
        0.0
    } else if size <= series_up_to(n) {
        series(n, size) * libm::exp(-size)
    } else {
        asymptotic(n, size)
    };
    of_parity(n, x, y)
}

/// Odd orders are odd functions.
fn of_parity(n: u32, x: f64, y: f64) -> f64 {
    if n % 2 == 1 { y.copysign(x) } else { y }
}

/// From here on the terms of the asymptotic series fall below a rounding before they rise again.
fn series_up_to(n: u32) -> f64 {
    f64::max(20.0, 0.5 * f64::from(n * n))
}

/// $\sum_k \frac{(x/2)^{2k + n}}{k!\,(k + n)!}$, all of whose terms are positive.
fn series(n: u32, x: f64) -> f64 {
    let half = 0.5 * x;
    let first = (1..=n).fold(1.0, |first, k| first * half / f64::from(k));
    let square = half * half;
    let (mut term, mut rest) = (1.0, 0.0);
    for k in 1.. {
        term *= square / (f64::from(k) * f64::from(k + n));
        rest += term;
        if term <= 1e-17 * rest || term == 0.0 {
            break;
        }
    }
    // The first term is added last: the sum of the others is short of bits only where it is small.
    first + first * rest
}

/// $\frac{1}{\sqrt{2 \pi x}} \sum_k (-1)^k \frac{(4 n^2 - 1) (4 n^2 - 9) \cdots (4 n^2 - (2 k - 1)^2)}{k!\,(8 x)^k}$
fn asymptotic(n: u32, x: f64) -> f64 {
    let square = f64::from(4 * n * n);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..100 {
        let odd = f64::from(2 * k - 1);
        term *= (odd * odd - square) / (8.0 * x * f64::from(k));
        sum += term;
        if term.abs() <= 1e-17 * sum {
            break;
        }
    }
    sum / (2.0 * PI * x).sqrt()
}
