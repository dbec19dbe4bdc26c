//! # pinv
//!
//! The pseudoinverse of Moore and Penrose of a matrix of full rank.
//!
//! $$ Y = A^+ = (A^\top A)^{-1} A^\top \text{ of a tall matrix}, \quad A^\top (A A^\top)^{-1} \text{ of a wide one} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = -Y^\top \bar Y Y^\top $, plus $ (I - A Y) \bar Y^\top Y Y^\top $ of a tall, $ Y^\top Y \bar Y^\top (I - Y A) $ of a wide matrix |
//! | JVP | $ \dot Y = -Y \dot A Y $, plus $ Y Y^\top \dot A^\top (I - A Y) $ of a tall, $ (I - Y A) \dot A^\top Y^\top Y $ of a wide matrix |
//! | shape | `[b…, m, n] → [b…, n, m]` |
//! | domain | matrices of full rank; at another the pseudoinverse is not continuous, and it is an error that names it; a matrix that is not finite gives NaN |
//! | numerics | singular values; the rank is full if the smallest is above $\max(m, n)$ roundings of the largest |
//! | source | Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate (1973) |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Mat, product, svd};
use crate::stack::{Trouble, matrices, transposed, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// The pseudoinverse of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pinv {
    /// Whether a matrix without full rank is an error, and not NaN.
    pub(crate) strict: bool,
}

impl Pinv {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let (m, n) = a.shape();
        let (u, s, v) = svd(a)?;
        let least = m.max(n) as f64 * f64::EPSILON * s[0];
        if let Some(k) = s.iter().position(|&s| s <= least) {
            return Err(Trouble::Deficient(k));
        }
        Ok(product(&Mat::from_fn(n, s.len(), |i, j| v[(i, j)] / s[j]), &transposed(&u)))
    }
}

impl Primitive for Pinv {
    const NAME: &'static str = "pinv";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, [m, n]) = matrices(Self::NAME, x[0])?;
        with_last(x[0], lead, &[n, m])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        let rest = match x[0].dims() {
            [.., m, n] if m > n => " + (I - {0} {y}) {ct}ᵀ {y} {y}ᵀ",
            [.., m, n] if m < n => " + {y}ᵀ {y} {ct}ᵀ (I - {y} {0})",
            _ => "",
        };
        format!("-{{y}}ᵀ {{ct}} {{y}}ᵀ{rest}")
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let (a, y, [m, n]) = (out.clear(at.input(0), 0.0), out.clear(at.y(), 0.0), vars::sizes(at.input(0)));
        let mut a_bar = -y.t().matmul(ct).matmul(y.t());
        if m > n {
            let x = ct.t().matmul(y).matmul(y.t());
            a_bar = a_bar + x - a.matmul(y.matmul(x));
        }
        if n > m {
            let x = y.t().matmul(y).matmul(ct.t());
            a_bar = a_bar + x - x.matmul(y).matmul(a);
        }
        [Some(out.send(a_bar))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let (a, y, [m, n]) = (at.input(0), at.y(), vars::sizes(at.input(0)));
        dx[0].map(|da| {
            let mut dy = -y.matmul(da).matmul(y);
            if m > n {
                let x = y.matmul(y.t()).matmul(da.t());
                dy = dy + x - x.matmul(a).matmul(y);
            }
            if n > m {
                let x = da.t().matmul(y.t()).matmul(y);
                dy = dy + x - y.matmul(a.matmul(x));
            }
            dy
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let (a, n) = (&x[0], x[0].first().map_or(0, Vec::len));
            let t = naive::transposed(a, n);
            if a.len() >= n {
                return naive::solve(&naive::product(&t, a), &t);
            }
            naive::transposed(&naive::solve(&naive::product(a, &t), a), n)
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 7] = [&[2, 2], &[3, 2], &[2, 3], &[1, 1], &[2, 2, 1], &[0, 0], &[0, 2, 1]];
        shapes.map(|shape| Sample::of(Self { strict: true }, [naive::regular(draw, shape)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let (strict, lenient) = (Self { strict: true }, Self { strict: false });
        let nan = [[f64::NAN]];
        vec![
            // x / (x² + y²) and y / (x² + y²) at (2, 0)
            Special::unary(strict, [[2.0], [0.0]], [[0.5, 0.0]], [[-0.25], [0.25]]),
            Special::unary(lenient, [[0.0]], nan, nan),
            Special::unary(strict, nan, nan, nan),
        ]
    }
}

#[track_caller]
pub(crate) fn pinv<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    a.tape().try_apply(Pinv { strict: true }, &[a])
}
