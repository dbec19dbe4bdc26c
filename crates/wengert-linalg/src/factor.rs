//! The factorizations, by `faer`: matrices of `f64`, on one thread, so that the bits depend on the matrix alone.

use crate::stack::{Trouble, finite};
use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{cholesky::llt, evd, householder, lu, matmul, qr, svd, triangular_solve};
use faer::{Accum, Conj, Par, Spec};

pub(crate) use faer::Mat;

/// `A = P L U` with partial pivoting: `L` without its ones below the diagonal, `U` on and above it.
pub(crate) struct Lu {
    pub(crate) lu: Mat<f64>,
    /// Row `i` of `L U` is row `rows[i]` of `A`.
    pub(crate) rows: Vec<usize>,
}

impl Lu {
    pub(crate) fn of(a: Mat<f64>) -> Result<Self, Trouble> {
        finite(&a)?;
        let fast = Self::blocked(a.clone());
        Ok(if finite(&fast.lu).is_ok() { fast } else { Self::plain(a) })
    }

    /// The factors of a square matrix that is not singular.
    pub(crate) fn regular(a: Mat<f64>) -> Result<Self, Trouble> {
        let lu = Self::of(a)?;
        lu.singular().map_or(Ok(lu), |k| Err(Trouble::Singular(k)))
    }

    /// As LAPACK does it: below a pivot of 0, `L` is 0, where `faer` divides by it.
    fn plain(mut a: Mat<f64>) -> Self {
        let (m, n) = a.shape();
        let mut rows: Vec<usize> = (0..m).collect();
        for k in 0..m.min(n) {
            let largest = (k..m).fold(k, |p, i| if a[(i, k)].abs() > a[(p, k)].abs() { i } else { p });
            rows.swap(k, largest);
            for j in 0..n {
                (a[(k, j)], a[(largest, j)]) = (a[(largest, j)], a[(k, j)]);
            }
            if a[(k, k)] == 0.0 {
                continue;
            }
            for i in k + 1..m {
                a[(i, k)] /= a[(k, k)];
                for j in k + 1..n {
                    a[(i, j)] -= a[(i, k)] * a[(k, j)];
                }
            }
        }
        Self { lu: a, rows }
    }

    fn blocked(mut a: Mat<f64>) -> Self {
        let (m, n) = a.shape();
        let (mut rows, mut back) = (vec![0_usize; m], vec![0_usize; m]);
        let params = Spec::default();
        let scratch = lu::partial_pivoting::factor::lu_in_place_scratch::<usize, f64>(m, n, Par::Seq, params);
        let mut memory = MemBuffer::new(scratch);
        let stack = MemStack::new(&mut memory);
        lu::partial_pivoting::factor::lu_in_place(a.as_mut(), &mut rows, &mut back, Par::Seq, stack, params);
        Self { lu: a, rows }
    }

    /// The first pivot that is zero, or that rounding alone could have made: no larger than one rounding of the terms that
    /// it is the sum of. It does not depend on the scale of rows or columns.
    fn singular(&self) -> Option<usize> {
        (0..self.lu.nrows()).find(|&k| {
            let terms: f64 = (0..k).map(|j| (self.lu[(k, j)] * self.lu[(j, k)]).abs()).sum();
            let pivot = self.lu[(k, k)].abs();
            pivot <= f64::EPSILON * (terms + pivot)
        })
    }

    /// The diagonal of `U`.
    pub(crate) fn pivots(&self) -> impl Iterator<Item = f64> {
        (0..self.lu.nrows()).map(|k| self.lu[(k, k)])
    }

    /// The sign of the determinant; 0 where a pivot is.
    pub(crate) fn sign(&self) -> f64 {
        let negative = self.pivots().filter(|&p| p < 0.0).count();
        match self.pivots().any(|p| p == 0.0) {
            true => 0.0,
            false if (negative % 2 == 1) != self.is_odd() => -1.0,
            false => 1.0,
        }
    }

    /// Whether an odd number of rows were exchanged.
    pub(crate) fn is_odd(&self) -> bool {
        let mut seen = vec![false; self.rows.len()];
        let mut odd = false;
        for start in 0..seen.len() {
            let (mut at, mut length) = (start, 0);
            while !std::mem::replace(&mut seen[at], true) {
                (at, length) = (self.rows[at], length + 1);
            }
            odd ^= length > 0 && length % 2 == 0;
        }
        odd
    }

    /// `A⁻¹ B`
    pub(crate) fn solve(&self, b: &Mat<f64>) -> Mat<f64> {
        let x = Mat::from_fn(b.nrows(), b.ncols(), |i, j| b[(self.rows[i], j)]);
        solve_triangle(&self.lu, solve_triangle(&self.lu, x, false, true), true, false)
    }
}

/// `T⁻¹ B` of the lower or upper triangle of `t`, its diagonal taken for ones if `unit`.
pub(crate) fn solve_triangle(t: &Mat<f64>, mut b: Mat<f64>, upper: bool, unit: bool) -> Mat<f64> {
    // `faer` multiplies by reciprocals, which some numbers do not have: such a row is multiplied by a power of two.
    let by = |k: usize| match t[(k, k)].abs() {
        x if x < 1e-300 => 2.0_f64.powi(600),
        x if x > 1e300 => 2.0_f64.powi(-100),
        _ => 1.0,
    };
    let scaled = (!unit && (0..t.nrows()).any(|k| by(k) != 1.0)).then(|| {
        b = Mat::from_fn(b.nrows(), b.ncols(), |i, j| b[(i, j)] * by(i));
        Mat::from_fn(t.nrows(), t.ncols(), |i, j| t[(i, j)] * by(i))
    });
    let (t, x) = (scaled.as_ref().unwrap_or(t).as_ref(), b.as_mut());
    match (upper, unit) {
        (false, false) => triangular_solve::solve_lower_triangular_in_place(t, x, Par::Seq),
        (false, true) => triangular_solve::solve_unit_lower_triangular_in_place(t, x, Par::Seq),
        (true, false) => triangular_solve::solve_upper_triangular_in_place(t, x, Par::Seq),
        (true, true) => triangular_solve::solve_unit_upper_triangular_in_place(t, x, Par::Seq),
    }
    b
}

/// The lower triangle `L` with `A = L Lᵀ` of a symmetric matrix.
pub(crate) fn cholesky(a: Mat<f64>) -> Result<Mat<f64>, Trouble> {
    finite(&a)?;
    let n = a.nrows();
    let params = Spec::default();
    let mut l = a.clone();
    let mut memory = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, params));
    let stack = MemStack::new(&mut memory);
    let done = llt::factor::cholesky_in_place(l.as_mut(), Default::default(), Par::Seq, stack, params);
    if let Err(llt::factor::LltError::NonPositivePivot { index }) = done {
        return Err(Trouble::Indefinite(index.min(n - 1)));
    }
    // A square that is one rounding of what it was subtracted from is no square.
    let zero = |k: &usize| l[(*k, *k)] * l[(*k, *k)] <= f64::EPSILON * a[(*k, *k)];
    match (0..n).find(zero) {
        Some(k) => Err(Trouble::Indefinite(k)),
        None => Ok(Mat::from_fn(n, n, |i, j| if i >= j { l[(i, j)] } else { 0.0 })),
    }
}

/// `A = Q R` of a matrix with no more columns than rows: `Q` as large as `A`, the diagonal of `R` not negative.
pub(crate) fn qr(a: Mat<f64>) -> Result<(Mat<f64>, Mat<f64>), Trouble> {
    finite(&a)?;
    let (m, n) = a.shape();
    let (mut a, back) = columns_to_middle(a);
    let block = qr::no_pivoting::factor::recommended_block_size::<f64>(m, n);
    let mut coefficients = Mat::zeros(block, n);
    let params = Spec::default();
    let scratch = qr::no_pivoting::factor::qr_in_place_scratch::<f64>(m, n, block, Par::Seq, params);
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    qr::no_pivoting::factor::qr_in_place(a.as_mut(), coefficients.as_mut(), Par::Seq, stack, params);
    let mut q = Mat::<f64>::identity(m, n);
    let scratch =
        householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(m, block, n);
    let mut memory = MemBuffer::new(scratch);
    let basis = Mat::from_fn(m, n, |i, j| if i > j { a[(i, j)] } else { f64::from(i == j) });
    householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
        basis.as_ref(),
        coefficients.as_ref(),
        Conj::No,
        q.as_mut(),
        Par::Seq,
        MemStack::new(&mut memory),
    );
    let sign = |k: usize| if a[(k, k)] < 0.0 { -1.0 } else { 1.0 };
    let r = Mat::from_fn(n, n, |i, j| if i <= j { a[(i, j)] * sign(i) * back[j] } else { 0.0 });
    Ok((Mat::from_fn(m, n, |i, j| q[(i, j)] * sign(j)), r))
}

/// The eigenvalues of a symmetric matrix in rising order, with vectors as columns.
pub(crate) fn eigh(a: Mat<f64>) -> Result<(Vec<f64>, Mat<f64>), Trouble> {
    finite(&a)?;
    let n = a.nrows();
    if (0..n).all(|j| (0..n).all(|i| i == j || a[(i, j)] == 0.0)) {
        // A diagonal is its eigenvalues, exactly: those much smaller than the largest would be lost in its rounding.
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| a[(i, i)].total_cmp(&a[(j, j)]));
        let vectors = Mat::from_fn(n, n, |i, k| if i == order[k] { 1.0 } else { 0.0 });
        return Ok((order.iter().map(|&k| a[(k, k)]).collect(), vectors));
    }
    let (a, back) = to_middle(a);
    let (mut values, mut vectors) = (Diag::zeros(n), Mat::zeros(n, n));
    let params = Spec::default();
    let scratch = evd::self_adjoint_evd_scratch::<f64>(n, evd::ComputeEigenvectors::Yes, Par::Seq, params);
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    evd::self_adjoint_evd(a.as_ref(), values.as_mut(), Some(vectors.as_mut()), Par::Seq, stack, params)
        .map_err(|_| Trouble::NoNumber)?;
    for j in 0..n {
        if flips(&vectors, j) {
            (0..n).for_each(|i| vectors[(i, j)] = -vectors[(i, j)]);
        }
    }
    Ok(((0..n).map(|k| values[k] * back).collect(), vectors))
}

/// `U`, singular values in falling order, and `V`, with as many columns as the shorter side.
type Spectrum = (Mat<f64>, Vec<f64>, Mat<f64>);

/// `A = U diag(s) Vᵀ`.
pub(crate) fn svd(a: Mat<f64>) -> Result<Spectrum, Trouble> {
    finite(&a)?;
    let ((m, n), (a, back)) = (a.shape(), to_middle(a));
    let k = m.min(n);
    let (mut u, mut v, mut s) = (Mat::zeros(m, k), Mat::zeros(n, k), Diag::zeros(k));
    let (thin, params) = (svd::ComputeSvdVectors::Thin, Spec::default());
    let mut memory = MemBuffer::new(svd::svd_scratch::<f64>(m, n, thin, thin, Par::Seq, params));
    let stack = MemStack::new(&mut memory);
    svd::svd(a.as_ref(), s.as_mut(), Some(u.as_mut()), Some(v.as_mut()), Par::Seq, stack, params)
        .map_err(|_| Trouble::NoNumber)?;
    for j in 0..k {
        if flips(&u, j) {
            (0..m).for_each(|i| u[(i, j)] = -u[(i, j)]);
            (0..n).for_each(|i| v[(i, j)] = -v[(i, j)]);
        }
    }
    Ok((u, (0..k).map(|k| s[k] * back).collect(), v))
}

/// The largest magnitude of the elements.
pub(crate) fn largest(a: &Mat<f64>) -> f64 {
    (0..a.ncols()).flat_map(|j| (0..a.nrows()).map(move |i| a[(i, j)].abs())).fold(0.0, f64::max)
}

/// A matrix of very large or very small elements times a power of two, so that sums of squares stay in the range of numbers;
/// and what takes results back.
fn to_middle(a: Mat<f64>) -> (Mat<f64>, f64) {
    let power = middle(largest(&a));
    if power == 0 {
        return (a, 1.0);
    }
    let by = 2.0_f64.powi(-power);
    (Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * by), 2.0_f64.powi(power))
}

/// The power of two that takes back what is of this size at most; 0 where sums of squares stay in the range of numbers.
fn middle(largest: f64) -> i32 {
    let is_extreme = largest > 1e130 || (largest < 1e-130 && largest > 0.0);
    if is_extreme { mantissa(largest).1.clamp(-1000, 1000) } else { 0 }
}

/// The same for each column by itself, where a common scale would lose the small ones beside the large.
fn columns_to_middle(a: Mat<f64>) -> (Mat<f64>, Vec<f64>) {
    let (m, n) = a.shape();
    let powers: Vec<i32> =
        (0..n).map(|j| middle((0..m).map(|i| a[(i, j)].abs()).fold(0.0, f64::max))).collect();
    let by = |power: i32| 2.0_f64.powi(power);
    (Mat::from_fn(m, n, |i, j| a[(i, j)] * by(-powers[j])), powers.into_iter().map(by).collect())
}

/// The product of numbers; one that leaves the range of numbers on the way and comes back is not lost.
pub(crate) fn product_of(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut product, mut power) = (1.0, 0);
    for x in numbers {
        let (x, by) = mantissa(x);
        let (next, carry) = mantissa(product * x);
        (product, power) = (next, power + by + carry);
    }
    let power = power.clamp(-1200, 1200);
    product * 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2)
}

/// A number as one of magnitude 1 to 2 times a power of two; zeros, infinities and NaN as they are.
fn mantissa(x: f64) -> (f64, i32) {
    const EXPONENT: u64 = f64::INFINITY.to_bits();
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (normal, shift) = if x.is_normal() { (x, 0) } else { (x * 2.0_f64.powi(64), -64) };
    let power = ((normal.to_bits() & EXPONENT) >> 52) as i32 - 1023;
    (f64::from_bits(normal.to_bits() & !EXPONENT | 1.0_f64.to_bits()), power + shift)
}

/// Whether a column has the wrong one of its two signs: its first element of at least 0.7 times the largest magnitude is
/// positive. The largest itself would be decided by rounding where two are equal, as they often are.
fn flips(x: &Mat<f64>, column: usize) -> bool {
    let largest = (0..x.nrows()).map(|i| x[(i, column)].abs()).fold(0.0, f64::max);
    let first = (0..x.nrows()).find(|&i| x[(i, column)].abs() >= 0.7 * largest);
    first.is_some_and(|i| x[(i, column)] < 0.0)
}

/// `A B`
pub(crate) fn product(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    let mut y = Mat::zeros(a.nrows(), b.ncols());
    matmul::matmul(y.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, Par::Seq);
    y
}
