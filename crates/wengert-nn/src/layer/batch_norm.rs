//! # BatchNorm
//!
//! Every channel brought to mean 0 and variance 1, then scaled and shifted.

use super::Mode;
use crate::{Buffer, Error, error::or_panic, tree};
use wengert::{BatchNormed, Float, Tensor, Var};

tree! {
    /// Batch normalization over channels, axis 1:
    /// $ y = \gamma \odot (x - \mu) / \sqrt{\sigma^2 + \varepsilon} + \beta $.
    ///
    /// `[batch, channels, …] → [batch, channels, …]`, so it serves after dense layers and after convolutions. In
    /// training, $\mu$ and $\sigma^2$ (biased) are those of the batch, and the running values move toward them by
    /// `momentum`, the variance with Bessel's correction; in evaluation they are the running values. A model takes the
    /// running values over from a tape with [`Model::absorb`](crate::Model::absorb).
    ///
    /// ```
    /// use wengert::{Tape, Tensor};
    /// use wengert_nn::{BatchNorm, Mode, Model};
    /// let mut layer: BatchNorm<Tensor<f64>> = BatchNorm::new(1);
    /// let tape = Tape::new();
    /// let mut on_tape = layer.on(&tape);
    /// let _ = on_tape.forward(tape.leaf([[1.0], [3.0]]), Mode::Train { step: 0 });
    /// layer.absorb(&on_tape)?;
    /// assert_eq!((layer.mean.0.to_vec(), layer.variance.0.to_vec()), (vec![0.2], vec![1.1]));
    /// # Ok::<(), wengert_nn::Error>(())
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct BatchNorm<P> {
        /// $\gamma$, `[channels]`
        pub scale: P,
        /// $\beta$, `[channels]`
        pub shift: P,
        /// The running mean, `[channels]`.
        pub mean: Buffer<P>,
        /// The running variance, `[channels]`.
        pub variance: Buffer<P>,
        momentum: f64,
        epsilon: f64,
    }
}

impl<F: Float> BatchNorm<Tensor<F>> {
    /// Returns a layer with momentum 0.1 and $\varepsilon = 10^{-5}$.
    pub fn new(channels: usize) -> Self {
        let ones = || Tensor::full([channels], F::ONE);
        let zeros = || Tensor::zeros([channels]);
        let (mean, variance) = (Buffer(zeros()), Buffer(ones()));
        Self { scale: ones(), shift: zeros(), mean, variance, momentum: 0.1, epsilon: 1e-5 }
    }

    /// Returns a layer whose running values move by the part `momentum` of the way at each step.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if `momentum` is not from 0 to 1, or `epsilon` is not a positive number.
    pub fn with(channels: usize, momentum: f64, epsilon: f64) -> Result<Self, Error> {
        let refuse =
            |name, given, expected| Err(Error::Setting { what: "batch_norm", name, given, expected });
        if !(0.0..=1.0).contains(&momentum) {
            return refuse("momentum", momentum, "a number from 0 to 1");
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return refuse("epsilon", epsilon, "a finite number above 0");
        }
        Ok(Self { momentum, epsilon, ..Self::new(channels) })
    }
}

impl<'t, F: Float> BatchNorm<Var<'t, F>> {
    /// `x` normalized; in training the running values of this struct are replaced by the updated ones.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if axis 1 of `x` is not `channels` long; [`Error::OneValuePerChannel`] in training if there
    /// are not two values per channel to take a variance of; [`Error::Core`] if a field has another tape or not
    /// `channels` elements. Nothing is updated then.
    #[track_caller]
    pub fn try_forward(&mut self, x: Var<'t, F>, mode: Mode) -> Result<Var<'t, F>, Error> {
        x.tape().at_caller(|| self.normalized(x, mode))
    }

    fn normalized(&mut self, x: Var<'t, F>, mode: Mode) -> Result<Var<'t, F>, Error> {
        let shape = x.shape();
        let channels = self.scale.shape().len();
        if shape.rank() < 2 || shape.dims()[1] != channels {
            let expected = format!("[batch, {channels}, …]: {channels} channels on axis 1");
            return Err(Error::Shape { what: "batch_norm", given: shape.dims().into(), expected });
        }
        // The fields are public: their tape and their shapes are looked at before anything is updated.
        let along = |v: Var<'t, F>| {
            if !std::ptr::eq(v.tape(), x.tape()) {
                return Err(wengert::Error::DifferentTapes { op: "batch_norm" });
            }
            v.try_reshape([channels])
        };
        let (scale, shift) = (along(self.scale)?, along(self.shift)?);
        let (mean, variance) = (along(self.mean.0)?, along(self.variance.0)?);
        match mode {
            Mode::Eval => {
                Ok(x.try_batch_norm_with(mean, variance, Some(scale), Some(shift), self.epsilon)?)
            }
            Mode::Train { .. } => {
                let count: usize =
                    (0..shape.rank()).filter(|&axis| axis != 1).map(|axis| shape.dims()[axis]).product();
                if count < 2 {
                    return Err(Error::OneValuePerChannel { shape: shape.dims().into() });
                }
                let of = x.try_batch_norm(Some(scale), Some(shift), self.epsilon)?;
                self.move_running_values(of, [mean, variance], count);
                Ok(of.y)
            }
        }
    }

    /// As [`BatchNorm::try_forward`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn forward(&mut self, x: Var<'t, F>, mode: Mode) -> Var<'t, F> {
        or_panic(self.try_forward(x, mode))
    }

    /// Moves the running values toward the statistics of a batch of `count` values per channel.
    #[track_caller]
    fn move_running_values(
        &mut self,
        of: BatchNormed<'t, F>,
        [mean, variance]: [Var<'t, F>; 2],
        count: usize,
    ) {
        let momentum = self.momentum;
        let (mean, unbiased) = of.y.tape().no_grad(|| {
            let toward = |old: Var<'t, F>, new: Var<'t, F>| old * (1.0 - momentum) + new * momentum;
            let bessel = count as f64 / (count - 1) as f64;
            (toward(mean, of.mean), toward(variance, of.variance * bessel))
        });
        (self.mean, self.variance) = (Buffer(mean), Buffer(unbiased));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;
    use wengert::Tape;

    const TRAIN: Mode = Mode::Train { step: 0 };

    #[test]
    fn running_values_move_by_momentum_with_the_unbiased_variance() {
        let mut layer = BatchNorm::<Tensor<f64>>::new(1);
        let tape = Tape::new();
        let mut on = layer.on(&tape);
        let y = on.forward(tape.leaf([[1.0], [3.0]]), TRAIN);
        layer.absorb(&on).expect("the same layer");
        assert_eq!((layer.mean.0.to_vec(), layer.variance.0.to_vec()), (vec![0.2], vec![1.1]));
        // The output uses the biased variance, 1.
        let expected = 1.0 / (1.0_f64 + 1e-5).sqrt();
        assert!((y.value()[[1, 0]] - expected).abs() < 1e-15);
    }

    #[test]
    fn evaluation_uses_the_running_values_and_leaves_them() {
        let mut layer = BatchNorm::<Tensor<f64>>::with(2, 0.1, 1e-3).expect("valid settings");
        layer.mean = Buffer([1.0, 2.0].into());
        layer.variance = Buffer([4.0, 9.0].into());
        layer.scale = [1.0, 3.0].into();
        layer.shift = [0.0, 5.0].into();
        let before = layer.clone();
        let tape = Tape::new();
        let mut on = layer.on(&tape);
        let y = on.forward(tape.leaf([[3.0, 5.0]]), Mode::Eval).value();
        assert!((y[[0, 0]] - 2.0 / 4.001_f64.sqrt()).abs() < 1e-15);
        assert!((y[[0, 1]] - (9.0 / 9.001_f64.sqrt() + 5.0)).abs() < 1e-15);
        layer.absorb(&on).expect("the same layer");
        assert_eq!(layer, before);
    }

    #[test]
    fn a_pass_without_gradients_updates_once() {
        let layer = BatchNorm::<Tensor<f64>>::new(1);
        let tape = Tape::new();
        let mut on = layer.on(&tape);
        let x = tape.leaf([[1.0], [3.0]]);
        let y = tape.no_grad(|| on.forward(x, TRAIN));
        assert!(!y.is_tracked());
        assert_eq!(on.mean.0.value().to_vec(), [0.2]);
    }

    #[test]
    fn one_value_per_channel_is_refused_in_training_and_served_in_evaluation() {
        let layer = BatchNorm::<Tensor<f64>>::new(3);
        let tape = Tape::new();
        let mut on = layer.on(&tape);
        for dims in [&[1_usize, 3][..], &[1, 3, 1, 1], &[0, 3]] {
            let x = tape.leaf(Tensor::zeros(dims));
            assert!(matches!(on.try_forward(x, TRAIN), Err(Error::OneValuePerChannel { .. })));
            assert!(on.try_forward(x, Mode::Eval).is_ok());
        }
        assert_eq!(on.mean.0.value(), layer.mean.0);
        for dims in [&[4_usize, 2][..], &[3], &[]] {
            let x = tape.leaf(Tensor::zeros(dims));
            assert!(matches!(on.try_forward(x, TRAIN), Err(Error::Shape { .. })));
        }
    }

    #[test]
    fn fields_of_another_tape_or_shape_are_refused_and_nothing_is_updated() {
        let layer = BatchNorm::<Tensor<f64>>::new(2);
        let (tape, other) = (Tape::new(), Tape::new());
        let x = tape.leaf([[1.0, 2.0], [3.0, 5.0]]);
        for mode in [TRAIN, Mode::Eval] {
            let mut there = layer.on(&other);
            let error = there.try_forward(x, mode).map(Var::value);
            assert_eq!(error, Err(Error::Core(wengert::Error::DifferentTapes { op: "batch_norm" })));
            let mut short = layer.on(&tape);
            short.shift = tape.leaf([1.0]);
            assert!(matches!(short.try_forward(x, mode), Err(Error::Core(_))));
            assert_eq!(
                (short.mean.0.value(), there.mean.0.value()),
                (layer.mean.0.clone(), layer.mean.0.clone())
            );
        }
    }

    #[test]
    fn a_small_variance_far_from_zero_is_accurate_in_single_precision() {
        let values: Vec<f32> = (0..16_u8).map(|i| 1e4 + f32::from(i) * 1e-3).collect();
        let wide: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let mean = wide.iter().sum::<f64>() / 16.0;
        let variance = wide.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 16.0;
        let layer = BatchNorm::<Tensor<f32>>::with(1, 1.0, 1e-12).expect("valid settings");
        let tape = Tape::new();
        let mut on = layer.on(&tape);
        let y = on.forward(tape.leaf(Tensor::new([16, 1], values).expect("16 values")), TRAIN).value();
        for (y, v) in y.to_vec().into_iter().zip(&wide) {
            let expected = (v - mean) / variance.sqrt();
            assert!((f64::from(y) - expected).abs() < 1e-3, "{y} {expected}");
        }
        let running = f64::from(on.variance.0.value().to_vec()[0]) * 15.0 / 16.0;
        assert!((running / variance - 1.0).abs() < 1e-3, "{running} {variance}");
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for (momentum, epsilon) in [(1.5, 1e-5), (f64::NAN, 1e-5), (0.1, 0.0), (0.1, f64::NAN)] {
            let layer = BatchNorm::<Tensor<f32>>::with(1, momentum, epsilon);
            assert!(matches!(layer, Err(Error::Setting { what: "batch_norm", .. })));
        }
    }
}
