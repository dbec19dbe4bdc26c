//! # compare
//!
//! One where a comparison holds and zero elsewhere, elementwise.
//!
//! $$ y = [a \mathrel{R} b], \quad R \in \{>, \ge, <, \le, =, \ne\} $$
//!
//! | | |
//! |---|---|
//! | VJP | none: no contribution |
//! | JVP | none: no contribution |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | all numbers; NaN compares false, and differs from everything |
//! | kinks | where $a = b$; constant elsewhere, so no derivative is offered |
//! | source | definition; a comparison with NaN is false, except `ne` |

use super::{Arity, Batch, Draw, Primitive, Programs, Sample, Special, Traced, elementwise::same_shape};
use crate::{Error, Float, Line, Pullback, Scalar, Shape, Tensor, Threads, Var};

/// `y = 1` where the relation holds between `a` and `b`, else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `a > b`
    Greater,
    /// `a >= b`
    GreaterEqual,
    /// `a < b`
    Less,
    /// `a <= b`
    LessEqual,
    /// `a == b`
    Equal,
    /// `a != b`
    NotEqual,
}

impl Compare {
    const ALL: [Self; 6] =
        [Self::Greater, Self::GreaterEqual, Self::Less, Self::LessEqual, Self::Equal, Self::NotEqual];

    fn indicator<S: Scalar>(self, a: S, b: S) -> S {
        let (zero, one) = (a.lit(0.0), a.lit(1.0));
        match self {
            Self::Greater => a.if_gt(b, one, zero),
            Self::GreaterEqual => a.if_ge(b, one, zero),
            Self::Less => b.if_gt(a, one, zero),
            Self::LessEqual => b.if_ge(a, one, zero),
            Self::Equal => a.if_eq(b, one, zero),
            Self::NotEqual => a.if_eq(b, zero, one),
        }
    }
}

impl Primitive for Compare {
    const NAME: &'static str = "compare";
    const ARITY: Arity = Arity::Exactly(2);
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("a comparison is constant wherever it is differentiable");

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        static VALUES: [Programs; 6] = [const { Programs::new() }; 6];
        VALUES[*self as usize].value_of(true, x, on, &|x| [self.formula(x), None])
    }

    fn formula<'b>(&self, x: &[Traced<'b>]) -> Option<Traced<'b>> {
        Some(self.indicator(x[0], x[1]))
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, _: Var<'t, F>) -> Pullback<'t, F> {
        [None, None].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, _: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        None
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], _: Shape) -> Tensor<f64> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        x[0].zip(&x[1], |a, b| {
            let holds = match (self, a.partial_cmp(&b)) {
                (Self::NotEqual, order) => order != Some(Equal),
                (_, None) => false,
                (Self::Greater, Some(order)) => order == Greater,
                (Self::GreaterEqual, Some(order)) => order != Less,
                (Self::Less, Some(order)) => order == Less,
                (Self::LessEqual, Some(order)) => order != Greater,
                (Self::Equal, Some(order)) => order == Equal,
            };
            f64::from(u8::from(holds))
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut of = |op: Self| {
            Draw::shapes().map(|s| Sample::of(op, [draw.uniform(s, -2.0, -0.1), draw.uniform(s, 0.1, 2.0)]))
        };
        Self::ALL.into_iter().flat_map(&mut of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let (a, b) = (Tensor::from([1.0, 2.0, 1.0, f64::NAN]), Tensor::from([2.0, 1.0, 1.0, f64::NAN]));
        let at = |op, value: [f64; 4]| Special {
            op,
            inputs: vec![a.clone(), b.clone()],
            value: value.into(),
            gradients: vec![None, None],
        };
        vec![
            at(Self::Greater, [0.0, 1.0, 0.0, 0.0]),
            at(Self::GreaterEqual, [0.0, 1.0, 1.0, 0.0]),
            at(Self::Less, [1.0, 0.0, 0.0, 0.0]),
            at(Self::LessEqual, [1.0, 0.0, 1.0, 0.0]),
            at(Self::Equal, [0.0, 0.0, 1.0, 0.0]),
            at(Self::NotEqual, [1.0, 1.0, 0.0, 1.0]),
        ]
    }
}
