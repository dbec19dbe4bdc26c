//! Random numbers as a function of (seed, stream, step, element): never of threads, order or global state.

use crate::{Float, Shape, Tensor};
use rand::{Rng as _, TryRng};
use std::convert::Infallible;
use wengert_kernels::philox::philox4x32_10;

/// Names a set of random numbers: a seed, a stream (one per use), and a step (one per training step).
///
/// The same key gives the same numbers for any number of threads, when recomputed, and after a restart.
///
/// ```
/// use wengert::Key;
/// let key = Key::new(1).stream(7);
/// assert_eq!(key.uniform::<f32>([3]), key.uniform::<f32>([3]));
/// assert_ne!(key.uniform::<f32>([3]), key.step(1).uniform::<f32>([3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    seed: u64,
    stream: u32,
    step: u32,
    example: u32,
}

impl Key {
    /// The key of stream 0, step 0 of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, stream: 0, step: 0, example: 0 }
    }

    /// The same with another stream: a different set of numbers for each use.
    #[must_use]
    pub fn stream(self, stream: u32) -> Self {
        Self { stream, ..self }
    }

    /// The same at another step.
    #[must_use]
    pub fn step(self, step: u32) -> Self {
        Self { step, ..self }
    }

    /// The same one step on.
    #[must_use]
    pub fn next_step(self) -> Self {
        Self { step: self.step.wrapping_add(1), ..self }
    }

    /// The same for example `example` of a batch, counted on from that of this key: the numbers that
    /// [`Tape::vmap`](crate::Tape::vmap) draws for it.
    ///
    /// In a `vmap` inside of another, example `j` of `n` of the outer example `i` has the number `i * n + j`.
    ///
    /// Example 0 is the key itself. Examples share no numbers below 2³² blocks, which are 2³³ elements of a tensor.
    #[must_use]
    pub fn example(self, example: u32) -> Self {
        Self { example: self.example.wrapping_add(example), ..self }
    }

    /// Four random words for position `block` of this key.
    fn words(self, block: u64) -> [u32; 4] {
        let high = ((block >> 32) as u32).wrapping_add(self.example);
        let counter = [block as u32, high, self.stream, self.step];
        philox4x32_10(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// A sequential generator over this key's numbers, for the distributions of `rand`.
    pub fn rng(self) -> Philox {
        Philox { key: self, block: 0, words: [0; 4], used: 4 }
    }

    /// Numbers distributed evenly in $[0, 1)$; never 1.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn uniform<F: Float>(self, shape: impl AsRef<[usize]>) -> Tensor<F> {
        self.fill(shape, |words| [unit(words[0], words[1]), unit(words[2], words[3])])
    }

    /// Numbers of the normal distribution with mean 0 and variance 1; always finite.
    ///
    /// Box and Muller's transform; `ln` is taken of $1 - u > 0$.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn normal<F: Float>(self, shape: impl AsRef<[usize]>) -> Tensor<F> {
        self.fill(shape, |words| {
            let (u, v) = (unit(words[0], words[1]), unit(words[2], words[3]));
            let radius = wengert_kernels::Real::sqrt(-2.0 * wengert_kernels::Real::ln(1.0 - u));
            let angle = std::f64::consts::TAU * v;
            [radius * wengert_kernels::Real::cos(angle), radius * wengert_kernels::Real::sin(angle)]
        })
    }

    /// Numbers of the exponential distribution with mean 1; always above 0 and finite.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn exponential<F: Float>(self, shape: impl AsRef<[usize]>) -> Tensor<F> {
        self.by_quantile(shape, |u| -ln(u))
    }

    /// Numbers of Laplace's distribution with mean 0 and scale 1, of which the variance is 2; always finite.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn laplace<F: Float>(self, shape: impl AsRef<[usize]>) -> Tensor<F> {
        // Each tail is measured from its own end, where the distance is exact.
        self.by_quantile(shape, |u| if u < 0.5 { ln(2.0 * u) } else { -ln(2.0 * (1.0 - u)) })
    }

    /// Numbers of Gumbel's distribution with mode 0 and scale 1; always finite.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn gumbel<F: Float>(self, shape: impl AsRef<[usize]>) -> Tensor<F> {
        self.by_quantile(shape, |u| -ln(-ln(u)))
    }

    /// A distribution by its inverse distribution function, of numbers inside $(0, 1)$.
    #[track_caller]
    fn by_quantile<F: Float>(self, shape: impl AsRef<[usize]>, quantile: impl Fn(f64) -> f64) -> Tensor<F> {
        self.fill(shape, |words| {
            [quantile(inner_unit(words[0], words[1])), quantile(inner_unit(words[2], words[3]))]
        })
    }

    /// Two elements per block of four words, whatever their type.
    #[track_caller]
    fn fill<F: Float>(self, shape: impl AsRef<[usize]>, pair: impl Fn([u32; 4]) -> [f64; 2]) -> Tensor<F> {
        // Rounding to f32 could reach 1: the largest f32 below it stands in.
        let below_one = F::from_f64(1.0) - F::EPSILON / F::from_f64(2.0);
        let narrow = |u: f64| {
            let x = F::from_f64(u);
            if u < 1.0 && x >= F::ONE { below_one } else { x }
        };
        let shape = Shape::of(shape.as_ref());
        Tensor::build(shape, |out| {
            for (block, two) in (0..).zip(out.chunks_mut(2)) {
                let values = pair(self.words(block));
                for (o, v) in two.iter_mut().zip(values) {
                    *o = narrow(v);
                }
            }
        })
    }
}

/// 53 random bits as a number in $[0, 1)$.
fn unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 21) | (u64::from(low) >> 11);
    bits as f64 / (1_u64 << 53) as f64
}

/// 52 random bits as a number in $(0, 1)$: the middle of one of so many equal parts, which neither end is.
fn inner_unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 20) | (u64::from(low) >> 12);
    (bits as f64 + 0.5) / (1_u64 << 52) as f64
}

fn ln(x: f64) -> f64 {
    wengert_kernels::Real::ln(x)
}

/// The Philox4x32-10 generator (Salmon, Moraes, Dror and Shaw, 2011) as a source for `rand`.
#[derive(Clone, Debug)]
pub struct Philox {
    key: Key,
    block: u64,
    words: [u32; 4],
    used: usize,
}

impl Philox {
    /// A number below `bound`, every one equally likely; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Reject the tail that would favor small results.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let x = self.next_u64();
            if x < limit {
                return x % bound;
            }
        }
    }

    /// Puts a slice in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            values.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

impl TryRng for Philox {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == 4 {
            self.words = self.key.words(self.block);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        Ok(self.words[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let (low, high) = (self.try_next_u32()?, self.try_next_u32()?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(4) {
            let bytes = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_stays_below_one_also_in_f32() {
        let key = Key::new(3);
        let x = key.fill::<f32>([2], |_| [1.0 - f64::EPSILON / 2.0, 0.0]);
        assert!(x[[0]] < 1.0 && x[[1]] == 0.0);
        let sample = key.uniform::<f32>([10_000]).to_vec();
        let mean = sample.iter().map(|&x| f64::from(x)).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.01 && sample.iter().all(|x| (0.0..1.0).contains(x)));
    }

    #[test]
    fn normal_has_mean_zero_and_variance_one() {
        let x = Key::new(5).normal::<f64>([20_000]).to_vec();
        let mean = x.iter().sum::<f64>() / 2e4;
        let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2e4;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        assert!(x.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn the_ends_of_the_open_interval_give_finite_numbers() {
        for words in [0, u32::MAX] {
            let u = inner_unit(words, words);
            assert!(0.0 < u && u < 1.0 && (-ln(u)).is_finite() && (-ln(-ln(u))).is_finite(), "{u}");
            assert!(-ln(u) > 0.0);
        }
    }

    #[test]
    fn quantiles_give_the_moments_of_their_distributions() {
        let gamma = 0.577_215_664_901_532_9;
        let sixth = std::f64::consts::PI.powi(2) / 6.0;
        let key = Key::new(6);
        let samples = [key.exponential::<f64>([40_000]), key.laplace([40_000]), key.gumbel([40_000])];
        for (x, (mean, variance)) in samples.iter().zip([(1.0, 1.0), (0.0, 2.0), (gamma, sixth)]) {
            let x = x.to_vec();
            let found = x.iter().sum::<f64>() / 4e4;
            let spread = x.iter().map(|x| (x - found) * (x - found)).sum::<f64>() / 4e4;
            assert!(
                (found - mean).abs() < 0.03 && (spread / variance - 1.0).abs() < 0.05,
                "{found} {spread}"
            );
        }
    }

    #[test]
    fn keys_that_differ_in_one_part_give_other_numbers() {
        let base = Key::new(1).uniform::<f64>([4]);
        let one = Key::new(1);
        for other in [Key::new(2), one.stream(1), one.step(1), one.example(1), Key::new(1 << 40)] {
            assert_ne!(other.uniform::<f64>([4]), base);
        }
    }

    #[test]
    fn shuffle_is_a_permutation_of_any_length() {
        for n in [0_usize, 1, 2, 1 << 20] {
            let mut order: Vec<usize> = (0..n).collect();
            Key::new(9).rng().shuffle(&mut order);
            let mut seen = vec![false; n];
            for i in order {
                assert!(!std::mem::replace(&mut seen[i], true));
            }
        }
    }

    #[test]
    fn ranges_are_unbiased() {
        let mut rng = Key::new(4).rng();
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[rng.below(3) as usize] += 1;
        }
        assert!(counts.iter().all(|c| c.abs_diff(10_000) < 400), "{counts:?}");
    }
}
