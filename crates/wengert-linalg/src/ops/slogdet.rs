//! # slogdet
//!
//! The sign of the determinant of a square matrix and the logarithm of its magnitude, side by side.
//!
//! $$ y = (\operatorname{sign} \det A, \; \ln \lvert \det A \rvert) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \bar y_1 A^{-\top} $; the sign sends nothing |
//! | JVP | $ \dot y = (0, \langle A^{-\top}, \dot A \rangle) $ |
//! | shape | `[b…, n, n] → [b…, 2]`; the method gives the two apart |
//! | domain | all finite matrices; $(0, -\infty)$ for a singular one; the derivative is NaN there, and where a matrix is singular to working precision, as for `inv`; $(1, 0)$ for size 0; a matrix that is not finite gives NaN |
//! | numerics | the sum of the logarithms of the pivots of LU, which neither overflows nor underflows |
//! | source | Jacobi's formula divided by the determinant |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat};
use crate::stack::{Trouble, square, with_last};
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// Sign and logarithm of the magnitude of the determinant, of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slogdet;

impl Slogdet {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let (mut sign, mut log) = (1.0, 0.0);
        if a.nrows() > 0 {
            let lu = Lu::of(a)?;
            (sign, log) = (lu.sign(), lu.pivots().map(|p| p.abs().ln()).sum());
        }
        Ok(Mat::from_fn(2, 1, |i, _| if i == 0 { sign } else { log }))
    }
}

impl Primitive for Slogdet {
    const NAME: &'static str = "slogdet";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (lead, _) = square(Self::NAME, x[0])?;
        with_last(x[0], lead, &[2])
    }

    of_each_matrix!(1);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "{ct}[1] {0}⁻ᵀ".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let of_log = ct.narrow(-1, 1..2).unsqueeze(-1);
        [Some(of_log.chain(vars::inverse(at.input(0)).t()))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|da| {
            let log = da.chain(vars::inverse(at.input(0)).t()).sum_axes([-2, -1]).unsqueeze(-1);
            Var::concat(&[da.tape().constant(Tensor::zeros(log.shape())), log], -1)
        })
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let det = naive::det(&x[0]);
            vec![vec![det.signum(), det.abs().ln()]]
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let mut samples = super::det::square_samples(&Self, draw);
        let positive = naive::regular(draw, &[2, 2]);
        let exchanged = Tensor::from_fn([2, 2], |ix| positive[[1 - ix[0], ix[1]]]);
        samples.push(Sample::of(Self, [exchanged]));
        samples
    }

    fn special() -> Vec<Special<Self>> {
        let (nan, ln) = (f64::NAN, std::f64::consts::LN_2);
        vec![
            Special::unary(Self, [[0.0, 1.0], [2.0, 0.0]], [-1.0, ln], [[0.0, 1.0], [0.5, 0.0]]),
            Special::unary(Self, [[0.0]], [0.0, f64::NEG_INFINITY], [[nan]]),
            Special::unary(Self, [[nan]], [nan, nan], [[nan]]),
        ]
    }
}

/// The sign, and the logarithm of the magnitude.
#[track_caller]
pub(crate) fn slogdet<F: Float>(a: Var<'_, F>) -> Result<(Var<'_, F>, Var<'_, F>), Error> {
    let both = a.tape().try_apply(Slogdet, &[a])?;
    let (sign, log) = (both.try_narrow(-1, 0..1)?, both.try_narrow(-1, 1..2)?);
    Ok((sign.try_squeeze(-1)?.detach(), log.try_squeeze(-1)?))
}
