//! # over_gaps
//!
//! A matrix divided by the differences of numbers, elementwise, zeros on the diagonal: what turns vectors into one another.
//!
//! $$ Y_{ij} = \frac{M_{ij}}{\lambda_j - \lambda_i}, \qquad Y_{ii} = 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar M = G(\bar Y), \quad \bar\lambda_i = \sum_j (Z_{ij} - Z_{ji}), \; Z = G(\bar Y \odot Y) $, with $G$ this op |
//! | JVP | $ \dot Y = G(\dot M) - G(Y \odot (\dot\lambda_j - \dot\lambda_i)) $ |
//! | shape | `[b…, n] × [b…, n, n] → [b…, n, n]` |
//! | domain | all reals |
//! | kinks | numbers that differ by no more than $n$ roundings of the largest are equal: 0 there if $M_{ij}$ is no more than $n$ roundings of the largest of $M$, else NaN |
//! | source | the quotient rule; no vector of an eigenvalue that another equals is a continuous function of the matrix |

use super::stack_of_examples;
use crate::factor::{Mat, largest};
use crate::stack::{evaluate, matrices};
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `M_ij / (λ_j - λ_i)` of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverGaps;

impl Primitive for OverGaps {
    const NAME: &'static str = "over_gaps";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, [m, n]) = matrices(Self::NAME, x[1])?;
        if m != n || *x[0].dims() != x[1].dims()[..lead + 1] {
            let (lhs, rhs) = (x[0].dims().into(), x[1].dims().into());
            return Err(Error::ShapeMismatch {
                op: Self::NAME,
                lhs,
                rhs,
                expected: "[b…, n] and [b…, n, n]",
            });
        }
        Ok(x[1])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        // Not by `of_each_matrix`: what is equal depends on the precision.
        let value = evaluate(Self::NAME, false, y.rank() - 2, x, y, |x| {
            let (values, m, n) = (&x[0], &x[1], x[0].nrows());
            let roundings = n as f64 * F::EPSILON.to_f64();
            let (close, small) = (roundings * largest(values), roundings * largest(m));
            Ok(Mat::from_fn(n, n, |i, j| {
                let gap = values[(j, 0)] - values[(i, 0)];
                match m[(i, j)] {
                    _ if i == j => 0.0,
                    m if gap.abs() > close || gap.is_nan() => m / gap,
                    m if m.abs() <= small && small.is_finite() => 0.0,
                    _ => f64::NAN,
                }
            }))
        });
        value.expect("no matrix is refused")
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "rows minus columns, summed, of ({ct} ⊙ {y}) divided by the differences of {0}",
            _ => "{ct} divided by the differences of {0}",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let values = at.input(0);
        let by_values = || {
            let z = vars::over_gaps(values, ct.chain(at.y()));
            z.sum_axes(-1) - z.sum_axes(-2)
        };
        [at.wants(0).then(by_values), at.wants(1).then(|| vars::over_gaps(values, ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let values = at.input(0);
        let by_values = |d: Var<'t, F>| {
            let differences = d.unsqueeze(-2) - d.unsqueeze(-1);
            -vars::over_gaps(values, at.y() * differences)
        };
        vars::sum(dx[0].map(by_values), dx[1].map(|dm| vars::over_gaps(values, dm)))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each_behind(y.rank() - 2, x, y, |x| {
            let values = x[0].concat();
            let of = |i: usize, j: usize| if i == j { 0.0 } else { x[1][i][j] / (values[j] - values[i]) };
            naive::matrix(values.len(), values.len(), of)
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 4] =
            [(&[2], &[2, 2]), (&[3], &[3, 3]), (&[2, 2], &[2, 2, 2]), (&[0], &[0, 0])];
        let mut of = |(values, m): (&[usize], &[usize])| {
            let near = draw.uniform(values, -0.3, 0.3);
            let apart = Tensor::from_fn(values, |ix| {
                near.get(ix).expect("within") + *ix.last().expect("an axis") as f64
            });
            Sample::of(Self, [apart, draw.uniform(m, -2.0, 2.0)])
        };
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = f64::NAN;
        let of = |values: [f64; 2], m, y, by_values: [f64; 2], by_m: [[f64; 2]; 2]| Special {
            op: Self,
            inputs: vec![values.into(), Tensor::<f64>::from(m)],
            value: Tensor::<f64>::from(y),
            gradients: vec![Some(by_values.into()), Some(by_m.into())],
        };
        vec![
            of(
                [1.0, 3.0],
                [[5.0, 4.0], [2.0, 5.0]],
                [[0.0, 2.0], [-1.0, 0.0]],
                [0.5, -0.5],
                [[0.0, 0.5], [-0.5, 0.0]],
            ),
            // Equal numbers.
            of(
                [1.0, 1.0],
                [[5.0, 0.0], [0.0, 5.0]],
                [[0.0, 0.0], [0.0, 0.0]],
                [0.0, 0.0],
                [[0.0, nan], [nan, 0.0]],
            ),
            of(
                [1.0, 1.0],
                [[5.0, 1.0], [0.0, 5.0]],
                [[0.0, nan], [0.0, 0.0]],
                [nan, nan],
                [[0.0, nan], [nan, 0.0]],
            ),
        ]
    }
}
