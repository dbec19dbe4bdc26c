//! # solve
//!
//! The solution of a system of linear equations with a square matrix.
//!
//! $$ X = A^{-1} B $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar B = A^{-\top} \bar X, \quad \bar A = -\bar B X^\top $ |
//! | JVP | $ \dot X = A^{-1} (\dot B - \dot A X) $ |
//! | shape | `[b…, n, n] × [b…, n, k] → [b…, n, k]`; a vector `[n]` and broadcast stacks by the method |
//! | domain | regular matrices; a singular one is an error that names it and the pivot; a matrix that is not finite gives NaN |
//! | numerics | LU with partial pivoting; singular is a pivot no larger than one rounding of the terms it is the sum of; the pullback factors $A^\top$ again, which costs less than the pullback of kept factors would |
//! | source | differentiating $A X = B$: $\dot A X + A \dot X = \dot B$; as in Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation (2008) |

use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Lu, Mat};
use crate::stack::{Trouble, square, with_last};
use crate::vars::LeftOut;
use crate::{naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `A⁻¹ B` of stacks of equally many matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solve {
    /// Whether a singular matrix is an error, and not NaN.
    pub(crate) strict: bool,
}

impl Solve {
    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let [a, b] = x.try_into().expect("two operands");
        Ok(Lu::regular(a)?.solve(&b))
    }
}

/// The shape rule of systems: a square matrix, and right sides with as many rows.
pub(crate) fn shape_of_system(op: &'static str, a: Shape, b: Shape) -> Result<Shape, Error> {
    let (lead, n) = square(op, a)?;
    if b.rank() != a.rank() || b.dims()[..=lead] != *[&a.dims()[..lead], &[n]].concat() {
        let (lhs, rhs) = (a.dims().into(), b.dims().into());
        return Err(Error::ShapeMismatch { op, lhs, rhs, expected: "[b…, n, n] and [b…, n, k]" });
    }
    with_last(b, lead, &b.dims()[lead..])
}

/// The points where systems are tested: matrices that are far from singular, and right sides.
pub(crate) fn systems(draw: &mut Draw) -> Vec<[Tensor<f64>; 2]> {
    let cases: [(&[usize], &[usize]); 6] = [
        (&[2, 2], &[2, 1]),
        (&[3, 3], &[3, 2]),
        (&[1, 1], &[1, 1]),
        (&[2, 2, 2], &[2, 2, 1]),
        (&[0, 0], &[0, 2]),
        (&[2, 2], &[2, 0]),
    ];
    cases.map(|(a, b)| [naive::regular(draw, a), draw.uniform(b, -2.0, 2.0)]).into()
}

impl Primitive for Solve {
    const NAME: &'static str = "solve";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        shape_of_system(Self::NAME, x[0], x[1])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        if k == 0 { "-({0}⁻ᵀ {ct}) {y}ᵀ" } else { "{0}⁻ᵀ {ct}" }.into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let b_bar = vars::solve(out.clear(at.input(0), 1.0).t(), ct);
        let a_bar = || out.send(-b_bar.matmul(out.clear(at.y(), 0.0).t()));
        [at.wants(0).then(a_bar), at.wants(1).then(|| out.send(b_bar))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let from_a = dx[0].map(|da| -da.matmul(at.y()));
        let right = vars::sum(from_a, dx[1])?;
        Some(vars::solve(at.input(0), right))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| naive::solve(&x[0], &x[1]))
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        systems(draw).into_iter().map(|x| Sample::of(Self { strict: true }, x)).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let (strict, lenient) = (Self { strict: true }, Self { strict: false });
        let nan = [[f64::NAN]];
        vec![
            Special::binary(
                strict,
                [[[2.0, 0.0], [0.0, 4.0]], [[2.0, 4.0], [4.0, 8.0]]],
                [[1.0, 2.0], [1.0, 2.0]],
                [[[-1.5, -1.5], [-0.75, -0.75]], [[0.5, 0.5], [0.25, 0.25]]],
            ),
            Special::binary(lenient, [[[0.0]], [[1.0]]], nan, [nan, nan]),
            Special::binary(strict, [nan, [[1.0]]], nan, [nan, nan]),
        ]
    }
}

/// Both operands with one stack, a vector as a column; and whether it was one.
#[track_caller]
pub(crate) fn system<'t, F: Float>(
    op: &'static str,
    a: Var<'t, F>,
    b: Var<'t, F>,
) -> Result<([Var<'t, F>; 2], bool), Error> {
    let ((lead, [m, n]), column) = (crate::stack::matrices(op, a.shape())?, b.rank() == 1);
    let given = || (a.shape().dims().to_vec(), b.shape().dims().to_vec());
    let right = if column { b.try_unsqueeze(-1)? } else { b };
    let (behind, [rows, k]) = crate::stack::matrices(op, right.shape())?;
    if rows != m {
        let ((lhs, rhs), expected) = (given(), "as many rows on the right as on the left");
        return Err(Error::ShapeMismatch { op, lhs, rhs, expected });
    }
    let stack = |v: Var<'t, F>, lead: usize| Shape::new(&v.shape().dims()[..lead]);
    let both = Shape::broadcast(op, stack(a, lead)?, stack(right, behind)?).map_err(|_| {
        let ((lhs, rhs), expected) =
            (given(), "stacks (all axes but the last two) that broadcast: sizes equal or 1");
        Error::ShapeMismatch { op, lhs, rhs, expected }
    })?;
    let a = a.try_broadcast_to([both.dims(), &[m, n]].concat())?;
    let b = right.try_broadcast_to([both.dims(), &[m, k]].concat())?;
    Ok(([a, b], column))
}

/// `A⁻¹ B`, as NumPy's `solve`: stacks broadcast, and a right side of one axis is a vector.
#[track_caller]
pub(crate) fn solve<'t, F: Float>(a: Var<'t, F>, b: Var<'t, F>) -> Result<Var<'t, F>, Error> {
    square(Solve::NAME, a.shape())?;
    let (operands, column) = system(Solve::NAME, a, b)?;
    let x = a.tape().try_apply(Solve { strict: true }, &operands)?;
    if column { x.try_squeeze(-1) } else { Ok(x) }
}
