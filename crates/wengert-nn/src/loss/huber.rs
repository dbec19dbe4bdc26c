//! # huber
//!
//! Squared error near the target, absolute error far from it.
//!
//! $$ \ell_i = \begin{cases} d_i^2 / 2 & |d_i| \le \delta \\ \delta (|d_i| - \delta / 2) & \text{else} \end{cases},
//! \quad d = y - t $$
//!
//! Written as $ c\,(d - c / 2) $ with $ c = \operatorname{clamp}(d, -\delta, \delta) $: no absolute value, whose second
//! derivative at 0 would be wrong, and one slope from both sides of the joint.
//! Check: for $ |d| \le \delta $, $ c = d $ and $ d (d - d / 2) = d^2 / 2 $; beyond, $ c = \pm\delta $ and
//! $ \pm\delta (d \mp \delta / 2) = \delta (|d| - \delta / 2) $.

use super::{Reduction, at_least, l1::try_l1, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

#[track_caller]
fn pieces<'t, F: Float>(
    loss: &'static str,
    y: Var<'t, F>,
    t: Var<'t, F>,
    joint: f64,
    by: Option<f64>,
) -> Result<Var<'t, F>, Error> {
    same_shape(loss, y, t)?;
    let d = y.try_sub(t)?;
    let c = d.try_clamp(-joint, joint)?;
    // The quotient first: a product with a tiny joint would lose its digits.
    let slope = match by {
        Some(by) => c / by, // not in a closure, which would hide the caller's line
        None => c,
    };
    Ok(slope * (d - c * 0.5))
}

/// Half the squared error up to distance `delta`, and `delta` times the distance, less a constant, beyond.
///
/// # Errors
///
/// [`Error::Setting`] if `delta` is negative or not finite; [`Error::TargetShape`] if the shapes differ;
/// [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_huber<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    delta: f64,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    at_least("huber", "delta", delta, 0.0)?;
    reduction.of("huber", pieces("huber", y, t, delta, None)?)
}

/// As [`try_huber`].
///
/// ```
/// use wengert_nn::{Reduction, huber};
/// let tape = wengert::Tape::<f64>::new();
/// let y = tape.leaf([0.5, 3.0]);
/// let loss = huber(y, tape.constant([0.0, 0.0]), 1.0, Reduction::None);
/// assert_eq!(loss.value().to_vec(), [0.125, 2.5]);
/// assert_eq!(loss.sum().backward(&[y])[0].to_vec(), [0.5, 1.0]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn huber<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, delta: f64, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_huber(y, t, delta, reduction))
}

/// [`try_huber`] divided by its joint: slope 1 beyond distance `beta`; the absolute error for `beta` 0.
///
/// # Errors
///
/// As [`try_huber`].
#[track_caller]
pub fn try_smooth_l1<'t, F: Float>(
    y: Var<'t, F>,
    t: Var<'t, F>,
    beta: f64,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    at_least("smooth_l1", "beta", beta, 0.0)?;
    // A joint that the element type rounds to 0 is none, and would be divided by.
    if F::from_f64(beta).to_f64() == 0.0 {
        return try_l1(y, t, reduction);
    }
    reduction.of("smooth_l1", pieces("smooth_l1", y, t, beta, Some(beta))?)
}

/// As [`try_smooth_l1`].
///
/// ```
/// use wengert_nn::{Reduction, smooth_l1};
/// let tape = wengert::Tape::<f64>::new();
/// let loss = smooth_l1(tape.leaf([1.0, 3.0]), tape.constant([0.0, 0.0]), 2.0, Reduction::None);
/// assert_eq!(loss.value().to_vec(), [0.25, 2.0]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn smooth_l1<'t, F: Float>(y: Var<'t, F>, t: Var<'t, F>, beta: f64, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_smooth_l1(y, t, beta, reduction))
}
