//! Natural logarithms.
//!
//! $x = 2^k (1 + f)$ with $1 + f$ from $\sqrt{1/2}$ to $\sqrt 2$, and
//! $\ln(1 + f) = \ln\frac{1 + s}{1 - s}$ with $s = f / (2 + f)$, an odd series in $s$ of which a minimax polynomial is taken.

use super::lane::Lane;

/// $k \ln 2 + \ln(1 + f + l)$ with an $l$ that is at most a rounding error of $f$.
#[inline(always)]
fn sum<T: Lane>(k: T, f: T, l: T) -> T {
    let s = f / (T::lit(2.0) + f);
    let z = s * s;
    let tail = z * T::ln_tail(z);
    let half = T::lit(0.5) * f * f;
    let [high, low] = T::LN_2.map(T::lit);
    // Small terms first: f - (half - (s (half + tail) + k low + l)) + k high.
    let small = k.mul_add(low, s.mul_add(half + tail, l));
    k.mul_add(high, f - (half - small))
}

/// The logarithm of `of`, where that is not the logarithm `y` of a finite positive number.
#[inline(always)]
fn with_limits<T: Lane>(of: T, y: T) -> T {
    let infinity = T::lit(f64::INFINITY);
    let limit = if of > T::lit(0.0) { infinity } else { T::lit(f64::NAN) };
    let limit = if of == T::lit(0.0) { -infinity } else { limit };
    if (of > T::lit(0.0)) & (of < infinity) { y } else { limit }
}

/// $\ln x$
#[inline(always)]
pub(crate) fn ln<T: Lane>(x: T) -> T {
    // Subnormal numbers are scaled up first.
    let scale = T::lit((1_u64 << T::FRACTION) as f64);
    let small = x < T::lit(T::LEAST_NORMAL);
    let (m, k) = (if small { x * scale } else { x }).split();
    let k = k - if small { T::lit(f64::from(T::FRACTION)) } else { T::lit(0.0) };
    with_limits(x, sum(k, m - T::lit(1.0), T::lit(0.0)))
}

/// $\ln(1 + x)$
#[inline(always)]
pub(crate) fn log1p<T: Lane>(x: T) -> T {
    let one = T::lit(1.0);
    // 1 + x = u + lost, exactly.
    let u = one + x;
    let above = u - one;
    let lost = (one - (u - above)) + (x - above);
    let (m, k) = u.split();
    // What is lost counts only where u is of the size of 1; beyond, 2^-k might not be normal.
    let scale = T::power_of_two((-k).shifted());
    let lost = if k < T::lit(100.0) { lost * scale } else { T::lit(0.0) };
    let f = (m - one) + lost;
    let low = ((m - one) - f) + lost;
    let y = with_limits(u, sum(k, f, low));
    if x == T::lit(0.0) { x } else { y }
}
