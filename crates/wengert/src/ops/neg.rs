//! # neg
//!
//! Negation, elementwise.
//!
//! $$ y = -x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = -\bar y $ |
//! | JVP | $ \dot y = -\dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; the slope is −1 at NaN too |
//! | source | linearity of the derivative |

use super::{Arity, Batch, Draw, Primitive, Programs, Sample, Special, Traced};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// The value, which is also the pullback of a difference's second operand.
pub(crate) fn negated<F: Float>(x: &Tensor<F>, on: &Threads) -> Tensor<F> {
    static VALUE: Programs = Programs::new();
    VALUE.value(&Neg, &[x], on)
}

/// `y = -x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neg;

impl Primitive for Neg {
    const NAME: &'static str = "neg";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        negated(x[0], on)
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(-x[0])
    }

    fn partial<'s>(&self, _: usize, x: &[Symbol<'s>], _: Symbol<'s>) -> Option<Symbol<'s>> {
        Some(x[0].lit(-1.0))
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(-ct)].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| -dx)
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], _: Shape) -> Tensor<f64> {
        x[0].map(|x| 0.0 - x)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        Draw::shapes().map(|shape| Sample::of(Self, [draw.uniform(shape, -2.0, 2.0)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        const INF: f64 = f64::INFINITY;
        vec![Special::unary(Self, [1.0, INF, NAN], [-1.0, -INF, NAN], [-1.0, -1.0, -1.0])]
    }
}
