//! # bce_with_logits
//!
//! Cross-entropy of a yes or no, given its logit.
//!
//! $$ \ell_i = -t_i \ln \sigma(x_i) - (1 - t_i) \ln (1 - \sigma(x_i))
//! = t_i \operatorname{softplus}(-x_i) + (1 - t_i) \operatorname{softplus}(x_i) $$
//!
//! The gradient is $ \sigma(x) - t $ everywhere, at 0 and at every order, because softplus is one op; the form
//! $\max(x, 0) - x t + \ln(1 + e^{-|x|})$, differentiated piece by piece, would give another slope at 0. The shorter
//! $\operatorname{softplus}(x) - x t$ cancels: in f32 the loss and the gradient at $x = 20$, $t = 1$ would be 0.

use super::{Reduction, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// The cross-entropy of probability $\sigma(x)$ with target $t$, from 0 to 1.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_bce_with_logits<'t, F: Float>(
    x: Var<'t, F>,
    t: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    same_shape("bce_with_logits", x, t)?;
    reduction.of("bce_with_logits", t.try_mul((-x).softplus())? + (1.0 - t) * x.softplus())
}

/// As [`try_bce_with_logits`].
///
/// ```
/// use wengert_nn::{Reduction, bce_with_logits};
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([0.0, -1e4]);
/// let loss = bce_with_logits(x, tape.constant([0.0, 1.0]), Reduction::Sum);
/// assert_eq!(loss.item(), 2_f64.ln() + 1e4);
/// assert_eq!(loss.backward(&[x])[0].to_vec(), [0.5, -1.0]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn bce_with_logits<'t, F: Float>(x: Var<'t, F>, t: Var<'t, F>, reduction: Reduction) -> Var<'t, F> {
    or_panic(try_bce_with_logits(x, t, reduction))
}
