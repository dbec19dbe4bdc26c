//! `+ - * /` between variables and numbers on either side, with broadcasting.

use super::{add::Add, div::Div, mul::Mul, neg::Neg, sub::Sub};
use crate::{Error, Float, Var, var::Operand};
use std::ops;

macro_rules! operator {
    ($Op:ident, $method:ident, $try_method:ident, $Assign:ident, $assign:ident, $doc:literal) => {
        impl<'t, F: Float> ops::$Op for Var<'t, F> {
            type Output = Self;

            #[track_caller]
            fn $method(self, b: Self) -> Self {
                self.binary($Op, b)
            }
        }
        impl<'t, F: Float> ops::$Op<f64> for Var<'t, F> {
            type Output = Self;

            #[track_caller]
            fn $method(self, b: f64) -> Self {
                self.binary($Op, b)
            }
        }
        impl<'t, F: Float> ops::$Op<Var<'t, F>> for f64 {
            type Output = Var<'t, F>;

            #[track_caller]
            fn $method(self, b: Var<'t, F>) -> Var<'t, F> {
                self.beside(b).binary($Op, b)
            }
        }
        impl<'t, F: Float, B: Operand<'t, F>> ops::$Assign<B> for Var<'t, F> {
            #[track_caller]
            fn $assign(&mut self, b: B) {
                *self = self.binary($Op, b);
            }
        }
        impl<'t, F: Float> Var<'t, F> {
            #[doc = $doc]
            ///
            /// # Errors
            ///
            /// [`Error::Broadcast`] if the shapes do not broadcast, [`Error::DifferentTapes`].
            #[track_caller]
            pub fn $try_method(self, b: impl Operand<'t, F>) -> Result<Self, Error> {
                self.try_binary($Op, b)
            }
        }
    };
}
operator!(Add, add, try_add, AddAssign, add_assign, "The sum, after broadcasting; see [`crate::ops::add`].");
operator!(
    Sub,
    sub,
    try_sub,
    SubAssign,
    sub_assign,
    "The difference, after broadcasting; see [`crate::ops::sub`]."
);
operator!(
    Mul,
    mul,
    try_mul,
    MulAssign,
    mul_assign,
    "The product, after broadcasting; see [`crate::ops::mul`]."
);
operator!(
    Div,
    div,
    try_div,
    DivAssign,
    div_assign,
    "The quotient, after broadcasting; see [`crate::ops::div`]."
);

impl<F: Float> ops::Neg for Var<'_, F> {
    type Output = Self;

    #[track_caller]
    fn neg(self) -> Self {
        self.op1(Neg)
    }
}

impl<'t, F: Float> std::iter::Sum for Var<'t, F> {
    /// The sum of several variables.
    ///
    /// # Panics
    ///
    /// If there are none: a sum of nothing is on no tape.
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.reduce(|a, b| a + b).expect("a sum of no variables is on no tape")
    }
}
