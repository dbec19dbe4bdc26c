//! # triangular_solve
//!
//! The solution of a system of linear equations with one triangle of a matrix, or with its transpose.
//!
//! $$ X = T^{-1} B \quad \text{or} \quad X = T^{-\top} B, \qquad T = \operatorname{tril} A \text{ or } \operatorname{triu} A $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar B = T^{-\top} \bar X, \; \bar T = -\bar B X^\top $; transposed, $ \bar B = T^{-1} \bar X, \; \bar T = -X \bar B^\top $; of $\bar T$ the triangle, without the diagonal where that is ones |
//! | JVP | $ \dot X = T^{-1} (\dot B - \dot T X) $, with $T^\top$ and $\dot T^\top$ if transposed |
//! | shape | `[b…, n, n] × [b…, n, k] → [b…, n, k]`; a vector `[n]` and broadcast stacks by the method |
//! | domain | triangles without a 0 on the diagonal, else an error that names the matrix and the place; the other triangle is not read |
//! | source | differentiating $T X = B$: $\dot T X + T \dot X = \dot B$; the elements that are not read send nothing |

use super::solve::{shape_of_system, system, systems};
use super::{of_each_matrix, stack_of_examples};
use crate::factor::{Mat, solve_triangle};
use crate::stack::{Trouble, finite, square, transposed};
use crate::vars::LeftOut;
use crate::{Triangle, naive, vars};
use wengert::ops::{Arity, Draw};
use wengert::{Error, Float, Line, Primitive, Pullback, Sample, Shape, Special, Tensor, Threads, Var};

/// `T⁻¹ B` or `T⁻ᵀ B` of stacks of equally many matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriangularSolve {
    pub(crate) upper: bool,
    pub(crate) transposed: bool,
    pub(crate) unit: bool,
    pub(crate) strict: bool,
}

impl TriangularSolve {
    /// With the lower triangle.
    pub(crate) const LOWER: Self = Self { upper: false, transposed: false, unit: false, strict: true };
    /// With the upper triangle.
    pub(crate) const UPPER: Self = Self { upper: true, ..Self::LOWER };

    /// With the transpose of the same triangle.
    pub(crate) const fn of_transpose(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// With ones for the diagonal.
    pub(crate) const fn unit(self) -> Self {
        Self { unit: true, ..self }
    }

    fn of_matrix(&self, x: Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble> {
        let Self { upper, unit, .. } = *self;
        let [a, b] = x.try_into().expect("two operands");
        let inside = |i: usize, j: usize| if upper { i <= j } else { i >= j };
        let of = |i, j| {
            if i == j && unit {
                1.0
            } else if inside(i, j) {
                a[(i, j)]
            } else {
                0.0
            }
        };
        let t = Mat::from_fn(a.nrows(), a.ncols(), of);
        finite(&t)?;
        if let Some(k) = (0..t.nrows()).find(|&k| t[(k, k)] == 0.0) {
            return Err(Trouble::Singular(k));
        }
        let t = if self.transposed { transposed(&t) } else { t };
        Ok(solve_triangle(&t, b, upper != self.transposed, unit))
    }

    /// The part of a matrix that is read.
    fn part<'t, F: Float>(&self, a: Var<'t, F>) -> Var<'t, F> {
        let beside = isize::from(self.unit);
        if self.upper { a.triu(beside) } else { a.tril(-beside) }
    }
}

impl Primitive for TriangularSolve {
    const NAME: &'static str = "triangular_solve";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        shape_of_system(Self::NAME, x[0], x[1])
    }

    of_each_matrix!(2, strict);

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        let triangle = if self.upper { "triu" } else { "tril" };
        match (k, self.transposed) {
            (0, false) => format!("-{triangle}(({triangle}({{0}})⁻ᵀ {{ct}}) {{y}}ᵀ)"),
            (0, true) => format!("-{triangle}({{y}} ({triangle}({{0}})⁻¹ {{ct}})ᵀ)"),
            (_, false) => format!("{triangle}({{0}})⁻ᵀ {{ct}}"),
            (_, true) => format!("{triangle}({{0}})⁻¹ {{ct}}"),
        }
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let out = LeftOut::of(ct, &[at.y()]);
        let (t, x) = (out.clear(at.input(0), 1.0), out.clear(at.y(), 0.0));
        let b_bar = vars::solve_with(self.of_transpose(), t, ct);
        let t_bar = || if self.transposed { x.matmul(b_bar.t()) } else { b_bar.matmul(x.t()) };
        let a_bar = || out.send(-self.part(t_bar()));
        [at.wants(0).then(a_bar), at.wants(1).then(|| out.send(b_bar))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let from_t = dx[0].map(|dt| {
            let dt = self.part(dt);
            -(if self.transposed { dt.t() } else { dt }).matmul(at.y())
        });
        Some(vars::solve_with(*self, at.input(0), vars::sum(from_t, dx[1])?))
    }

    stack_of_examples!();

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        naive::each(x, y, |x| {
            let n = x[0].len();
            let of = |i: usize, j: usize| {
                let (i, j) = if self.transposed { (j, i) } else { (i, j) };
                match i.cmp(&j) {
                    std::cmp::Ordering::Equal if self.unit => 1.0,
                    std::cmp::Ordering::Less if !self.upper => 0.0,
                    std::cmp::Ordering::Greater if self.upper => 0.0,
                    _ => x[0][i][j],
                }
            };
            naive::solve(&naive::matrix(n, n, of), &x[1])
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let ops = [Self::LOWER, Self::UPPER, Self::LOWER.of_transpose(), Self::UPPER.of_transpose()];
        let ops = ops.into_iter().flat_map(|op| [op, op.unit()]);
        let systems: Vec<_> =
            ops.clone().flat_map(|op| systems(draw).into_iter().map(move |x| (op, x))).collect();
        // Each way of reading on two of the systems, in turn, and all of them the first way.
        let kept = |(k, (op, x)): (usize, (Self, [Tensor<f64>; 2]))| {
            (k < 6 || k % 6 == 1 || k % 6 == 3 && k % 4 == 1).then(|| Sample::of(op, x))
        };
        systems.into_iter().enumerate().filter_map(kept).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        // What is above the diagonal is not read.
        let regular = Special {
            op: Self::LOWER,
            inputs: vec![Tensor::from([[2.0, NAN], [0.0, 4.0]]), Tensor::from([[2.0], [4.0]])],
            value: [[1.0], [1.0]].into(),
            gradients: vec![Some([[-0.5, 0.0], [-0.25, -0.25]].into()), Some([[0.5], [0.25]].into())],
        };
        let lenient = Self { strict: false, ..Self::UPPER };
        vec![regular, Special::binary(lenient, [[[0.0]], [[1.0]]], [[NAN]], [[[NAN]], [[NAN]]])]
    }
}

/// `T⁻¹ B` or `T⁻ᵀ B`: stacks broadcast, and a right side of one axis is a vector.
#[track_caller]
pub(crate) fn triangular_solve<'t, F: Float>(
    a: Var<'t, F>,
    b: Var<'t, F>,
    triangle: Triangle,
) -> Result<Var<'t, F>, Error> {
    let op = TriangularSolve {
        upper: triangle.upper,
        transposed: triangle.transposed,
        unit: triangle.unit_diagonal,
        strict: true,
    };
    square(TriangularSolve::NAME, a.shape())?;
    let (operands, column) = system(TriangularSolve::NAME, a, b)?;
    let x = a.tape().try_apply(op, &operands)?;
    if column { x.try_squeeze(-1) } else { Ok(x) }
}
