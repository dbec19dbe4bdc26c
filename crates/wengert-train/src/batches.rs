//! Batches of sample indices, shuffled anew in each epoch.

use crate::Error;
use crate::random::{Purpose, Random};

/// A way to cut `len` samples into batches.
///
/// The order of an epoch is a function of (seed, epoch), so that a run can be resumed in the middle, and does not
/// depend on the batch size.
///
/// ```
/// use wengert_train::Batches;
/// let batches = Batches::new(10, 4, 1)?;
/// assert_eq!(batches.per_epoch(), 3);
/// let mut seen: Vec<usize> = Vec::new();
/// for indices in &batches.epoch(0) {
///     seen.extend(indices);
/// }
/// seen.sort();
/// assert_eq!(seen, (0..10).collect::<Vec<_>>());
/// assert_ne!(batches.epoch(0).order(), batches.epoch(1).order());
/// # Ok::<(), wengert_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    len: usize,
    batch: usize,
    seed: Option<u64>,
    drop_last: bool,
}

impl Batches {
    /// Batches of `batch` samples in a new random order each epoch.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`] if `batch` is 0, [`Error::TooManySamples`] if `len` is 2^32 or more.
    pub fn new(len: usize, batch: usize, seed: u64) -> Result<Batches, Error> {
        Ok(Batches { seed: Some(seed), ..Batches::in_order(len, batch)? })
    }

    /// Batches of `batch` samples in the order of the data, for evaluation.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`] if `batch` is 0, [`Error::TooManySamples`] if `len` is 2^32 or more.
    pub fn in_order(len: usize, batch: usize) -> Result<Batches, Error> {
        if batch == 0 {
            return Err(Error::EmptyBatch);
        }
        if u32::try_from(len).is_err() {
            return Err(Error::TooManySamples { len });
        }
        Ok(Batches { len, batch, seed: None, drop_last: false })
    }

    /// The same, with the last batch of an epoch left out when it is short (`true`) or kept (`false`, the default).
    pub fn drop_last(self, drop_last: bool) -> Batches {
        Batches { drop_last, ..self }
    }

    /// The number of batches in an epoch.
    pub fn per_epoch(&self) -> usize {
        if self.drop_last { self.len / self.batch } else { self.len.div_ceil(self.batch) }
    }

    /// The number of samples in an epoch, without those of a dropped batch.
    pub fn samples(&self) -> usize {
        if self.drop_last { self.len / self.batch * self.batch } else { self.len }
    }

    /// The batches of epoch `epoch`, counted from 0.
    pub fn epoch(&self, epoch: u64) -> Epoch {
        let mut order: Vec<usize> = (0..self.len).collect();
        if let Some(seed) = self.seed {
            shuffle(&mut order, &mut Random::new(seed, Purpose::Shuffle, epoch));
        }
        order.truncate(self.samples());
        Epoch { order, batch: self.batch }
    }
}

/// The batches of one epoch; iterate over a reference to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    order: Vec<usize>,
    batch: usize,
}

impl Epoch {
    /// All sample indices in the order in which they come.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The batches as slices of sample indices.
    pub fn iter(&self) -> std::slice::Chunks<'_, usize> {
        self.order.chunks(self.batch)
    }
}

impl<'a> IntoIterator for &'a Epoch {
    type Item = &'a [usize];
    type IntoIter = std::slice::Chunks<'a, usize>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Fisher and Yates: each order is equally likely, as far as the generator goes.
fn shuffle(order: &mut [usize], random: &mut Random) {
    for last in (1..order.len()).rev() {
        // No truncation: the constructor admits fewer than 2^32 samples.
        order.swap(last, random.below(last as u32 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_a_permutation_of_any_length() {
        for len in [0, 1, 2, 3, 1000, 1 << 20] {
            let mut order = Batches::new(len, 64, 5).unwrap().epoch(3).order().to_vec();
            order.sort_unstable();
            assert!(order.iter().copied().eq(0..len), "length {len}");
        }
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        let order =
            |batch, seed, epoch| Batches::new(100, batch, seed).unwrap().epoch(epoch).order().to_vec();
        assert_eq!(order(7, 1, 2), order(64, 1, 2));
        assert_ne!(order(7, 1, 2), order(7, 1, 3));
        assert_ne!(order(7, 1, 2), order(7, 2, 2));
        let batches = Batches::new(100, 7, 1).unwrap();
        let late = batches.epoch(2);
        batches.epoch(0);
        assert_eq!(batches.epoch(2), late, "asked again, in another sequence");
    }

    #[test]
    fn all_six_orders_of_three_are_equally_likely() {
        let batches = Batches::new(3, 1, 9).unwrap();
        let mut counts = std::collections::BTreeMap::new();
        for epoch in 0..12_000 {
            *counts.entry(batches.epoch(epoch).order().to_vec()).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations of a count whose mean is 2,000.
        assert!(counts.values().all(|c| c.abs_diff(2000) < 210), "{counts:?}");
    }

    #[test]
    fn a_short_last_batch_is_kept_or_dropped() {
        let sizes = |batches: &Batches| batches.epoch(0).iter().map(<[usize]>::len).collect::<Vec<_>>();
        let kept = Batches::new(10, 4, 1).unwrap();
        assert_eq!((sizes(&kept), kept.per_epoch(), kept.samples()), (vec![4, 4, 2], 3, 10));
        let dropped = kept.drop_last(true);
        assert_eq!((sizes(&dropped), dropped.per_epoch(), dropped.samples()), (vec![4, 4], 2, 8));
        let larger = Batches::new(3, 4, 1).unwrap();
        assert_eq!((sizes(&larger), larger.per_epoch()), (vec![3], 1));
        let none = larger.drop_last(true);
        assert_eq!((sizes(&none), none.per_epoch()), (vec![], 0));
        assert_eq!(sizes(&Batches::new(0, 4, 1).unwrap()), vec![0; 0]);
    }

    #[test]
    fn evaluation_keeps_the_order_of_the_data() {
        let batches = Batches::in_order(5, 2).unwrap();
        assert_eq!(batches.epoch(4).order(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_batch_of_nothing_and_too_many_samples_are_refused() {
        assert!(matches!(Batches::new(10, 0, 1), Err(Error::EmptyBatch)));
        assert!(matches!(Batches::in_order(10, 0), Err(Error::EmptyBatch)));
        assert!(matches!(Batches::new(usize::MAX, 1, 1), Err(Error::TooManySamples { .. })));
    }
}
