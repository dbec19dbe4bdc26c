//! # cross_entropy
//!
//! Cross-entropy of the softmax of logits with class labels or class probabilities.
//!
//! $$ \ell_i = -\sum_c t_{ic} \ln \operatorname{softmax}(x_i)_c $$
//!
//! The logarithm is taken by `log_softmax`, never of a softmax that may have underflowed, so logits of ±10⁴ are finite.
//! The gradient is $\operatorname{softmax}(x) - t$.

use super::{ClassLoss, Reduction, classes::class_axis, same_shape};
use crate::{Error, error::or_panic};
use wengert::{Float, Tensor, Var};

/// The mean cross-entropy of logits with `labels`; weights and ignored labels are options of [`ClassLoss`].
///
/// # Errors
///
/// As [`ClassLoss::try_nll`].
#[track_caller]
pub fn try_cross_entropy<'t, F: Float>(
    logits: Var<'t, F>,
    labels: &Tensor<u32>,
) -> Result<Var<'t, F>, Error> {
    ClassLoss::new().try_cross_entropy(logits, labels)
}

/// As [`try_cross_entropy`].
///
/// ```
/// use wengert::Tensor;
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([[0.0, 0.0], [1e4, -1e4]]);
/// let loss = wengert_nn::cross_entropy(x, &Tensor::from([0_u32, 1]));
/// assert!((loss.item() - (2_f64.ln() + 2e4) / 2.0).abs() < 1e-11);
/// assert_eq!(loss.backward(&[x])[0].to_vec(), [-0.25, 0.25, 0.5, -0.5]);
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn cross_entropy<'t, F: Float>(logits: Var<'t, F>, labels: &Tensor<u32>) -> Var<'t, F> {
    or_panic(try_cross_entropy(logits, labels))
}

/// The cross-entropy of logits with class probabilities of the same shape, such as one-hot rows; one per sample.
///
/// A class of probability 0 contributes 0, also where its logit is $-\infty$.
///
/// # Errors
///
/// [`Error::TargetShape`] if the shapes differ; [`Error::Core`] for a prediction without a class axis;
/// [`Error::NoSamples`] for the mean of nothing.
#[track_caller]
pub fn try_soft_cross_entropy<'t, F: Float>(
    logits: Var<'t, F>,
    probabilities: Var<'t, F>,
    reduction: Reduction,
) -> Result<Var<'t, F>, Error> {
    let (loss, t) = ("soft_cross_entropy", probabilities);
    same_shape(loss, logits, t)?;
    let axis = class_axis(logits);
    let log_p = logits.try_log_softmax(axis)?;
    // Only there 0 times the logarithm is none of its limits; elsewhere the term has its slope by the probability.
    let absent = t.eq(0.0).and(log_p.eq(f64::NEG_INFINITY));
    let terms = absent.select(0.0, t.try_mul(log_p)?);
    reduction.of(loss, -terms.try_sum_axes(axis)?)
}

/// As [`try_soft_cross_entropy`].
///
/// ```
/// use wengert_nn::{Reduction, soft_cross_entropy};
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([[0.0, 0.0]]);
/// let loss = soft_cross_entropy(x, tape.constant([[0.25, 0.75]]), Reduction::Mean);
/// assert_eq!((loss.item(), loss.backward(&[x])[0].to_vec()), (2_f64.ln(), vec![0.25, -0.25]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn soft_cross_entropy<'t, F: Float>(
    logits: Var<'t, F>,
    probabilities: Var<'t, F>,
    reduction: Reduction,
) -> Var<'t, F> {
    or_panic(try_soft_cross_entropy(logits, probabilities, reduction))
}
