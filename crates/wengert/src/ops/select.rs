//! # select
//!
//! Elements of one operand where a mask holds, of another elsewhere.
//!
//! $$ y_i = \begin{cases} a_i & m_i > 1/2 \\ b_i & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar a = \operatorname{select}(m, \bar y, 0), \quad \bar b = \operatorname{select}(m, 0, \bar y) $ |
//! | JVP | $ \dot y = \operatorname{select}(m, \dot a, \dot b) $ |
//! | shape | `[d…] × [d…] × [d…] → [d…]` |
//! | domain | everything; what is not chosen sends back an exact 0, also if it is infinite or NaN |
//! | kinks | constant in the mask except where it passes 1/2; masks are 0 or 1 |
//! | source | linearity in $a$ and $b$ |

use super::{Arity, Batch, Draw, Primitive, Programs, Sample, Special, Traced, elementwise::same_shape};
use crate::explain::Symbol;
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var, var::Operand};

/// `y = a` where the mask is above 1/2, else `b`; operands are mask, a, b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Select;

fn pick<'t, F: Float>(mask: Var<'t, F>, a: impl Operand<'t, F>, b: impl Operand<'t, F>) -> Var<'t, F> {
    let (tape, shape) = (mask.tape(), mask.shape());
    tape.apply(Select, &[mask, a.on(tape).broadcast_to(shape), b.on(tape).broadcast_to(shape)])
}

impl Primitive for Select {
    const NAME: &'static str = "select";
    const ARITY: Arity = Arity::Exactly(3);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        static VALUE: Programs = Programs::new();
        VALUE.value(self, x, on)
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(x[0].if_gt(x[0].lit(0.5), x[1], x[2]))
    }

    fn partial<'s>(&self, k: usize, x: &[Symbol<'s>], _: Symbol<'s>) -> Option<Symbol<'s>> {
        let (mask, half, zero, one) = (x[0], x[0].lit(0.5), x[0].lit(0.0), x[0].lit(1.0));
        match k {
            1 => Some(mask.if_gt(half, one, zero)),
            2 => Some(mask.if_gt(half, zero, one)),
            _ => None,
        }
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [mask, _, _] = at.x();
        [None, at.wants(1).then(|| pick(mask, ct, 0.0)), at.wants(2).then(|| pick(mask, 0.0, ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [mask, _, _] = at.x();
        match (dx[1], dx[2]) {
            (None, None) => None,
            (Some(da), None) => Some(pick(mask, da, 0.0)),
            (None, Some(db)) => Some(pick(mask, 0.0, db)),
            (Some(da), Some(db)) => Some(pick(mask, da, db)),
        }
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (m, a, b) = (x[0].to_vec(), x[1].to_vec(), x[2].to_vec());
        let values: Vec<f64> = (0..y.len()).map(|i| if m[i] == 1.0 { a[i] } else { b[i] }).collect();
        Tensor::new(y, values).expect("one value per element")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut of = |shape| {
            let mask = draw.uniform(shape, 0.0, 1.0).map(|u| f64::from(u8::from(u > 0.5)));
            Sample::of(Self, [mask, draw.uniform(shape, -2.0, 2.0), draw.uniform(shape, -2.0, 2.0)])
        };
        Draw::shapes().map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let rows = [[1.0, 0.0, 1.0], [2.0, f64::NAN, f64::NAN], [f64::INFINITY, 3.0, 4.0]];
        vec![Special {
            op: Self,
            inputs: rows.map(Tensor::from).into(),
            value: [2.0, 3.0, f64::NAN].into(),
            gradients: vec![None, Some([1.0, 0.0, 1.0].into()), Some([0.0, 1.0, 0.0].into())],
        }]
    }
}
