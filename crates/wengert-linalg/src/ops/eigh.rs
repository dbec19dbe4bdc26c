//! # eigh
//!
//! The eigenvalues of a symmetric matrix in rising order, and orthonormal vectors; in one value.
//!
//! $$ A = V \operatorname{diag}(\lambda) V^\top, \qquad A \text{ read as } (A + A^\top) / 2 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \operatorname{sym}(V (\operatorname{diag} \bar\lambda + G(V^\top \bar V)) V^\top), \quad G(M)_{ij} = M_{ij} / (\lambda_j - \lambda_i) $ by the op `over_gaps` |
//! | JVP | $ E = V^\top \operatorname{sym}(\dot A) V, \quad \dot\lambda_i = E_{ii}, \quad \dot V = V G(E) $ |
//! | shape | `[b…, n, n] → [b…, n, n + 1]`: the values as the first column, the vectors as the others; the methods give them apart |
//! | domain | all finite matrices; a matrix that is not finite gives NaN |
//! | kinks | equal eigenvalues: the first derivative is right of functions that treat them alike and do not use their vectors; one that treats them differently has that of the vectors as they stand, one that uses their vectors NaN, also if it is a function of the space that they span: the rule cannot tell it from $V \operatorname{diag}(\lambda) V^\top$; second derivatives are NaN |
//! | numerics | each vector has the sign that makes its first element of at least 0.7 times the largest magnitude positive |
//! | source | differentiating $A V = V \operatorname{diag} \lambda$ with $V^\top V = I$; as in Giles, Collected matrix derivative results (2008) |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{self, Mat};
use crate::stack::{Trouble, square, symmetric, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// Eigenvalues beside vectors, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eigh;

impl Eigh {
    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let (n, (values, v)) = (x[0].nrows(), factor::eigh(symmetric(&x[0]))?);
        Ok(Mat::from_fn(n, n + 1, |i, j| if j == 0 { values[i] } else { v[(i, j - 1)] }))
    }
}

/// The values as columns, and the vectors, of a value of this op.
#[track_caller]
fn parts<F: Float>(packed: Var<'_, F>) -> [Var<'_, F>; 2] {
    let [n, columns] = vars::sizes(packed);
    debug_assert_eq!(columns, n + 1);
    [packed.narrow(-1, 0..1).squeeze(-1), packed.narrow(-1, 1..n + 1)]
}

impl Primitive for Eigh {
    const NAME: &'static str = "eigh";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, n) = square(Self::NAME, x[0])?;
        with_last(x[0], lead, &[n, n + 1])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "sym(V (diag {ct}_λ + G(Vᵀ {ct}_V)) Vᵀ), with λ and V in {y}; G divides by the differences of λ"
            .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let ([values, v], [values_bar, v_bar]) = (parts(out.clear(at.y(), 0.0)), parts(ct));
        let middle = vars::on_diagonal(values_bar) + vars::over_gaps(values, v.t().matmul(v_bar));
        [Some(out.send(vars::symmetric(v.matmul(middle).matmul(v.t()))))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [values, v] = parts(at.y());
        dx[0].map(|da| {
            let e = v.t().matmul(vars::symmetric(da)).matmul(v);
            let of_values = vars::diagonal_of(e).unsqueeze(-1);
            Var::concat(&[of_values, v.matmul(vars::over_gaps(values, e))], -1)
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let (values, v) = naive::eigh(&x[0]);
            naive::matrix(values.len(), values.len() + 1, |i, j| if j == 0 { values[i] } else { v[i][j - 1] })
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 6] = [&[2, 2], &[3, 3], &[1, 1], &[2, 2, 2], &[0, 0], &[0, 2, 2]];
        shapes.map(|shape| Sample::of(Self, [naive::spread(draw, shape)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = f64::NAN;
        let diagonal = [[1.0, 0.0], [0.0, 3.0]];
        vec![
            Special::unary(Self, diagonal, [[1.0, 1.0, 0.0], [3.0, 0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]),
            Special::unary(Self, [[-2.0]], [[-2.0, 1.0]], [[1.0]]),
            Special::unary(Self, [[nan]], [[nan, nan]], [[nan]]),
        ]
    }
}

/// The values in rising order, and the vectors as columns.
#[track_caller]
pub(crate) fn eigh<F: Float>(a: Var<'_, F>) -> Result<(Var<'_, F>, Var<'_, F>), Error> {
    Ok(parts(a.tape().try_apply(Eigh, &[a])?).into())
}
