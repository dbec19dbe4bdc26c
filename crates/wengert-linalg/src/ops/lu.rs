//! # lu
//!
//! The factors of a matrix with rows exchanged: lower with a unit diagonal, and upper; in one value with the exchanges.
//!
//! $$ A = P L U $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = P L^{-\top} (\operatorname{tril}_{-1}(L^\top \bar L) + \operatorname{triu}(\bar U U^\top)) U^{-\top} $, the shorter side completed by an identity |
//! | JVP | $ F = L^{-1} P^\top \dot A U^{-1}, \quad \dot L = L \operatorname{tril}_{-1} F, \quad \dot U = \operatorname{triu}(F) U $ |
//! | shape | `[b…, m, n] → [b…, m, n + 1]`: `L` below the diagonal, `U` on and above it, then a column whose element `i` is the row of `A` that row `i` of `L U` is; the method gives the three apart |
//! | domain | all finite matrices; the derivative is NaN where a pivot is 0; a matrix that is not finite gives NaN |
//! | kinks | where another row becomes the pivot: the derivative is that with the rows exchanged as they are |
//! | source | differentiating $P^\top A = L U$: $L^{-1} P^\top \dot A U^{-1} = L^{-1} \dot L + \dot U U^{-1}$, a strictly lower and an upper triangle |

use super::triangular_solve::TriangularSolve;
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{self, Mat};
use crate::stack::{Trouble, matrices, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// Both factors and the exchanges of rows, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lu;

impl Lu {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let (m, n) = a.shape();
        if n == 0 {
            return Ok(Mat::from_fn(m, 1, |i, _| i as f64));
        }
        let lu = factor::Lu::of(a)?;
        Ok(Mat::from_fn(m, n + 1, |i, j| if j < n { lu.lu[(i, j)] } else { lu.rows[i] as f64 }))
    }
}

/// `P` from the column of rows: 1 where row `i` of `L U` is row `r` of `A`.
#[track_caller]
fn exchanges<F: Float>(packed: Var<'_, F>) -> Var<'_, F> {
    let [m, columns] = vars::sizes(packed);
    let rows = packed.narrow(-1, columns - 1..columns).t();
    rows.eq(vars::matrix_like(packed, [m, 1], |r, _| r as f64)).to_var()
}

/// `L` and `U`, each completed by an identity to a square of the longer side.
#[track_caller]
fn completed<F: Float>(packed: Var<'_, F>) -> [Var<'_, F>; 2] {
    let [m, n] = [vars::sizes(packed)[0], vars::sizes(packed)[1] - 1];
    let (size, short) = (m.max(n), m.min(n));
    let both = vars::extended(packed.narrow(-1, 0..n), [size, size]);
    let one = |on: bool| f64::from(u8::from(on));
    let all = vars::matrix_like(packed, [size, size], |i, j| one(i == j));
    let rest = vars::matrix_like(packed, [size, size], |i, j| one(i == j && i >= short));
    [both.tril(-1) + all, both.triu(0) + rest]
}

const L: TriangularSolve = TriangularSolve::LOWER.unit();
const U: TriangularSolve = TriangularSolve::UPPER;

impl Primitive for Lu {
    const NAME: &'static str = "lu";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, [m, n]) = matrices(Self::NAME, x[0])?;
        with_last(x[0], lead, &[m, n + 1])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "P L⁻ᵀ (tril₋₁(Lᵀ {ct}) + triu({ct} Uᵀ)) U⁻ᵀ, with P, L and U in {y}".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [m, n] = vars::sizes(at.input(0));
        let pivots = vars::diagonal_of(at.y().narrow(-1, 0..n)).unsqueeze(-1);
        let out = LeftOut::of(ct, &[at.y(), pivots.recip()]);
        let y = out.clear(at.y(), 1.0);
        let [l, u] = completed(y);
        let ct = vars::extended(ct.narrow(-1, 0..n), vars::sizes(l));
        let middle = l.t().matmul(ct.tril(-1)).tril(-1) + ct.triu(0).matmul(u.t()).triu(0);
        let left = vars::solve_with(L.of_transpose(), l, middle);
        let both = vars::solve_with(U, u, left.t()).t();
        [Some(out.send(exchanges(y).matmul(vars::corner(both, [m, n]))))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let (y, a) = (at.y(), at.input(0));
        let ([l, u], [m, n]) = (completed(y), vars::sizes(a));
        dx[0].map(|da| {
            let da = vars::extended(exchanges(y).t().matmul(da), vars::sizes(l));
            let left = vars::solve_with(L, l, da);
            let f = vars::solve_with(U.of_transpose(), u, left.t()).t();
            let both = l.matmul(f.tril(-1)) + f.triu(0).matmul(u);
            vars::extended(vars::corner(both, [m, n]), [m, n + 1])
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let (mut a, m) = (x[0].clone(), x[0].len());
            let n = y.dims()[y.rank() - 1] - 1;
            (0..m).for_each(|i| a[i].push(i as f64));
            for k in 0..m.min(n) {
                let pivot =
                    (k..m).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).expect("a row is left");
                a.swap(k, pivot);
                for i in k + 1..m {
                    a[i][k] /= a[k][k];
                    for j in k + 1..n {
                        a[i][j] -= a[i][k] * a[k][j];
                    }
                }
            }
            a
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 8] =
            [&[2, 2], &[3, 3], &[1, 1], &[3, 2], &[2, 3], &[2, 2, 2], &[0, 0], &[0, 2]];
        let regular = shapes.map(|s| Sample::of(Self, [naive::regular(draw, s)]));
        // Rows that are exchanged.
        let exchanged =
            Sample::of(Self, [Tensor::from([[0.3, 1.9, 0.4], [0.2, -0.5, 2.5], [2.0, 0.7, -0.6]])]);
        regular.into_iter().chain([exchanged]).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = f64::NAN;
        let (a, y) = ([[1.0, 2.0], [4.0, 4.0]], [[4.0, 4.0, 1.0], [0.25, 1.0, 0.0]]);
        vec![
            // L₂₁ = a₁₁ / a₂₁ and U₂₂ = a₁₂ - L₂₁ a₂₂, with the rows exchanged
            Special::unary(Self, a, y, [[-0.75, 1.0], [1.1875, 0.75]]),
            Special::unary(Self, [[0.0]], [[0.0, 0.0]], [[nan]]), // a pivot of 0
            Special::unary(Self, [[nan]], [[nan, nan]], [[nan]]),
        ]
    }
}

type Factors<'t, F> = (Var<'t, F>, Var<'t, F>, Var<'t, F>);

/// `P`, `L` and `U`, of which the first is constant.
#[track_caller]
pub(crate) fn lu<F: Float>(a: Var<'_, F>) -> Result<Factors<'_, F>, Error> {
    let packed = a.tape().try_apply(Lu, &[a])?;
    let ([m, n], [l, u]) = (vars::sizes(a), completed(packed));
    let k = m.min(n);
    Ok((exchanges(packed), vars::corner(l, [m, k]), vars::corner(u, [k, n])))
}
