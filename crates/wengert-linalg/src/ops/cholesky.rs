//! # cholesky
//!
//! The lower triangle with a positive diagonal whose product with its transpose is a positive definite matrix.
//!
//! $$ A = L L^\top, \qquad A \text{ read as } (A + A^\top) / 2 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \operatorname{sym}(L^{-\top} \Phi(L^\top \bar L) L^{-1}) $, $\Phi$ the lower triangle with half the diagonal |
//! | JVP | $ \dot L = L \, \Phi(L^{-1} \operatorname{sym}(\dot A) L^{-\top}) $ |
//! | shape | `[b…, n, n] → [b…, n, n]` |
//! | domain | matrices whose symmetric part is positive definite; another is an error that names it and the pivot; a matrix that is not finite gives NaN |
//! | numerics | a pivot no larger than one rounding of its diagonal element counts as 0 |
//! | source | differentiating $A = L L^\top$: $L^{-1} \dot A L^{-\top} = L^{-1} \dot L + (L^{-1} \dot L)^\top$, a lower triangle and its transpose; as in Murray, Differentiation of the Cholesky decomposition (2016) |

use super::triangular_solve::TriangularSolve;
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{self, Mat};
use crate::stack::{Trouble, same_square, symmetric};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `L` with `A = L Lᵀ`, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cholesky {
    /// Whether a matrix that is not positive definite is an error, and not NaN.
    pub(crate) strict: bool,
}

impl Cholesky {
    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        factor::cholesky(symmetric(&x[0]))
    }
}

/// The lower triangle with half of the diagonal.
fn phi<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    let halves = vars::matrix_like(x, vars::sizes(x), |i, j| if i == j { 0.5 } else { 1.0 });
    x.tril(0) * halves
}

impl Primitive for Cholesky {
    const NAME: &'static str = "cholesky";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_square(Self::NAME, x[0])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "sym({y}⁻ᵀ Φ({y}ᵀ {ct}) {y}⁻¹), Φ the lower triangle with half the diagonal".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let (l, back) = (out.clear(at.y(), 1.0), TriangularSolve::LOWER.of_transpose());
        let left = vars::solve_with(back, l, phi(l.t().matmul(ct.tril(0))));
        [Some(out.send(vars::symmetric(vars::solve_with(back, l, left.t()))))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let (l, solve) = (at.y(), TriangularSolve::LOWER);
        dx[0].map(|da| {
            let left = vars::solve_with(solve, l, vars::symmetric(da));
            l.matmul(phi(vars::solve_with(solve, l, left.t()).t()))
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let n = x[0].len();
            let mut l = naive::matrix(n, n, |_, _| 0.0);
            for j in 0..n {
                for i in j..n {
                    let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
                    let rest = 0.5 * (x[0][i][j] + x[0][j][i]) - known;
                    l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
                }
            }
            l
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 6] = [&[2, 2], &[3, 3], &[1, 1], &[2, 2, 2], &[0, 0], &[0, 2, 2]];
        shapes.map(|shape| Sample::of(Self { strict: true }, [naive::regular(draw, shape)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let (strict, lenient) = (Self { strict: true }, Self { strict: false });
        let nan = [[f64::NAN]];
        vec![
            Special::unary(
                strict,
                [[4.0, 0.0], [0.0, 16.0]],
                [[2.0, 0.0], [0.0, 4.0]],
                [[0.25, 0.25], [0.25, 0.125]],
            ),
            Special::unary(lenient, [[-1.0]], nan, nan),
            Special::unary(strict, nan, nan, nan),
        ]
    }

    fn another(x: &Tensor<f64>, i: usize) -> Option<Tensor<f64>> {
        Some(x.map(|x| x * (1.0 + 0.25 * i as f64))) // elements in another order are not positive definite
    }
}

#[track_caller]
pub(crate) fn cholesky<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    a.tape().try_apply(Cholesky { strict: true }, &[a])
}
