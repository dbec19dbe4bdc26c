//! Formulas as trees, and what a person would leave out of them.

use std::sync::Arc;
use wengert_kernels::program::Code;

/// What a value is called: as the user named it, or by the number of its line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Label {
    Given(Arc<str>),
    Line(usize),
}

/// A formula over named values and their adjoints.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Lit(f64),
    Value(Label),
    Adjoint(Label),
    Term(Code, Vec<Expr>),
    /// An op by its name, with its attributes in words.
    Call(&'static str, String, Vec<Expr>),
}

use Expr::{Lit, Term};

impl Expr {
    /// Whether this is a number, or a choice between numbers.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Lit(_) => true,
            Term(Code::IfGt | Code::IfGe | Code::IfEq, x) => x[2].is_plain() && x[3].is_plain(),
            _ => false,
        }
    }

    fn is(&self, c: f64) -> bool {
        *self == Lit(c)
    }

    /// Base and exponent: a power that was written out, or anything to the first.
    fn power(self) -> (Expr, i32) {
        match self {
            Term(Code::PowI(n), mut x) => (x.swap_remove(0), n),
            other => (other, 1),
        }
    }
}

fn of(code: Code, x: impl Into<Vec<Expr>>) -> Expr {
    Term(code, x.into())
}

fn negated(x: Expr) -> Expr {
    match x {
        Lit(c) => Lit(-c),
        Term(Code::Neg, mut x) => x.swap_remove(0),
        Term(Code::Sub, mut x) => {
            x.swap(0, 1);
            Term(Code::Sub, x)
        }
        Term(Code::Mul, mut x) if matches!(x[0], Lit(_)) => {
            let (b, a) = (x.swap_remove(1), x.swap_remove(0));
            product(negated(a), b)
        }
        x => of(Code::Neg, [x]),
    }
}

fn sum(a: Expr, b: Expr) -> Expr {
    match (a, b) {
        (Lit(a), Lit(b)) => Lit(a + b),
        (a, b) if b.is(0.0) => a,
        (a, b) if a.is(0.0) => b,
        (a, Term(Code::Neg, mut b)) => difference(a, b.swap_remove(0)),
        (Term(Code::Neg, mut a), b) => difference(b, a.swap_remove(0)),
        (a, b) if a == b => product(Lit(2.0), a),
        (a, b) => of(Code::Add, [a, b]),
    }
}

fn difference(a: Expr, b: Expr) -> Expr {
    match (a, b) {
        (Lit(a), Lit(b)) => Lit(a - b),
        (a, b) if b.is(0.0) => a,
        (a, b) if a.is(0.0) => negated(b),
        (a, Term(Code::Neg, mut b)) => sum(a, b.swap_remove(0)),
        (a, b) => of(Code::Sub, [a, b]),
    }
}

fn product(a: Expr, b: Expr) -> Expr {
    match (a, b) {
        (Lit(a), Lit(b)) => Lit(a * b),
        (a, b) if a.is(0.0) || b.is(0.0) => Lit(0.0),
        (a, b) if b.is(1.0) => a,
        (a, b) if a.is(1.0) => b,
        (a, b) if b.is(-1.0) => negated(a),
        (a, b) if a.is(-1.0) => negated(b),
        (Term(Code::Neg, mut a), b) => negated(product(a.swap_remove(0), b)),
        (a, Term(Code::Neg, mut b)) => negated(product(a, b.swap_remove(0))),
        // numbers to the front
        (a, Lit(c)) => product(Lit(c), a),
        (Lit(c), Term(Code::Mul, mut x)) if matches!(x[0], Lit(_)) => {
            let (b, a) = (x.swap_remove(1), x.swap_remove(0));
            product(product(Lit(c), a), b)
        }
        (a, Term(Code::Mul, mut x)) if !matches!(a, Lit(_)) && matches!(x[0], Lit(_)) => {
            let (b, c) = (x.swap_remove(1), x.swap_remove(0));
            product(c, product(a, b))
        }
        (Term(Code::Mul, mut x), b) if matches!(x[0], Lit(_)) => {
            let (a, c) = (x.swap_remove(1), x.swap_remove(0));
            product(c, product(a, b))
        }
        // a product with a quotient is a quotient
        (a, Term(Code::Div, mut x)) => {
            let (b, top) = (x.swap_remove(1), x.swap_remove(0));
            quotient(product(a, top), b)
        }
        (Term(Code::Div, mut x), b) => {
            let (bottom, top) = (x.swap_remove(1), x.swap_remove(0));
            quotient(product(top, b), bottom)
        }
        // x · x is a square, and its product with x a cube
        (a, b) => match (a.power(), b.power()) {
            ((a, m), (b, n)) if a == b => power(a, m + n),
            ((a, m), (b, n)) => of(Code::Mul, [power(a, m), power(b, n)]),
        },
    }
}

fn quotient(a: Expr, b: Expr) -> Expr {
    match (a, b) {
        (Lit(a), Lit(b)) => Lit(a / b),
        (a, b) if b.is(1.0) => a,
        (a, b) if a.is(0.0) && !matches!(b, Lit(_)) => of(Code::Div, [a, b]),
        (Term(Code::Neg, mut a), b) => negated(quotient(a.swap_remove(0), b)),
        (Term(Code::Div, mut x), c) => {
            let (b, a) = (x.swap_remove(1), x.swap_remove(0));
            quotient(a, product(b, c))
        }
        (a, b) => of(Code::Div, [a, b]),
    }
}

fn power(a: Expr, n: i32) -> Expr {
    match (a, n) {
        (a, 1) => a,
        (_, 0) => Lit(1.0),
        (a, n) => of(Code::PowI(n), [a]),
    }
}

/// A term of these operands, without trivial factors, zeros, double signs, and with numbers computed.
pub(super) fn term(code: Code, x: Vec<Expr>) -> Expr {
    let two = |x: Vec<Expr>, f: fn(Expr, Expr) -> Expr| match <[Expr; 2]>::try_from(x) {
        Ok([a, b]) => f(a, b),
        Err(x) => Term(code, x),
    };
    match code {
        Code::Add => two(x, sum),
        Code::Sub => two(x, difference),
        Code::Mul | Code::Chain => two(x, product),
        Code::Div => two(x, quotient),
        Code::Neg => x.into_iter().next().map_or(Lit(0.0), negated),
        Code::PowI(n) => x.into_iter().next().map_or(Lit(0.0), |x| power(x, n)),
        Code::Pow => two(x, |a, b| match b {
            Lit(p) if p.fract() == 0.0 && p.abs() < 1e6 => power(a, p as i32),
            b => of(Code::Pow, [a, b]),
        }),
        Code::IfGt if is_sign(&x) => Expr::Call("sign", String::new(), x.into_iter().take(1).collect()),
        Code::IfGt | Code::IfGe | Code::IfEq if x[2] == x[3] => x.into_iter().nth(2).unwrap_or(Lit(0.0)),
        code => Term(code, x),
    }
}

/// Whether these are the operands of: 1 where x > 0, else −1 where 0 > x, else 0.
fn is_sign(x: &[Expr]) -> bool {
    let below = of(Code::IfGt, [Lit(0.0), x[0].clone(), Lit(-1.0), Lit(0.0)]);
    x[1].is(0.0) && x[2].is(1.0) && x[3] == below
}

/// The product of an adjoint and a local derivative, simplified.
pub(super) fn times(a: Expr, b: Expr) -> Expr {
    product(a, b)
}
