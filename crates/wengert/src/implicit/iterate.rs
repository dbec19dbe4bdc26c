//! Iterations over plain tensors.

use super::SolveOptions;
use crate::{Error, Float, Tensor};
use std::collections::VecDeque;

/// How the equation is meant, and solved.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Method {
    /// $x = g(x)$, by iterating.
    Iterate,
    /// $F(x) = 0$, by Newton's method.
    Newton,
}

/// Steps from `x` until a step is small enough.
///
/// Steps are held against the largest number of the later half of the way: neither the scale of the problem matters then, nor
/// a solution of 0, nor a start far away. A solution of 0 that is neared so slowly that the steps allowed do not suffice for that
/// is held against the largest number of all. Newton's method, which squares the error with each step, has arrived where a small
/// step is followed by one that is no smaller: that is rounding, however ill-conditioned the system.
pub(super) fn iterate<F: Float>(
    op: &'static str,
    method: Method,
    options: SolveOptions,
    mut x: Tensor<F>,
    mut step: impl FnMut(&Tensor<F>) -> Result<Tensor<F>, Error>,
) -> Result<Tensor<F>, Error> {
    let epsilon = F::EPSILON.to_f64();
    let tolerance = options.tolerance.unwrap_or(64.0 * epsilon);
    // The sizes on the later half of the way, each with its place, but for those before larger ones.
    let mut sizes = VecDeque::from([(0, largest(&x))]);
    let (mut scale, mut widest, mut residual, mut before) = (0.0, largest(&x), f64::NAN, f64::INFINITY);
    for k in 1..=options.iterations {
        let next = step(&x)?;
        residual = largest(&next.zip(&x, |a, b| a - b));
        let size = largest(&next);
        widest = widest.max(size);
        while sizes.back().is_some_and(|&(_, before)| before <= size) {
            sizes.pop_back();
        }
        sizes.push_back((k, size));
        while sizes.front().is_some_and(|&(at, _)| at < k / 2) {
            sizes.pop_front();
        }
        scale = sizes.front().map_or(size, |&(_, size)| size);
        x = next;
        if !residual.is_finite() {
            return Err(Error::NotConverged { op, iterations: k, residual, tolerance });
        }
        let stalled = method == Method::Newton
            && options.tolerance.is_none()
            && residual >= before
            && residual <= epsilon.sqrt() * scale;
        if residual <= tolerance * scale || stalled {
            return Ok(x);
        }
        before = residual;
    }
    if residual <= tolerance * widest {
        return Ok(x);
    }
    Err(Error::NotConverged { op, iterations: options.iterations, residual, tolerance: tolerance * scale })
}

/// The largest absolute value of an element; NaN if one is.
fn largest<F: Float>(x: &Tensor<F>) -> f64 {
    x.elements().iter().map(|x| x.to_f64().abs()).fold(0.0, |a, b| if a.is_nan() || b <= a { a } else { b })
}

/// Solves $A x = b$, where `product` gives the rows of $A$ for unit vectors, or the columns; `None` is zeros.
pub(super) fn newton_step<F: Float>(
    op: &'static str,
    b: &Tensor<F>,
    product: impl Fn(Tensor<F>) -> Result<Option<Tensor<F>>, Error>,
    columns: bool,
) -> Result<Tensor<F>, Error> {
    let n = b.len();
    let mut a = vec![F::ZERO; n * n];
    for i in 0..n {
        let mut unit = vec![F::ZERO; n];
        unit[i] = F::ONE;
        let found = product(Tensor::new(b.shape(), unit)?)?;
        for (j, &entry) in
            found.iter().flat_map(|found| found.to_vec()).collect::<Vec<F>>().iter().enumerate()
        {
            a[if columns { j * n + i } else { i * n + j }] = entry;
        }
    }
    match eliminate(a, b.to_vec()) {
        Some(x) => Tensor::new(b.shape(), x),
        None => {
            let problem =
                "the Jacobian is singular; start elsewhere, or state the equation so that the root is simple";
            Err(Error::Custom { op, problem: problem.into() })
        }
    }
}

/// Solves $A x = b$ by elimination with row pivoting; `a` is row-major. `None` if a pivot is zero or not finite.
fn eliminate<F: Float>(mut a: Vec<F>, mut b: Vec<F>) -> Option<Vec<F>> {
    let n = b.len();
    for k in 0..n {
        let size = |i: usize| a[i * n + k].to_f64().abs();
        let pivot = (k..n).max_by(|&i, &j| size(i).total_cmp(&size(j)))?;
        if !(size(pivot) > 0.0 && size(pivot).is_finite()) {
            return None;
        }
        if pivot != k {
            (0..n).for_each(|j| a.swap(k * n + j, pivot * n + j));
            b.swap(k, pivot);
        }
        for i in k + 1..n {
            let factor = a[i * n + k] / a[k * n + k];
            for j in k + 1..n {
                let above = a[k * n + j];
                a[i * n + j] = a[i * n + j] - factor * above;
            }
            b[i] = b[i] - factor * b[k];
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            b[k] = b[k] - a[k * n + j] * b[j];
        }
        b[k] = b[k] / a[k * n + k];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::eliminate;

    #[test]
    fn small_systems_are_solved_and_singular_ones_are_not() {
        assert_eq!(eliminate(vec![0.0, 2.0, 4.0, 1.0], vec![2.0, 9.0]), Some(vec![2.0, 1.0]));
        assert_eq!(eliminate::<f64>(vec![], vec![]), Some(vec![]));
        assert_eq!(eliminate(vec![1.0, 2.0, 2.0, 4.0], vec![1.0, 1.0]), None);
        assert_eq!(eliminate(vec![f64::NAN], vec![1.0]), None);
        let a = |i: usize, j: usize| ((i * 7 + j * 3) as f64).sin() + if i == j { 3.0 } else { 0.0 };
        let x: Vec<f64> = (0..6).map(|k| k as f64 - 2.5).collect();
        let b = (0..6).map(|i| (0..6).map(|j| a(i, j) * x[j]).sum()).collect();
        let found = eliminate((0..36).map(|k| a(k / 6, k % 6)).collect(), b).expect("regular");
        assert!(found.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13), "{found:?}");
    }
}
