//! # svd
//!
//! The singular values of a matrix in falling order, and orthonormal vectors of both sides; in one value.
//!
//! $$ A = U \operatorname{diag}(s) V^\top, \qquad k = \min(m, n) \text{ columns in } U \text{ and } V $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = U \bar E V^\top + (I - U U^\top) \bar U S^{-1} V^\top + U S^{-1} \bar V^\top (I - V V^\top) $; $ \bar E = \operatorname{diag} \bar s + \operatorname{sym} G(P + Q) + H(\operatorname{skew}(P - Q)), \; P = U^\top \bar U, \; Q = V^\top \bar V $ |
//! | JVP | $ E = U^\top \dot A V, \; \dot s_i = E_{ii}, \; \dot U = U (G(\operatorname{sym} E) + H(\operatorname{skew} E)) + (I - U U^\top) \dot A V S^{-1} $, and $\dot V$ with $-H$ and the sides exchanged |
//! | shape | `[b…, m, n] → [b…, m + 1 + n, k]`: `U`, a row of the values, `V`; the methods give them apart |
//! | domain | all finite matrices; the derivative by vectors needs values above 0 where sides differ in length; a matrix that is not finite gives NaN |
//! | kinks | equal values: as in `eigh`; a value of 0 of a square matrix: the derivative with the signs of its vectors as they are |
//! | numerics | $G(M)_{ij} = M_{ij} / (s_j - s_i)$ by the op `over_gaps`, $H(M)_{ij} = M_{ij} / (s_i + s_j)$: no differences of squares; each pair of vectors has the sign that makes the first element of `U` of at least 0.7 times its largest magnitude positive |
//! | source | differentiating $U^\top A V = \operatorname{diag} s$; as in Giles, Collected matrix derivative results (2008), the quotient of squares split into partial fractions |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{self, Mat};
use crate::stack::{Trouble, matrices, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `U`, the singular values and `V` below one another, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Svd;

impl Svd {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let ((m, n), (u, s, v)) = (a.shape(), factor::svd(a)?);
        Ok(Mat::from_fn(m + 1 + n, m.min(n), |i, j| match i {
            _ if i < m => u[(i, j)],
            _ if i == m => s[j],
            _ => v[(i - m - 1, j)],
        }))
    }
}

/// `U`, the values, and `V`, of a value of this op for matrices of `m` rows.
#[track_caller]
fn parts<F: Float>(packed: Var<'_, F>, m: usize) -> [Var<'_, F>; 3] {
    let rows = vars::sizes(packed)[0];
    [packed.narrow(-2, 0..m), packed.narrow(-2, m..m + 1).squeeze(-2), packed.narrow(-2, m + 1..rows)]
}

/// `M_ij / (s_i + s_j)`, 0 where `M` is.
fn over_sums<'t, F: Float>(s: Var<'t, F>, m: Var<'t, F>) -> Var<'t, F> {
    m.chain((s.unsqueeze(-1) + s.unsqueeze(-2)).recip())
}

/// Columns divided by the singular values, 0 where they are.
fn over_values<'t, F: Float>(x: Var<'t, F>, s: Var<'t, F>) -> Var<'t, F> {
    x.chain(s.recip().unsqueeze(-2))
}

/// What is orthogonal to the columns of `u`.
fn beside<'t, F: Float>(u: Var<'t, F>, x: Var<'t, F>) -> Var<'t, F> {
    x - u.matmul(u.t().matmul(x))
}

impl Primitive for Svd {
    const NAME: &'static str = "svd";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, [m, n]) = matrices(Self::NAME, x[0])?;
        with_last(x[0], lead, &[m + 1 + n, m.min(n)])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        let sides = match x[0].dims() {
            [.., m, n] if m > n => " + (I - U Uᵀ) {ct}_U S⁻¹ Vᵀ",
            [.., m, n] if m < n => " + U S⁻¹ {ct}_Vᵀ (I - V Vᵀ)",
            _ => "",
        };
        format!(
            "U (diag {{ct}}_s + sym G(Uᵀ {{ct}}_U + Vᵀ {{ct}}_V) + H(skew(Uᵀ {{ct}}_U - Vᵀ {{ct}}_V))) Vᵀ{sides}, with U, s and \
             V in {{y}}; G divides by differences of s, H by sums"
        )
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [m, n] = vars::sizes(at.input(0));
        let out = LeftOut::of(ct, &[at.y()]);
        let ([u, s, v], [u_bar, s_bar, v_bar]) = (parts(out.clear(at.y(), 0.0), m), parts(ct, m));
        let (p, q) = (u.t().matmul(u_bar), v.t().matmul(v_bar));
        // Before the division: on the diagonal it leaves 0, also where a singular value is.
        let (g, h) = (vars::over_gaps(s, p + q), over_sums(s, vars::antisymmetric(p - q)));
        let e_bar = vars::on_diagonal(s_bar) + vars::symmetric(g) + h;
        let mut a_bar = u.matmul(e_bar).matmul(v.t());
        if m > n {
            a_bar += over_values(beside(u, u_bar), s).matmul(v.t());
        }
        if n > m {
            a_bar += u.matmul(over_values(beside(v, v_bar), s).t());
        }
        [Some(out.send(a_bar))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [m, n] = vars::sizes(at.input(0));
        let [u, s, v] = parts(at.y(), m);
        dx[0].map(|da| {
            let e = u.t().matmul(da).matmul(v);
            let (g, h) = (vars::over_gaps(s, vars::symmetric(e)), over_sums(s, vars::antisymmetric(e)));
            let (mut du, mut dv) = (u.matmul(g + h), v.matmul(g - h));
            if m > n {
                du += over_values(beside(u, da.matmul(v)), s);
            }
            if n > m {
                dv += over_values(beside(v, da.t().matmul(u)), s);
            }
            Var::concat(&[du, vars::diagonal_of(e).unsqueeze(-2), dv], -2)
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (k, rows) = (y.dims()[y.rank() - 1], x[0].dims()[x[0].rank() - 2]);
        naive::each(x, y, |x| {
            // The eigenvectors of AᵀA or AAᵀ, whichever is smaller; the other side follows.
            let columns = x[0].first().map_or(0, Vec::len);
            let wide = rows < columns;
            let a = if wide { naive::transposed(&x[0], columns) } else { x[0].clone() };
            let (squares, v) = naive::eigh(&naive::product(&naive::transposed(&a, k), &a));
            let s: Vec<f64> = squares.iter().rev().map(|x| x.sqrt()).collect();
            let v = naive::matrix(k, k, |i, j| v[i][k - 1 - j]);
            let u = naive::product(&a, &v);
            let u = naive::matrix(u.len(), k, |i, j| u[i][j] / s[j]);
            let (u, v) = if wide { (v, u) } else { (u, v) };
            let signs = naive::signs(&u, k);
            let with_signs = |x: naive::Rows| naive::matrix(x.len(), k, |i, j| x[i][j] * signs[j]);
            [with_signs(u), vec![s], with_signs(v)].concat()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 7] = [&[2, 2], &[3, 2], &[2, 3], &[1, 1], &[2, 2, 1], &[0, 0], &[3, 0]];
        shapes.map(|shape| Sample::of(Self, [naive::spread(draw, shape)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = f64::NAN;
        let diagonal = [[3.0, 0.0], [0.0, 1.0]];
        let y = [[1.0, 0.0], [0.0, 1.0], [3.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        vec![
            Special::unary(Self, diagonal, y, [[1.0, 0.0], [0.0, 1.0]]),
            Special::unary(Self, [[-2.0]], [[1.0], [2.0], [-1.0]], [[-1.0]]),
            Special::unary(Self, [[nan]], [[nan], [nan], [nan]], [[nan]]),
        ]
    }
}

/// `U`, the singular values in falling order, and `V`.
#[track_caller]
pub(crate) fn factors<F: Float>(a: Var<'_, F>) -> Result<[Var<'_, F>; 3], Error> {
    let packed = a.tape().try_apply(Svd, &[a])?;
    Ok(parts(packed, vars::sizes(a)[0]))
}

type Factors<'t, F> = (Var<'t, F>, Var<'t, F>, Var<'t, F>);

/// The same with `V` transposed: `A = U diag(s) Vᵀ`.
#[track_caller]
pub(crate) fn svd<F: Float>(a: Var<'_, F>) -> Result<Factors<'_, F>, Error> {
    let [u, s, v] = factors(a)?;
    Ok((u, s, v.t()))
}
