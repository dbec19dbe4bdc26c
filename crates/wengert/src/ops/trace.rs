//! Formulas written down as programs.

use super::Primitive;
use crate::{Float, Scalar, Tensor, Threads};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;
use wengert_kernels::program::{Builder, Code, Program, Reg};

/// A program under construction whose number type is erased, so that formulas are compiled once for all types.
trait Pen {
    fn constant(&self, c: f64) -> Reg;
    fn write(&self, code: Code, x: &[Reg]) -> Reg;
}

impl<F: Float> Pen for RefCell<&mut Builder<F>> {
    fn constant(&self, c: f64) -> Reg {
        self.borrow_mut().constant(F::from_f64(c))
    }
    fn write(&self, code: Code, x: &[Reg]) -> Reg {
        self.borrow_mut().push(code, x)
    }
}

/// A value of a program under construction; a formula over such values is written down and not computed.
#[derive(Clone, Copy)]
pub struct Traced<'b> {
    pen: &'b dyn Pen,
    reg: Reg,
}

/// What formulas give, of values of the operands: one result, or two.
pub(crate) type Formulas<'f> = dyn for<'b> Fn(&[Traced<'b>]) -> [Option<Traced<'b>>; 2] + 'f;

/// Writes down formulas over these values.
pub(crate) fn traced<F: Float>(b: &mut Builder<F>, x: &[Reg], formulas: &Formulas<'_>) -> [Option<Reg>; 2] {
    let pen: RefCell<&mut Builder<F>> = RefCell::new(b);
    let x: SmallVec<[Traced<'_>; 4]> = x.iter().map(|&reg| Traced { pen: &pen, reg }).collect();
    formulas(&x).map(|y| y.map(|y| y.reg))
}

impl Traced<'_> {
    fn then<const N: usize>(self, code: Code, rest: [Self; N]) -> Self {
        let mut x = [self.reg; 4];
        for (x, value) in x[1..].iter_mut().zip(rest) {
            *x = value.reg;
        }
        Self { reg: self.pen.write(code, &x[..=N]), ..self }
    }
}

macro_rules! operators { ($($Trait:ident $method:ident),*) => { $(
    impl $Trait for Traced<'_> {
        type Output = Self;
        fn $method(self, b: Self) -> Self {
            self.then(Code::$Trait, [b])
        }
    }
)* } }
operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Traced<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.then(Code::Neg, [])
    }
}

/// The functions of the algebra, by name, code and further operands.
macro_rules! for_each_function {
    ($callback:ident) => {
        $callback! {
            abs Abs ();
            sqrt Sqrt ();
            exp Exp ();
            expm1 Expm1 ();
            ln Ln ();
            log1p Log1p ();
            log2 Log2 ();
            log10 Log10 ();
            sin Sin ();
            cos Cos ();
            tan Tan ();
            sinh Sinh ();
            cosh Cosh ();
            tanh Tanh ();
            asin Asin ();
            acos Acos ();
            atan Atan ();
            asinh Asinh ();
            acosh Acosh ();
            atanh Atanh ();
            floor Floor ();
            ceil Ceil ();
            round Round ();
            trunc Trunc ();
            erf Erf ();
            erfc Erfc ();
            erfinv Erfinv ();
            erfcx Erfcx ();
            normal_cdf NormalCdf ();
            lgamma Lgamma ();
            sigmoid Sigmoid ();
            atan2 Atan2 (p 1);
            pow Pow (p 1);
            chain Chain (p 1);
            hypot Hypot (p 1);
            fmod Fmod (p 1);
            betaln Betaln (p 1);
            if_nan IfNan (p 1, q 2);
            if_gt IfGt (p 1, q 2, r 3);
            if_ge IfGe (p 1, q 2, r 3);
            if_eq IfEq (p 1, q 2, r 3);
        }
    };
}
pub(crate) use for_each_function;

macro_rules! written_down { ($($method:ident $Code:ident ($($x:ident $k:literal),*);)*) => {
    impl Scalar for Traced<'_> {
        fn lit(self, c: f64) -> Self {
            Self { reg: self.pen.constant(c), ..self }
        }
        fn powi(self, n: i32) -> Self {
            self.then(Code::PowI(n), [])
        }
        fn polygamma(self, n: u32) -> Self {
            self.then(Code::Polygamma(n), [])
        }
        fn bessel_i(self, n: u32) -> Self {
            self.then(Code::BesselI(n), [])
        }
        fn bessel_ie(self, n: u32) -> Self {
            self.then(Code::BesselIe(n), [])
        }
        fn sinc_derivative(self, n: u32) -> Self {
            self.then(Code::Sinc(n), [])
        }
        $(fn $method(self $(, $x: Self)*) -> Self {
            self.then(Code::$Code, [$($x),*])
        })*
    }
} }
for_each_function!(written_down);

/// The program of a formula without attributes, written down at its first use for each number type.
#[doc(hidden)]
pub struct Programs {
    pub(crate) single: OnceLock<Program<f32>>,
    pub(crate) double: OnceLock<Program<f64>>,
}

impl Programs {
    pub(crate) const fn new() -> Self {
        Self { single: OnceLock::new(), double: OnceLock::new() }
    }

    /// The results of formulas over tensors of one shape; their program is kept if it is the same at every call.
    ///
    /// Of two formulas that are not both there, the result of the one is the only one.
    pub(crate) fn run<F: Float>(
        &'static self,
        keep: bool,
        on: &Threads,
        x: &[&Tensor<F>],
        formulas: &Formulas<'_>,
    ) -> SmallVec<[Tensor<F>; 4]> {
        let written = || {
            let mut b = Builder::new(x.len());
            let inputs: SmallVec<[Reg; 4]> = (0..x.len()).map(|k| b.input(k)).collect();
            match traced(&mut b, &inputs, formulas) {
                [Some(p), Some(q)] => b.finish(&[p, q]),
                [Some(p), None] | [None, Some(p)] => b.finish(&[p]),
                [None, None] => b.finish(&[]),
            }
        };
        if keep {
            return Tensor::combine(on, F::program(self).get_or_init(written), x);
        }
        Tensor::combine(on, &written(), x)
    }

    /// The value of an elementwise op, by its formula; kept if the type of the op has no attributes.
    pub(crate) fn value<F: Float, P: Primitive>(
        &'static self,
        op: &P,
        x: &[&Tensor<F>],
        on: &Threads,
    ) -> Tensor<F> {
        self.value_of(size_of::<P>() == 0, x, on, &|x| [op.formula(x), None])
    }

    /// The result of one formula.
    pub(crate) fn value_of<F: Float>(
        &'static self,
        keep: bool,
        x: &[&Tensor<F>],
        on: &Threads,
        formula: &Formulas<'_>,
    ) -> Tensor<F> {
        self.run(keep, on, x, formula).pop().expect("a formula has a result")
    }
}
