//! $e^x$ and functions made of it.
//!
//! $x = k \ln 2 + r$ with an integer $k$ and $|r| \le \ln(2) / 2$; a polynomial gives $e^r$, minimax in the relative error
//! of $e^r$ (by the exchange algorithm of Remez), and $e^x = 2^k e^r$. What a rounded sum loses is recovered and added
//! with the small terms, so that about one rounding is left.

use super::lane::{Lane, at_least, at_most};
use std::f64::consts::LOG2_E;

/// A number as the sum of two, the second at most a rounding error of the first.
type Pair<T> = [T; 2];

/// $k$ plus the magic number, and $r$.
#[inline(always)]
fn reduced<T: Lane>(x: T) -> (T, T) {
    let shifted = x.mul_add(T::lit(LOG2_E), T::magic());
    let k = shifted - T::magic();
    let [high, low] = T::LN_2.map(T::lit);
    // The first product is exact, and so is its difference from x.
    (shifted, (-k).mul_add(low, (-k).mul_add(high, x)))
}

/// The sum of a large and a small number, as a pair.
#[inline(always)]
fn pair<T: Lane>(large: T, small: T) -> Pair<T> {
    let sum = large + small;
    [sum, (large - sum) + small]
}

/// $e^r$ as an unrounded sum.
#[inline(always)]
fn exp_reduced<T: Lane>(r: T) -> Pair<T> {
    let [sum, lost] = pair(T::lit(1.0), r);
    [sum, (r * r).mul_add(T::exp_tail(r), lost)]
}

/// $2^k$ as two powers, which are normal also where it is not.
#[inline(always)]
fn halves<T: Lane>(shifted: T) -> [T; 2] {
    let k = shifted - T::magic();
    let half = k.mul_add(T::lit(0.5), T::magic());
    let rest = (k - (half - T::magic())) + T::magic();
    [T::power_of_two(half), T::power_of_two(rest)]
}

/// $e^x$
#[inline(always)]
pub(crate) fn exp<T: Lane>(x: T) -> T {
    let (shifted, r) = reduced(at_most(at_least(x, T::EXP_MIN), T::EXP_MAX));
    let [sum, tail] = exp_reduced(r);
    let [a, b] = halves(shifted);
    (sum + tail) * a * b
}

/// Half of $e^x - 1$ as an unrounded sum, for $x$ from `EXPM1_MIN` to `EXP_MAX`.
#[inline(always)]
fn half_expm1<T: Lane>(x: T) -> Pair<T> {
    let (shifted, r) = reduced(x);
    // Half of 2^k, which cannot overflow.
    let half = T::power_of_two(shifted - T::lit(1.0));
    let start = half - T::lit(0.5);
    let sum = half.mul_add(r, start);
    let lost = half.mul_add(r, start - sum);
    [sum, half.mul_add(r * r * T::exp_tail(r), lost)]
}

/// Below this $e^x - 1$ and $\tanh x$ are $x$, in any format.
const TINY: f64 = 1e-17;

/// $e^x - 1$
#[inline(always)]
pub(crate) fn expm1<T: Lane>(x: T) -> T {
    let [sum, tail] = half_expm1(at_most(at_least(x, T::EXPM1_MIN), T::EXP_MAX));
    let y = T::lit(2.0) * (sum + tail);
    if x.size() < T::lit(TINY) { x } else { y }
}

/// $a / b$ with what the two lost.
#[inline(always)]
fn quotient<T: Lane>([a, a_low]: Pair<T>, [b, b_low]: Pair<T>) -> T {
    let inverse = T::lit(1.0) / b;
    let y = a * inverse;
    let rest = (-y).mul_add(b, a) + (a_low - y * b_low);
    rest.mul_add(inverse, y)
}

/// $\tanh x = h / (h + 1)$ with $h = (e^{2 x} - 1) / 2$
#[inline(always)]
pub(crate) fn tanh<T: Lane>(x: T) -> T {
    let double = at_most(T::lit(2.0) * x.size(), -2.0 * T::EXPM1_MIN);
    let [sum, tail] = half_expm1(double);
    let [h, low] = pair(sum, tail);
    let [one_more, lost] = pair(T::lit(1.0), h);
    let y = quotient([h, low], [one_more, lost + low]).signed(x);
    if x.size() < T::lit(TINY) { x } else { y }
}

/// $1 / (1 + e^{-x})$
#[inline(always)]
pub(crate) fn sigmoid<T: Lane>(x: T) -> T {
    // `exp` only of a negative number: it cannot overflow.
    let (shifted, r) = reduced(at_least(-x.size(), T::EXP_MIN));
    let [sum, tail] = exp_reduced(r);
    let [a, b] = halves(shifted);
    let [e, low] = pair(sum, tail).map(|part| part * a * b);
    let [one_more, lost] = pair(T::lit(1.0), e);
    let negative = x < T::lit(0.0);
    let above = [if negative { e } else { T::lit(1.0) }, if negative { low } else { T::lit(0.0) }];
    quotient(above, [one_more, lost + low])
}
