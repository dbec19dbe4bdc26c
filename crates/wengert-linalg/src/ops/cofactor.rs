//! # cofactor
//!
//! The matrix of cofactors, which is the gradient of the determinant.
//!
//! $$ C_{ij} = (-1)^{i + j} \det A_{-i, -j} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = D^2 \det(A)[\bar C] $, by the op `cofactor_tangent` |
//! | JVP | $ \dot C = D^2 \det(A)[\dot A] $ |
//! | shape | `[b…, n, n] → [b…, n, n]` |
//! | domain | all finite matrices, singular ones too; a matrix that is not finite gives NaN |
//! | numerics | from $A = U S V^\top$: $C = \det U \det V \; U \operatorname{diag}(\prod_{k \ne i} s_k) V^\top$, without a division; the products overflow or underflow at their end only |
//! | source | cofactors of a product are the product of cofactors, those of an orthogonal matrix its determinant times itself |

use super::det::square_samples;
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat, product, product_of, svd};
use crate::naive;
use crate::stack::{Trouble, same_square, transposed};
use crate::vars::LeftOut;
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// The cofactors of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cofactor;

impl Cofactor {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let (u, s, v, sign) = oriented_svd(x.remove(0))?;
        let n = s.len();
        let others = |i: usize| product_of((0..n).filter(|&k| k != i).map(|k| s[k])) * sign;
        let scales: Vec<f64> = (0..n).map(others).collect();
        Ok(product(&Mat::from_fn(n, n, |i, j| u[(i, j)] * scales[j]), &transposed(&v)))
    }
}

type Oriented = (Mat<f64>, Vec<f64>, Mat<f64>, f64);

/// `U`, the singular values, `V`, and the product of the determinants of `U` and `V`.
pub(crate) fn oriented_svd(a: Mat<f64>) -> Result<Oriented, Trouble> {
    let (u, s, v) = svd(a)?;
    let orientation = Lu::of(u.clone())?.sign() * Lu::of(v.clone())?.sign();
    Ok((u, s, v, orientation))
}

/// The derivative of the cofactors at `a` by `da`.
pub(crate) fn tangent<'t, F: Float>(a: Var<'t, F>, da: Var<'t, F>) -> Var<'t, F> {
    a.tape().apply(super::cofactor_tangent::CofactorTangent, &[a, da])
}

impl Primitive for Cofactor {
    const NAME: &'static str = "cofactor";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_square(Self::NAME, x[0])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the derivative of cof({0}) by {ct}".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        [Some(out.send(tangent(out.clear(at.input(0), 0.0), ct)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|da| tangent(at.input(0), da))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let n = x[0].len();
            naive::matrix(n, n, |i, j| naive::sign(i + j) * naive::det(&naive::minor(&x[0], i, j)))
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        // For size 1 it is the constant 1.
        let samples = square_samples(&Self, draw).into_iter();
        samples.filter(|sample| sample.inputs[0].shape().dims() != [1, 1]).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = [[f64::NAN]];
        vec![
            Special::unary(
                Self,
                [[2.0, 0.0], [0.0, 3.0]],
                [[3.0, 0.0], [0.0, 2.0]],
                [[1.0, -1.0], [-1.0, 1.0]],
            ),
            Special::unary(
                Self,
                [[2.0, 0.0], [0.0, 0.0]],
                [[0.0, 0.0], [0.0, 2.0]],
                [[1.0, -1.0], [-1.0, 1.0]],
            ),
            Special::unary(Self, [[5.0]], [[1.0]], [[0.0]]),
            Special::unary(Self, nan, nan, nan),
        ]
    }
}
