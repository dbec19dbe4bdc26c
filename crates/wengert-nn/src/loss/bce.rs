//! # bce
//!
//! Cross-entropy of a yes or no, given its probability.
//!
//! $$ \ell_i = -t_i \max(\ln p_i, -100) - (1 - t_i) \max(\ln (1 - p_i), -100) $$
//!
//! A logarithm cut off at -100 is flat there, and its gradient 0. Prefer logits and
//! [`bce_with_logits`](super::bce_with_logits()), which needs no cut.

use super::{Reduction, probabilities, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The cross-entropy of probability $p$ with target $t$, both from 0 to 1; at most 100.
///
/// # Errors
///
/// [`Error::Probability`] if a prediction or target is not from 0 to 1; [`Error::TargetShape`] if the shapes differ;
/// [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_bce<'t, F: Float>(
    p: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("bce", p, t)?;
    probabilities("bce", "prediction", p)?;
    probabilities("bce", "target", t)?;
    let (yes, no) = (p.ln().try_clamp(-100.0, 1.0)?, (-p).log1p().try_clamp(-100.0, 1.0)?);
    reduction.of("bce", -(t.try_mul(yes)? + (1.0 - t) * no))
}

/// As [`try_bce`].
///
/// ```
/// use wengert_nn::{Reduction, bce};
/// let tape = wengert::Tape::<f64>::new();
/// let loss = bce(tape.leaf([0.0, 0.5]), tape.constant([1.0, 0.0]), Reduction::None);
/// assert_eq!(loss.value().to_vec(), [100.0, 2_f64.ln()]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn bce<'t, F: Float>(p: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_bce(p, t, reduction))
}
