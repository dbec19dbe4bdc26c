//! Deliberately wrong rules: an op whose derivative has been spoiled in one way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wengert::ops::Arity;
use wengert::{CustomOp, Error, Line, Op, Pullback, Shape, Tensor, Var};

/// One way to get a derivative rule wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The cotangent has the wrong sign.
    Sign,
    /// The cotangent is doubled.
    Double,
    /// A single cell of the cotangent is off.
    OneCell,
    /// The contribution to the last operand is forgotten.
    Missing,
    /// The cells of the cotangent are in reverse order.
    Order,
    /// The cotangent is off by one part in ten million.
    Slight,
    /// The tangent has the wrong sign.
    TangentSign,
    /// A single cell of the tangent is off.
    TangentOneCell,
}

/// Every fault.
pub const ALL: &[Fault] = &[
    Fault::Sign,
    Fault::Double,
    Fault::OneCell,
    Fault::Missing,
    Fault::Order,
    Fault::Slight,
    Fault::TangentSign,
    Fault::TangentOneCell,
];

/// An op with a fault in its rules.
#[derive(Clone)]
pub struct Planted {
    op: Op<f64>,
    fault: Fault,
    planted: Arc<AtomicBool>,
}

impl Planted {
    /// Plants a fault in the rules of an op.
    pub fn new(op: Op<f64>, fault: Fault) -> Self {
        Self { op, fault, planted: Arc::default() }
    }

    /// Whether the fault has changed a number yet.
    pub fn was_planted(&self) -> bool {
        self.planted.load(Ordering::Relaxed)
    }

    /// The spoiled form of a derivative: right times a factor per cell, recorded so that it is differentiable.
    fn spoil<'t>(&self, right: Var<'t, f64>) -> Var<'t, f64> {
        let value = right.value();
        let wrong = match self.fault {
            Fault::Sign | Fault::TangentSign => -right,
            Fault::Double => right * 2.0,
            Fault::Slight => right * (1.0 + 1e-7),
            Fault::OneCell | Fault::TangentOneCell => {
                right + right.tape().constant(first_cell(value.shape()))
            }
            Fault::Order => reversed(right),
            Fault::Missing => right * 0.0,
        };
        // A change below what a check can see in principle does not count as planted.
        let change = wrong.value().zip(&value, |a, b| (a - b).abs()).max_abs();
        if change > 1e-8 * value.max_abs().max(1e-2) {
            self.planted.store(true, Ordering::Relaxed);
        }
        wrong
    }
}

fn first_cell(shape: Shape) -> Tensor<f64> {
    let mut first = true;
    Tensor::from_fn(shape, |_| if std::mem::take(&mut first) { 0.5 } else { 0.0 })
}

/// The same cells in reverse order, as a matrix product with the exchange matrix.
fn reversed(x: Var<'_, f64>) -> Var<'_, f64> {
    let n = x.shape().len();
    let exchange = Tensor::from_fn([n, n], |ix| f64::from(u8::from(ix[0] + ix[1] + 1 == n)));
    x.reshape([1, n]).matmul(x.tape().constant(exchange)).reshape(x.shape())
}

impl CustomOp<f64> for Planted {
    fn name(&self) -> &'static str {
        self.op.name()
    }

    fn arity(&self) -> usize {
        match self.op.arity() {
            Arity::Exactly(n) | Arity::AtLeast(n) => n,
        }
    }

    fn variadic(&self) -> bool {
        matches!(self.op.arity(), Arity::AtLeast(_))
    }

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.op.shape(x)
    }

    fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> {
        self.op.eval(x)
    }

    fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
        let right: Vec<_> = self.op.vjp(at, ct).expect("the rule as it is works").iter().collect();
        let tangent = matches!(self.fault, Fault::TangentSign | Fault::TangentOneCell);
        let last = (0..right.len()).rev().find(|&k| at.wants(k) && right[k].is_some());
        let spoil = |(k, g): (usize, Option<Var<'t, f64>>)| match g {
            Some(g) if !tangent && at.wants(k) && (self.fault != Fault::Missing || Some(k) == last) => {
                Some(self.spoil(g))
            }
            g => g,
        };
        right.into_iter().enumerate().map(spoil).collect()
    }

    fn jvp<'t>(&self, at: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
        let right = self.op.jvp(at, dx).expect("the rule as it is works")?;
        let tangent = matches!(self.fault, Fault::TangentSign | Fault::TangentOneCell);
        Some(if tangent { self.spoil(right) } else { right })
    }
}
