//! # chain
//!
//! The chain rule's product of a cotangent and a local derivative, elementwise.
//!
//! $$ y = c \odot d, \qquad y_i = 0 \text{ where } c_i = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar c = \bar y \odot d, \quad \bar d = \bar y \odot c $, both by this op |
//! | JVP | $ \dot y = \dot c \odot d + c \odot \dot d $, both by this op |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals, and any $d$ where $c = 0$ |
//! | numerics | a zero from above wins: a value that was masked out sends 0 back even through an infinite or NaN slope |
//! | source | the product rule; at $c = 0$ the limit of $c d$ for bounded $d$ |

use super::elementwise::{self, Binary};
use super::{Arity, Draw, Fused, Primitive, Programs, Sample, Special, Traced};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// `y = c d`, and 0 where `c` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chain;

impl Binary for Chain {
    const NAME: &'static str = "chain";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(-2.0, 2.0)]];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.chain(b)
    }

    fn da<S: Scalar>(&self, _a: S, b: S, _y: S) -> S {
        b
    }

    fn db<S: Scalar>(&self, a: S, _b: S, _y: S) -> S {
        a
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        if a == 0.0 { 0.0 } else { a * b }
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [2.0, 3.0, 6.0, 3.0, 2.0],
            [0.0, INF, 0.0, INF, 0.0],
            [0.0, NAN, 0.0, NAN, 0.0],
            [1.0, NAN, NAN, NAN, 1.0],
            [NAN, 1.0, NAN, 1.0, NAN],
        ]
    }
}

/// The value, which is also the fused pullback of rules that end in this product.
pub(crate) fn product<F: Float>(c: &Tensor<F>, partial: &Tensor<F>, on: &Threads) -> Tensor<F> {
    static VALUE: Programs = Programs::new();
    elementwise::binary_value(&Chain, &[c, partial], on, &VALUE)
}

// Written out for the sake of one line of the JVP; all else is what `binary_primitive!` gives.
impl Primitive for Chain {
    const NAME: &'static str = <Self as Binary>::NAME;
    const ARITY: Arity = Arity::Exactly(2);
    const ELEMENTWISE: bool = true;

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        elementwise::same_shape(<Self as Binary>::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        product(x[0], x[1], on)
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(Binary::f(self, x[0], x[1]))
    }

    fn partial<'s>(&self, k: usize, x: &[Symbol<'s>], y: Symbol<'s>) -> Option<Symbol<'s>> {
        Some(elementwise::binary_partial(self, k, x, y))
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [c, d] = at.x();
        [at.wants(0).then(|| ct.chain(d)), at.wants(1).then(|| ct.chain(c))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [c, d] = at.x();
        // the zero that wins is c's in both terms: where c was masked out, d's tangent may be infinite or NaN
        elementwise::sum_of([dx[0].map(|dc| dc.chain(d)), dx[1].map(|dd| c.chain(dd))])
    }

    fn vjp_fused<F: Float>(&self, x: &[&Tensor<F>], y: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        static PULLED: [Programs; 3] = [const { Programs::new() }; 3];
        elementwise::binary_fused(self, x, y, at, &PULLED)
    }

    fn number<F: Float>(&self, x: &[F]) -> Option<F> {
        elementwise::binary_number(self, x)
    }

    fn pull_number<F: Float>(&self, x: &[F], y: F, ct: F, wants: [bool; 2]) -> Option<[F; 2]> {
        elementwise::binary_pull_number(self, x, y, ct, wants)
    }

    fn reference(&self, x: &[Tensor<f64>], _: Shape) -> Tensor<f64> {
        x[0].zip(&x[1], |c, d| Binary::reference(self, c, d))
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        elementwise::binary_samples(Self, draw)
    }

    fn special() -> Vec<Special<Self>> {
        elementwise::binary_special(Self)
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// This cotangent times a local derivative: exactly 0 where the cotangent is 0, whatever the derivative.
    ///
    /// Rules of elementwise ops use it in place of `*`, so that a value masked out further on sends nothing back.
    #[track_caller]
    pub fn chain(self, partial: Self) -> Self {
        self.binary(Chain, partial)
    }
}
