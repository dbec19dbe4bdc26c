//! # mse
//!
//! Squared error: $ \ell_i = (y_i - t_i)^2 $.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The squared error $ (y - t)^2 $.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_mse<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("mse", y, t)?;
    reduction.of("mse", y.try_sub(t)?.square())
}

/// As [`try_mse`].
///
/// ```
/// use wengert_nn::{Reduction, mse};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([1.0, 3.0]);
/// let loss = mse(y, tape.constant([0.0, 1.0]), Reduction::Mean);
/// assert_eq!((loss.item(), loss.backward(&[y])[0].to_vec()), (2.5, vec![1.0, 2.0]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn mse<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_mse(y, t, reduction))
}
