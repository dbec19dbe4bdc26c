//! Random numbers as a function of where they are used: (seed, stream, item, position), never of draw order elsewhere.

use wengert_kernels::philox::philox4x32_10;

/// What random numbers are drawn for; two purposes never share a number.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum Purpose {
    /// Generated digits for training.
    TrainDigits = 1,
    /// Generated digits for testing.
    TestDigits = 2,
    /// The order of samples in an epoch.
    Shuffle = 3,
}

/// The random numbers of one item: image `item`, epoch `item`.
#[derive(Debug)]
pub(crate) struct Random {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    /// Words of `block` already given out.
    used: usize,
}

impl Random {
    pub(crate) fn new(seed: u64, purpose: Purpose, item: u64) -> Random {
        Random {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [0, purpose as u32, item as u32, (item >> 32) as u32],
            block: [0; 4],
            used: 4,
        }
    }

    pub(crate) fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox4x32_10(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// An integer below `n`, each with the same probability.
    ///
    /// Multiply-and-reject: of the 2^32 words, the `2^32 mod n` that would favor some results are drawn again.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0);
        let favored = n.wrapping_neg() % n;
        loop {
            let product = u64::from(self.word()) * u64::from(n);
            if product as u32 >= favored {
                return (product >> 32) as u32;
            }
        }
    }

    /// A number in [0, 1), a multiple of 2^-24.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.word() >> 8) as f32 * (1.0 / (1 << 24) as f32)
    }

    /// A number between `low` and `high`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A bell-shaped number of mean 0 and standard deviation 1, within ±3.5.
    ///
    /// The sum of four uniform numbers: close enough to normal for handwriting, and finite by construction.
    pub(crate) fn bell(&mut self) -> f32 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        (sum - 2.0) * 1.732_050_8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_address_changes_the_numbers() {
        let first = |seed, purpose, item| Random::new(seed, purpose, item).word();
        let words = [
            first(0, Purpose::Shuffle, 0),
            first(1, Purpose::Shuffle, 0),
            first(1 << 32, Purpose::Shuffle, 0),
            first(0, Purpose::TrainDigits, 0),
            first(0, Purpose::TestDigits, 0),
            first(0, Purpose::Shuffle, 1),
            first(0, Purpose::Shuffle, 1 << 32),
        ];
        let distinct: std::collections::BTreeSet<u32> = words.into_iter().collect();
        assert_eq!(distinct.len(), words.len());
    }

    #[test]
    fn ranges_are_unbiased_and_complete() {
        let mut random = Random::new(3, Purpose::Shuffle, 0);
        for n in [1, 2, 3, 7, 10] {
            let mut counts = vec![0u32; n as usize];
            for _ in 0..10_000 * n {
                counts[random.below(n) as usize] += 1;
            }
            // Five standard deviations of a count whose mean is 10,000.
            assert!(counts.iter().all(|c| c.abs_diff(10_000) < 500), "{counts:?}");
        }
        // Three quarters of 2^32: plain remainder would make the lower third twice as likely.
        let low = (0..30_000).filter(|_| random.below(3 << 30) < 1 << 30).count();
        assert!(low.abs_diff(10_000) < 450, "{low}");
    }

    #[test]
    fn real_numbers_keep_their_bounds_and_moments() {
        let mut random = Random::new(4, Purpose::Shuffle, 0);
        let (mut sum, mut square) = (0.0, 0.0);
        for _ in 0..20_000 {
            let unit = random.unit();
            assert!((0.0..1.0).contains(&unit));
            let bell = random.bell();
            assert!(bell.abs() < 3.5);
            sum += bell;
            square += bell * bell;
        }
        assert!((sum / 20_000.0).abs() < 0.035, "{sum}");
        assert!((square / 20_000.0 - 1.0).abs() < 0.05, "{square}");
    }
}
