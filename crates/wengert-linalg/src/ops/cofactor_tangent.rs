//! # cofactor_tangent
//!
//! The derivative of the cofactors of a matrix in a direction, which is the Hessian of the determinant times it.
//!
//! $$ T = D^2 \det(A) \lbrack E \rbrack, \qquad \text{for regular } A: \; \det A \, (\langle W, E \rangle W - W E^\top W), \; W = A^{-\top} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar E = D^2 \det(A)[\bar T], \quad \bar A = D^3 \det(A)[E, \bar T] $ |
//! | JVP | $ \dot T = D^2 \det(A)[\dot E] + D^3 \det(A)[E, \dot A] $ |
//! | shape | `[b…, n, n] × [b…, n, n] → [b…, n, n]` |
//! | domain | all finite $A$; the derivative by $A$ of regular ones, NaN at others |
//! | numerics | from $A = U S V^\top$ with $F = U^\top E V$ and $P_{ij} = \prod_{k \ne i, j} s_k$: $\sum_j P_{ij} F_{jj}$ on the diagonal, $-P_{ij} F_{ji}$ beside it |
//! | source | the minors of a diagonal matrix; $D^3$ by differentiating $\det A$ and $\dot W = -W \dot A^\top W$ |

use super::cofactor::{oriented_svd, tangent};
use super::det::Det;
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Mat, product, product_of};
use crate::stack::{Trouble, square, transposed};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// The second derivative of the determinant applied to a direction, of stacks of equally many matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CofactorTangent;

impl CofactorTangent {
    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let [a, e] = x.try_into().expect("two operands");
        let (u, s, v, sign) = oriented_svd(a)?;
        let (f, n) = (product(&transposed(&u), &product(&e, &v)), s.len());
        let others =
            |i: usize, j: usize| sign * product_of((0..n).filter(|&k| k != i && k != j).map(|k| s[k]));
        let of = |i: usize, j: usize| match i == j {
            true => (0..n).filter(|&k| k != i).map(|k| others(i, k) * f[(k, k)]).sum(),
            false => -others(i, j) * f[(j, i)],
        };
        Ok(product(&u, &product(&Mat::from_fn(n, n, of), &transposed(&v))))
    }
}

/// `A⁻ᵀ`, which the third derivative is made of; none below size 3, where there is no third derivative.
fn inverse_transposed<F: Float>(a: Var<'_, F>) -> Option<Var<'_, F>> {
    (vars::sizes(a)[0] >= 3).then(|| vars::inverse(a).t())
}

/// The third derivative of the determinant applied to two directions, which may change places; `w` is `A⁻ᵀ`.
fn third<'t, F: Float>(a: Var<'t, F>, w: Var<'t, F>, e: Var<'t, F>, g: Var<'t, F>) -> Var<'t, F> {
    let through = |x: Var<'t, F>| w.matmul(x.t()).matmul(w);
    let inner = |x, y| vars::as_matrix(vars::inner(x, y));
    let (we, wg, det) = (through(e), through(g), vars::as_matrix(a.tape().apply(Det, &[a])));
    let both = wg.matmul(e.t()).matmul(w) + we.matmul(g.t()).matmul(w);
    det * (inner(w, g) * (inner(w, e) * w - we) - inner(wg, e) * w - inner(w, e) * wg + both)
}

impl Primitive for CofactorTangent {
    const NAME: &'static str = "cofactor_tangent";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        square(Self::NAME, x[0])?;
        if x[0] != x[1] {
            let (lhs, rhs) = (x[0].dims().into(), x[1].dims().into());
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected: "matrices of one shape" });
        }
        Ok(x[0])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        match k {
            0 => "the third derivative of det({0}) by {1} and {ct}",
            _ => "the derivative of cof({0}) by {ct}",
        }
        .into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [a, e] = at.x();
        let by_a = || {
            let w = inverse_transposed(a)?;
            let out = LeftOut::of_product([ct, e], &[w, e]);
            Some(out.send(third(out.clear(a, 0.0), out.clear(w, 0.0), out.clear(e, 0.0), ct)))
        };
        let by_e = || {
            let out = LeftOut::of(ct, &[at.y()]);
            out.send(tangent(out.clear(a, 0.0), ct))
        };
        [at.wants(0).then(by_a).flatten(), at.wants(1).then(by_e)].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [a, e] = at.x();
        let by_a = dx[0].and_then(|da| Some(third(a, inverse_transposed(a)?, e, da)));
        vars::sum(by_a, dx[1].map(|de| tangent(a, de)))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        // Cofactors are sums of products without a repeated element: each without one element, times the direction's.
        naive::each(x, y, |x| {
            let (a, e, n) = (&x[0], &x[1], x[0].len());
            naive::matrix(n, n, |i, j| {
                let (a, e) = (naive::minor(a, i, j), naive::minor(e, i, j));
                let term =
                    |p: usize, q: usize| naive::sign(p + q) * e[p][q] * naive::det(&naive::minor(&a, p, q));
                let sum: f64 =
                    (0..n - 1).flat_map(|p| (0..n - 1).map(move |q| (p, q))).map(|(p, q)| term(p, q)).sum();
                naive::sign(i + j) * sum
            })
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 4] = [&[2, 2], &[3, 3], &[2, 2, 2], &[0, 0]];
        let mut of = |s| Sample::of(Self, [naive::regular(draw, s), draw.uniform(s, -1.0, 1.0)]);
        shapes.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        // In two dimensions the Hessian of the determinant is the same everywhere, in three it is linear.
        let (zero, direction) = ([[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 4.0]]);
        let two = Special {
            op: Self,
            inputs: vec![zero.into(), direction.into()],
            value: [[4.0, 0.0], [0.0, 2.0]].into(),
            gradients: vec![None, Some([[1.0, -1.0], [-1.0, 1.0]].into())],
        };
        let at = |x: f64| Tensor::from_fn([3, 3], |ix| if ix[0] == ix[1] { x } else { 0.0 });
        let of = |x: f64, beside: f64| Tensor::from_fn([3, 3], |ix| if ix[0] == ix[1] { x } else { beside });
        let three = |x: f64, by_a: Tensor<f64>| Special {
            op: Self,
            inputs: vec![at(x), at(1.0)],
            value: at(2.0 * x),
            gradients: vec![Some(by_a), Some(of(2.0 * x, -x))],
        };
        vec![two, three(1.0, of(2.0, -1.0)), three(0.0, Tensor::full([3, 3], f64::NAN))]
    }
}
