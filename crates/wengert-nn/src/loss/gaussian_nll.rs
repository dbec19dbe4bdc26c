//! # gaussian_nll
//!
//! Negative log-likelihood of normal distributions whose mean and variance are predicted.
//!
//! $$ \ell_i = \frac{1}{2} \left( \ln v_i + \frac{(y_i - t_i)^2}{v_i} \right), \quad v = \max(\text{variance}, \epsilon) $$
//!
//! The constant $\ln(2\pi) / 2$ is left out. A variance from 0 to $\epsilon$ counts as $\epsilon$ and has gradient 0, as
//! `clamp` has; one below 0 is none, and gives NaN.

use super::{Reduction, above_zero, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The negative log-likelihood of `t` under normal distributions of mean `y` and this variance, which is at least `eps`.
///
/// # Errors
///
/// [`Error::Setting`] unless `eps` is finite and above 0; [`Error::TargetShape`] if the shapes differ;
/// [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_gaussian_nll<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    variance: Var<'t, F>,
    eps: f64,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    let loss = "gaussian_nll";
    above_zero::<F>(loss, "eps", eps)?;
    same_shape(loss, y, t)?;
    same_shape(loss, y, variance)?;
    let d = y.try_sub(t)?;
    // Below 0 the root makes value and slope NaN.
    let v = variance.lt(0.0).select(variance.sqrt(), variance.try_clamp(eps, f64::INFINITY)?);
    reduction.of(loss, v.ln().try_add(d.square().try_div(v)?)? * 0.5)
}

/// As [`try_gaussian_nll`].
///
/// ```
/// use wengert_nn::{Reduction, gaussian_nll};
/// let tape = wengert::Tape::<f64>::new();
/// let (y, v) = (tape.leaf([1.0, 3.0]), tape.leaf([1.0, 4.0]));
/// let loss = gaussian_nll(y, tape.constant([0.0, 1.0]), v, 1e-6, Reduction::None);
/// assert_eq!(loss.value().to_vec(), [0.5, (4_f64.ln() + 1.0) / 2.0]);
/// assert_eq!(loss.sum().backward(&[y, v])[1].to_vec(), [0.0, 0.0]); // the variance is the squared distance
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn gaussian_nll<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    variance: Var<'t, F>,
    eps: f64,
    reduction: Reduction,
) -> Var<'t, F> {
    or_panic(try_gaussian_nll(y, t, variance, eps, reduction))
}
