//! # Linear
//!
//! An affine map of the last axis: $ y = x W + b $.

use crate::{Error, Fan, Init, error::or_panic, tree};
use wengert::{Float, Key, Tensor, Var};

tree! {
    /// An affine map of the last axis, $ y = x W + b $: `[…, inputs] → […, outputs]`.
    ///
    /// ```
    /// use wengert::{Key, Tape, Tensor};
    /// use wengert_nn::{Init, Linear, Model};
    /// let layer: Linear<Tensor<f32>> = Linear::new(3, 2, Init::GlorotUniform, Key::new(1));
    /// let tape = Tape::new();
    /// let y = layer.on(&tape).forward(tape.constant([[1.0, 2.0, 3.0]]));
    /// assert_eq!(y.shape().dims(), [1, 2]);
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct Linear<P> {
        /// `[inputs, outputs]`
        pub weight: P,
        /// `[outputs]`, if there is one.
        pub bias: Option<P>,
    }
}

impl<F: Float> Linear<Tensor<F>> {
    /// Returns a layer with a bias of zeros and a weight as `init` says.
    ///
    /// # Panics
    ///
    /// As [`Linear::try_new`] fails.
    #[track_caller]
    pub fn new(inputs: usize, outputs: usize, init: Init, key: Key) -> Self {
        or_panic(Self::try_new(inputs, outputs, init, key))
    }

    /// Returns a layer with a bias of zeros and a weight as `init` says.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the weight would not fit in memory.
    pub fn try_new(inputs: usize, outputs: usize, init: Init, key: Key) -> Result<Self, Error> {
        let weight = init.tensor([inputs, outputs], Fan::linear(inputs, outputs), key)?;
        Ok(Self { weight, bias: Some(Tensor::zeros([outputs])) })
    }

    /// The same layer without a bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }
}

impl<'t, F: Float> Linear<Var<'t, F>> {
    /// The map of `x`.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the last axis of `x` is not `inputs` long.
    #[track_caller]
    pub fn try_forward(&self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        let y = x.try_matmul(self.weight).map_err(|e| e.within("linear"))?;
        Ok(match self.bias {
            Some(bias) => y.try_add(bias).map_err(|e| e.within("linear"))?,
            None => y,
        })
    }

    /// As [`Linear::try_forward`].
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
    fn a_weight_beyond_memory_is_refused() {
        let of = |inputs| Linear::<Tensor<f32>>::try_new(inputs, 2, Init::GlorotNormal, Key::new(1));
        assert!(matches!(of(usize::MAX), Err(Error::Core(_))) && of(0).is_ok());
    }

    #[test]
    fn maps_the_last_axis_of_any_batch() {
        let layer = Linear {
            weight: Tensor::from([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]]),
            bias: Some(Tensor::from([10.0, 20.0, 30.0])),
        };
        let tape = Tape::<f64>::new();
        let on = layer.on(&tape);
        let y = on.forward(tape.constant([[1.0, 2.0], [0.0, 1.0]]));
        assert_eq!(y.value(), Tensor::from([[11.0, 22.0, 38.0], [10.0, 21.0, 33.0]]));
        let y = on.forward(tape.constant([1.0, 2.0]));
        assert_eq!(y.value(), Tensor::from([11.0, 22.0, 38.0]));
        let bare = layer.without_bias().on(&tape);
        assert_eq!(bare.forward(tape.constant([1.0, 2.0])).value(), Tensor::from([1.0, 2.0, 8.0]));
        assert!(matches!(on.try_forward(tape.constant([1.0])), Err(Error::Core(_))));
    }
}
