//! # inv
//!
//! The inverse of a square matrix.
//!
//! $$ Y = A^{-1} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = -Y^\top \bar Y Y^\top $ |
//! | JVP | $ \dot Y = -Y \dot A Y $ |
//! | shape | `[b…, n, n] → [b…, n, n]` |
//! | domain | regular matrices; a singular one is an error that names it and the pivot; a matrix that is not finite gives NaN |
//! | numerics | the solution for the identity, as `solve`; `solve` itself is more accurate than a product with an inverse |
//! | source | differentiating $A Y = I$: $\dot A Y + A \dot Y = 0$ |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat};
use crate::naive;
use crate::stack::{Trouble, same_square};
use crate::vars::LeftOut;
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `A⁻¹` of each matrix of a stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inv {
    /// Whether a singular matrix is an error, and not NaN.
    pub(crate) strict: bool,
}

impl Inv {
    fn of_matrix(&self, mut x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let a = x.remove(0);
        let identity = Mat::identity(a.nrows(), a.ncols());
        Ok(Lu::regular(a)?.solve(&identity))
    }
}

impl Primitive for Inv {
    const NAME: &'static str = "inv";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        same_square(Self::NAME, x[0])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "-{y}ᵀ {ct} {y}ᵀ".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let y = out.clear(at.y(), 0.0).t();
        [Some(out.send(-y.matmul(ct).matmul(y)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let y = at.y();
        dx[0].map(|da| -y.matmul(da).matmul(y))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| naive::solve(&x[0], &naive::identity(x[0].len())))
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
                [[0.0, 2.0], [4.0, 0.0]],
                [[0.0, 0.25], [0.5, 0.0]],
                [[-0.125, -0.25], [-0.0625, -0.125]],
            ),
            Special::unary(lenient, [[0.0]], nan, nan),
            Special::unary(strict, nan, nan, nan),
        ]
    }
}

#[track_caller]
pub(crate) fn inv<F: Float>(a: Var<'_, F>) -> Result<Var<'_, F>, Error> {
    a.tape().try_apply(Inv { strict: true }, &[a])
}
