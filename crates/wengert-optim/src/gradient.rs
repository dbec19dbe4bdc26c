//! What may stand at the leaves of a gradient.

use wengert::{Float, Tensor};
use wengert_kernels::optimize::Segment;
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

/// The gradient as a part of a step, in whatever order it lies.
pub(crate) fn segment<F: Float>(gradient: &Tensor<F>) -> Segment<'_, F> {
    gradient.as_slice().map_or_else(
        || {
            let (storage, first) = gradient.storage();
            Segment::strided(storage, first, gradient.dims(), gradient.strides())
        },
        Segment::new,
    )
}
