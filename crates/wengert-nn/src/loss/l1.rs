//! # l1
//!
//! Absolute error: $ \ell_i = |y_i - t_i| $, with gradient 0 where both are equal.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The absolute error $ |y - t| $; its gradient is 0 where they are equal.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_l1<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Result<Var<'t, F>, Error> {
    same_shape("l1", y, t)?;
    reduction.of("l1", y.try_sub(t)?.abs())
}

/// As [`try_l1`].
///
/// ```
/// use wengert_nn::{Reduction, l1};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([1.0, 3.0]);
/// let loss = l1(y, tape.constant([1.0, 1.0]), Reduction::Sum);
/// assert_eq!((loss.item(), loss.backward(&[y])[0].to_vec()), (2.0, vec![0.0, 1.0]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn l1<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_l1(y, t, reduction))
}
