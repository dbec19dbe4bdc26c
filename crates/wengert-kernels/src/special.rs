//! Special functions of single numbers, and their derivatives where a formula for them would cancel.
//!
//! All are computed in double precision, also for `f32`. Relative errors are a few roundings of `f64`, away from zeros of
//! the function; each says where they are more.

mod bessel;
mod gamma;
mod normal;
mod sinc;
#[cfg(test)]
mod tests;

/// Special functions of a number, of `f32` by way of `f64`.
///
/// ```
/// use wengert_kernels::SpecialFunctions;
///
/// assert_eq!(5.0_f64.lgamma(), 24.0_f64.ln());
/// assert_eq!((0.0_f32.sinc_derivative(0), 0.0_f32.bessel_i(0)), (1.0, 1.0));
/// assert_eq!(1.0_f64.erfinv(), f64::INFINITY);
/// ```
pub trait SpecialFunctions: Sized {
    /// The number whose error function is this; NaN outside $[-1, 1]$.
    fn erfinv(self) -> Self;
    /// $e^{x^2} \operatorname{erfc} x$, without overflow for large $x$.
    fn erfcx(self) -> Self;
    /// $\frac12 \operatorname{erfc}(-x / \sqrt 2)$, with all bits of the lower tail.
    fn normal_cdf(self) -> Self;
    /// $\ln |\Gamma(x)|$; infinite at the poles, NaN at $-\infty$.
    fn lgamma(self) -> Self;
    /// The derivative of order $n$ of the digamma function, for $n$ up to 170, beyond which it is NaN.
    fn polygamma(self, n: u32) -> Self;
    /// $\ln\Gamma(a) + \ln\Gamma(b) - \ln\Gamma(a + b)$ without cancellation; NaN below 0.
    fn betaln(self, b: Self) -> Self;
    /// The modified Bessel function $I_n(x)$, for $n$ up to 30.
    fn bessel_i(self, n: u32) -> Self;
    /// $e^{-|x|} I_n(x)$, for $n$ up to 30.
    fn bessel_ie(self, n: u32) -> Self;
    /// The derivative of order $n$ of $\sin(\pi x) / (\pi x)$.
    fn sinc_derivative(self, n: u32) -> Self;
}

macro_rules! special_functions { ($($t:ident),*) => { $(
    impl SpecialFunctions for $t {
        fn erfinv(self) -> $t { normal::erfinv(f64::from(self)) as $t }
        fn erfcx(self) -> $t { normal::erfcx(f64::from(self)) as $t }
        fn normal_cdf(self) -> $t { normal::cdf(f64::from(self)) as $t }
        fn lgamma(self) -> $t { gamma::lgamma(f64::from(self)) as $t }
        fn polygamma(self, n: u32) -> $t { gamma::polygamma(n, f64::from(self)) as $t }
        fn betaln(self, b: $t) -> $t { gamma::betaln(f64::from(self), f64::from(b)) as $t }
        fn bessel_i(self, n: u32) -> $t { bessel::bessel_i(n, f64::from(self)) as $t }
        fn bessel_ie(self, n: u32) -> $t { bessel::bessel_ie(n, f64::from(self)) as $t }
        fn sinc_derivative(self, n: u32) -> $t { sinc::derivative(n, f64::from(self)) as $t }
    }
)* } }
special_functions!(f32, f64);
