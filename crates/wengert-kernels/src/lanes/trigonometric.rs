//! Sines and cosines of angles that are not far from 0.
//!
//! $x = k \pi/2 + r$ with an integer $k$ and $|r| \le \pi/4$; polynomials, minimax in relative error, give the sine and the
//! cosine of $r$, and the last two bits of $k$ say which of them it is, and its sign.

use super::lane::Lane;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// $\pi/2$ in three parts, the first two of 33 bits, whose products with integers below $2^{20}$ are exact.
const HALF_PI: [f64; 3] = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];

/// The sine of a quarter turn less than `quarters`, of the sine and the cosine of the rest.
#[inline(always)]
fn in_quadrant(shifted: f64, quarters: u64, sine: f64, cosine: f64) -> f64 {
    let quadrant = shifted.to_bits().wrapping_add(quarters);
    let value = if quadrant & 1 == 0 { sine } else { cosine };
    f64::from_bits(value.to_bits() ^ ((quadrant & 2) << 62))
}

/// $\sin(x + q \pi/2)$, in double precision throughout and rounded at the end.
#[inline(always)]
pub(super) fn sine_f32(x: f32, quarters: u64) -> f32 {
    // What follows pi/2 as a double; both products are subtracted with one rounding.
    const REST: f64 = 6.123233995736766e-17;
    let x = f64::from(x);
    let shifted = x.mul_add(FRAC_2_PI, f64::magic());
    let k = shifted - f64::magic();
    let r = (-k).mul_add(FRAC_PI_2, x);
    let r = (-k).mul_add(REST, r);
    let z = r * r;
    let odd = z.polynomial([
        -0.1666666664077625,
        0.008333329302418683,
        -0.00019839311485753285,
        2.7181141200607435e-6,
    ]);
    let even = z.polynomial([
        0.041666666619453646,
        -0.0013888883496853634,
        2.479945930869559e-5,
        -2.720568452741662e-7,
    ]);
    let sine = (r * z).mul_add(odd, r);
    let cosine = (z * z).mul_add(even, z.mul_add(-0.5, 1.0));
    in_quadrant(shifted, quarters, sine, cosine) as f32
}

/// $\sin(x + q \pi/2)$
#[inline(always)]
pub(super) fn sine_f64(x: f64, quarters: u64) -> f64 {
    let shifted = x.mul_add(FRAC_2_PI, f64::magic());
    let k = shifted - f64::magic();
    // The rest as r + low: the first difference is exact, and the rounding of the second is recovered.
    let first = (-k).mul_add(HALF_PI[0], x);
    let second = k * HALF_PI[1];
    let high = first - second;
    let recovered = high - first;
    let lost = (first - (high - recovered)) - (second + recovered);
    let low = (-k).mul_add(HALF_PI[2], lost);
    let r = high + low;
    let low = (high - r) + low;
    let z = r * r;
    let odd = z.polynomial([
        -0.1666666666666663,
        0.008333333333322108,
        -0.00019841269829580177,
        2.7557313618020905e-6,
        -2.5050747218716698e-8,
        1.5896197664363675e-10,
    ]);
    let even = z.polynomial([
        0.041666666666666595,
        -0.001388888888887304,
        2.48015872888414e-5,
        -2.7557314176239724e-7,
        2.0875700415987927e-9,
        -1.1358513944531173e-11,
    ]);
    // sin(r + low) = sin r + low cos r, and cos(r + low) = cos r - low sin r, to first order.
    let half = 0.5 * z;
    let sine = r + (r * z).mul_add(odd, low - low * half);
    let one_less = 1.0 - half;
    let rounded = (1.0 - one_less) - half;
    let cosine = one_less + (z * z).mul_add(even, rounded - r * low);
    in_quadrant(shifted, quarters, sine, cosine)
}
