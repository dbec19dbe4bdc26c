//! # hinge
//!
//! How far a score is from the right side of its margin.
//!
//! $$ \ell_i = \max(0, \, 1 - t_i \, y_i), \quad t_i = \pm 1 $$
//!
//! At the margin, $t_i \, y_i = 1$, the gradient is 0.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The hinge loss of scores `y` for targets `t` of 1 and −1.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_hinge<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("hinge", y, t)?;
    reduction.of("hinge", (1.0 - t.try_mul(y)?).relu())
}

/// As [`try_hinge`].
///
/// ```
/// use wengert_nn::{Reduction, hinge};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([0.25, 1.0, 0.5]);
/// let loss = hinge(y, tape.constant([1.0, 1.0, -1.0]), Reduction::None);
/// assert_eq!(loss.value().to_vec(), [0.75, 0.0, 1.5]);
/// assert_eq!(loss.sum().backward(&[y])[0].to_vec(), [-1.0, 0.0, 1.0]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn hinge<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_hinge(y, t, reduction))
}
