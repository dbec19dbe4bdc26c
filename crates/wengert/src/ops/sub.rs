//! # sub
//!
//! Difference, elementwise.
//!
//! $$ y = a - b $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y, \quad \bar b = -\bar y $ |
//! | JVP | $ \dot y = \dot a - \dot b $ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals; where the value is NaN the slopes stay those of the formula |
//! | source | linearity of the derivative |

use super::{
    Arity, Draw, Fused, Primitive, Programs, Sample, Special, Traced,
    elementwise::{same_shape, sum_of},
    neg::negated,
};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// `y = a - b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sub;

impl Primitive for Sub {
    const NAME: &'static str = "sub";
    const ARITY: Arity = Arity::Exactly(2);
    const ELEMENTWISE: bool = true;

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        static VALUE: Programs = Programs::new();
        VALUE.value(self, x, on)
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(x[0] - x[1])
    }

    fn partial<'s>(&self, k: usize, x: &[Symbol<'s>], _: Symbol<'s>) -> Option<Symbol<'s>> {
        Some(x[0].lit(if k == 0 { 1.0 } else { -1.0 }))
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct), at.wants(1).then(|| -ct)].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        sum_of([dx[0], dx[1].map(|db| -db)])
    }

    fn vjp_fused<F: Float>(&self, _: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let ct = at.take();
        let b_bar = at.wants(1).then(|| negated(&ct, at.threads()));
        at.send(0, ct);
        if let Some(b_bar) = b_bar {
            at.send(1, b_bar);
        }
        true
    }

    fn number<F: Float>(&self, x: &[F]) -> Option<F> {
        let &[a, b] = x else { return None };
        Some(a - b)
    }

    fn pull_number<F: Float>(&self, x: &[F], _: F, ct: F, _: [bool; 2]) -> Option<[F; 2]> {
        (x.len() == 2).then_some([ct, -ct])
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (a, b) = (x[0].to_vec(), x[1].to_vec());
        let values: Vec<f64> = (0..y.len()).map(|i| a[i] - b[i]).collect();
        Tensor::new(y, values).expect("one value per element")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut of =
            |shape| Sample::of(Self, [draw.uniform(shape, -2.0, 2.0), draw.uniform(shape, -2.0, 2.0)]);
        Draw::shapes().map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        vec![
            Special::binary(Self, [1.0, 2.0], -1.0, [1.0, -1.0]),
            Special::binary(Self, [f64::INFINITY, f64::INFINITY], f64::NAN, [1.0, -1.0]),
            Special::binary(Self, [f64::NAN, 1.0], f64::NAN, [1.0, -1.0]),
        ]
    }
}
