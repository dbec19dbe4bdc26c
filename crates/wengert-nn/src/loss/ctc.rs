//! # ctc
//!
//! Loss of frames that should spell a sequence of labels, over all alignments.
//!
//! $$ \ell_k = -\ln P(z_k \mid x_k), \qquad \text{mean: } \frac{1}{n} \sum_k \ell_k / \max(\lvert z_k \rvert, 1) $$
//!
//! The sequences are those of [`Var::ctc_loss`]; here they are reduced.

use super::Reduction;
use crate::{Error, error::or_panic};
use wengert::{Float, Tensor, Var};

/// The loss of sequences by all their alignments: which class is the blank, what is impossible, how it is reduced.
///
/// ```
/// use wengert::{Tape, Tensor};
/// use wengert_nn::{CtcLoss, Reduction};
/// let tape = Tape::<f64>::new();
/// let x = tape.leaf(Tensor::zeros([3, 2, 4])); // three frames, two sequences, four classes
/// let log_p = x.log_softmax(2);
/// let targets = Tensor::from([[1_u32, 2], [3, 3]]);
/// let each = CtcLoss::new().reduction(Reduction::None).loss(log_p, &targets, &[3, 2], &[2, 2]);
/// assert!(each.value()[[0]].is_finite());
/// assert_eq!(each.value()[[1]], f64::INFINITY); // two frames cannot spell a label twice
/// let loss = CtcLoss::new().zero_infinity(true).loss(log_p, &targets, &[3, 2], &[2, 2]);
/// assert_eq!(loss.item(), each.value()[[0]] / 2.0 / 2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CtcLoss {
    blank: u32,
    zero_infinity: bool,
    reduction: Reduction,
}

crate::plain!(CtcLoss);

impl CtcLoss {
    /// Returns the mean over sequences, each divided by its number of labels; class 0 is the blank.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another class for the blank.
    #[must_use]
    pub fn blank(self, blank: u32) -> Self {
        Self { blank, ..self }
    }

    /// The same where sequences that no alignment spells cost 0 instead of ∞; their gradient is 0 in either case.
    #[must_use]
    pub fn zero_infinity(self, zero_infinity: bool) -> Self {
        Self { zero_infinity, ..self }
    }

    /// The same with another reduction.
    #[must_use]
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of log-probabilities `[frames, batch, classes]` for `targets` `[batch, labels]` of these lengths.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] with those of [`Var::try_ctc_loss`]; [`Error::NoSamples`] for the mean of nothing.
    #[track_caller]
    pub fn try_loss<'t, F: Float>(
        &self,
        log_p: Var<'t, F>,
        targets: &Tensor<u32>,
        input_lengths: &[usize],
        target_lengths: &[usize],
    ) -> Result<Var<'t, F>, Error> {
        let each = log_p.try_ctc_loss(targets.clone(), input_lengths, target_lengths, self.blank)?;
        let each = if self.zero_infinity { each.eq(f64::INFINITY).select(0.0, each) } else { each };
        if self.reduction != Reduction::Mean {
            return self.reduction.of("ctc", each);
        }
        let counts: Vec<F> = target_lengths.iter().map(|&n| F::from_f64(n.max(1) as f64)).collect();
        self.reduction.of("ctc", each / log_p.tape().constant(Tensor::new([counts.len()], counts)?))
    }

    /// As [`CtcLoss::try_loss`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn loss<'t, F: Float>(
        &self,
        log_p: Var<'t, F>,
        targets: &Tensor<u32>,
        input_lengths: &[usize],
        target_lengths: &[usize],
    ) -> Var<'t, F> {
        or_panic(self.try_loss(log_p, targets, input_lengths, target_lengths))
    }
}
