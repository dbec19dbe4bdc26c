//! # cosine_similarity
//!
//! Cosine of the angle between vectors along an axis.
//!
//! $$ y = \frac{\sum_j a_j b_j}{\max(\|a\|_2, \varepsilon) \max(\|b\|_2, \varepsilon)} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a = \bar y\, (\hat b - y \hat a) / \Vert a \Vert_2 $ with $\hat a, \hat b$ of length 1, and the same for $b$ |
//! | JVP | by composition |
//! | shape | `[…, d, …] × […, d, …] → […, …]`, broadcast |
//! | domain | all reals; 0 with a vector of zeros, whose gradient is at most $ \bar y / \varepsilon $; $\varepsilon > 0$ |
//! | kinks | as `normalize` |
//! | numerics | normalized before they are multiplied: no product overflows; not cut to $\lbrack -1, 1 \rbrack$, which a rounding may exceed |
//! | source | the rules of `normalize`, `mul` and `sum` |

use super::{Composed, norm::Norm, normalize::floor, normalize::samples_of};
use crate::{AxisSet, Error, Float, Shape, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The cosine of the angle to vectors of `b` along an axis of both, broadcast; see
    /// [`crate::ops::composed::cosine_similarity`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::Axis`], [`Error::DifferentTapes`]; [`Error::Attribute`] unless `eps` is finite and
    /// above 0.
    #[track_caller]
    pub fn try_cosine_similarity(self, b: Self, axis: isize, eps: f64) -> Result<Self, Error> {
        let shape = Shape::broadcast("cosine_similarity", self.shape(), b.shape())?;
        let axis = resolve("cosine_similarity", axis, shape.rank())?;
        let eps = floor::<F>("cosine_similarity", eps)?;
        let (a, b) = (self.units_in(shape, axis, eps)?, b.units_in(shape, axis, eps)?);
        Ok(a.try_mul(b)?.sum_over(AxisSet::from_iter([axis])))
    }

    /// The vectors along an axis of `shape`, to which this broadcasts, normalized: each once, before it is repeated.
    #[track_caller]
    fn units_in(self, shape: Shape, axis: usize, eps: f64) -> Result<Self, Error> {
        let own = (self.rank() + axis).checked_sub(shape.rank());
        match own.filter(|&own| self.shape().dims()[own] == shape.dims()[axis]) {
            Some(own) => self.try_normalize(own as isize, Norm::L2, eps),
            None => self.try_broadcast_to(shape)?.try_normalize(axis as isize, Norm::L2, eps),
        }
    }

    /// As [`Var::try_cosine_similarity`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[3.0, 0.0], [1.0, 1.0]]), tape.leaf([2.0, 0.0]));
    /// let y = a.cosine_similarity(b, 1, 1e-8).value();
    /// assert!(y[[0]] == 1.0 && (y[[1]] - 0.5_f64.sqrt()).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cosine_similarity(self, b: Self, axis: isize, eps: f64) -> Self {
        or_panic(self.try_cosine_similarity(b, axis, eps))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cosine_similarity",
        f: |x| x[0].cosine_similarity(x[1], -1, 1e-8),
        samples: |draw| {
            let mut of = |a: &[usize], b: &[usize]| vec![samples_of(draw, a), samples_of(draw, b)];
            vec![of(&[3], &[3]), of(&[2, 3], &[3]), of(&[2, 1, 2], &[2, 2]), of(&[0, 2], &[2])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn a_vector_of_zeros_has_cosine_zero_and_a_bounded_gradient() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([0.0, 0.0]), tape.leaf([3.0, 4.0]));
        let y = a.cosine_similarity(b, 0, 1e-6);
        let g = y.backward(&[a, b]);
        assert_eq!((y.item(), g[1].to_vec()), (0.0, vec![0.0, 0.0]));
        let bounded = |(g, expected): (&f64, f64)| (g * 1e-6 - expected).abs() <= f64::EPSILON;
        assert!(g[0].to_vec().iter().zip([0.6, 0.8]).all(bounded), "{}", g[0]);
        let both = a.cosine_similarity(a, 0, 1e-6);
        assert_eq!((both.item(), both.backward(&[a])[0].to_vec()), (0.0, vec![0.0, 0.0]));
    }

    #[test]
    fn size_does_not_matter() {
        let tape = Tape::<f32>::new();
        let (a, b) = (tape.leaf([3e30_f32, 4e30]), tape.leaf([4e-30_f32, -3e-30]));
        assert!(a.cosine_similarity(b, 0, 1e-35).item().abs() < 1e-6);
        assert!((a.cosine_similarity(a, 0, 1e-8).item() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
        assert!(matches!(a.try_cosine_similarity(b, 0, 1e-8), Err(Error::Broadcast { .. })));
        assert!(matches!(a.try_cosine_similarity(a, 1, 1e-8), Err(Error::Axis { .. })));
        assert!(matches!(a.try_cosine_similarity(a, 0, 0.0), Err(Error::Attribute { name: "eps", .. })));
        let other = Tape::<f64>::new();
        assert!(matches!(
            a.try_cosine_similarity(other.leaf([1.0, 2.0]), 0, 1e-8),
            Err(Error::DifferentTapes { .. })
        ));
    }
}
