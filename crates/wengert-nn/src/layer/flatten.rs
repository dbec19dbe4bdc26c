//! # Flatten
//!
//! All axes but the first as one.

use crate::{Error, error::or_panic};
use wengert::{Float, Var};

/// All axes but the first as one: `[batch, a, b, …] → [batch, a b …]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten;

crate::plain!(Flatten);

impl Flatten {
    /// `x` with two axes.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if `x` has fewer than two axes.
    #[track_caller]
    pub fn try_forward<'t, F: Float>(&self, x: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        Ok(x.try_flatten(1)?)
    }

    /// As [`Flatten::try_forward`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn forward<'t, F: Float>(&self, x: Var<'t, F>) -> Var<'t, F> {
        or_panic(self.try_forward(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wengert::{Tape, Tensor};

    #[test]
    fn keeps_the_batch_also_when_it_is_empty() {
        let tape = Tape::<f32>::new();
        let flat = |dims: &[usize]| Flatten.try_forward(tape.constant(Tensor::zeros(dims)));
        let dims = |y: Var<'_, f32>| y.shape().dims().to_vec();
        assert_eq!(flat(&[2, 3, 4, 5]).map(dims), Ok(vec![2, 60]));
        assert_eq!(flat(&[0, 3, 4]).map(dims), Ok(vec![0, 12]));
        assert!(flat(&[]).is_err());
    }
}
