//! # det
//!
//! The determinant of a square matrix.
//!
//! $$ y = \det A $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \bar y \operatorname{cof} A $, which is $ \bar y \, y \, A^{-\top} $ where $A$ is regular |
//! | JVP | $ \dot y = \langle \operatorname{cof} A, \dot A \rangle $ |
//! | shape | `[b…, n, n] → [b…]` |
//! | domain | all finite matrices; 1 for size 0; first and second derivatives also of singular ones, from order 3 on NaN there; a matrix that is not finite gives NaN |
//! | numerics | the product of the pivots of LU, which overflows or underflows at its end only; `slogdet` does not |
//! | source | Jacobi's formula: the expansion along a row has the cofactor for its slope |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat, product_of};
use crate::stack::{Trouble, square, with_last};
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// The determinant of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Det;

impl Det {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        if a.nrows() == 0 {
            return Ok(Mat::full(1, 1, 1.0));
        }
        let lu = Lu::of(a)?;
        let sign = if lu.is_odd() { -1.0 } else { 1.0 };
        Ok(Mat::full(1, 1, sign * product_of(lu.pivots())))
    }
}

/// The points where functions of square matrices are tested.
pub(crate) fn square_samples<P: Primitive>(op: &P, draw: &mut Draw) -> Vec<Sample<P>> {
    let shapes: [&[usize]; 6] = [&[2, 2], &[3, 3], &[1, 1], &[2, 2, 2], &[0, 0], &[0, 2, 2]];
    shapes.map(|shape| Sample::of(op.clone(), [naive::regular(draw, shape)])).into()
}

/// The cofactors of each matrix of a stack.
pub(crate) fn cofactor<F: Float>(a: Var<'_, F>) -> Var<'_, F> {
    a.tape().apply(super::cofactor::Cofactor, &[a])
}

impl Primitive for Det {
    const NAME: &'static str = "det";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, _) = square(Self::NAME, x[0])?;
        with_last(x[0], lead, &[])
    }

    of_each_matrix!(0);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "{ct} cof({0}), the cofactors".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(vars::as_matrix(ct).chain(cofactor(at.input(0))))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|da| vars::inner(cofactor(at.input(0)), da))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| vec![vec![naive::det(&x[0])]])
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        square_samples(&Self, draw)
    }

    fn special() -> Vec<Special<Self>> {
        let nan = [[f64::NAN]];
        vec![
            Special::unary(Self, [[2.0, 0.0], [0.0, 3.0]], 6.0, [[3.0, 0.0], [0.0, 2.0]]),
            Special::unary(Self, [[2.0, 0.0], [0.0, 0.0]], 0.0, [[0.0, 0.0], [0.0, 2.0]]), // singular
            Special::unary(Self, [[0.0, 0.0], [0.0, 0.0]], 0.0, [[0.0, 0.0], [0.0, 0.0]]),
            Special::unary(Self, [[0.0]], 0.0, [[1.0]]),
            Special::unary(Self, nan, f64::NAN, nan),
        ]
    }
}

#[track_caller]
pub(crate) fn det<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    a.tape().try_apply(Det, &[a])
}
