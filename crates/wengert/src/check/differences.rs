//! Finite differences: derivatives from values alone.

use super::{Function, value_of};
use crate::{Error, Tensor};

/// The step: $\epsilon^{1/7} / 8$, which balances the stencil's truncation ($h^6$) against rounding ($\epsilon / h$).
pub(crate) fn step() -> f64 {
    f64::EPSILON.powf(1.0 / 7.0) / 8.0
}

/// The derivative of `f` at `x` along `direction`, by the six-point central stencil:
/// $$ f' \approx \frac{45 (f_1 - f_{-1}) - 9 (f_2 - f_{-2}) + (f_3 - f_{-3})}{60 h}, \quad f_k = f(x + k h v) $$
///
/// Source: Fornberg, Generation of finite difference formulas on arbitrarily spaced grids (1988), table 1.
///
/// # Errors
///
/// What `f` fails with.
pub(crate) fn along(
    f: &Function<'_>,
    x: &[Tensor<f64>],
    direction: &[Tensor<f64>],
    h: f64,
) -> Result<Tensor<f64>, Error> {
    let at = |k: f64| {
        let moved: Vec<_> = x.iter().zip(direction).map(|(x, v)| x.zip(v, |x, v| x + k * h * v)).collect();
        value_of(f, &moved)
    };
    let difference = |k: f64| Ok::<_, Error>(at(k)?.zip(&at(-k)?, |a, b| a - b));
    let (one, two, three) = (difference(1.0)?, difference(2.0)?, difference(3.0)?);
    let sum = one.zip(&two, |a, b| 45.0 * a - 9.0 * b).zip(&three, |a, b| a + b);
    Ok(sum.map(|d| d / (60.0 * h)))
}

/// The derivative of a number-valued function of one number, by the stencil the gradient checks use.
///
/// ```
/// let d = wengert::check::differentiate(f64::exp, 1.0);
/// assert!((d - 1.0_f64.exp()).abs() < 1e-11);
/// ```
pub fn differentiate(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = step() * x.abs().max(1.0);
    let difference = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * difference(1.0) - 9.0 * difference(2.0) + difference(3.0)) / (60.0 * h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_to_ten_digits_on_smooth_functions() {
        for x in [-1.3, 0.0, 0.7, 12.0] {
            assert!((differentiate(f64::sin, x) - x.cos()).abs() < 1e-11);
        }
        assert!((differentiate(|x| x.powi(5), 2.0) - 80.0).abs() < 1e-9);
    }
}
