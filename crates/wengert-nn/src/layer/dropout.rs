//! # Dropout
//!
//! Elements set to 0 at random in training, the others scaled to keep the mean.

use super::Mode;
use crate::{Error, tree};
use wengert::{Float, Key, Var};

tree! {
    /// Sets elements to 0 with probability $p$ in training and divides the others by $1 - p$; any shape.
    ///
    /// Which elements is a function of the key, the step and the position alone, so a mask is the same for any number
    /// of threads, when recomputed, and after a restart. Give every layer a stream of its own
    /// ([`Key::stream`]). A dropped element is exactly 0 and sends back exactly 0, also if it is infinite or NaN.
    ///
    /// ```
    /// use wengert::{Key, Tape, Tensor};
    /// use wengert_nn::{Dropout, Mode};
    /// let layer = Dropout::new(0.5, Key::new(1).stream(3))?;
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([1.0; 8]);
    /// let y = layer.forward(x, Mode::Train { step: 0 });
    /// assert!(y.value().to_vec().iter().all(|&y| y == 0.0 || y == 2.0));
    /// assert_eq!(layer.forward(x, Mode::Eval).value(), x.value());
    /// # Ok::<(), wengert_nn::Error>(())
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Dropout {
        p: f64,
        key: Key,
    }
}

impl Dropout {
    /// Returns a layer that drops with probability `p`.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if `p` is not from 0 to 1.
    pub fn new(p: f64, key: Key) -> Result<Self, Error> {
        if (0.0..=1.0).contains(&p) {
            return Ok(Self { p, key });
        }
        Err(Error::Setting { what: "dropout", name: "p", given: p, expected: "a probability from 0 to 1" })
    }

    /// The probability of being dropped.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// `x` with elements dropped in training, `x` itself in evaluation and for $p = 0$.
    #[track_caller]
    pub fn forward<'t, F: Float>(&self, x: Var<'t, F>, mode: Mode) -> Var<'t, F> {
        let Mode::Train { step } = mode else { return x };
        if self.p == 0.0 {
            return x;
        }
        x.dropout(self.p, self.key.step(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert::{Tape, Tensor, Threads};

    const TRAIN: Mode = Mode::Train { step: 0 };

    fn layer(p: f64) -> Dropout {
        Dropout::new(p, Key::new(5)).expect("a probability")
    }

    #[test]
    fn nothing_dropped_is_the_same_bits_and_everything_dropped_is_zeros() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.5, -0.0, f64::INFINITY, f64::NAN]);
        let bits = |v: Var<'_, f64>| v.value().to_vec().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(layer(0.0).forward(x, TRAIN)), bits(x));
        assert_eq!(bits(layer(0.7).forward(x, Mode::Eval)), bits(x));
        let y = layer(1.0).forward(x, TRAIN);
        assert_eq!(y.value().to_vec(), [0.0; 4]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0; 4]);
    }

    #[test]
    fn the_gradient_has_the_mask_and_the_scale_of_the_value() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1000], 3.0));
        let y = layer(0.25).forward(x, TRAIN);
        let g = y.sum().backward(&[x])[0].to_vec();
        let mut dropped = 0;
        for (y, g) in y.value().to_vec().into_iter().zip(g) {
            assert!((y == 0.0 && g == 0.0) || (y == 3.0 * (1.0 / 0.75) && g == 1.0 / 0.75), "{y} {g}");
            dropped += usize::from(y == 0.0);
        }
        assert!(dropped.abs_diff(250) < 50, "{dropped} of 1000 dropped at p = 0.25");
    }

    #[test]
    fn dropped_cells_are_zero_whatever_they_held() {
        for bad in [f64::INFINITY, f64::NAN, 0.0] {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(Tensor::full([64], bad));
            let y = layer(0.5).forward(x, TRAIN);
            let (value, g) = (y.value().to_vec(), y.sum().backward(&[x])[0].to_vec());
            assert!(g.contains(&0.0) && g.contains(&2.0));
            for (y, g) in value.into_iter().zip(g).filter(|(_, g)| *g == 0.0) {
                assert_eq!((y.to_bits(), g.to_bits()), (0, 0));
            }
        }
    }

    #[test]
    fn masks_differ_by_layer_step_and_sample_and_nothing_else() {
        let mask = |key: Key, step, threads| {
            let tape = Tape::<f32>::with_threads(threads);
            let x = tape.constant(Tensor::full([4, 64], 1.0));
            Dropout::new(0.5, key).expect("a probability").forward(x, Mode::Train { step }).value()
        };
        let key = Key::new(1).stream(2);
        let base = mask(key, 3, Threads::one());
        assert_eq!(base, mask(key, 3, Threads::new(4)));
        assert!(base != mask(key, 4, Threads::one()));
        assert!(base != mask(key.stream(9), 3, Threads::one()));
        assert!(base != mask(Key::new(2).stream(2), 3, Threads::one()));
        assert!(base.narrow(0, 0..1) != base.narrow(0, 1..2));
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for p in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(Dropout::new(p, Key::new(1)), Err(Error::Setting { name: "p", .. })));
        }
    }
}
