//! # add
//!
//! Sum, elementwise.
//!
//! $$ y = a + b $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y, \quad \bar b = \bar y $ |
//! | JVP | $ \dot y = \dot a + \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; where the value is NaN the slopes stay those of the formula |
//! | source | linearity of the derivative |

use super::{
    Arity, Draw, Fused, Primitive, Programs, Sample, Special, Traced,
    elementwise::{same_shape, sum_of},
};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// The value, which is also how cotangents accumulate.
pub(crate) fn added<F: Float>(a: &Tensor<F>, b: &Tensor<F>, on: &Threads) -> Tensor<F> {
    static VALUE: Programs = Programs::new();
    VALUE.value(&Add, &[a, b], on)
}

/// `y = a + b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Add;

impl Primitive for Add {
    const NAME: &'static str = "add";
    const ARITY: Arity = Arity::Exactly(2);
    const ELEMENTWISE: bool = true;

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        added(x[0], x[1], on)
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(x[0] + x[1])
    }

    fn partial<'s>(&self, _: usize, x: &[Symbol<'s>], _: Symbol<'s>) -> Option<Symbol<'s>> {
        Some(x[0].lit(1.0))
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct), at.wants(1).then_some(ct)].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        sum_of([dx[0], dx[1]])
    }

    fn vjp_fused<F: Float>(&self, _: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let ct = at.take();
        if at.wants(0) {
            at.send(0, ct.clone());
        }
        at.send(1, ct);
        true
    }

    fn number<F: Float>(&self, x: &[F]) -> Option<F> {
        let &[a, b] = x else { return None };
        Some(a + b)
    }

    fn pull_number<F: Float>(&self, x: &[F], _: F, ct: F, _: [bool; 2]) -> Option<[F; 2]> {
        (x.len() == 2).then_some([ct, ct])
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (a, b) = (x[0].to_vec(), x[1].to_vec());
        let values: Vec<f64> = (0..y.len()).map(|i| a[i] + b[i]).collect();
        Tensor::new(y, values).expect("one value per element")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut of =
            |shape| Sample::of(Self, [draw.uniform(shape, -2.0, 2.0), draw.uniform(shape, -2.0, 2.0)]);
        Draw::shapes().map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        vec![
            Special::binary(Self, [1.0, 2.0], 3.0, [1.0, 1.0]),
            Special::binary(Self, [f64::INFINITY, 1.0], f64::INFINITY, [1.0, 1.0]),
            Special::binary(Self, [f64::NAN, 1.0], f64::NAN, [1.0, 1.0]),
        ]
    }
}
