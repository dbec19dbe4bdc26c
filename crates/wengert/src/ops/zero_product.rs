//! # zero_product
//!
//! Product in which a zero on either side wins, elementwise.
//!
//! $$ y = a \odot b, \qquad y_i = 0 \text{ where } a_i = 0 \text{ or } b_i = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \bar y \odot b, \quad \bar b = \bar y \odot a $, both by this op |
//! | JVP | $ \dot y = b \odot \dot a + a \odot \dot b $, both by this op |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all reals, and anything beside a 0 |
//! | numerics | for products of which either factor may say that nothing passes: a cotangent that was masked out, the slope of a constant piece |
//! | source | the product rule; at 0 the limit of $a b$ while the other factor is bounded |

use super::elementwise::{Binary, Passes, binary_primitive};
use crate::{Float, Scalar, Var};

/// `y = a b`, and 0 where `a` or `b` is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZeroProduct;

impl Binary for ZeroProduct {
    const NAME: &'static str = "zero_product";
    const DOMAIN: [&'static [(f64, f64)]; 2] = [&[(-2.0, 2.0)], &[(-2.0, 2.0)]];
    const PASSES: [Passes; 2] = [Passes::UnlessEitherIsZero; 2];

    fn f<S: Scalar>(&self, a: S, b: S) -> S {
        a.zero_product(b)
    }

    fn da<S: Scalar>(&self, _a: S, b: S, _y: S) -> S {
        b
    }

    fn db<S: Scalar>(&self, a: S, _b: S, _y: S) -> S {
        a
    }

    fn reference(&self, a: f64, b: f64) -> f64 {
        if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
    }

    fn special(&self) -> Vec<[f64; 5]> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        vec![
            [2.0, 3.0, 6.0, 3.0, 2.0],
            [0.0, INF, 0.0, INF, 0.0],
            [INF, 0.0, 0.0, 0.0, INF],
            [0.0, NAN, 0.0, NAN, 0.0],
            [NAN, -0.0, 0.0, 0.0, NAN],
            [1.0, NAN, NAN, NAN, 1.0],
            [INF, 2.0, INF, 2.0, INF],
        ]
    }
}

binary_primitive!(ZeroProduct);

impl<'t, F: Float> Var<'t, F> {
    /// This times `b`: exactly 0 where one of them is 0, whatever the other; for rules.
    #[track_caller]
    pub(crate) fn zero_product(self, b: Self) -> Self {
        self.binary(ZeroProduct, b)
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn zeros_win_on_both_sides_at_orders_two_and_three() {
        let tape = Tape::<f64>::new();
        for (a, b) in [(0.0, f64::INFINITY), (f64::NAN, 0.0), (0.0, 0.0)] {
            let (a, b) = (tape.leaf(a), tape.leaf(b));
            let y = a.zero_product(b);
            let [da, db] = y.grad(&[a, b])[..] else { panic!("two gradients") };
            assert_eq!(y.item(), 0.0);
            // the mixed derivative is 1, whatever stands on the other side
            assert_eq!((da.grad(&[b])[0].item(), db.grad(&[a])[0].item()), (1.0, 1.0));
        }
    }
}
