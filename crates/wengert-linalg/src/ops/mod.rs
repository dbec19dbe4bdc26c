//! The primitives, one file each, listed once in [`for_each_linalg_op!`](crate::for_each_linalg_op).

pub mod cholesky;
pub mod cofactor;
pub mod cofactor_tangent;
pub mod det;
pub mod eigh;
pub mod inv;
pub mod lu;
pub mod matrix_exp;
pub mod over_gaps;
pub mod pinv;
pub mod qr;
pub mod slogdet;
pub mod solve;
pub mod svd;
pub mod triangular_solve;

use wengert::{Float, Op};

/// Calls a macro with the list of all primitives of this crate, as `module::Type` pairs, as
/// [`for_each_op!`](wengert::for_each_op) does.
///
/// ```
/// macro_rules! list { ($($module:ident :: $Op:ident,)*) => { const OPS: &[&str] = &[$(stringify!($module)),*]; } }
/// wengert_linalg::for_each_linalg_op!(list);
/// assert!(OPS.contains(&"solve"));
/// ```
#[macro_export]
macro_rules! for_each_linalg_op {
    ($callback:path) => {
        $callback! {
            cholesky::Cholesky,
            cofactor::Cofactor,
            cofactor_tangent::CofactorTangent,
            det::Det,
            eigh::Eigh,
            inv::Inv,
            lu::Lu,
            matrix_exp::MatrixExp,
            over_gaps::OverGaps,
            pinv::Pinv,
            qr::Qr,
            slogdet::Slogdet,
            solve::Solve,
            svd::Svd,
            triangular_solve::TriangularSolve,
        }
    };
}

macro_rules! outside { ($($module:ident :: $Op:ident,)*) => { $(
    impl<F: Float> From<$module::$Op> for Op<F> {
        fn from(op: $module::$Op) -> Self { Op::outside(op) }
    }
)* } }
for_each_linalg_op!(outside);

/// The value of an op whose output has so many axes for a matrix: its `of_matrix` of each of a stack, NaN where that refuses.
/// `strict` is for ops that say whether they are: what they refuse is then an error of the method with errors.
macro_rules! of_each_matrix {
    ($axes:literal) => {
        fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
            let value =
                $crate::stack::evaluate(Self::NAME, false, y.rank() - $axes, x, y, |x| self.of_matrix(x));
            value.expect("refused matrices are NaN")
        }
    };
    ($axes:literal, strict) => {
        $crate::ops::of_each_matrix!($axes);

        fn try_eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Result<Tensor<F>, Error> {
            $crate::stack::evaluate(Self::NAME, self.strict, y.rank() - $axes, x, y, |x| self.of_matrix(x))
        }
    };
}
pub(crate) use of_each_matrix;

/// The rule for batches of ops over stacks of matrices: the examples are one more axis of the stack.
macro_rules! stack_of_examples {
    () => {
        fn batch<'t, F: Float>(&self, at: &wengert::Batch<'t, F>) -> Result<Var<'t, F>, Error> {
            at.apply(*self)
        }
    };
}
pub(crate) use stack_of_examples;
