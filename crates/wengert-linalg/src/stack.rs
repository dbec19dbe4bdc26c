//! Stacks of matrices: the axes before the last two, one matrix at a time, in double precision.

use crate::factor::Mat;
use wengert::{Error, Float, Shape, Tensor};

/// Why a matrix has no factors, and the pivot where that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// An element that is not finite, or an iteration without an end: no error, but NaN.
    NoNumber,
    Singular(usize),
    Indefinite(usize),
    Deficient(usize),
    /// As `Deficient`, where `lstsq` asks for the factors.
    Dependent(usize),
}

impl Trouble {
    fn of(self, op: &'static str, matrix: usize) -> Option<Error> {
        let deficient = "not of full rank";
        let (op, pivot, problem, fix) = match self {
            Self::NoNumber => return None,
            Self::Singular(k) => {
                let fix =
                    "add a small multiple of the identity, or drop rows and columns that depend on others";
                (op, k, "singular to working precision", fix)
            }
            Self::Indefinite(k) => {
                (op, k, "not positive definite", "add to the diagonal, or use solve or eigh")
            }
            Self::Deficient(k) => (
                op,
                k,
                deficient,
                "keep the singular values of svd that count, or drop what depends on others",
            ),
            Self::Dependent(k) => {
                let fix = "drop columns (of a wide matrix rows) that depend on others, or append rows (columns) of a small multiple of the identity";
                ("lstsq", k, deficient, fix)
            }
        };
        Some(Error::Matrix { op, matrix, pivot, problem, fix })
    }
}

/// Evaluates `f` for each matrix of a stack: operand `k` of it is the matrix, vector or number behind the first `lead` axes
/// of `x[k]`, a vector as a column. What `f` refuses is an error if `strict` and there is one, else NaN.
///
/// Numbers are converted to `f64` and the results rounded once, in either precision.
pub(crate) fn evaluate<F: Float>(
    op: &'static str,
    strict: bool,
    lead: usize,
    x: &[&Tensor<F>],
    y: Shape,
    mut f: impl FnMut(Vec<Mat<f64>>) -> Result<Mat<f64>, Trouble>,
) -> Result<Tensor<F>, Error> {
    let stack: usize = y.dims()[..lead].iter().product();
    let operands: Vec<_> = x.iter().map(|x| (x.elements(), sizes(&x.dims()[lead..]))).collect();
    let [rows, columns] = sizes(&y.dims()[lead..]);
    let mut values: Vec<F> = Vec::with_capacity(y.len());
    for k in 0..if y.is_empty() { 0 } else { stack } {
        let matrix = |(x, [m, n]): &(std::borrow::Cow<'_, [F]>, [usize; 2])| {
            Mat::from_fn(*m, *n, |i, j| x[k * m * n + i * n + j].to_f64())
        };
        match f(operands.iter().map(matrix).collect()) {
            Ok(y) => {
                assert_eq!(y.shape(), (rows, columns), "{op} gives what its shape rule says");
                values.extend((0..rows * columns).map(|k| F::from_f64(y[(k / columns, k % columns)])));
            }
            Err(trouble) => match trouble.of(op, k).filter(|_| strict) {
                Some(error) => return Err(error),
                None => values.extend((0..rows * columns).map(|_| F::NAN)),
            },
        }
    }
    Tensor::new(y, values)
}

/// The axes of one matrix as rows and columns.
fn sizes(dims: &[usize]) -> [usize; 2] {
    match *dims {
        [m, n] => [m, n],
        [n] => [n, 1],
        _ => [1, 1],
    }
}

/// Refuses a matrix with an element that is not finite: it has no factors.
pub(crate) fn finite(a: &Mat<f64>) -> Result<(), Trouble> {
    let all = (0..a.ncols()).all(|j| (0..a.nrows()).all(|i| a[(i, j)].is_finite()));
    if all { Ok(()) } else { Err(Trouble::NoNumber) }
}

/// The symmetric part, `(A + Aᵀ) / 2`.
pub(crate) fn symmetric(a: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)].midpoint(a[(j, i)]))
}

/// The transpose, copied.
pub(crate) fn transposed(a: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)])
}

/// The number of axes before those of the matrices, and the size of these, which are square.
pub(crate) fn square(op: &'static str, x: Shape) -> Result<(usize, usize), Error> {
    match *x.dims() {
        [.., m, n] if m == n => Ok((x.rank() - 2, n)),
        _ => Err(Error::Shape { op, given: x.dims().into(), expected: "square matrices, [b…, n, n]" }),
    }
}

/// The shape of square matrices, which is also that of the output.
pub(crate) fn same_square(op: &'static str, x: Shape) -> Result<Shape, Error> {
    square(op, x).map(|_| x)
}

/// The number of axes before those of the matrices, then rows and columns.
pub(crate) fn matrices(op: &'static str, x: Shape) -> Result<(usize, [usize; 2]), Error> {
    match *x.dims() {
        [.., m, n] => Ok((x.rank() - 2, [m, n])),
        _ => Err(Error::Shape { op, given: x.dims().into(), expected: "a matrix, or a stack of them" }),
    }
}

/// The shape of a stack with `last` in place of the axes of its matrices.
pub(crate) fn with_last(x: Shape, lead: usize, last: &[usize]) -> Result<Shape, Error> {
    Shape::new([&x.dims()[..lead], last].concat())
}
