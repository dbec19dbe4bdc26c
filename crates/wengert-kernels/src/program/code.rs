//! The basic instructions.

use std::fmt;

/// A basic instruction: a function of one to four numbers.
///
/// ```
/// use wengert_kernels::program::Code;
///
/// assert_eq!((Code::Exp.operands(), Code::IfGt.operands()), (1, 4));
/// assert_eq!(Code::PowI(-2).to_string(), "powi(-2)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// $x$
    Copy,
    /// $-x$
    Neg,
    /// $|x|$
    Abs,
    /// $\sqrt x$
    Sqrt,
    /// $e^x$
    Exp,
    /// $e^x - 1$
    Expm1,
    /// $\ln x$
    Ln,
    /// $\ln(1 + x)$
    Log1p,
    /// $\log_2 x$
    Log2,
    /// $\log_{10} x$
    Log10,
    /// $\sin x$
    Sin,
    /// $\cos x$
    Cos,
    /// $\tan x$
    Tan,
    /// $\sinh x$
    Sinh,
    /// $\cosh x$
    Cosh,
    /// $\tanh x$
    Tanh,
    /// $\arcsin x$
    Asin,
    /// $\arccos x$
    Acos,
    /// $\arctan x$
    Atan,
    /// Inverse of $\sinh x$
    Asinh,
    /// Inverse of $\cosh x$
    Acosh,
    /// Inverse of $\tanh x$
    Atanh,
    /// Largest integer not above
    Floor,
    /// Smallest integer not below
    Ceil,
    /// Nearest integer, halves to the even one
    Round,
    /// Integer part
    Trunc,
    /// $\operatorname{erf} x$
    Erf,
    /// $1 - \operatorname{erf} x$
    Erfc,
    /// Inverse of $\operatorname{erf} x$
    Erfinv,
    /// $e^{x^2} \operatorname{erfc} x$
    Erfcx,
    /// $\frac12 \operatorname{erfc}(-x / \sqrt 2)$
    NormalCdf,
    /// $\ln |\Gamma(x)|$
    Lgamma,
    /// The derivative of the order named of the digamma function
    Polygamma(u32),
    /// The modified Bessel function $I_n(x)$ of the order named
    BesselI(u32),
    /// $e^{-|x|} I_n(x)$ for the order named
    BesselIe(u32),
    /// The derivative of the order named of $\sin(\pi x) / (\pi x)$
    Sinc(u32),
    /// $1 / (1 + e^{-x})$
    Sigmoid,
    /// $x^n$ for the integer named
    PowI(i32),
    /// $a + b$
    Add,
    /// $a - b$
    Sub,
    /// $a b$
    Mul,
    /// $a / b$
    Div,
    /// $a^b$
    Pow,
    /// Angle of the point with ordinate $a$ and abscissa $b$
    Atan2,
    /// $\sqrt{a^2 + b^2}$
    Hypot,
    /// What $a / b$ truncated to an integer leaves of $a$
    Fmod,
    /// $\ln\Gamma(a) + \ln\Gamma(b) - \ln\Gamma(a + b)$
    Betaln,
    /// $c p$, and 0 where $c$ is 0
    Chain,
    /// Of (x, then, other): then where x is NaN, else other
    IfNan,
    /// Of (x, bound, then, other): then where x > bound, else other
    IfGt,
    /// Of (x, bound, then, other): then where x >= bound, else other
    IfGe,
    /// Of (x, bound, then, other): then where x == bound, else other
    IfEq,
}

impl Code {
    /// How many operands it takes.
    pub fn operands(self) -> usize {
        match self {
            Code::Add | Code::Sub | Code::Mul | Code::Div | Code::Pow | Code::Atan2 | Code::Chain => 2,
            Code::Hypot | Code::Fmod | Code::Betaln => 2,
            Code::IfNan => 3,
            Code::IfGt | Code::IfGe | Code::IfEq => 4,
            _ => 1,
        }
    }

    /// Whether its two operands may change places.
    pub(super) fn commutes(self) -> bool {
        matches!(self, Code::Add | Code::Mul)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Code::PowI(n) = self {
            return write!(f, "powi({n})");
        }
        let name = match self {
            Code::IfNan => "if_nan",
            Code::IfGt => "if_gt",
            Code::IfGe => "if_ge",
            Code::IfEq => "if_eq",
            other => return write!(f, "{}", format!("{other:?}").to_lowercase()),
        };
        f.write_str(name)
    }
}
