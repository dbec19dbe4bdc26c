//! # nll
//!
//! Negative log-likelihood of class labels, given log-probabilities: $ \ell_i = -y_{i, t_i} $.

use super::ClassLoss;
use crate::{Error, error::or_panic};
use wengert::{Float, Tensor, Var};

/// The mean negative log-likelihood of `labels`; weights and ignored labels are options of [`ClassLoss`].
///
/// # Errors
///
/// As [`ClassLoss::try_nll`].
#[track_caller]
pub fn try_nll<'t, F: Float>(log_p: Var<'t, F>, labels: &Tensor<u32>) -> Result<Var<'t, F>, Error> {
    ClassLoss::new().try_nll(log_p, labels)
}

/// As [`try_nll`].
///
/// ```
/// use wengert::Tensor;
/// let tape = wengert::Tape::<f64>::new();
/// let log_p = tape.leaf([[-0.5, -1.0], [-2.0, -0.25]]);
/// let loss = wengert_nn::nll(log_p, &Tensor::from([0_u32, 1]));
/// assert_eq!((loss.item(), loss.backward(&[log_p])[0].to_vec()), (0.375, vec![-0.5, 0.0, 0.0, -0.5]));
/// ```
///
/// # Panics
///
/// Where that fails.
#[track_caller]
pub fn nll<'t, F: Float>(log_p: Var<'t, F>, labels: &Tensor<u32>) -> Var<'t, F> {
    or_panic(try_nll(log_p, labels))
}
