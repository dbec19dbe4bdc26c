//! One lane: a number, its bits, and the constants of its format.

use super::{erf, trigonometric};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What the formulas of this module need of `f32` and `f64`.
pub trait Lane:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Beyond this exponential functions overflow.
    const EXP_MAX: f64;
    /// Below this `exp` rounds to 0.
    const EXP_MIN: f64;
    /// Below this `expm1` rounds to -1, and above the opposite `tanh` to 1.
    const EXPM1_MIN: f64;
    /// Smallest normal number.
    const LEAST_NORMAL: f64;
    /// Bits after the point of the significand.
    const FRACTION: i32;
    /// $\ln 2$ in two parts, the first short enough that its product with an exponent is exact.
    const LN_2: [f64; 2];
    /// Sines and cosines of numbers beyond this are not computed in lanes.
    const FAR: f64;

    /// The number nearest to `c`.
    fn lit(c: f64) -> Self;
    /// `self * a + b`, rounded once.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// The magnitude.
    fn size(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn signed(self, sign: Self) -> Self;
    /// $2^k$ of the integer `k` in `k + MAGIC`, where the power is normal.
    fn power_of_two(shifted: Self) -> Self;
    /// The significand in $[\sqrt{1/2}, \sqrt 2)$ and the exponent of a normal positive number.
    fn split(self) -> (Self, Self);
    /// $(e^r - 1 - r) / r^2$ for $|r| \le \ln(2) / 2$.
    fn exp_tail(r: Self) -> Self;
    /// $(\ln\frac{1 + s}{1 - s} - 2 s) / s^3$ of $z = s^2$, for $|s| \le (\sqrt 2 - 1) / (\sqrt 2 + 1)$.
    fn ln_tail(z: Self) -> Self;
    /// Sine of an angle in radians that is not far.
    fn sine(x: Self) -> Self;
    /// Cosine of an angle in radians that is not far.
    fn cosine(x: Self) -> Self;
    /// Error function.
    fn error_function(x: Self) -> Self;

    /// 1.5 times a power of two so large that adding it rounds to an integer, halves to the even one.
    #[inline(always)]
    fn magic() -> Self {
        Self::lit(1.5 * (1_u64 << Self::FRACTION) as f64)
    }

    /// Nearest integer below $2^{20}$ in magnitude, plus the magic number.
    #[inline(always)]
    fn shifted(self) -> Self {
        self + Self::magic()
    }

    /// $c_0 + c_1 x + c_2 x^2 + \ldots$, even and odd powers apart to shorten the chain of operations.
    #[inline(always)]
    fn polynomial<const N: usize>(self, c: [f64; N]) -> Self {
        let square = self * self;
        let last = [Self::lit(c[N - 2]), Self::lit(c[N - 1])];
        let [mut even, mut odd] = if N.is_multiple_of(2) { last } else { [last[1], last[0]] };
        for k in (0..N - 2).rev() {
            let half = if k.is_multiple_of(2) { &mut even } else { &mut odd };
            *half = half.mul_add(square, Self::lit(c[k]));
        }
        odd.mul_add(self, even)
    }
}

/// Keeps a number at or above a bound; NaN stays NaN.
#[inline(always)]
pub(super) fn at_least<T: Lane>(x: T, bound: f64) -> T {
    if x < T::lit(bound) { T::lit(bound) } else { x }
}

/// Keeps a number at or below a bound; NaN stays NaN.
#[inline(always)]
pub(super) fn at_most<T: Lane>(x: T, bound: f64) -> T {
    if x > T::lit(bound) { T::lit(bound) } else { x }
}

/// The members of [`Lane`] that differ between formats by the width of their parts alone.
///
/// Expands to `fn lit(c: f64) -> f32 { c as f32 }` and so on, inside an `impl Lane`.
macro_rules! bits {
    ($t:ident, $fraction:literal, $bias:literal) => {
        const FRACTION: i32 = $fraction;
        const LEAST_NORMAL: f64 = $t::MIN_POSITIVE as f64;

        #[inline(always)]
        fn lit(c: f64) -> $t {
            c as $t
        }
        #[inline(always)]
        fn mul_add(self, a: $t, b: $t) -> $t {
            $t::mul_add(self, a, b)
        }
        #[inline(always)]
        fn size(self) -> $t {
            self.abs()
        }
        #[inline(always)]
        fn signed(self, sign: $t) -> $t {
            self.copysign(sign)
        }
        #[inline(always)]
        fn power_of_two(shifted: $t) -> $t {
            // The low bits of the significand hold the integer; the shift drops all others.
            $t::from_bits((shifted.to_bits() << $fraction).wrapping_add(const { (1.0 as $t).to_bits() }))
        }
        #[inline(always)]
        fn split(self) -> ($t, $t) {
            const LEAST: $t = std::f64::consts::FRAC_1_SQRT_2 as $t;
            const WHOLE: $t = (1_u64 << $fraction) as $t;
            // Carries into the exponent where the significand is at least that of the root of 1/2.
            let i =
                self.to_bits().wrapping_sub(LEAST.to_bits()).wrapping_add(const { (1.0 as $t).to_bits() });
            let fraction = i & ((1 << $fraction) - 1);
            let significand = $t::from_bits(fraction.wrapping_add(LEAST.to_bits()));
            let biased = $t::from_bits((i >> $fraction) | WHOLE.to_bits());
            (significand, biased - (WHOLE + $bias))
        }
    };
}

impl Lane for f32 {
    bits!(f32, 23, 127.0);

    const EXP_MAX: f64 = 89.0;
    const EXP_MIN: f64 = -104.0;
    const EXPM1_MIN: f64 = -18.0;
    const LN_2: [f64; 2] = [0.693145751953125, 1.428606765330187e-6];
    const FAR: f64 = 268435456.0; // 2^28

    #[inline(always)]
    fn exp_tail(r: f32) -> f32 {
        r.polynomial([4.999999404e-1, 1.666652113e-1, 4.166838899e-2, 8.368716575e-3, 1.381459879e-3])
    }
    #[inline(always)]
    fn ln_tail(z: f32) -> f32 {
        z.polynomial([6.666666269e-1, 4.000033438e-1, 2.853729427e-1, 2.358243465e-1])
    }
    #[inline(always)]
    fn sine(x: f32) -> f32 {
        // The sum of small terms would lose the sign of a zero.
        if x == 0.0 { x } else { trigonometric::sine_f32(x, 0) }
    }
    #[inline(always)]
    fn cosine(x: f32) -> f32 {
        trigonometric::sine_f32(x, 1)
    }
    #[inline(always)]
    fn error_function(x: f32) -> f32 {
        erf::erf_f32(x)
    }
}

impl Lane for f64 {
    bits!(f64, 52, 1023.0);

    const EXP_MAX: f64 = 709.9;
    const EXP_MIN: f64 = -746.0;
    const EXPM1_MIN: f64 = -38.0;
    const LN_2: [f64; 2] = [0.6931471805598903, 5.497923018708371e-14];
    const FAR: f64 = 1048576.0; // 2^20

    #[inline(always)]
    fn exp_tail(r: f64) -> f64 {
        r.polynomial([
            0.5,
            0.16666666666666682,
            0.041666666666666095,
            0.008333333333317034,
            0.001388888888911563,
            0.00019841269896383798,
            2.4801586926629716e-5,
            2.7557234861919093e-6,
            2.755758185062259e-7,
            2.511203684458965e-8,
            2.0826626457825865e-9,
        ])
    }
    #[inline(always)]
    fn ln_tail(z: f64) -> f64 {
        z.polynomial([
            0.6666666666666734,
            0.3999999999941396,
            0.2857142874256242,
            0.22222198553759095,
            0.18183565408520383,
            0.15314021088605473,
            0.1479626144702003,
        ])
    }
    #[inline(always)]
    fn sine(x: f64) -> f64 {
        // The sum of small terms would lose the sign of a zero.
        if x == 0.0 { x } else { trigonometric::sine_f64(x, 0) }
    }
    #[inline(always)]
    fn cosine(x: f64) -> f64 {
        trigonometric::sine_f64(x, 1)
    }
    #[inline(always)]
    fn error_function(x: f64) -> f64 {
        erf::erf_f64(x)
    }
}
