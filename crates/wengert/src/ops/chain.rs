//! # chain
//!
//! The chain rule's product of a cotangent and a local derivative, elementwise.
//!
//! $$ y = c \odot d, \qquad y_i = 0 \text{ where } c_i = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar c = \bar y \odot d $ by this op, $ \bar d = \bar y \odot c $ by `zero_product` |
//! | JVP | $ \dot y = \dot c \odot d $ by this op $ + c \odot \dot d $ by `zero_product` |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals, and any $d$ where $c = 0$ |
//! | numerics | a zero from above wins: a value that was masked out sends 0 back even through an infinite or NaN slope |
//! | source | the product rule; at $c = 0$ the limit of $c d$ for bounded $d$ |

use super::Programs;
use super::elementwise::{self, Binary, Passes, binary_primitive};
use crate::{Float, Scalar, Tensor, Threads, Var};

/// `y = c d`, and 0 where `c` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chain;

impl Binary for Chain {
    const NAME: &'static str = "chain";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(-2.0, 2.0)]];
    // where c is 0 the value is, whatever d: also an infinite cotangent does not reach d
    const PASSES: [Passes; 2] = [Passes::UnlessZero, Passes::UnlessEitherIsZero];

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

binary_primitive!(Chain);

impl<'t, F: Float> Var<'t, F> {
    /// This cotangent times a local derivative: exactly 0 where the cotangent is 0, whatever the derivative.
    ///
    /// Rules of elementwise ops use it in place of `*`, so that a value masked out further on sends nothing back.
    #[track_caller]
    pub fn chain(self, partial: Self) -> Self {
        self.binary(Chain, partial)
    }
}
