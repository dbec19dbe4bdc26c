//! # kl_div
//!
//! Kullback and Leibler's divergence of a distribution from its prediction.
//!
//! $$ \ell_i = t_i (\ln t_i - y_i), \quad y = \ln q $$
//!
//! A term with target 0 is 0 with gradient 0, also where the predicted log-probability is $-\infty$.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The divergence of probabilities `t` from predicted log-probabilities `y`, term by term.
///
/// The mean is over all terms; for the mean divergence of a batch, sum and divide by its size.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_kl_div<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("kl_div", y, t)?;
    reduction.of("kl_div", t.eq(0.0).select(0.0, t * t.ln().try_sub(y)?))
}

/// As [`try_kl_div`].
///
/// ```
/// use wengert_nn::{Reduction, kl_div};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([0.5_f64.ln(), f64::NEG_INFINITY]);
/// let loss = kl_div(y, tape.constant([1.0, 0.0]), Reduction::Sum);
/// assert_eq!((loss.item(), loss.backward(&[y])[0].to_vec()), (2_f64.ln(), vec![-1.0, 0.0]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn kl_div<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_kl_div(y, t, reduction))
}
