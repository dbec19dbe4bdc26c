//! What may stand at the leaves of a gradient.

use wengert::{Float, Real, Tensor};
use wengert_nn::{Leaf, Partial};

/// A leaf that holds a gradient or says that there is none this time.
pub trait Gradient<F: Float>: Leaf {
    /// The gradient, if there is one.
    fn gradient(&self) -> Option<&Tensor<F>>;
    /// The same for writing.
    fn gradient_mut(&mut self) -> Option<&mut Tensor<F>>;
}

impl<F: Float> Gradient<F> for Tensor<F> {
    fn gradient(&self) -> Option<&Tensor<F>> {
        Some(self)
    }

    fn gradient_mut(&mut self) -> Option<&mut Tensor<F>> {
        Some(self)
    }
}

impl<F: Float> Gradient<F> for Partial<Tensor<F>> {
    fn gradient(&self) -> Option<&Tensor<F>> {
        self.0.as_ref()
    }

    fn gradient_mut(&mut self) -> Option<&mut Tensor<F>> {
        self.0.as_mut()
    }
}

/// The first element that is NaN or infinite, with its position.
pub(crate) fn first_non_finite<F: Float>(gradient: &Tensor<F>) -> Option<(usize, f64)> {
    let elements = gradient.elements();
    // Whole blocks first, without an exit inside, so that the common case compiles to vector instructions.
    let finite = |block: &[F]| block.iter().fold(true, |all, &x| all & Real::is_finite(x));
    if elements.chunks(64).all(finite) {
        return None;
    }
    let position = elements.iter().position(|&x| !Real::is_finite(x))?;
    Some((position, elements[position].to_f64()))
}
