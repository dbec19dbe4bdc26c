//! # qr
//!
//! The factors of a matrix with no more columns than rows: orthonormal columns, and an upper triangle; in one value.
//!
//! $$ A = Q R, \qquad Q^\top Q = I, \quad R_{ii} \ge 0 $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = (\bar Q + Q \operatorname{copyltu}(R \bar R^\top - \bar Q^\top Q)) R^{-\top} $; copyltu puts the lower triangle also above the diagonal |
//! | JVP | $ C = Q^\top \dot A R^{-1}, \; \Omega = \operatorname{tril}_{-1} C - \operatorname{tril}_{-1}(C)^\top, \; \dot Q = \dot A R^{-1} - Q (C - \Omega), \; \dot R = (C - \Omega) R $ |
//! | shape | `[b…, m, n] → [b…, m + n, n]`: `Q` above `R`; the method gives the two apart, also of matrices with more columns |
//! | domain | all finite matrices; the derivative of those of full column rank, infinite or NaN at others; a matrix that is not finite gives NaN |
//! | numerics | Householder reflections |
//! | source | differentiating $A = Q R$ with $Q^\top Q = I$: $Q^\top \dot Q$ is antisymmetric, $\dot R R^{-1}$ upper; the VJP as in Seeger and others, Auto-differentiating linear algebra (2017) |

use super::triangular_solve::TriangularSolve;
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{self, Mat};
use crate::stack::{Trouble, matrices, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `Q` above `R`, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Qr {
    /// Whether a matrix without full column rank is an error, and not one more with factors.
    pub(crate) strict: bool,
}

impl Qr {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let (m, n) = a.shape();
        let (q, r) = factor::qr(a)?;
        // What is left of a column that depends on others is rounding, relative to the column.
        let length = |j: usize| (0..=j).fold(0.0, |length: f64, i| length.hypot(r[(i, j)]));
        let depends = |&j: &usize| r[(j, j)] <= m as f64 * f64::EPSILON * length(j);
        if let Some(j) = (0..n).find(depends).filter(|_| self.strict) {
            return Err(Trouble::Dependent(j));
        }
        Ok(Mat::from_fn(m + n, n, |i, j| if i < m { q[(i, j)] } else { r[(i - m, j)] }))
    }
}

/// `Q` and `R` of a value of this op.
#[track_caller]
pub(crate) fn parts<F: Float>(packed: Var<'_, F>) -> [Var<'_, F>; 2] {
    let [rows, n] = vars::sizes(packed);
    [packed.narrow(-2, 0..rows - n), packed.narrow(-2, rows - n..rows)]
}

impl Primitive for Qr {
    const NAME: &'static str = "qr";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, [m, n]) = matrices(Self::NAME, x[0])?;
        if m < n {
            let expected = "no more columns than rows: [b…, m, n] with m >= n";
            return Err(Error::Shape { op: Self::NAME, given: x[0].dims().into(), expected });
        }
        with_last(x[0], lead, &[m + n, n])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "({ct}_Q + Q copyltu(R {ct}_Rᵀ - {ct}_Qᵀ Q)) R⁻ᵀ, with Q and R in {y}; copyltu mirrors the lower triangle".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let ([q, r], [q_bar, r_bar]) = (parts(at.y()), parts(ct));
        let out = LeftOut::of(ct, &[at.y(), vars::diagonal_of(r).unsqueeze(-1).recip()]);
        let (q, r) = (out.clear(q, 0.0), out.clear(r, 1.0));
        let m = r.matmul(r_bar.t()) - q_bar.t().matmul(q);
        let left = q_bar + q.matmul(m.tril(0) + m.tril(-1).t());
        [Some(out.send(vars::solve_with(TriangularSolve::UPPER, r, left.t()).t()))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [q, r] = parts(at.y());
        dx[0].map(|da| {
            let x = vars::solve_with(TriangularSolve::UPPER.of_transpose(), r, da.t()).t();
            let c = q.t().matmul(x);
            let upper = c - (c.tril(-1) - c.tril(-1).t());
            Var::concat(&[x - q.matmul(upper), upper.matmul(r)], -2)
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let n = y.dims()[y.rank() - 1];
            // Gram and Schmidt, each column made orthogonal twice.
            let mut columns = naive::transposed(&x[0], n);
            let mut r = naive::matrix(n, n, |_, _| 0.0);
            for j in 0..n {
                for i in (0..j).chain(0..j) {
                    let along: f64 = columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b).sum();
                    r[i][j] += along;
                    for k in 0..columns[j].len() {
                        columns[j][k] -= along * columns[i][k];
                    }
                }
                r[j][j] = columns[j].iter().map(|x| x * x).sum::<f64>().sqrt();
                columns[j].iter_mut().for_each(|x| *x /= r[j][j]);
            }
            let mut both = naive::transposed(&columns, x[0].len());
            both.extend(r);
            both
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 7] = [&[2, 2], &[3, 2], &[3, 3], &[1, 1], &[2, 2, 1], &[0, 0], &[0, 2, 2]];
        shapes.map(|s| Sample::of(Self { strict: false }, [naive::regular(draw, s)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let (op, nan) = (Self { strict: false }, f64::NAN);
        vec![
            Special::unary(op, [[-2.0]], [[-1.0], [2.0]], [[-1.0]]),
            Special::unary(op, [[nan]], [[nan], [nan]], [[nan]]),
        ]
    }
}

/// `Q` and `R`, as many columns and rows as the shorter side.
#[track_caller]
pub(crate) fn qr<F: Float>(a: Var<'_, F>) -> Result<(Var<'_, F>, Var<'_, F>), Error> {
    let (_, [m, n]) = matrices(Qr::NAME, a.shape())?;
    if m < n {
        return crate::composed::qr_wide::qr_wide(a, [m, n]);
    }
    Ok(parts(a.tape().try_apply(Qr { strict: false }, &[a])?).into())
}
