//! # triplet_margin
//!
//! How much nearer a point should be to one that belongs to it than to one that does not.
//!
//! $$ \ell_i = \max(0, \, \Vert a_i - p_i \Vert_2 - \Vert a_i - n_i \Vert_2 + m) $$
//!
//! Points lie along the last axis. The distance of equal points is 0 with gradient 0; its second derivative there does not
//! exist, as that of the norm does not. Where the margin is just kept, the gradient is 0.

use super::{Reduction, at_least, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Norm, Var};

/// The triplet loss of anchors, points that belong to them and points that do not, `[…, features]` all three.
///
/// # Errors
///
/// [`Error::Setting`] if `margin` is negative or not finite; [`Error::TargetShape`] if the shapes differ;
/// [`Error::Core`] for points without an axis; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_triplet_margin<'t, F: Float>(
    anchor: Var<'t, F>,
    positive: Var<'t, F>,
    negative: Var<'t, F>,
    margin: f64,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    let loss = "triplet_margin";
    at_least(loss, "margin", margin, 0.0)?;
    same_shape(loss, anchor, positive)?;
    same_shape(loss, anchor, negative)?;
    let distance = |to: Var<'t, F>| anchor.try_sub(to)?.try_norm_axes(-1, Norm::L2);
    reduction.of(loss, (distance(positive)?.try_sub(distance(negative)?)? + margin).relu())
}

/// As [`try_triplet_margin`].
///
/// ```
/// use wengert_nn::{Reduction, triplet_margin};
/// let tape = wengert::Tape::<f64>::new();
/// let (a, p, n) = (tape.leaf([[0.0, 0.0]]), tape.leaf([[3.0, 4.0]]), tape.leaf([[0.0, 2.0]]));
/// let loss = triplet_margin(a, p, n, 1.0, Reduction::Mean);
/// assert_eq!(loss.item(), 5.0 - 2.0 + 1.0);
/// assert_eq!(loss.backward(&[p, n])[1].to_vec(), [0.0, -1.0]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn triplet_margin<'t, F: Float>(
    anchor: Var<'t, F>,
    positive: Var<'t, F>,
    negative: Var<'t, F>,
    margin: f64,
    reduction: Reduction,
) -> Var<'t, F> {
    or_panic(try_triplet_margin(anchor, positive, negative, margin, reduction))
}
