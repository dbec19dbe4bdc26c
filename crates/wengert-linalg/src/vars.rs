//! What the rules are written with: differentiable functions of stacks of matrices.

use crate::ops::{inv::Inv, over_gaps::OverGaps, solve::Solve, triangular_solve::TriangularSolve};
use crate::stack::matrices;
use wengert::{Error, Float, Mask, Tensor, Var};

/// The value, or a panic with the error's text at the line of the user's that led here.
#[track_caller]
pub(crate) fn or_panic<T>(result: Result<T, wengert::Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// The sizes of the last two axes.
pub(crate) fn sizes<F: Float>(x: Var<'_, F>) -> [usize; 2] {
    let (shape, rank) = (x.shape(), x.rank());
    [shape.dims()[rank - 2], shape.dims()[rank - 1]]
}

/// The same of an operand that may be no matrix, which is an error in the name of `op`.
pub(crate) fn sizes_of<F: Float>(op: &'static str, x: Var<'_, F>) -> Result<[usize; 2], Error> {
    matrices(op, x.shape()).map(|(_, sizes)| sizes)
}

/// A constant matrix with an element for each row and column; operators repeat it for stacks.
#[track_caller]
pub(crate) fn matrix_like<'t, F: Float>(
    x: Var<'t, F>,
    [m, n]: [usize; 2],
    f: impl Fn(usize, usize) -> f64,
) -> Var<'t, F> {
    x.tape().constant(Tensor::from_fn([m, n], |ix| F::from_f64(f(ix[0], ix[1]))))
}

/// `(A + Aᵀ) / 2`
pub(crate) fn symmetric<F: Float>(a: Var<'_, F>) -> Var<'_, F> {
    (a + a.t()) * 0.5
}

/// `(A - Aᵀ) / 2`
pub(crate) fn antisymmetric<F: Float>(a: Var<'_, F>) -> Var<'_, F> {
    (a - a.t()) * 0.5
}

/// Vectors as the diagonals of matrices.
pub(crate) fn on_diagonal<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    x.diag_embed(0, -2, -1)
}

/// The diagonals of matrices as vectors.
pub(crate) fn diagonal_of<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    x.diagonal(0, -2, -1)
}

/// A number per matrix, as the only element of a matrix.
pub(crate) fn as_matrix<F: Float>(x: Var<'_, F>) -> Var<'_, F> {
    x.unsqueeze(-1).unsqueeze(-1)
}

/// The sum of the products of elements, a number per matrix.
pub(crate) fn inner<'t, F: Float>(a: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
    (a * b).sum_axes([-2, -1])
}

/// `A⁻¹ B`, NaN where `A` is singular.
pub(crate) fn solve<'t, F: Float>(a: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
    a.tape().apply(Solve { strict: false }, &[a, b])
}

/// `A⁻¹`, NaN where `A` is singular.
pub(crate) fn inverse<F: Float>(a: Var<'_, F>) -> Var<'_, F> {
    a.tape().apply(Inv { strict: false }, &[a])
}

/// `T⁻¹ B` of a triangle, or `T⁻ᵀ B`; NaN where it is singular.
pub(crate) fn solve_with<'t, F: Float>(op: TriangularSolve, t: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
    t.tape().apply(TriangularSolve { strict: false, ..op }, &[t, b])
}

/// `M_ij / (λ_j - λ_i)`
pub(crate) fn over_gaps<'t, F: Float>(values: Var<'t, F>, m: Var<'t, F>) -> Var<'t, F> {
    m.tape().apply(OverGaps, &[values, m])
}

/// The last two axes extended by zeros to these sizes.
#[track_caller]
pub(crate) fn extended<F: Float>(x: Var<'_, F>, [m, n]: [usize; 2]) -> Var<'_, F> {
    let (sizes, mut by) = (sizes(x), vec![(0, 0); x.rank()]);
    by[x.rank() - 2].1 = m as isize - sizes[0] as isize;
    by[x.rank() - 1].1 = n as isize - sizes[1] as isize;
    x.pad(&by, 0.0)
}

/// The first rows and columns.
#[track_caller]
pub(crate) fn corner<F: Float>(x: Var<'_, F>, [m, n]: [usize; 2]) -> Var<'_, F> {
    x.narrow(-2, 0..m).narrow(-1, 0..n)
}

/// The sum of the contributions there are.
pub(crate) fn sum<'t, F: Float>(a: Option<Var<'t, F>>, b: Option<Var<'t, F>>) -> Option<Var<'t, F>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

/// The matrices of a stack that a mask left out: their cotangent is zeros, and what their rule computes with is not finite.
///
/// Products of matrices do not know that a zero from above wins, so such a matrix takes the rule's way as another one, with
/// finite elements, and its cotangent of zeros comes out as zeros at every order. All other matrices are as they were.
pub(crate) struct LeftOut<'t, F: Float>(Mask<'t, F>);

impl<'t, F: Float> LeftOut<'t, F> {
    /// Judged by the cotangent of the output and by what the rule computes with.
    #[track_caller]
    pub(crate) fn of(ct: Var<'t, F>, with: &[Var<'t, F>]) -> Self {
        Self::of_product([ct], with)
    }

    /// The same of a rule that is linear in several operands: zeros of one of them are enough.
    #[track_caller]
    pub(crate) fn of_product<const N: usize>(factors: [Var<'t, F>; N], with: &[Var<'t, F>]) -> Self {
        let zeros = |x: Var<'t, F>| x.ne(0.0).any_keepdim([-2, -1]).not();
        let infinite = |x: &Var<'t, F>| (*x * 0.0).ne(0.0).any_keepdim([-2, -1]);
        let zeros = factors.into_iter().map(zeros).reduce(Mask::or).expect("a factor");
        let infinite = with.iter().map(infinite).reduce(Mask::or).expect("something to compute with");
        Self(zeros.and(infinite))
    }

    /// `x` with a multiple of the identity in place of those matrices.
    #[track_caller]
    pub(crate) fn clear(&self, x: Var<'t, F>, diagonal: f64) -> Var<'t, F> {
        self.0.select(matrix_like(x, sizes(x), |i, j| if i == j { diagonal } else { 0.0 }), x)
    }

    /// A result of the rule: the derivative of those matrices is NaN for every other cotangent.
    #[track_caller]
    pub(crate) fn send(&self, x: Var<'t, F>) -> Var<'t, F> {
        x.chain(self.0.select(f64::NAN, 1.0))
    }
}
