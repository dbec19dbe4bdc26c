//! # cosine_embedding
//!
//! How far two vectors are from pointing one way, or from not doing so.
//!
//! $$ \ell_i = \begin{cases} 1 - c_i & t_i > 0 \\ \max(0, \, c_i - m) & \text{else} \end{cases}, \qquad
//! c_i = \frac{a_i}{\max(\Vert a_i \Vert_2, \epsilon)} \cdot \frac{b_i}{\max(\Vert b_i \Vert_2, \epsilon)}, \quad \epsilon = 10^{-8} $$
//!
//! Vectors lie along the last axis. The cosine with a zero vector is 0, and its gradient at most $1/\epsilon$. A vector is
//! divided before it is multiplied, so long ones do not overflow. At the margin the gradient is 0.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Norm, Var};

/// The cosine loss of vectors `a` and `b`, `[…, features]`, for targets `[…]`: 1 for alike, −1 for not alike.
///
/// # Errors
///
/// [`Error::Setting`] unless `margin` is from −1 to 1; [`Error::TargetShape`] if the shapes do not fit; [`Error::Core`]
/// for vectors without an axis; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_cosine_embedding<'t, F: Float>(
    a: Var<'t, F>,
    b: Var<'t, F>,
    t: Var<'t, F>,
    margin: f64,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    let loss = "cosine_embedding";
    if !(-1.0..=1.0).contains(&margin) {
        let expected = "a cosine, from -1 to 1";
        return Err(Error::Setting { what: loss, name: "margin", given: margin, expected });
    }
    same_shape(loss, a, b)?;
    let unit = |x: Var<'t, F>| {
        let length = x.try_norm_keepdim(-1, Norm::L2)?.try_clamp(1e-8, f64::INFINITY)?;
        x.try_div(length)
    };
    let cosine = unit(a)?.try_mul(unit(b)?)?.try_sum_axes(-1)?;
    same_shape(loss, cosine, t)?;
    // A target that is no number is none of the two.
    let apart = t.ne(t).select(t, (cosine - margin).relu());
    reduction.of(loss, t.gt(0.0).select(1.0 - cosine, apart))
}

/// As [`try_cosine_embedding`].
///
/// ```
/// use wengert_nn::{Reduction, cosine_embedding};
/// let tape = wengert::Tape::<f64>::new();
/// let a = tape.leaf([[2.0, 0.0], [0.0, 3.0]]);
/// let b = tape.leaf([[0.0, 1.0], [0.0, 1.0]]);
/// let loss = cosine_embedding(a, b, tape.constant([1.0, -1.0]), 0.25, Reduction::None);
/// assert_eq!(loss.value().to_vec(), [1.0, 0.75]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn cosine_embedding<'t, F: Float>(
    a: Var<'t, F>,
    b: Var<'t, F>,
    t: Var<'t, F>,
    margin: f64,
    reduction: Reduction,
) -> Var<'t, F> {
    or_panic(try_cosine_embedding(a, b, t, margin, reduction))
}
