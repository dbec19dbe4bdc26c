//! The same functions by plain loops, for the laws to compare with, and the matrices that the laws are checked at.

use wengert::ops::Draw;
use wengert::{Shape, Tensor};

/// Rows.
pub(crate) type Rows = Vec<Vec<f64>>;

pub(crate) fn matrix(m: usize, n: usize, f: impl Fn(usize, usize) -> f64) -> Rows {
    (0..m).map(|i| (0..n).map(|j| f(i, j)).collect()).collect()
}

pub(crate) fn transposed(a: &Rows, n: usize) -> Rows {
    matrix(n, a.len(), |i, j| a[j][i])
}

pub(crate) fn product(a: &Rows, b: &Rows) -> Rows {
    let n = b.first().map_or(0, Vec::len);
    matrix(a.len(), n, |i, j| (0..b.len()).map(|k| a[i][k] * b[k][j]).sum())
}

/// A function of matrices applied to each of a stack. All operands have as many axes before the matrices as the first,
/// whose matrices have two; a vector is a row.
pub(crate) fn each(x: &[Tensor<f64>], y: Shape, f: impl Fn(&[Rows]) -> Rows) -> Tensor<f64> {
    each_behind(x[0].rank() - 2, x, y, f)
}

/// As [`each`], of so many axes.
pub(crate) fn each_behind(
    lead: usize,
    x: &[Tensor<f64>],
    y: Shape,
    f: impl Fn(&[Rows]) -> Rows,
) -> Tensor<f64> {
    let count: usize = x[0].dims()[..lead].iter().product();
    let mut values = Vec::new();
    for k in 0..count {
        let rows = |x: &Tensor<f64>| {
            let own = &x.dims()[lead..];
            let (m, n) = if own.len() == 2 { (own[0], own[1]) } else { (1, own.iter().product()) };
            let all = x.to_vec();
            matrix(m, n, |i, j| all[k * m * n + i * n + j])
        };
        values.extend(f(&x.iter().map(rows).collect::<Vec<_>>()).concat());
    }
    Tensor::new(y, values).expect("the reference has the shape of the value")
}

/// Gaussian elimination with the largest pivot of the column: `A⁻¹ B`.
pub(crate) fn solve(a: &Rows, b: &Rows) -> Rows {
    let (mut a, mut b, n) = (a.clone(), b.clone(), a.len());
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).expect("a row is left");
        a.swap(k, pivot);
        b.swap(k, pivot);
        let (pivot_row, right) = (a[k].clone(), b[k].clone());
        for i in (0..n).filter(|&i| i != k) {
            let factor = a[i][k] / pivot_row[k];
            let take =
                |row: &mut [f64], from: &[f64]| row.iter_mut().zip(from).for_each(|(x, y)| *x -= factor * y);
            take(&mut a[i], &pivot_row);
            take(&mut b[i], &right);
        }
    }
    for (k, row) in b.iter_mut().enumerate() {
        row.iter_mut().for_each(|x| *x /= a[k][k]);
    }
    b
}

pub(crate) fn identity(n: usize) -> Rows {
    matrix(n, n, |i, j| f64::from(u8::from(i == j)))
}

/// The matrix without a row and a column.
pub(crate) fn minor(a: &Rows, row: usize, column: usize) -> Rows {
    let n = a.len();
    let skip = |at: usize, k: usize| if k < at { k } else { k + 1 };
    matrix(n - 1, n - 1, |i, j| a[skip(row, i)][skip(column, j)])
}

/// The determinant, expanded along the first row.
pub(crate) fn det(a: &Rows) -> f64 {
    if a.is_empty() {
        return 1.0;
    }
    (0..a.len()).map(|j| sign(j) * a[0][j] * det(&minor(a, 0, j))).sum()
}

pub(crate) fn sign(k: usize) -> f64 {
    if k.is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Eigenvalues in rising order and vectors as columns, by Jacobi's rotations.
pub(crate) fn eigh(a: &Rows) -> (Vec<f64>, Rows) {
    let n = a.len();
    let mut a = matrix(n, n, |i, j| 0.5 * (a[i][j] + a[j][i]));
    let mut v = identity(n);
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q] == 0.0 {
                    continue;
                }
                let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                let (sin, cos) = angle.sin_cos();
                let mut turn = identity(n);
                (turn[p][p], turn[q][q], turn[p][q], turn[q][p]) = (cos, cos, sin, -sin);
                a = product(&transposed(&turn, n), &product(&a, &turn));
                v = product(&v, &turn);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[i][i].total_cmp(&a[j][j]));
    let v = matrix(n, n, |i, k| v[i][order[k]]);
    let signs = signs(&v, n);
    (order.iter().map(|&k| a[k][k]).collect(), matrix(n, n, |i, k| v[i][k] * signs[k]))
}

/// The factor that gives each column its sign: the first element of at least 0.7 times the largest is positive.
pub(crate) fn signs(v: &Rows, n: usize) -> Vec<f64> {
    let of = |k: usize| {
        let largest = v.iter().map(|row| row[k].abs()).fold(0.0, f64::max);
        v.iter().find(|row| row[k].abs() >= 0.7 * largest).map_or(1.0, |row| row[k].signum())
    };
    (0..n).map(of).collect()
}

/// A matrix far from singular, or a stack of such.
pub(crate) fn regular(draw: &mut Draw, shape: &[usize]) -> Tensor<f64> {
    with_diagonal(draw.uniform(shape, -0.7, 0.7), |k| 2.0 + 0.3 * k as f64)
}

/// A matrix with eigenvalues and singular values that lie apart, or a stack of such.
pub(crate) fn spread(draw: &mut Draw, shape: &[usize]) -> Tensor<f64> {
    with_diagonal(draw.uniform(shape, -0.4, 0.4), |k| 1.5 + 1.5 * k as f64)
}

fn with_diagonal(x: Tensor<f64>, f: impl Fn(usize) -> f64) -> Tensor<f64> {
    let rank = x.rank();
    Tensor::from_fn(x.dims(), |ix| {
        let (i, j) = (ix[rank - 2], ix[rank - 1]);
        x.get(ix).expect("within") + if i == j { f(i) } else { 0.0 }
    })
}
