//! Formulas over variables: the algebra of formulas, recorded.

use super::{bessel_i::BesselI, bessel_ie::BesselIe, polygamma::Polygamma, sinc::Sinc};
use crate::{Float, Scalar, Var};

/// Formulas over variables record ops: that is what makes a rule differentiable again.
impl<F: Float> Scalar for Var<'_, F> {
    #[track_caller]
    fn lit(self, c: f64) -> Self {
        self.constant(c)
    }
    fn abs(self) -> Self {
        self.abs()
    }
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn expm1(self) -> Self {
        self.expm1()
    }
    fn ln(self) -> Self {
        self.ln()
    }
    fn log1p(self) -> Self {
        self.log1p()
    }
    fn log2(self) -> Self {
        self.log2()
    }
    fn log10(self) -> Self {
        self.log10()
    }
    fn sin(self) -> Self {
        self.sin()
    }
    fn cos(self) -> Self {
        self.cos()
    }
    fn tan(self) -> Self {
        self.tan()
    }
    fn sinh(self) -> Self {
        self.sinh()
    }
    fn cosh(self) -> Self {
        self.cosh()
    }
    fn tanh(self) -> Self {
        self.tanh()
    }
    fn asin(self) -> Self {
        self.asin()
    }
    fn acos(self) -> Self {
        self.acos()
    }
    fn atan(self) -> Self {
        self.atan()
    }
    fn asinh(self) -> Self {
        self.asinh()
    }
    fn acosh(self) -> Self {
        self.acosh()
    }
    fn atanh(self) -> Self {
        self.atanh()
    }
    fn floor(self) -> Self {
        self.floor()
    }
    fn ceil(self) -> Self {
        self.ceil()
    }
    fn round(self) -> Self {
        self.round()
    }
    fn trunc(self) -> Self {
        self.trunc()
    }
    fn atan2(self, x: Self) -> Self {
        self.atan2(x)
    }
    fn pow(self, p: Self) -> Self {
        self.pow(p)
    }
    fn pow_ln(self, p: Self, _: Self) -> Self {
        self.pow_ln(p)
    }
    fn powi(self, n: i32) -> Self {
        self.powi(n)
    }
    fn erf(self) -> Self {
        self.erf()
    }
    fn erfc(self) -> Self {
        self.erfc()
    }
    fn sigmoid(self) -> Self {
        self.sigmoid()
    }
    fn erfinv(self) -> Self {
        self.erfinv()
    }
    fn erfcx(self) -> Self {
        self.erfcx()
    }
    fn normal_cdf(self) -> Self {
        self.normal_cdf()
    }
    fn lgamma(self) -> Self {
        self.lgamma()
    }
    fn polygamma(self, n: u32) -> Self {
        self.op1(Polygamma { n })
    }
    fn bessel_i(self, n: u32) -> Self {
        self.op1(BesselI { n })
    }
    fn bessel_ie(self, n: u32) -> Self {
        self.op1(BesselIe { n })
    }
    fn sinc_derivative(self, n: u32) -> Self {
        self.op1(Sinc { n })
    }
    fn hypot(self, b: Self) -> Self {
        self.hypot(b)
    }
    fn fmod(self, b: Self) -> Self {
        self.fmod(b)
    }
    fn betaln(self, b: Self) -> Self {
        self.betaln(b)
    }
    fn if_gt(self, bound: Self, then: Self, other: Self) -> Self {
        self.gt(bound).select(then, other)
    }
    fn if_ge(self, bound: Self, then: Self, other: Self) -> Self {
        self.ge(bound).select(then, other)
    }
    fn if_eq(self, bound: Self, then: Self, other: Self) -> Self {
        self.eq(bound).select(then, other)
    }
    fn if_nan(self, then: Self, other: Self) -> Self {
        self.ne(self).select(then, other)
    }
    fn chain(self, partial: Self) -> Self {
        self.chain(partial)
    }
    fn zero_product(self, b: Self) -> Self {
        self.zero_product(b)
    }
}
