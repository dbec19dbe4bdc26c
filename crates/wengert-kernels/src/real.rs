//! Real floating point numbers with elementary functions whose bits are pinned.
//!
//! Transcendental functions are those of vector lanes, or come from the `libm` crate, never from the platform's C
//! library, so a change of system cannot move bits, and a number has the same ones as an element of a tile. Exactly rounded operations (square root, rounding) use the
//! standard ones, which agree everywhere.

use crate::element::Element;
use crate::gemm::Product;
use crate::lanes::{self, Lane, on_one};
use crate::program::Run;
use crate::special::SpecialFunctions;
use std::fmt::Display;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

/// A real number: `f32` or `f64`.
///
/// # Examples
///
/// ```
/// use wengert_kernels::Real;
///
/// fn logistic<T: Real>(x: T) -> T {
///     T::ONE / (T::ONE + (-x).exp())
/// }
/// assert_eq!(logistic(0.0f32), 0.5);
/// assert_eq!(logistic(-1000.0f64), 0.0);
/// ```
pub trait Real:
    Element
    + Product
    + crate::reduce::Columns
    + Lane
    + Run
    + crate::conv::Vectorized
    + SpecialFunctions
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + MulAssign
    + Display
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// A quiet NaN.
    const NAN: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Distance from one to the next larger number.
    const EPSILON: Self;
    /// Smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// Largest finite number.
    const MAX: Self;

    /// The number nearest to `x`.
    fn from_f64(x: f64) -> Self;
    /// This number as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Square root, exactly rounded; NaN below zero.
    fn sqrt(self) -> Self;
    /// Largest integer not above.
    fn floor(self) -> Self;
    /// Smallest integer not below.
    fn ceil(self) -> Self;
    /// Nearest integer, halves to the even one.
    fn round_ties_even(self) -> Self;
    /// Integer part, rounded toward zero.
    fn trunc(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// $e^x$.
    fn exp(self) -> Self;
    /// $e^x - 1$, accurate near 0.
    fn expm1(self) -> Self;
    /// Natural logarithm; NaN below zero.
    fn ln(self) -> Self;
    /// $\ln(1 + x)$, accurate near 0.
    fn log1p(self) -> Self;
    /// Logarithm to base 2; NaN below zero.
    fn log2(self) -> Self;
    /// Logarithm to base 10; NaN below zero.
    fn log10(self) -> Self;
    /// Sine of an angle in radians.
    fn sin(self) -> Self;
    /// Cosine of an angle in radians.
    fn cos(self) -> Self;
    /// Tangent of an angle in radians.
    fn tan(self) -> Self;
    /// Hyperbolic sine.
    fn sinh(self) -> Self;
    /// Hyperbolic cosine.
    fn cosh(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Arc sine in radians.
    fn asin(self) -> Self;
    /// Arc cosine in radians.
    fn acos(self) -> Self;
    /// Arc tangent in radians.
    fn atan(self) -> Self;
    /// Inverse hyperbolic sine.
    fn asinh(self) -> Self;
    /// Inverse hyperbolic cosine.
    fn acosh(self) -> Self;
    /// Inverse hyperbolic tangent.
    fn atanh(self) -> Self;
    /// Angle in radians of the point with ordinate `self` and abscissa `x`.
    fn atan2(self, x: Self) -> Self;
    /// $\sqrt{x^2 + y^2}$ without overflow in between.
    fn hypot(self, y: Self) -> Self;
    /// What a division by `b` that is truncated to an integer leaves, exactly; it has the sign of `self`.
    fn fmod(self, b: Self) -> Self;
    /// $x^p$ for a real exponent; `pow(0, 0)` is 1.
    fn pow(self, p: Self) -> Self;
    /// $x^n$ for an integer exponent: products for 0 to 3, a reciprocal for -1.
    fn powi(self, n: i32) -> Self;
    /// Error function.
    fn erf(self) -> Self;
    /// One minus the error function, without cancellation for large arguments.
    fn erfc(self) -> Self;
    /// $1 / (1 + e^{-x})$, without overflow.
    fn sigmoid(self) -> Self;
    /// Whether this is NaN.
    fn is_nan(self) -> bool;
    /// Whether this is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The larger of two numbers; NaN if either is.
    ///
    /// Of equal numbers it is `other`. The inherent `max` of `f32` and `f64` drops a NaN instead:
    /// on a concrete type call this one as `Real::max(a, b)`.
    fn max(self, other: Self) -> Self {
        if (self > other) | self.is_nan() { self } else { other }
    }

    /// The smaller of two numbers; NaN if either is.
    ///
    /// Of equal numbers it is `other`; see [`Real::max`] about the inherent method of this name.
    fn min(self, other: Self) -> Self {
        if (self < other) | self.is_nan() { self } else { other }
    }
}

/// Implements [`Real`] for one type, naming its `libm` functions.
///
/// Expands to `impl Real for f32 { fn exp(self) -> f32 { libm::expf(self) } ... }` and the same
/// for `f64`.
macro_rules! real {
    ($t:ident; lanes: $($lane:ident),*; far: $sin:ident, $cos:ident;
     unary: $($name:ident = $libm:ident),*; binary: $($name2:ident = $libm2:ident),*) => {
        impl Real for $t {
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            const NAN: $t = $t::NAN;
            const INFINITY: $t = $t::INFINITY;
            const EPSILON: $t = $t::EPSILON;
            const MIN_POSITIVE: $t = $t::MIN_POSITIVE;
            const MAX: $t = $t::MAX;

            #[inline]
            fn from_f64(x: f64) -> $t { x as $t }
            #[inline]
            fn to_f64(self) -> f64 { f64::from(self) }
            #[inline]
            fn abs(self) -> $t { $t::abs(self) }
            #[inline]
            fn sqrt(self) -> $t { $t::sqrt(self) }
            #[inline]
            fn floor(self) -> $t { $t::floor(self) }
            #[inline]
            fn ceil(self) -> $t { $t::ceil(self) }
            #[inline]
            fn round_ties_even(self) -> $t { $t::round_ties_even(self) }
            #[inline]
            fn trunc(self) -> $t { $t::trunc(self) }
            #[inline]
            fn copysign(self, sign: $t) -> $t { $t::copysign(self, sign) }
            #[inline]
            fn is_nan(self) -> bool { $t::is_nan(self) }
            #[inline]
            fn is_finite(self) -> bool { $t::is_finite(self) }
            // Not inlined: the text of such a function is long, and compiled once, here.
            $(fn $lane(self) -> $t { on_one(lanes::$lane, self) })*
            fn sin(self) -> $t {
                // Also of infinity and NaN: the comparison is false.
                if self.abs() <= <$t as Lane>::FAR as $t { on_one(Lane::sine, self) } else { libm::$sin(self) }
            }
            fn cos(self) -> $t {
                if self.abs() <= <$t as Lane>::FAR as $t { on_one(Lane::cosine, self) } else { libm::$cos(self) }
            }
            fn erf(self) -> $t { on_one(Lane::error_function, self) }
            $(#[inline]
            fn $name(self) -> $t { libm::$libm(self) })*
            $(#[inline]
            fn $name2(self, other: $t) -> $t { libm::$libm2(self, other) })*
            #[inline]
            fn powi(self, n: i32) -> $t {
                match n {
                    0 => 1.0,
                    1 => self,
                    2 => self * self,
                    3 => self * self * self,
                    -1 => 1.0 / self,
                    // Through f64 the exponent is exact, also above 2^24.
                    _ => libm::pow(f64::from(self), f64::from(n)) as $t,
                }
            }
        }
    };
}

real!(f32;
    lanes: exp, expm1, ln, log1p, tanh, sigmoid; far: sinf, cosf;
    unary: tan = tanf, sinh = sinhf, cosh = coshf, asin = asinf, acos = acosf, atan = atanf,
        asinh = asinhf, acosh = acoshf, atanh = atanhf, erfc = erfcf, log2 = log2f, log10 = log10f;
    binary: atan2 = atan2f, hypot = hypotf, pow = powf, fmod = fmodf);

real!(f64;
    lanes: exp, expm1, ln, log1p, tanh, sigmoid; far: sin, cos;
    unary: tan = tan, sinh = sinh, cosh = cosh, asin = asin, acos = acos, atan = atan,
        asinh = asinh, acosh = acosh, atanh = atanh, erfc = erfc, log2 = log2, log10 = log10;
    binary: atan2 = atan2, hypot = hypot, pow = pow, fmod = fmod);

#[cfg(test)]
mod tests {
    use super::Real;

    fn nan_wins<T: Real>() {
        for (a, b) in [(T::NAN, T::ONE), (T::ONE, T::NAN), (T::NAN, T::NAN)] {
            assert!(a.max(b).is_nan() && a.min(b).is_nan());
        }
        assert_eq!((T::ONE.max(T::ZERO), T::ONE.min(T::ZERO)), (T::ONE, T::ZERO));
        assert_eq!((T::ZERO.max(T::ONE), T::ZERO.min(T::ONE)), (T::ONE, T::ZERO));
    }

    #[test]
    fn max_and_min_propagate_nan_from_either_side() {
        nan_wins::<f32>();
        nan_wins::<f64>();
    }

    fn stated_values<T: Real>() {
        let r = T::from_f64;
        assert_eq!(r(1e-20).log1p(), r(1e-20));
        assert_eq!(r(1e-20).expm1(), r(1e-20));
        assert_eq!(r(1000.0).exp(), T::INFINITY);
        assert_eq!(r(-1000.0).tanh(), -T::ONE);
        assert_eq!(T::ZERO.ln(), -T::INFINITY);
        assert!((-T::ONE).ln().is_nan() && (-T::ONE).sqrt().is_nan());
        assert_eq!(T::ZERO.pow(T::ZERO), T::ONE);
        assert_eq!([0.5, 1.5, 2.5, -0.5].map(|x| r(x).round_ties_even()), [0.0, 2.0, 2.0, 0.0].map(r));
        assert_eq!(r(-1.0).atan2(r(-0.0)), r(-std::f64::consts::FRAC_PI_2));
        assert_eq!((T::ZERO.erf(), r(10.0).erf()), (T::ZERO, T::ONE));
    }

    #[test]
    fn elementary_functions_hold_their_stated_values() {
        stated_values::<f32>();
        stated_values::<f64>();
    }

    #[test]
    fn integer_powers_are_exact_where_the_result_is() {
        assert_eq!(
            (-3..=6).map(|n| 2f32.powi(n)).collect::<Vec<_>>(),
            (-3..=6).map(|n| 2f32.pow(n as f32)).collect::<Vec<_>>()
        );
        assert_eq!(Real::powi(-2.0f64, 3), -8.0);
        assert_eq!(Real::powi(-1.0f32, i32::MAX), -1.0);
        assert_eq!(Real::powi(0.0f64, -1), f64::INFINITY);
        assert_eq!(Real::powi(1e155f64, -2), 1e-310);
    }

    #[test]
    fn single_precision_agrees_with_double_to_rounding() {
        type Pair = (fn(f32) -> f32, fn(f64) -> f64);
        let pairs: [Pair; 8] = [
            (Real::exp, Real::exp),
            (Real::sin, Real::sin),
            (Real::tanh, Real::tanh),
            (Real::erf, Real::erf),
            (Real::expm1, Real::expm1),
            (Real::atan, Real::atan),
            (Real::sinh, Real::sinh),
            (Real::asinh, Real::asinh),
        ];
        for (single, double) in pairs {
            for i in -40..=40 {
                let x = i as f32 * 0.173;
                let (s, d) = (f64::from(single(x)), double(f64::from(x)));
                assert!((s - d).abs() <= 2.0 * f64::from(f32::EPSILON) * d.abs(), "{x}: {s} {d}");
            }
        }
    }
}
