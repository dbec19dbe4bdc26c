//! The algebra that formulas are written in: machine numbers and variables alike.

use crate::custom::BothPrecisions;
use crate::ops::{Batch, Fused, Programs};
use crate::{Error, Line, Op, Pullback, Shape, Tensor, Threads, Var};
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;
use wengert_kernels::program::{Builder, Program, Reg};
use wengert_kernels::{Real, SpecialFunctions};

/// What an elementwise formula may use. One text of `f` and of its partials serves kernels (numbers) and
/// derivatives of any order ([`Var`]).
///
/// Conditions are functions (`if_gt` and so on) because a variable has many elements; both branches are evaluated,
/// and the gradient of the branch not taken is exactly 0.
pub trait Scalar:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The constant `c`, of the same kind as `self`.
    fn lit(self, c: f64) -> Self;
    /// $|x|$
    fn abs(self) -> Self;
    /// $\sqrt x$
    fn sqrt(self) -> Self;
    /// $e^x$
    fn exp(self) -> Self;
    /// $e^x - 1$ without cancellation near 0.
    fn expm1(self) -> Self;
    /// $\ln x$
    fn ln(self) -> Self;
    /// $\ln(1 + x)$ without cancellation near 0.
    fn log1p(self) -> Self;
    /// $\log_2 x$
    fn log2(self) -> Self;
    /// $\log_{10} x$
    fn log10(self) -> Self;
    /// $\sin x$
    fn sin(self) -> Self;
    /// $\cos x$
    fn cos(self) -> Self;
    /// $\tan x$
    fn tan(self) -> Self;
    /// $\sinh x$
    fn sinh(self) -> Self;
    /// $\cosh x$
    fn cosh(self) -> Self;
    /// $\tanh x$
    fn tanh(self) -> Self;
    /// $\arcsin x$
    fn asin(self) -> Self;
    /// $\arccos x$
    fn acos(self) -> Self;
    /// $\arctan x$
    fn atan(self) -> Self;
    /// Inverse of $\sinh x$.
    fn asinh(self) -> Self;
    /// Inverse of $\cosh x$.
    fn acosh(self) -> Self;
    /// Inverse of $\tanh x$.
    fn atanh(self) -> Self;
    /// Largest integer not above.
    fn floor(self) -> Self;
    /// Smallest integer not below.
    fn ceil(self) -> Self;
    /// Nearest integer, halves to the even one.
    fn round(self) -> Self;
    /// Integer part.
    fn trunc(self) -> Self;
    /// Angle of the point $(x, y)$ where `self` is $y$.
    fn atan2(self, x: Self) -> Self;
    /// $x^p$
    fn pow(self, p: Self) -> Self;
    /// $x^p \ln x$, the derivative of a power by its exponent, of which `power` is the value; 0 where the power is 0.
    fn pow_ln(self, p: Self, power: Self) -> Self {
        let _ = p;
        let (zero, log) = (self.lit(0.0), self.ln());
        // below 0 the logarithm is NaN, and in a product it is so also where the power is 0
        self.if_ge(zero, power.chain(log), power * log)
    }
    /// $x^n$ for an integer exponent.
    fn powi(self, n: i32) -> Self;
    /// $\frac{2}{\sqrt\pi}\int_0^x e^{-t^2} dt$
    fn erf(self) -> Self;
    /// $1 - \operatorname{erf} x$ without cancellation for large $x$.
    fn erfc(self) -> Self;
    /// $1 / (1 + e^{-x})$
    fn sigmoid(self) -> Self;
    /// Inverse of $\operatorname{erf} x$.
    fn erfinv(self) -> Self;
    /// $e^{x^2} \operatorname{erfc} x$
    fn erfcx(self) -> Self;
    /// $\frac12 \operatorname{erfc}(-x / \sqrt 2)$
    fn normal_cdf(self) -> Self;
    /// $\ln \lvert\Gamma(x)\rvert$
    fn lgamma(self) -> Self;
    /// The derivative of order `n` of the digamma function.
    fn polygamma(self, n: u32) -> Self;
    /// The modified Bessel function $I_n(x)$.
    fn bessel_i(self, n: u32) -> Self;
    /// $e^{-\lvert x \rvert} I_n(x)$
    fn bessel_ie(self, n: u32) -> Self;
    /// The derivative of order `n` of $\sin(\pi x) / (\pi x)$.
    fn sinc_derivative(self, n: u32) -> Self;
    /// $\sqrt{x^2 + b^2}$
    fn hypot(self, b: Self) -> Self;
    /// What $x / b$ truncated to an integer leaves of $x$.
    fn fmod(self, b: Self) -> Self;
    /// $\ln\Gamma(x) + \ln\Gamma(b) - \ln\Gamma(x + b)$
    fn betaln(self, b: Self) -> Self;
    /// `then` where `self > bound`, else `other` (NaN compares false).
    fn if_gt(self, bound: Self, then: Self, other: Self) -> Self;
    /// `then` where `self >= bound`, else `other` (NaN compares false).
    fn if_ge(self, bound: Self, then: Self, other: Self) -> Self;
    /// `then` where `self == bound`, else `other`.
    fn if_eq(self, bound: Self, then: Self, other: Self) -> Self;
    /// `then` where `self` is NaN, else `other`.
    fn if_nan(self, then: Self, other: Self) -> Self;
    /// $c \cdot d$, the chain rule's product: exactly 0 where `self` is 0, even if `partial` is infinite or NaN.
    fn chain(self, partial: Self) -> Self;
    /// $a \cdot b$, exactly 0 where one of them is 0, even if the other is infinite or NaN.
    fn zero_product(self, b: Self) -> Self {
        let zero = b.lit(0.0);
        b.if_eq(zero, zero, self.chain(b))
    }
}

/// A floating-point type that tensors on a tape can hold: `f32` or `f64`.
///
/// The hidden functions run an op; being members of the two implementations, they are compiled once, here, and
/// not again in every crate that records something.
pub trait Float: Scalar + Real {
    #[doc(hidden)]
    fn eval(op: &Op<Self>, x: &[&Tensor<Self>], y: Shape, on: &Threads) -> Result<Tensor<Self>, Error>;
    #[doc(hidden)]
    fn formula(op: &Op<Self>, b: &mut Builder<Self>, x: &[Reg]) -> Option<Reg>;
    #[doc(hidden)]
    fn program(of: &Programs) -> &OnceLock<Program<Self>>;
    #[doc(hidden)]
    fn number(op: &Op<Self>, x: &[Self], line: &mut Option<Op<Self>>) -> Option<Self>;
    #[doc(hidden)]
    fn pull_number(op: &Op<Self>, x: &[Self], y: Self, ct: Self, wants: [bool; 2]) -> Option<[Self; 2]>;
    #[doc(hidden)]
    fn vjp<'t>(op: &Op<Self>, at: &Line<'t, Self>, ct: Var<'t, Self>) -> Result<Pullback<'t, Self>, Error>;
    #[doc(hidden)]
    fn jvp<'t>(
        op: &Op<Self>,
        at: &Line<'t, Self>,
        dx: &[Option<Var<'t, Self>>],
    ) -> Result<Option<Var<'t, Self>>, Error>;
    #[doc(hidden)]
    fn batch<'t>(op: &Op<Self>, at: &Batch<'t, Self>) -> Result<Var<'t, Self>, Error>;
    #[doc(hidden)]
    fn vjp_fused(op: &Op<Self>, x: &[&Tensor<Self>], y: &Tensor<Self>, at: &mut Fused<'_, Self>) -> bool;
    #[doc(hidden)]
    fn of_both(op: BothPrecisions) -> Op<Self>;
}

macro_rules! float { ($($t:ty: $programs:ident),*) => { $(
    impl Scalar for $t {
        fn lit(self, c: f64) -> Self { c as $t }
        fn abs(self) -> Self { Real::abs(self) }
        fn sqrt(self) -> Self { Real::sqrt(self) }
        fn exp(self) -> Self { Real::exp(self) }
        fn expm1(self) -> Self { Real::expm1(self) }
        fn ln(self) -> Self { Real::ln(self) }
        fn log1p(self) -> Self { Real::log1p(self) }
        fn log2(self) -> Self { Real::log2(self) }
        fn log10(self) -> Self { Real::log10(self) }
        fn sin(self) -> Self { Real::sin(self) }
        fn cos(self) -> Self { Real::cos(self) }
        fn tan(self) -> Self { Real::tan(self) }
        fn sinh(self) -> Self { Real::sinh(self) }
        fn cosh(self) -> Self { Real::cosh(self) }
        fn tanh(self) -> Self { Real::tanh(self) }
        fn asin(self) -> Self { Real::asin(self) }
        fn acos(self) -> Self { Real::acos(self) }
        fn atan(self) -> Self { Real::atan(self) }
        fn asinh(self) -> Self { Real::asinh(self) }
        fn acosh(self) -> Self { Real::acosh(self) }
        fn atanh(self) -> Self { Real::atanh(self) }
        fn floor(self) -> Self { Real::floor(self) }
        fn ceil(self) -> Self { Real::ceil(self) }
        fn round(self) -> Self { Real::round_ties_even(self) }
        fn trunc(self) -> Self { Real::trunc(self) }
        fn atan2(self, x: Self) -> Self { Real::atan2(self, x) }
        fn pow(self, p: Self) -> Self { Real::pow(self, p) }
        fn powi(self, n: i32) -> Self { Real::powi(self, n) }
        fn erf(self) -> Self { Real::erf(self) }
        fn erfc(self) -> Self { Real::erfc(self) }
        fn sigmoid(self) -> Self { Real::sigmoid(self) }
        fn erfinv(self) -> Self { SpecialFunctions::erfinv(self) }
        fn erfcx(self) -> Self { SpecialFunctions::erfcx(self) }
        fn normal_cdf(self) -> Self { SpecialFunctions::normal_cdf(self) }
        fn lgamma(self) -> Self { SpecialFunctions::lgamma(self) }
        fn polygamma(self, n: u32) -> Self { SpecialFunctions::polygamma(self, n) }
        fn bessel_i(self, n: u32) -> Self { SpecialFunctions::bessel_i(self, n) }
        fn bessel_ie(self, n: u32) -> Self { SpecialFunctions::bessel_ie(self, n) }
        fn sinc_derivative(self, n: u32) -> Self { SpecialFunctions::sinc_derivative(self, n) }
        fn hypot(self, b: Self) -> Self { Real::hypot(self, b) }
        fn fmod(self, b: Self) -> Self { Real::fmod(self, b) }
        fn betaln(self, b: Self) -> Self { SpecialFunctions::betaln(self, b) }
        fn if_gt(self, bound: Self, then: Self, other: Self) -> Self { if self > bound { then } else { other } }
        fn if_ge(self, bound: Self, then: Self, other: Self) -> Self { if self >= bound { then } else { other } }
        fn if_eq(self, bound: Self, then: Self, other: Self) -> Self { if self == bound { then } else { other } }
        fn if_nan(self, then: Self, other: Self) -> Self { if self.is_nan() { then } else { other } }
        fn chain(self, partial: Self) -> Self { if self == 0.0 { 0.0 } else { self * partial } }
    }
    impl Float for $t {
        fn eval(op: &Op<Self>, x: &[&Tensor<Self>], y: Shape, on: &Threads) -> Result<Tensor<Self>, Error> {
            op.eval_here(x, y, on)
        }
        fn formula(op: &Op<Self>, b: &mut Builder<Self>, x: &[Reg]) -> Option<Reg> {
            op.formula_here(b, x)
        }
        fn program(of: &Programs) -> &OnceLock<Program<Self>> {
            &of.$programs
        }
        fn number(op: &Op<Self>, x: &[Self], line: &mut Option<Op<Self>>) -> Option<Self> {
            op.number_here(x, line)
        }
        fn pull_number(op: &Op<Self>, x: &[Self], y: Self, ct: Self, wants: [bool; 2]) -> Option<[Self; 2]> {
            op.pull_number_here(x, y, ct, wants)
        }
        fn vjp<'t>(op: &Op<Self>, at: &Line<'t, Self>, ct: Var<'t, Self>) -> Result<Pullback<'t, Self>, Error> {
            op.vjp_here(at, ct)
        }
        fn jvp<'t>(
            op: &Op<Self>,
            at: &Line<'t, Self>,
            dx: &[Option<Var<'t, Self>>],
        ) -> Result<Option<Var<'t, Self>>, Error> {
            op.jvp_here(at, dx)
        }
        fn batch<'t>(op: &Op<Self>, at: &Batch<'t, Self>) -> Result<Var<'t, Self>, Error> {
            op.batch_here(at)
        }
        fn vjp_fused(
            op: &Op<Self>,
            x: &[&Tensor<Self>],
            y: &Tensor<Self>,
            at: &mut Fused<'_, Self>,
        ) -> bool {
            op.vjp_fused_here(x, y, at)
        }
        fn of_both(op: BothPrecisions) -> Op<Self> {
            op.$programs
        }
    }
)* } }
float!(f32: single, f64: double);
