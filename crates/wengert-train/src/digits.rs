//! Labeled images of digits, and batches of them as numbers.

use crate::Error;

/// Images of digits with their labels.
///
/// ```
/// use wengert_train::{Digits, generated};
/// let digits = generated::digits(1, generated::Set::Train, 100);
/// assert_eq!((digits.len(), digits.height, digits.width), (100, 28, 28));
/// let batch = digits.gather(&[3, 0, 99])?;
/// assert_eq!(batch.shape, [3, 1, 28, 28]);
/// assert_eq!(batch.labels[1], u32::from(digits.labels[0]));
/// assert!(batch.pixels.iter().all(|p| (0.0..=1.0).contains(p)));
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// Pixels, 0 black to 255 white, `[len, height, width]` with the last axis varying fastest.
    pub images: Vec<u8>,
    /// The digit in each image, 0 to 9.
    pub labels: Vec<u8>,
    /// Rows of each image.
    pub height: usize,
    /// Columns of each image.
    pub width: usize,
}

/// Some images and labels as a network takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Pixels in [0, 1], of shape [`shape`](Batch::shape).
    pub pixels: Vec<f32>,
    /// The digit in each image.
    pub labels: Vec<u32>,
    /// `[batch, 1, height, width]`.
    pub shape: [usize; 4],
}

impl Digits {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of image `index`, `[height, width]`.
    ///
    /// # Errors
    /// [`Error::SampleIndex`] if there is no such image.
    pub fn image(&self, index: usize) -> Result<&[u8], Error> {
        let size = self.height * self.width;
        let pixels = index.checked_mul(size).and_then(|at| self.images.get(at..)?.get(..size));
        pixels.ok_or(Error::SampleIndex { index, len: self.len() })
    }

    /// The first `limit` images, or all of them when there are fewer.
    pub fn truncate(&mut self, limit: usize) {
        self.labels.truncate(limit);
        self.images.truncate(limit.saturating_mul(self.height * self.width));
    }

    /// The images at `indices`, in that order, as a batch.
    ///
    /// # Errors
    /// [`Error::SampleIndex`] for the first index past the end.
    pub fn gather(&self, indices: &[usize]) -> Result<Batch, Error> {
        let size = self.height * self.width;
        let mut pixels = Vec::with_capacity(indices.len() * size);
        let mut labels = Vec::with_capacity(indices.len());
        for &index in indices {
            pixels.extend(self.image(index)?.iter().map(|&pixel| f32::from(pixel) / 255.0));
            let label = self.labels.get(index).ok_or(Error::SampleIndex { index, len: self.len() })?;
            labels.push(u32::from(*label));
        }
        Ok(Batch { pixels, labels, shape: [indices.len(), 1, self.height, self.width] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Digits {
        Digits { images: vec![0, 51, 102, 153, 204, 255], labels: vec![7, 8, 9], height: 1, width: 2 }
    }

    #[test]
    fn a_batch_has_the_images_asked_for_in_that_order() {
        let batch = three().gather(&[2, 0, 2]).unwrap();
        assert_eq!(batch.pixels, [0.8, 1.0, 0.0, 0.2, 0.8, 1.0]);
        assert_eq!(batch.labels, [9, 7, 9]);
        assert_eq!(batch.shape, [3, 1, 1, 2]);
        assert_eq!(three().gather(&[]).unwrap().shape, [0, 1, 1, 2]);
    }

    #[test]
    fn an_index_past_the_end_is_named() {
        let error = three().gather(&[1, 3]).unwrap_err();
        assert_eq!(error.to_string(), "sample 3 of a set of 3; they are counted from 0 to 2");
        assert!(matches!(three().image(usize::MAX), Err(Error::SampleIndex { .. })));
    }

    #[test]
    fn fields_that_do_not_fit_together_never_panic() {
        let short = Digits { images: vec![0; 3], ..three() };
        assert!(short.gather(&[0]).is_ok());
        assert!(matches!(short.gather(&[1]), Err(Error::SampleIndex { index: 1, .. })));
        let unlabeled = Digits { labels: vec![7], ..three() };
        assert!(matches!(unlabeled.gather(&[1]), Err(Error::SampleIndex { index: 1, len: 1 })));
    }

    #[test]
    fn truncation_keeps_images_and_labels_together() {
        let mut digits = three();
        digits.truncate(2);
        assert_eq!((digits.len(), digits.images.len()), (2, 4));
        digits.truncate(usize::MAX);
        assert_eq!(digits.len(), 2);
        digits.truncate(0);
        assert!(digits.is_empty() && digits.images.is_empty());
    }
}
