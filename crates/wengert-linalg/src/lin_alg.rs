//! The methods, as an extension of variables.

use crate::vars::or_panic;
use crate::{Triangle, composed, ops};
use wengert::{Error, Float, Var};

/// Declares [`LinAlg`] and implements it for variables. `/// doc` and `inv, try_inv() -> Self, ops::inv::inv;` become
///
/// ```text
/// /// doc
/// fn try_inv(self) -> Result<Self, Error>;      // ops::inv::inv(self) in the implementation
/// /// As [`LinAlg::try_inv`]. …
/// fn inv(self) -> Self { or_panic(self.try_inv()) }
/// ```
macro_rules! lin_alg { ($(
    $(#[$doc:meta])*
    $name:ident, $try_name:ident($($arg:ident: $Arg:ty),*) -> $Out:ty, $f:path;
)*) => {
    /// Linear algebra on variables: the last two axes are matrices, those before them make stacks of them.
    ///
    /// The plain methods panic where their `try_` twins fail, with the same text, at the caller's line.
    pub trait LinAlg: Sized { $(
        $(#[$doc])*
        #[track_caller]
        fn $try_name(self $(, $arg: $Arg)*) -> Result<$Out, Error>;

        #[doc = concat!("As [`LinAlg::", stringify!($try_name), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        fn $name(self $(, $arg: $Arg)*) -> $Out {
            or_panic(self.$try_name($($arg),*))
        }
    )* }

    impl<F: Float> LinAlg for Var<'_, F> { $(
        #[track_caller]
        fn $try_name(self $(, $arg: $Arg)*) -> Result<$Out, Error> {
            $f(self $(, $arg)*)
        }
    )* }
} }

lin_alg! {
    /// The solution of `self · X = b`, as NumPy's `solve`; see [`ops::solve`].
    ///
    /// A `b` of one axis is a vector; else it is a matrix or a stack of them, and the axes before the last two
    /// broadcast.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[2.0, 0.0], [1.0, 4.0]]), tape.leaf([2.0, 9.0]));
    /// let x = a.solve(b);
    /// assert_eq!(x.value().to_vec(), [1.0, 2.0]);
    /// assert_eq!(x.sum().backward(&[b])[0].to_vec(), [0.375, 0.25]);
    /// let error = tape.leaf([[1.0, 2.0], [2.0, 4.0]]).try_solve(b).expect_err("singular");
    /// assert!(error.to_string().contains("matrix 0 of the stack is singular to working precision (pivot 1)"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size; [`Error::ShapeMismatch`], [`Error::DifferentTapes`];
    /// [`Error::Matrix`] if a matrix is singular.
    solve, try_solve(b: Self) -> Self, ops::solve::solve;

    /// The solution with one triangle of the matrix, or with its transpose; see [`ops::triangular_solve`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::{LinAlg, Triangle};
    ///
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[2.0, 8.0], [1.0, 4.0]]), tape.leaf([2.0, 9.0]));
    /// assert_eq!(a.triangular_solve(b, Triangle::LOWER).value().to_vec(), [1.0, 2.0]);
    /// assert_eq!(a.triangular_solve(b, Triangle::LOWER.unit_diagonal()).value().to_vec(), [2.0, 7.0]);
    /// assert_eq!(a.triangular_solve(b, Triangle::UPPER.transposed()).value().to_vec(), [1.0, 0.25]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size; [`Error::ShapeMismatch`], [`Error::DifferentTapes`];
    /// [`Error::Matrix`] for a 0 on the diagonal.
    triangular_solve, try_triangular_solve(b: Self, triangle: Triangle) -> Self, ops::triangular_solve::triangular_solve;

    /// The lower triangle `L` with `self = L · Lᵀ`; see [`ops::cholesky`].
    ///
    /// Only the symmetric part `(self + selfᵀ) / 2` counts.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[4.0, 2.0], [2.0, 10.0]]);
    /// assert_eq!(a.cholesky().value().to_vec(), [2.0, 0.0, 1.0, 3.0]);
    /// let error = tape.leaf([[1.0, 2.0], [2.0, 1.0]]).try_cholesky().expect_err("indefinite");
    /// assert!(error.to_string().contains("not positive definite (pivot 1)"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size; [`Error::Matrix`] if a matrix is not positive
    /// definite.
    cholesky, try_cholesky() -> Self, ops::cholesky::cholesky;

    /// The solution of `self · selfᵀ · X = b`, given a Cholesky factor; see [`composed::cholesky_solve`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[4.0, 2.0], [2.0, 10.0]]), tape.leaf([8.0, 22.0]));
    /// assert_eq!(a.cholesky().cholesky_solve(b).value().to_vec(), [1.0, 2.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// As [`LinAlg::try_triangular_solve`].
    cholesky_solve, try_cholesky_solve(b: Self) -> Self, composed::cholesky_solve::cholesky_solve;

    /// The inverse; see [`ops::inv`].
    ///
    /// To solve equations, [`LinAlg::solve`] is faster and more accurate.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, 2.0], [4.0, 0.0]]);
    /// assert_eq!(a.inv().value().to_vec(), [0.0, 0.25, 0.5, 0.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size; [`Error::Matrix`] if a matrix is singular.
    inv, try_inv() -> Self, ops::inv::inv;

    /// The pseudoinverse of a matrix of full rank; see [`ops::pinv`].
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0], [0.0]]);
    /// assert_eq!(a.pinv().value(), Tensor::from([[0.5, 0.0]]));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes; [`Error::Matrix`] if a matrix has not full rank.
    pinv, try_pinv() -> Self, ops::pinv::pinv;

    /// The solution of `self · X = b` with the least squared residuals; see [`composed::lstsq`].
    ///
    /// With more columns than rows there are many without residuals: it is the shortest. A `b` of one axis is a vector;
    /// else it is a matrix or a stack of them, and the axes before the last two broadcast.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]); // a line through three points
    /// let line = a.lstsq(tape.leaf([1.0, 3.0, 5.0])).value().to_vec();
    /// assert!((line[0] - 1.0).abs() < 1e-14 && (line[1] - 2.0).abs() < 1e-14);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes; [`Error::ShapeMismatch`], [`Error::DifferentTapes`];
    /// [`Error::Matrix`] if a matrix has not full rank.
    lstsq, try_lstsq(b: Self) -> Self, composed::lstsq::lstsq;

    /// The determinant; see [`ops::det`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 2.0], [2.0, 4.0]]); // singular
    /// assert_eq!(a.det().item(), 0.0);
    /// let g = a.det().backward(&[a])[0].to_vec();
    /// assert!(g.iter().zip([4.0, -2.0, -2.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-14));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    det, try_det() -> Self, ops::det::det;

    /// The sign of the determinant, and the logarithm of its magnitude; see [`ops::slogdet`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, 1.0], [2.0, 0.0]]);
    /// let (sign, log) = a.slogdet();
    /// assert_eq!((sign.item(), log.item()), (-1.0, 2.0_f64.ln()));
    /// assert_eq!(log.backward(&[a])[0].to_vec(), [0.0, 1.0, 0.5, 0.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    slogdet, try_slogdet() -> (Self, Self), ops::slogdet::slogdet;

    /// `(P, L, U)` with `self = P · L · U`: rows exchanged, lower with a unit diagonal, upper; see [`ops::lu`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 2.0], [4.0, 4.0]]);
    /// let (p, l, u) = a.lu();
    /// assert_eq!(l.value().to_vec(), [1.0, 0.0, 0.25, 1.0]);
    /// assert_eq!(p.matmul(l).matmul(u).value(), a.value());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    lu, try_lu() -> (Self, Self, Self), ops::lu::lu;

    /// `(Q, R)` with `self = Q · R`, as many columns of `Q` as the shorter side; see [`ops::qr`].
    ///
    /// The diagonal of `R` is not negative.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let (q, r) = tape.leaf([[0.0, 3.0], [2.0, 5.0]]).qr();
    /// assert_eq!(q.value().to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// assert_eq!(r.value().to_vec(), [2.0, 5.0, 0.0, 3.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    qr, try_qr() -> (Self, Self), ops::qr::qr;

    /// The eigenvalues of a symmetric matrix in rising order, and vectors as columns; see [`ops::eigh`].
    ///
    /// Only the symmetric part `(self + selfᵀ) / 2` counts. At equal eigenvalues, derivatives by their vectors
    /// are NaN.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[3.0, 0.0], [0.0, 1.0]]);
    /// let (values, v) = a.eigh();
    /// assert_eq!(values.value().to_vec(), [1.0, 3.0]);
    /// assert_eq!(v.value().to_vec(), [0.0, 1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    eigh, try_eigh() -> (Self, Self), ops::eigh::eigh;

    /// The eigenvalues of a symmetric matrix in rising order; see [`composed::eigvalsh`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[2.0, 0.0], [0.0, 2.0]]); // equal eigenvalues
    /// let g = a.eigvalsh().square().sum().backward(&[a])[0].to_vec();
    /// assert_eq!(g, [4.0, 0.0, 0.0, 4.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    eigvalsh, try_eigvalsh() -> Self, composed::eigvalsh::eigvalsh;

    /// `(U, s, Vᵀ)` with `self = U · diag(s) · Vᵀ`, values in falling order; see [`ops::svd`].
    ///
    /// As many columns of `U` and rows of `Vᵀ` as the shorter side. At equal values, derivatives by their vectors
    /// are NaN.
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let (u, s, vt) = tape.leaf([[0.0, -3.0], [1.0, 0.0]]).svd();
    /// assert_eq!(s.value().to_vec(), [3.0, 1.0]);
    /// assert_eq!((u * s).matmul(vt).value().to_vec(), [0.0, -3.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    svd, try_svd() -> (Self, Self, Self), ops::svd::svd;

    /// The singular values in falling order; see [`composed::svdvals`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, -3.0], [1.0, 0.0]]);
    /// assert_eq!(a.svdvals().value().to_vec(), [3.0, 1.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    svdvals, try_svdvals() -> Self, composed::svdvals::svdvals;

    /// The sum of the singular values; see [`composed::nuclear_norm`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, -3.0], [1.0, 0.0]]);
    /// assert_eq!(a.nuclear_norm().item(), 4.0);
    /// assert_eq!(a.nuclear_norm().backward(&[a])[0].to_vec(), [0.0, -1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    nuclear_norm, try_nuclear_norm() -> Self, composed::nuclear_norm::nuclear_norm;

    /// The condition number in the 2-norm; see [`composed::cond`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, -3.0], [1.0, 0.0]]);
    /// assert_eq!(a.cond().item(), 3.0);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes; [`Error::EmptyReduction`] for a matrix without elements.
    cond, try_cond() -> Self, composed::cond::cond;

    /// The number of singular values that are not 0 to working precision; see [`composed::matrix_rank`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    /// assert_eq!(a.matrix_rank().item(), 2.0);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes.
    matrix_rank, try_matrix_rank() -> Self, composed::matrix_rank::matrix_rank;

    /// The exponential of a square matrix; see [`ops::matrix_exp`].
    ///
    /// ```
    /// use wengert::Tape;
    /// use wengert_linalg::LinAlg;
    ///
    /// let tape = Tape::<f64>::new();
    /// let a = tape.leaf([[0.0, -1.0], [1.0, 0.0]]); // a turn by one radian
    /// let y = a.matrix_exp().value();
    /// assert!((y[[0, 0]] - 1.0_f64.cos()).abs() < 1e-15 && (y[[1, 0]] - 1.0_f64.sin()).abs() < 1e-15);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless the last two axes have one size.
    matrix_exp, try_matrix_exp() -> Self, ops::matrix_exp::matrix_exp;
}
