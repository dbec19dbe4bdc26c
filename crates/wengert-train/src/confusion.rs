//! Which classes are taken for which.

use std::fmt;

use crate::Error;
use crate::metrics::{predicted_class, rows};

/// How often each class was taken for each other.
///
/// ```
/// use wengert_train::Confusion;
/// let mut confusion = Confusion::new(2);
/// confusion.add(&[0.1, 0.9, 0.8, 0.2, 0.3, 0.4], &[1, 1, 0])?;
/// assert_eq!(confusion.count(1, 0)?, 1);
/// assert_eq!(confusion.to_string(), "\
/// label\\predicted   0   1  right
///               0   0   1    0.0 %
///               1   1   1   50.0 %
/// ");
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// `[classes, classes + 1]`: a row for each label, the last column for rows of scores with a NaN.
    counts: Vec<u64>,
}

impl Confusion {
    /// An empty table of `classes` classes.
    pub fn new(classes: usize) -> Confusion {
        Confusion { classes, counts: vec![0; classes * (classes + 1)] }
    }

    /// Takes in a batch: `scores` of shape `[batch, classes]`, `labels` of shape `[batch]`.
    ///
    /// # Errors
    /// As [`Accuracy::add`](crate::Accuracy::add).
    pub fn add(&mut self, scores: &[f32], labels: &[u32]) -> Result<(), Error> {
        for (row, label) in rows(scores, self.classes, labels)? {
            let predicted = predicted_class(row).unwrap_or(self.classes);
            self.counts[label * (self.classes + 1) + predicted] += 1;
        }
        Ok(())
    }

    /// How many samples labeled `label` were taken for `predicted`.
    ///
    /// # Errors
    /// [`Error::Class`] if one of them is not below the number of classes.
    pub fn count(&self, label: usize, predicted: usize) -> Result<u64, Error> {
        let found = label.max(predicted);
        if found >= self.classes {
            return Err(Error::Class { found, classes: self.classes });
        }
        Ok(self.counts[label * (self.classes + 1) + predicted])
    }

    /// How many samples labeled `label` had a NaN among their scores.
    ///
    /// # Errors
    /// [`Error::Class`] if `label` is not below the number of classes.
    pub fn undecided(&self, label: usize) -> Result<u64, Error> {
        self.count(label, 0)?;
        Ok(self.counts[label * (self.classes + 1) + self.classes])
    }
}

/// A table: a row for each label, a column for each prediction, and the share that was right.
///
/// A column `NaN` appears when some scores were NaN.
impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CORNER: &str = "label\\predicted";
        let widest = self.counts.iter().max().map_or(1, |count| count.to_string().len());
        let cell = widest.max(self.classes.to_string().len()).max(3) + 1;
        let rows = || self.counts.chunks(self.classes + 1).enumerate().take(self.classes);
        let undecided = rows().any(|(_, row)| row[self.classes] > 0);
        let columns = self.classes + usize::from(undecided);
        write!(f, "{CORNER}")?;
        for class in 0..self.classes {
            write!(f, "{class:>cell$}")?;
        }
        writeln!(f, "{}  right", if undecided { format!("{:>cell$}", "NaN") } else { String::new() })?;
        for (label, row) in rows() {
            write!(f, "{label:>width$}", width = CORNER.len())?;
            for count in &row[..columns] {
                write!(f, "{count:>cell$}")?;
            }
            match row.iter().sum::<u64>() {
                0 => writeln!(f, "      -")?,
                total => writeln!(f, "  {:>5.1} %", 100.0 * row[label] as f64 / total as f64)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Accuracy;

    #[test]
    fn accuracy_and_confusion_agree_over_batches() {
        let scores: Vec<f32> = (0..60).map(|i| ((i * 37) % 11) as f32).collect();
        let labels: Vec<u32> = (0..20).map(|i| i % 3).collect();
        let (mut accuracy, mut confusion) = (Accuracy::default(), Confusion::new(3));
        assert_eq!(accuracy.value(), None);
        for (scores, labels) in scores.chunks(21).zip(labels.chunks(7)) {
            accuracy.add(scores, 3, labels).unwrap();
            confusion.add(scores, labels).unwrap();
        }
        let right: u64 = (0..3).map(|class| confusion.count(class, class).unwrap()).sum();
        assert_eq!((accuracy.correct(), accuracy.samples()), (right, 20));
        assert!(right > 0 && right < 20);
    }

    #[test]
    fn wrong_lengths_and_labels_are_errors_that_count_nothing() {
        let mut confusion = Confusion::new(2);
        assert!(confusion.add(&[0.0; 4], &[0, 7]).is_err());
        assert_eq!(confusion, Confusion::new(2));
        assert!(matches!(confusion.count(0, 2), Err(Error::Class { found: 2, .. })));
        assert!(matches!(confusion.undecided(2), Err(Error::Class { .. })));
    }

    #[test]
    fn the_table_aligns_large_counts_and_shows_nan_only_when_there_is_one() {
        let mut confusion = Confusion::new(2);
        for _ in 0..12_345 {
            confusion.add(&[1.0, 0.0], &[0]).unwrap();
        }
        assert_eq!(
            confusion.to_string(),
            "label\\predicted     0     1  right\n              0 12345     0  100.0 %\n              1     0     0      -\n"
        );
        confusion.add(&[f32::NAN, 0.0], &[1]).unwrap();
        assert_eq!(confusion.undecided(1).unwrap(), 1);
        assert_eq!(
            confusion.to_string(),
            "label\\predicted     0     1   NaN  right\n              0 12345     0     0  100.0 %\n              1     0     0     1    0.0 %\n"
        );
        assert_eq!(Confusion::new(0).to_string(), "label\\predicted  right\n");
    }
}
