//! Losses against class labels: weights, ignored labels, reduction.

use super::Reduction;
use crate::{Error, error::or_panic};
use wengert::{Float, Tensor, Var};

/// A loss against class labels: which classes weigh what, which label is ignored, how samples are reduced.
///
/// Classes are on axis 1 of the prediction (`[batch, classes, …]` with labels `[batch, …]`), or on the only axis of a
/// single sample (`[classes]` with a label of shape `[]`). The mean divides by the sum of the weights of the labels met;
/// if that is 0, because every target is ignored or weighs nothing, the loss is 0 and so is its gradient.
///
/// ```
/// use wengert::Tensor;
/// use wengert_nn::{ClassLoss, Reduction};
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([[0.0, 0.0], [0.0, 0.0], [5.0, 1.0]]);
/// let loss = ClassLoss::new().weights([1.0, 3.0]).ignore(255);
/// let y = loss.cross_entropy(x, &Tensor::from([0_u32, 1, 255]));
/// assert!((y.item() - 2_f64.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassLoss {
    weights: Option<Vec<f64>>,
    ignore: Option<u32>,
    reduction: Reduction,
}

crate::plain!(ClassLoss);

/// The class axis of a prediction and what its labels ask of it.
struct Targets<F: Float> {
    axis: isize,
    /// Class per sample, with a class axis of size 1; 0 where ignored.
    classes: Tensor<u32>,
    /// Weight per sample, if they are not all 1.
    weights: Option<Tensor<F>>,
    /// Sum of the weights.
    total: f64,
}

impl ClassLoss {
    /// Returns the mean over samples, every class weighing 1, no label ignored.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a weight per class.
    #[must_use]
    pub fn weights(self, weights: impl Into<Vec<f64>>) -> Self {
        Self { weights: Some(weights.into()), ..self }
    }

    /// The same with samples of this label left out; it need not be a class.
    #[must_use]
    pub fn ignore(self, label: u32) -> Self {
        Self { ignore: Some(label), ..self }
    }

    /// The same with another reduction.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The negative log-likelihood of the labels; see [`nll`](super::nll()).
    ///
    /// # Errors
    ///
    /// [`Error::TargetShape`] if the labels have not the prediction's shape without its class axis; [`Error::Label`]
    /// for a label that is no class and not ignored; [`Error::Shape`] and [`Error::Setting`] for weights that are not
    /// one finite number of at least 0 per class; [`Error::NoSamples`] for the mean of nothing.
    #[track_caller]
    pub fn try_nll<'t, F: Float>(
        &self,
        log_p: Var<'t, F>,
        labels: &Tensor<u32>,
    ) -> Result<Var<'t, F>, Error> {
        self.picked("nll", log_p, labels, Ok)
    }

    /// As [`ClassLoss::try_nll`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn nll<'t, F: Float>(&self, log_p: Var<'t, F>, labels: &Tensor<u32>) -> Var<'t, F> {
        or_panic(self.try_nll(log_p, labels))
    }

    /// The cross-entropy of logits with the labels; see [`cross_entropy`](super::cross_entropy()).
    ///
    /// # Errors
    ///
    /// As [`ClassLoss::try_nll`].
    #[track_caller]
    pub fn try_cross_entropy<'t, F: Float>(
        &self,
        logits: Var<'t, F>,
        labels: &Tensor<u32>,
    ) -> Result<Var<'t, F>, Error> {
        let axis = class_axis(logits);
        self.picked("cross_entropy", logits, labels, |x| Ok(x.try_log_softmax(axis)?))
    }

    /// As [`ClassLoss::try_cross_entropy`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cross_entropy<'t, F: Float>(&self, logits: Var<'t, F>, labels: &Tensor<u32>) -> Var<'t, F> {
        or_panic(self.try_cross_entropy(logits, labels))
    }

    /// Checks the targets, makes log-probabilities of `x`, picks the labels' and reduces.
    #[track_caller]
    fn picked<'t, F: Float>(
        &self,
        loss: &'static str,
        x: Var<'t, F>,
        labels: &Tensor<u32>,
        log_probabilities: impl FnOnce(Var<'t, F>) -> Result<Var<'t, F>, Error>,
    ) -> Result<Var<'t, F>, Error> {
        let targets = self.targets::<F>(loss, x, labels)?;
        let Targets { axis, classes, weights, total } = targets;
        let each = -x
            .tape()
            .at_caller(|| log_probabilities(x))?
            .try_gather(axis, classes)?
            .try_reshape(labels.shape())?;
        if self.reduction == Reduction::Mean && labels.is_empty() {
            return Err(Error::NoSamples { loss, shape: x.shape().dims().into() });
        }
        let Some(weights) = weights else { return self.reduction.of(loss, each) };
        let weights = x.tape().constant(weights);
        let each = weights.ne(0.0).select(each * weights, 0.0);
        match self.reduction {
            Reduction::Mean if total > 0.0 => Ok(each.sum() / total),
            Reduction::Mean if !labels.is_empty() => Ok(each.sum()), // nothing weighs anything: 0
            other => other.of(loss, each),
        }
    }

    fn targets<F: Float>(
        &self,
        loss: &'static str,
        x: Var<'_, F>,
        labels: &Tensor<u32>,
    ) -> Result<Targets<F>, Error> {
        let axis = class_axis(x);
        let mut expected: Vec<usize> = x.shape().dims().into();
        if expected.is_empty() {
            let expected = "[batch, classes, …] or [classes]".to_owned();
            return Err(Error::Shape { what: loss, given: Vec::new(), expected });
        }
        let classes = std::mem::replace(&mut expected[axis as usize], 1);
        let with_axis = expected.clone();
        expected.remove(axis as usize);
        if labels.dims() != expected {
            return Err(Error::TargetShape { loss, target: labels.dims().into(), prediction: expected });
        }
        self.check_weights::<F>(loss, classes)?;

        let mut picked = Vec::with_capacity(if self.is_weighted() { labels.len() } else { 0 });
        let mut weights = Vec::with_capacity(picked.capacity());
        let mut total = 0.0;
        for (position, &label) in labels.elements().iter().enumerate() {
            let ignored = self.ignore == Some(label);
            if !ignored && label as usize >= classes {
                return Err(Error::Label { loss, label, position, classes });
            }
            let of_class = || self.weights.as_ref().map_or(1.0, |w| w[label as usize]);
            // Rounded before it is counted: what the element type takes for 0 must weigh nothing in the total either.
            let weight = F::from_f64(if ignored { 0.0 } else { of_class() });
            total += weight.to_f64();
            if self.is_weighted() {
                weights.push(weight);
                picked.push(if ignored { 0 } else { label });
            }
        }
        if self.is_weighted() {
            let (classes, weights) = (Tensor::new(with_axis, picked)?, Tensor::new(labels.shape(), weights)?);
            return Ok(Targets { axis, classes, weights: Some(weights), total });
        }
        // The labels themselves and not a copy: a compiled plan takes new ones in their place.
        Ok(Targets { axis, classes: labels.try_reshape(with_axis)?, weights: None, total })
    }

    fn is_weighted(&self) -> bool {
        self.weights.is_some() || self.ignore.is_some()
    }

    fn check_weights<F: Float>(&self, loss: &'static str, classes: usize) -> Result<(), Error> {
        let Some(weights) = &self.weights else { return Ok(()) };
        if weights.len() != classes {
            let expected = format!("one weight for each of {classes} classes");
            return Err(Error::Shape { what: loss, given: vec![weights.len()], expected });
        }
        weights.iter().try_for_each(|&given| {
            super::at_least(loss, "class weight", given, 0.0)?;
            if F::from_f64(given).to_f64().is_finite() {
                return Ok(());
            }
            let expected = "a number that the element type can hold";
            Err(Error::Setting { what: loss, name: "class weight", given, expected })
        })
    }
}

/// Axis 1, or the only axis of a single sample.
pub(super) fn class_axis<F: Float>(x: Var<'_, F>) -> isize {
    isize::from(x.rank() > 1)
}
