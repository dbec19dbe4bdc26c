//! The algebra of formulas, written down as terms: what makes an elementwise op explain itself.

use super::expr::{Expr, term};
use crate::Scalar;
use crate::ops::for_each_function;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};
use wengert_kernels::program::Code;

#[derive(Clone, Copy)]
enum Term {
    Operand(usize),
    Literal(f64),
    Of(Code, [usize; 4]),
}

/// The terms of a formula, each after those that it is made of.
#[derive(Default)]
struct Page(RefCell<Vec<Term>>);

impl Page {
    fn write(&self, term: Term) -> usize {
        let mut terms = self.0.borrow_mut();
        terms.push(term);
        terms.len() - 1
    }
}

/// A value in a formula that is being written down; see [`Primitive::partial`](crate::Primitive::partial).
#[derive(Clone, Copy)]
pub struct Symbol<'s> {
    page: &'s Page,
    at: usize,
}

impl Symbol<'_> {
    fn then<const N: usize>(self, code: Code, rest: [Self; N]) -> Self {
        let mut of = [self.at; 4];
        for (of, symbol) in of[1..].iter_mut().zip(rest) {
            *of = symbol.at;
        }
        Self { at: self.page.write(Term::Of(code, of)), ..self }
    }
}

macro_rules! operators { ($($Trait:ident $method:ident),*) => { $(
    impl $Trait for Symbol<'_> {
        type Output = Self;
        fn $method(self, b: Self) -> Self {
            self.then(Code::$Trait, [b])
        }
    }
)* } }
operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Symbol<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.then(Code::Neg, [])
    }
}

macro_rules! written { ($($method:ident $Code:ident ($($x:ident $k:literal),*);)*) => {
    impl Scalar for Symbol<'_> {
        fn lit(self, c: f64) -> Self {
            Self { at: self.page.write(Term::Literal(c)), ..self }
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
for_each_function!(written);

macro_rules! computed { ($($method:ident $Code:ident ($($x:ident $k:literal),*);)*) => {
    /// The value of one term, whose operand `k` is `x(k)`.
    pub(super) fn value_of(code: Code, x: impl Fn(usize) -> f64) -> f64 {
        match code {
            Code::Neg => -x(0),
            Code::Add => x(0) + x(1),
            Code::Sub => x(0) - x(1),
            Code::Mul => x(0) * x(1),
            Code::Div => x(0) / x(1),
            Code::PowI(n) => Scalar::powi(x(0), n),
            Code::Polygamma(n) => Scalar::polygamma(x(0), n),
            Code::BesselI(n) => Scalar::bessel_i(x(0), n),
            Code::BesselIe(n) => Scalar::bessel_ie(x(0), n),
            Code::Sinc(n) => Scalar::sinc_derivative(x(0), n),
            $(Code::$Code => Scalar::$method(x(0) $(, x($k))*),)*
            _ => x(0),
        }
    }
} }
for_each_function!(computed);

/// A formula written down by an op's partial derivative.
pub(super) struct Formula {
    terms: Vec<Term>,
    root: usize,
}

/// What an op gives of its operands and its value: the formula, if it has one.
pub(super) type Rule<'r> = dyn for<'s> Fn(&[Symbol<'s>], Symbol<'s>) -> Option<Symbol<'s>> + 'r;

impl Formula {
    /// Lets `rule` write down a formula over `arity` operands and the value that follows them.
    pub(super) fn of(arity: usize, rule: &Rule<'_>) -> Option<Self> {
        let page = Page::default();
        let x: Vec<Symbol<'_>> =
            (0..=arity).map(|k| Symbol { page: &page, at: page.write(Term::Operand(k)) }).collect();
        let root = rule(&x[..arity], x[arity])?.at;
        Some(Self { terms: page.0.take(), root })
    }

    /// The value at element `i` of the operands; `met` hears which way each condition goes.
    fn run(&self, x: &[Vec<f64>], i: usize, values: &mut Vec<f64>, met: &mut dyn FnMut(usize, bool)) -> f64 {
        values.clear();
        for (at, term) in self.terms.iter().enumerate() {
            let value = match *term {
                Term::Operand(k) => x[k].get(i).or(x[k].first()).copied().unwrap_or(f64::NAN),
                Term::Literal(c) => c,
                Term::Of(code, of) => {
                    let [a, b] = [values[of[0]], values[of[1]]];
                    match code {
                        Code::IfGt => met(at, a > b),
                        Code::IfGe => met(at, a >= b),
                        Code::IfEq => met(at, a == b),
                        _ => {}
                    }
                    value_of(code, |k| values[of[k]])
                }
            };
            values.push(value);
        }
        values[self.root]
    }

    /// The value at element `i` of the operands, of which one with a single element is repeated.
    #[cfg(test)]
    pub(super) fn value(&self, x: &[Vec<f64>], i: usize) -> f64 {
        self.run(x, i, &mut Vec::new(), &mut |_, _| {})
    }

    /// Which way each condition goes, if it is the same way at all elements.
    fn decided(&self, x: &[Vec<f64>]) -> Vec<Option<bool>> {
        let conditional = |t: &Term| matches!(t, Term::Of(Code::IfGt | Code::IfGe | Code::IfEq, _));
        let mut seen = vec![[false; 2]; self.terms.len()];
        if self.terms.iter().any(conditional) {
            let (elements, mut values) = (x.iter().map(Vec::len).max().unwrap_or(0), Vec::new());
            for i in 0..elements {
                self.run(x, i, &mut values, &mut |at, holds| seen[at][usize::from(holds)] = true);
            }
        }
        seen.iter().map(|&[no, yes]| if no == yes { None } else { Some(yes) }).collect()
    }

    /// The formula in the names given for its operands, simplified, at the point where these are their elements.
    ///
    /// A condition between other things than plain numbers is left out where it goes one way at all elements. So is
    /// a branch for NaN, which says no more than that NaN stays NaN.
    pub(super) fn at(&self, names: &[Expr], x: &[Vec<f64>]) -> Expr {
        let decided = self.decided(x);
        let mut built: Vec<Expr> = Vec::with_capacity(self.terms.len());
        for (at, t) in self.terms.iter().enumerate() {
            let expr = match *t {
                Term::Operand(k) => names[k].clone(),
                Term::Literal(c) => Expr::Lit(c),
                Term::Of(Code::IfNan, [_, _, other, _]) => built[other].clone(),
                Term::Of(code @ (Code::IfGt | Code::IfGe | Code::IfEq), [a, b, then, other]) => {
                    let plain = built[then].is_plain() && built[other].is_plain();
                    match decided[at] {
                        Some(holds) if !plain => built[if holds { then } else { other }].clone(),
                        _ => term(code, [a, b, then, other].map(|k| built[k].clone()).into()),
                    }
                }
                Term::Of(code, of) => {
                    term(code, of[..code.operands()].iter().map(|&k| built[k].clone()).collect())
                }
            };
            built.push(expr);
        }
        built.swap_remove(self.root)
    }
}
