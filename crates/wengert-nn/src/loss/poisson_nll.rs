//! # poisson_nll
//!
//! Negative log-likelihood of counts under Poisson distributions whose logarithmic rate is predicted.
//!
//! $$ \ell_i = e^{y_i} - t_i \, y_i $$
//!
//! The constant $\ln t_i!$ is left out. A count of 0 contributes $e^{y}$ alone, also where the rate is 0 and its logarithm
//! $-\infty$; an infinite rate costs ∞, which is the limit.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The negative log-likelihood of counts `t` under the logarithms `y` of their rates.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_poisson_nll<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("poisson_nll", y, t)?;
    let product = t.try_mul(y)?;
    let without = t.eq(0.0).and(y.eq(f64::NEG_INFINITY)).or(y.eq(f64::INFINITY));
    reduction.of("poisson_nll", y.exp() - without.select(0.0, product))
}

/// As [`try_poisson_nll`].
///
/// ```
/// use wengert_nn::{Reduction, poisson_nll};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([0.0, f64::NEG_INFINITY]);
/// let loss = poisson_nll(y, tape.constant([3.0, 0.0]), Reduction::Sum);
/// assert_eq!((loss.item(), loss.backward(&[y])[0].to_vec()), (1.0, vec![-2.0, 0.0]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn poisson_nll<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_poisson_nll(y, t, reduction))
}
