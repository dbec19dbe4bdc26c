//! # matrix_exp
//!
//! The exponential of a square matrix.
//!
//! $$ Y = e^A = \sum_k \frac{A^k}{k!} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \Lambda(A^\top, \bar Y) $ |
//! | JVP | $ \dot Y = \Lambda(A, \dot A) $, the upper right block of the exponential of $\begin{pmatrix} A & \dot A \\ 0 & A \end{pmatrix}$ |
//! | shape | `[b…, n, n] → [b…, n, n]` |
//! | domain | all finite matrices; beyond the largest number it overflows; a matrix that is not finite gives NaN |
//! | numerics | the Padé quotient of degree 13 at $2^{-s} A$ with a 1-norm of at most 5.37, squared $s$ times; the direction is scaled to elements of at most 1, so that it does not decide about $s$ |
//! | source | Higham, The scaling and squaring method for the matrix exponential revisited (2005); Van Loan, Computing integrals involving the matrix exponential (1978), for the block |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat, product};
use crate::stack::{Trouble, finite, same_square};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `e^A` of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixExp;

impl MatrixExp {
    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        finite(&x[0])?;
        exponential(&x[0])
    }
}

/// Coefficients of the numerator of the Padé quotient of degree 13, from the constant on; the denominator alternates signs.
const PADE: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];

/// The largest 1-norm at which that quotient is exact to rounding.
const RADIUS: f64 = 5.371920351148152;

fn exponential(a: &Mat<f64>) -> Result<Mat<f64>, Trouble> {
    let n = a.nrows();
    // Norm and radius by the element: the sum of large ones overflows.
    let size = n as f64;
    let norm = (0..n).map(|j| (0..n).map(|i| a[(i, j)].abs() / size).sum()).fold(0.0, f64::max);
    let radius = RADIUS / size;
    let squarings = if norm > radius { (norm.log2() - radius.log2()).ceil() as i32 } else { 0 };
    let scale = 0.5_f64.powi(squarings);
    let a = Mat::from_fn(n, n, |i, j| a[(i, j)] * scale);
    let a2 = product(&a, &a);
    let a4 = product(&a2, &a2);
    let a6 = product(&a2, &a4);
    let combined = |c: [f64; 4]| {
        let unit = |i, j| if i == j { c[0] } else { 0.0 };
        Mat::from_fn(n, n, |i, j| c[3] * a6[(i, j)] + c[2] * a4[(i, j)] + c[1] * a2[(i, j)] + unit(i, j))
    };
    // The terms of even or of odd degree, the odd ones divided by A.
    let terms = |from: usize| {
        let high = product(&a6, &combined([0.0, PADE[8 + from], PADE[10 + from], PADE[12 + from]]));
        let low = combined([PADE[from], PADE[2 + from], PADE[4 + from], PADE[6 + from]]);
        Mat::from_fn(n, n, |i, j| high[(i, j)] + low[(i, j)])
    };
    let (even, odd) = (terms(0), product(&a, &terms(1)));
    let quotient = |sign: f64| Mat::from_fn(n, n, |i, j| even[(i, j)] + sign * odd[(i, j)]);
    let mut y = Lu::of(quotient(-1.0))?.solve(&quotient(1.0));
    for _ in 0..squarings {
        y = product(&y, &y);
    }
    Ok(y)
}

/// The derivative of the exponential at `a` in the direction `e`.
fn frechet<'t, F: Float>(a: Var<'t, F>, e: Var<'t, F>) -> Var<'t, F> {
    let n = vars::sizes(a)[0];
    if a.shape().is_empty() {
        return e;
    }
    // Linear in the direction, so that the scale is a constant of no consequence to derivatives.
    let largest = e.detach().abs().max_keepdim(-1).max_keepdim(-2);
    let scale = largest.eq(0.0).select(1.0, largest);
    let zeros = e.tape().constant(Tensor::zeros(e.shape()));
    let upper = Var::concat(&[a, e / scale], -1);
    let block = Var::concat(&[upper, Var::concat(&[zeros, a], -1)], -2);
    let y = block.tape().apply(MatrixExp, &[block]);
    y.narrow(-2, 0..n).narrow(-1, n..2 * n) * scale
}

impl Primitive for MatrixExp {
    const NAME: &'static str = "matrix_exp";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_square(Self::NAME, x[0])
    }

    of_each_matrix!(2);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the upper right block of exp([{0}ᵀ, {ct}; 0, {0}ᵀ])".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        [Some(out.send(frechet(out.clear(at.input(0), 0.0).t(), ct)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|da| frechet(at.input(0), da))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            // The series at a 256th, squared eight times.
            let n = x[0].len();
            let (mut term, mut sum) = (naive::identity(n), naive::identity(n));
            for k in 1..30 {
                term = naive::product(&term, &naive::matrix(n, n, |i, j| x[0][i][j] / 256.0 / f64::from(k)));
                sum = naive::matrix(n, n, |i, j| sum[i][j] + term[i][j]);
            }
            (0..8).fold(sum, |y, _| naive::product(&y, &y))
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let shapes: [&[usize]; 6] = [&[2, 2], &[3, 3], &[1, 1], &[2, 2, 2], &[0, 0], &[0, 2, 2]];
        shapes.map(|shape| Sample::of(Self, [draw.uniform(shape, -1.0, 1.0)])).into()
    }

    fn special() -> Vec<Special<Self>> {
        let nan = [[f64::NAN]];
        vec![
            Special::unary(
                Self,
                [[0.0, 0.0], [0.0, 0.0]],
                [[1.0, 0.0], [0.0, 1.0]],
                [[1.0, 1.0], [1.0, 1.0]],
            ),
            Special::unary(Self, nan, nan, nan),
            Special::unary(Self, [[f64::NEG_INFINITY]], nan, nan),
        ]
    }
}

#[track_caller]
pub(crate) fn matrix_exp<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    a.tape().try_apply(MatrixExp, &[a])
}
