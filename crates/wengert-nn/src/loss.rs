//! Losses: how far a prediction is from its target, one file each.
//!
//! A loss does not broadcast: prediction and target have one shape, or the loss is refused. A mean over no samples is
//! refused as well.

mod bce;
mod bce_with_logits;
mod classes;
mod cosine_embedding;
mod cross_entropy;
mod ctc;
mod gaussian_nll;
mod hinge;
mod huber;
mod kl_div;
mod l1;
mod mse;
mod nll;
mod poisson_nll;
mod triplet_margin;

pub use bce::{bce, try_bce};
pub use bce_with_logits::{bce_with_logits, try_bce_with_logits};
pub use classes::ClassLoss;
pub use cosine_embedding::{cosine_embedding, try_cosine_embedding};
pub use cross_entropy::{cross_entropy, soft_cross_entropy, try_cross_entropy, try_soft_cross_entropy};
pub use ctc::CtcLoss;
pub use gaussian_nll::{gaussian_nll, try_gaussian_nll};
pub use hinge::{hinge, try_hinge};
pub use huber::{huber, smooth_l1, try_huber, try_smooth_l1};
pub use kl_div::{kl_div, try_kl_div};
pub use l1::{l1, try_l1};
pub use mse::{mse, try_mse};
pub use nll::{nll, try_nll};
pub use poisson_nll::{poisson_nll, try_poisson_nll};
pub use triplet_margin::{triplet_margin, try_triplet_margin};

use crate::Error;
use wengert::{Float, Var};

/// How the losses of single elements or samples become the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their mean, a scalar.
    #[default]
    Mean,
    /// Their sum, a scalar.
    Sum,
    /// All of them.
    None,
}

crate::plain!(Reduction);

impl Reduction {
    #[track_caller]
    fn of<'t, F: Float>(self, loss: &'static str, each: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        match self {
            Self::None => Ok(each),
            Self::Sum => Ok(each.sum()),
            Self::Mean if each.shape().is_empty() => {
                Err(Error::NoSamples { loss, shape: each.shape().dims().into() })
            }
            Self::Mean => Ok(each.mean()),
        }
    }
}

/// Refuses a target of another tape or of another shape, also one that would broadcast.
fn same_shape<F: Float>(loss: &'static str, y: Var<'_, F>, t: Var<'_, F>) -> Result<(), Error> {
    if !std::ptr::eq(y.tape(), t.tape()) {
        return Err(wengert::Error::DifferentTapes { op: loss }.into());
    }
    if y.shape() == t.shape() {
        return Ok(());
    }
    Err(Error::TargetShape { loss, target: t.shape().dims().into(), prediction: y.shape().dims().into() })
}

/// Refuses a setting that is not a finite number of at least `least`.
fn at_least(what: &'static str, name: &'static str, given: f64, least: f64) -> Result<(), Error> {
    if given >= least && given.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { what, name, given, expected: "a finite number of at least 0" })
}

/// Refuses a setting that is not a finite number above 0, also once it is rounded to the element type.
fn above_zero<F: Float>(what: &'static str, name: &'static str, given: f64) -> Result<(), Error> {
    let rounded = F::from_f64(given);
    if rounded > F::ZERO && rounded.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { what, name, given, expected: "a finite number above 0" })
}

/// Refuses what is not between 0 and 1.
fn probabilities<F: Float>(loss: &'static str, what: &'static str, p: Var<'_, F>) -> Result<(), Error> {
    let values = p.value();
    let wrong =
        values.elements().iter().map(|x| x.to_f64()).enumerate().find(|(_, x)| !(0.0..=1.0).contains(x));
    match wrong {
        None => Ok(()),
        Some((position, given)) => Err(Error::Probability { loss, what, given, position }),
    }
}

#[cfg(test)]
mod tests;
