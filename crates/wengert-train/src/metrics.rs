//! Loss and accuracy over many batches.

use crate::Error;

/// A mean over samples, fed with means over batches.
///
/// ```
/// use wengert_train::Mean;
/// let mut loss = Mean::default();
/// loss.add(2.0, 64);
/// loss.add(1.0, 32);
/// assert_eq!(loss.value(), Some(5.0 / 3.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    sum: f64,
    samples: u64,
}

impl Mean {
    /// Takes in the mean over a batch of `samples` samples; a batch of none is ignored.
    pub fn add(&mut self, mean: f64, samples: usize) {
        if samples > 0 {
            self.sum += mean * samples as f64;
            self.samples += samples as u64;
        }
    }

    /// The mean over all samples so far; `None` before the first.
    pub fn value(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum / self.samples as f64)
    }

    /// The number of samples so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }
}

/// The class with the largest score; the first of several.
///
/// `None` when there are no scores or one of them is NaN: such a row predicts nothing.
///
/// ```
/// use wengert_train::predicted_class;
/// assert_eq!(predicted_class(&[0.1, 0.7, 0.7]), Some(1));
/// assert_eq!(predicted_class(&[0.1, f32::NAN, 0.7]), None);
/// ```
pub fn predicted_class(scores: &[f32]) -> Option<usize> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    // `max_by` would give the last of equal scores.
    (0..scores.len()).reduce(|best, class| if scores[class] > scores[best] { class } else { best })
}

/// The share of samples whose largest score is at their label.
///
/// ```
/// use wengert_train::Accuracy;
/// let mut accuracy = Accuracy::default();
/// accuracy.add(&[0.1, 0.9, 0.8, 0.2], 2, &[1, 1])?;   // two rows of two scores
/// assert_eq!((accuracy.correct(), accuracy.samples()), (1, 2));
/// assert_eq!(accuracy.value(), Some(0.5));
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    correct: u64,
    samples: u64,
}

impl Accuracy {
    /// Takes in a batch: `scores` of shape `[batch, classes]`, `labels` of shape `[batch]`.
    ///
    /// A row with a NaN counts as wrong. Returns how many rows were right.
    ///
    /// # Errors
    /// [`Error::Length`] if `scores` is not `labels.len() * classes` long, [`Error::Class`] for a label out of range;
    /// nothing is counted then.
    pub fn add(&mut self, scores: &[f32], classes: usize, labels: &[u32]) -> Result<usize, Error> {
        let rows = rows(scores, classes, labels)?;
        let correct = rows.filter(|&(row, label)| predicted_class(row) == Some(label)).count();
        self.correct += correct as u64;
        self.samples += labels.len() as u64;
        Ok(correct)
    }

    /// The share of correct samples, 0 to 1; `None` before the first sample.
    pub fn value(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.correct as f64 / self.samples as f64)
    }

    /// The number of correct samples.
    pub fn correct(&self) -> u64 {
        self.correct
    }

    /// The number of samples.
    pub fn samples(&self) -> u64 {
        self.samples
    }
}

/// Rows of scores with their labels, after all lengths and labels were checked.
pub(crate) fn rows<'a>(
    scores: &'a [f32],
    classes: usize,
    labels: &'a [u32],
) -> Result<impl Iterator<Item = (&'a [f32], usize)>, Error> {
    let expected = labels.len().saturating_mul(classes);
    if scores.len() != expected {
        return Err(Error::Length { what: "scores", found: scores.len(), expected });
    }
    if let Some(&label) = labels.iter().find(|&&label| label as usize >= classes) {
        return Err(Error::Class { found: label as usize, classes });
    }
    // With no classes there are no labels either: `max(1)` only keeps `chunks` from a size of 0.
    Ok(scores.chunks(classes.max(1)).zip(labels.iter().map(|&label| label as usize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_weighs_batches_by_their_samples() {
        let mut mean = Mean::default();
        assert_eq!(mean.value(), None);
        mean.add(f64::NAN, 0);
        assert_eq!(mean.value(), None, "a batch of nothing says nothing");
        mean.add(1.0, 3);
        mean.add(5.0, 1);
        assert_eq!((mean.value(), mean.samples()), (Some(2.0), 4));
        mean.add(f64::NAN, 1);
        assert!(mean.value().unwrap().is_nan());
    }

    #[test]
    fn the_first_of_equal_scores_wins_and_nan_predicts_nothing() {
        assert_eq!(predicted_class(&[]), None);
        assert_eq!(predicted_class(&[1.0, 3.0, 3.0]), Some(1));
        assert_eq!(predicted_class(&[-0.0, 0.0]), Some(0));
        assert_eq!(predicted_class(&[f32::NEG_INFINITY; 3]), Some(0));
        assert_eq!(predicted_class(&[f32::INFINITY, 0.0, f32::INFINITY]), Some(0));
        for place in 0..3 {
            let mut scores = [1.0, 2.0, 3.0];
            scores[place] = f32::NAN;
            assert_eq!(predicted_class(&scores), None);
        }
    }

    #[test]
    fn a_row_with_a_nan_is_wrong_whatever_its_label() {
        for label in 0..2 {
            let mut accuracy = Accuracy::default();
            assert_eq!(accuracy.add(&[f32::NAN, 1.0], 2, &[label]).unwrap(), 0);
            assert_eq!(accuracy.value(), Some(0.0));
        }
    }

    #[test]
    fn wrong_lengths_and_labels_are_errors_that_count_nothing() {
        let mut accuracy = Accuracy::default();
        assert!(matches!(
            accuracy.add(&[0.0; 5], 2, &[0, 1]),
            Err(Error::Length { found: 5, expected: 4, .. })
        ));
        assert!(matches!(accuracy.add(&[0.0; 4], 2, &[0, 2]), Err(Error::Class { found: 2, classes: 2 })));
        assert!(matches!(accuracy.add(&[], 0, &[0]), Err(Error::Class { found: 0, classes: 0 })));
        assert_eq!(accuracy, Accuracy::default());
    }
}
