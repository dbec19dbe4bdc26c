//! # Conv2d
//!
//! A two-dimensional convolution with a bias per output channel.

use crate::{Error, Fan, Init, error::or_panic, tree};
use wengert::{Conv2dOptions, Float, Key, Tensor, Var};

tree! {
    /// A two-dimensional convolution: `[batch, channels, height, width] → [batch, out channels, height′, width′]`.
    ///
    /// ```
    /// use wengert::{Conv2dOptions, Key, Tape, Tensor};
    /// use wengert_nn::{Conv2d, Init, Model};
    /// let same = Conv2dOptions { padding: [1, 1], ..Conv2dOptions::default() };
    /// let layer: Conv2d<Tensor<f32>> = Conv2d::new(1, 8, [3, 3], same, Init::HeNormal, Key::new(1));
    /// let tape = Tape::new();
    /// let y = layer.on(&tape).forward(tape.constant(Tensor::zeros([2, 1, 5, 5])));
    /// assert_eq!(y.shape().dims(), [2, 8, 5, 5]);
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct Conv2d<P> {
        /// `[out channels, channels / groups, kernel height, kernel width]`
        pub weight: P,
        /// `[out channels]`, if there is one.
        pub bias: Option<P>,
        /// Stride, padding, dilation and groups.
        pub options: Conv2dOptions,
    }
}

impl<F: Float> Conv2d<Tensor<F>> {
    /// Returns a layer with a bias of zeros and a weight as `init` says.
    ///
    /// # Panics
    ///
    /// As [`Conv2d::try_new`] fails.
    #[track_caller]
    pub fn new(
        channels: usize,
        out_channels: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        init: Init,
        key: Key,
    ) -> Self {
        or_panic(Self::try_new(channels, out_channels, kernel, options, init, key))
    }

    /// Returns a layer with a bias of zeros and a weight as `init` says.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if the groups do not divide both numbers of channels; [`Error::Core`] if the weight would not
    /// fit in memory.
    pub fn try_new(
        channels: usize,
        out_channels: usize,
        kernel: [usize; 2],
        options: Conv2dOptions,
        init: Init,
        key: Key,
    ) -> Result<Self, Error> {
        let groups = options.groups;
        let divides = |channels: usize| groups > 0 && channels.is_multiple_of(groups);
        if !(divides(channels) && divides(out_channels)) {
            let expected = "a divisor of both numbers of channels, at least 1";
            return Err(Error::Setting { what: "conv2d", name: "groups", given: groups as f64, expected });
        }
        let shape = [out_channels, channels / groups, kernel[0], kernel[1]];
        let weight = init.tensor(shape, Fan::conv(&shape, groups), key)?;
        Ok(Self { weight, bias: Some(Tensor::zeros([out_channels])), options })
    }

    /// The same layer without a bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }
}

impl<'t, F: Float> Conv2d<Var<'t, F>> {
    /// The convolution of `x`.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if `x` has not four axes, not the right channels, or is smaller than the kernel.
    #[track_caller]
    pub fn try_forward(&self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        let y = x.try_conv2d(self.weight, &self.options)?;
        Ok(match self.bias {
            Some(bias) => y.try_add(bias.try_reshape([bias.shape().len(), 1, 1])?)?,
            None => y,
        })
    }

    /// As [`Conv2d::try_forward`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn forward(&self, x: Var<'t, F>) -> Var<'t, F> {
        or_panic(self.try_forward(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;
    use wengert::Tape;

    #[test]
    fn adds_one_bias_per_output_channel() {
        let layer = Conv2d {
            weight: Tensor::from([[[[1.0, -1.0]]], [[[2.0, 0.0]]]]),
            bias: Some(Tensor::from([10.0, 20.0])),
            options: Conv2dOptions { stride: [1, 2], ..Conv2dOptions::default() },
        };
        let tape = Tape::<f64>::new();
        let y = layer.on(&tape).forward(tape.constant([[[[5.0, 3.0, 1.0, 4.0]]]]));
        assert_eq!(y.value(), Tensor::from([[[[12.0, 7.0]], [[30.0, 22.0]]]]));
        let y = layer.on(&tape).try_forward(tape.constant([[[[5.0]]]]));
        assert!(matches!(y, Err(Error::Core(_))));
    }

    #[test]
    fn a_weight_beyond_memory_is_refused() {
        let options = Conv2dOptions::default();
        for (channels, side) in [(1 << 40, 1 << 20), (1, 1 << 40), (usize::MAX, 1)] {
            let (init, key) = (Init::GlorotUniform, Key::new(1));
            let layer = Conv2d::<Tensor<f32>>::try_new(channels, 8, [side, side], options, init, key);
            assert!(matches!(layer, Err(Error::Core(_))), "{channels} {side}");
        }
    }

    #[test]
    fn groups_must_divide_the_channels() {
        let of = |groups| {
            let options = Conv2dOptions { groups, ..Conv2dOptions::default() };
            Conv2d::<Tensor<f32>>::try_new(4, 6, [3, 3], options, Init::HeNormal, Key::new(1))
        };
        assert_eq!(of(2).map(|l| l.weight.dims().to_vec()), Ok(vec![6, 2, 3, 3]));
        for groups in [0, 3, 4] {
            assert!(matches!(of(groups), Err(Error::Setting { name: "groups", .. })));
        }
    }
}
