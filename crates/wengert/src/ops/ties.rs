//! # ties
//!
//! The share of each element in the largest or smallest over axes.
//!
//! $$ y_{ij} = \frac{[x_{ij} = m_i]}{\#\{k : x_{ik} = m_i\}}, \quad m_i = \max_k x_{ik} \text{ or } \min_k x_{ik} $$
//!
//! | | |
//! |---|---|
//! | VJP | none: no contribution |
//! | JVP | none: no contribution |
//! | shape | `[d…] → [d…]` |
//! | domain | all numbers; the first NaN takes all |
//! | kinks | where elements tie; constant elsewhere, so no derivative is offered |
//! | source | of all convex weights on the tied elements, the subgradients, the equal ones have the least norm |

use super::reduction::line_by_line;
use super::{Arity, Batch, Draw, Primitive, Sample, Special, extremum::extreme, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};

/// How the elements share a maximum (`largest`) or a minimum over some axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ties {
    pub(crate) axes: AxisSet,
    pub(crate) largest: bool,
}

/// The shares in extreme values `y` that are known already.
pub(crate) fn shares_in<F: Float>(x: &Tensor<F>, y: &Tensor<F>, axes: AxisSet, on: &Threads) -> Tensor<F> {
    let y = y.contiguous();
    x.map_lines(axes, |x, sizes, out| {
        wengert_kernels::ties::shares(on, sizes, x, y.data(), out);
    })
}

impl Primitive for Ties {
    const NAME: &'static str = "ties";
    const ARITY: Arity = Arity::Exactly(1);
    const LOCALLY_CONSTANT: Option<&'static str> =
        Some("which element is the largest is constant wherever it is differentiable");

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        if x[0].is_empty() {
            return x[0].clone();
        }
        let kept = self.axes.reduced(x[0].shape(), true);
        shares_in(x[0], &extreme(x[0], self.axes, self.largest, kept, on), self.axes, on)
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, _: Var<'t, F>) -> Pullback<'t, F> {
        [None].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, _: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        None
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let kept = self.axes.reduced(y, true);
        let sign = if self.largest { 1.0 } else { -1.0 };
        // An element is extreme if no other of its line beats it; the extreme ones share.
        let most = line_by_line(&x[0], self.axes, kept, |v| v.iter().fold(f64::MIN, |m, v| m.max(sign * v)));
        let is_extreme = x[0].zip(&most.broadcast_view(y), |x, m| f64::from(u8::from(sign * x == m)));
        let count = line_by_line(&is_extreme, self.axes, kept, |v| v.iter().sum());
        is_extreme.zip(&count.broadcast_view(y), |e, n| e / n)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(shape, axes, largest): (Shape, _, _)| {
            Sample::of(Self { axes, largest }, [draw.distinct(shape)])
        };
        reduction_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        let of = |largest, x: [f64; 4], value: [f64; 4]| Special {
            op: Self { axes: AxisSet::all(1), largest },
            inputs: vec![x.into()],
            value: value.into(),
            gradients: vec![None],
        };
        vec![
            of(true, [1.0, 3.0, 3.0, 2.0], [0.0, 0.5, 0.5, 0.0]),
            of(false, [1.0, 1.0, 1.0, 1.0], [0.25; 4]),
            of(true, [0.0, -0.0, -1.0, -2.0], [0.5, 0.5, 0.0, 0.0]),
            of(true, [1.0, NAN, 5.0, NAN], [0.0, 1.0, 0.0, 0.0]),
            of(false, [f64::NEG_INFINITY; 4], [0.25; 4]),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// The share of each element in the extreme value over the axes.
    #[track_caller]
    pub(crate) fn shares(self, axes: AxisSet, largest: bool) -> Self {
        self.op1(Ties { axes, largest })
    }
}
