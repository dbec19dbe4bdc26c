//! # Activation
//!
//! Elementwise functions between layers, as a setting that a model can hold.

use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// An elementwise function chosen by value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// $x$
    #[default]
    Identity,
    /// $\max(x, 0)$
    Relu,
    /// $x$ above 0, this slope times $x$ below.
    LeakyRelu(f64),
    /// $x$ above 0, $\alpha (e^x - 1)$ below.
    Elu(f64),
    /// $x \Phi(x)$ with the normal distribution function.
    Gelu,
    /// $x \sigma(x)$
    Silu,
    /// $1 / (1 + e^{-x})$
    Sigmoid,
    /// $\tanh x$
    Tanh,
    /// $\ln(1 + e^x)$
    Softplus,
}

crate::plain!(Activation);

impl Activation {
    /// The function of every element.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if a slope or $\alpha$ is not a finite number.
    #[track_caller]
    pub fn try_forward<'t, F: Float>(self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        Ok(match self {
            Self::Identity => x,
            Self::Relu => x.relu(),
            Self::LeakyRelu(slope) => x.try_leaky_relu(slope)?,
            Self::Elu(alpha) => x.try_elu(alpha)?,
            Self::Gelu => x.gelu(),
            Self::Silu => x.silu(),
            Self::Sigmoid => x.sigmoid(),
            Self::Tanh => x.tanh(),
            Self::Softplus => x.softplus(),
        })
    }

    /// As [`Activation::try_forward`].
    ///
    /// ```
    /// use wengert_nn::Activation;
    /// let tape = wengert::Tape::<f64>::new();
    /// let y = Activation::Relu.forward(tape.leaf([-1.0, 2.0]));
    /// assert_eq!(y.value().to_vec(), [0.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn forward<'t, F: Float>(self, x: Var<'t, F>) -> Var<'t, F> {
        or_panic(self.try_forward(x))
    }
}
