//! # alias
//!
//! The same value as a new variable.
//!
//! $$ y = x $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y $ |
//! | JVP | $ \dot y = \dot x $ |
//! | shape | `[d…] → [d…]` |
//! | domain | everything |
//! | source | the identity |

use super::{Arity, Batch, Draw, Fused, Primitive, Sample, Special, Traced};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// `y = x`, a line of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alias;

impl Primitive for Alias {
    const NAME: &'static str = "alias";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, _: &Threads) -> Tensor<F> {
        x[0].clone()
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(x[0])
    }

    fn partial<'s>(&self, _: usize, x: &[Symbol<'s>], _: Symbol<'s>) -> Option<Symbol<'s>> {
        Some(x[0].lit(1.0))
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct)].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(Var::alias)
    }

    fn vjp_fused<F: Float>(&self, _: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let ct = at.take();
        at.send(0, ct);
        true
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], _: Shape) -> Tensor<f64> {
        x[0].map(|x| x)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        Draw::shapes().map(|shape| Sample::of(Self, [draw.uniform(shape, -2.0, 2.0)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        vec![Special::unary(Self, [f64::NAN, 1.0], [f64::NAN, 1.0], [1.0, 1.0])]
    }
}

impl<F: Float> Var<'_, F> {
    /// The same value as a new variable: what a nested derivative differentiates by.
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf(2.0);
    /// let y = x.alias();
    /// assert_eq!((x * y).grad(&[y])[0].item(), 2.0); // only the second factor moves
    /// ```
    #[track_caller]
    pub fn alias(self) -> Self {
        self.op1(Alias)
    }
}
