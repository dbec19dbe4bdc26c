//! Formulas over variables: the algebra of formulas, recorded.

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
    fn atan2(self, x: Self) -> Self {
        self.atan2(x)
    }
    fn pow(self, p: Self) -> Self {
        self.pow(p)
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
}
