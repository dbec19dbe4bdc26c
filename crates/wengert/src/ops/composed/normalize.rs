//! # normalize
//!
//! Vectors over axes divided by their size.
//!
//! $$ y_j = \frac{x_j}{\max(\|x\|, \varepsilon)} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x = (\bar y - u \sum_j y_j \bar y_j) / \Vert x \Vert $ with $u$ the gradient of the norm; $ \bar y / \varepsilon $ of a vector smaller than $\varepsilon$ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals, 0 included; $\varepsilon > 0$ |
//! | kinks | at a size of just $\varepsilon$ the norm and $\varepsilon$ count one half each; at 0 the gradient is $ \bar y / \varepsilon $ |
//! | numerics | the norm neither overflows nor underflows in between |
//! | source | the rules of `norm`, `maximum` and `div` |

use super::{Composed, norm::Norm};
use crate::ops::Draw;
use crate::{Axes, AxisSet, Error, Float, Shape, Tensor, Var, error::or_panic};

/// The smallest size to divide by, as a number of the tape's.
pub(super) fn floor<F: Float>(op: &'static str, eps: f64) -> Result<f64, Error> {
    let rounded = F::from_f64(eps).to_f64();
    if rounded > 0.0 && rounded.is_finite() {
        return Ok(eps);
    }
    let (given, expected) =
        (eps.to_string(), "above 0 and finite, also when rounded to the type of the numbers");
    Err(Error::Attribute { op, name: "eps", given, expected })
}

impl<F: Float> Var<'_, F> {
    /// The vectors over some axes divided by their size, or by `eps` if that is larger; see
    /// [`crate::ops::composed::normalize`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::Attribute`] unless `eps` is finite and above 0; those of
    /// [`Var::try_norm`].
    #[track_caller]
    pub fn try_normalize(self, axes: impl Axes, kind: Norm, eps: f64) -> Result<Self, Error> {
        let axes = AxisSet::new("normalize", axes.as_axes(), self.rank())?;
        let eps = floor::<F>("normalize", eps)?;
        if self.shape().is_empty() {
            return Ok(self.alias());
        }
        Ok(self / self.norm_over(axes, true, kind)?.maximum(eps))
    }

    /// As [`Var::try_normalize`].
    ///
    /// ```
    /// use wengert::{Norm, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, -4.0], [0.0, 0.0]]);
    /// assert_eq!(x.normalize(1, Norm::L2, 1e-12).value().to_vec(), [0.6, -0.8, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn normalize(self, axes: impl Axes, kind: Norm, eps: f64) -> Self {
        or_panic(self.try_normalize(axes, kind, eps))
    }
}

/// Vectors away from 0.
pub(super) fn samples_of(draw: &mut Draw, dims: &[usize]) -> Tensor<f64> {
    draw.from_intervals(Shape::of(dims), &[(0.4, 2.0), (-2.0, -0.4)])
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "normalize",
        f: |x| x[0].normalize(-1, Norm::L2, 1e-8) * x[0].normalize(0, Norm::L1, 10.0),
        samples: |draw| [&[3][..], &[2, 3], &[2, 1], &[0, 2]].map(|dims| vec![samples_of(draw, dims)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Norm, Tape, Tensor, grad};

    #[test]
    fn a_vector_of_zeros_stays_and_its_gradient_is_bounded() {
        let g = grad(|x| x.normalize(0, Norm::L2, 1e-6).sum(), &Tensor::from([0.0_f64, 0.0]));
        assert_eq!(g.to_vec(), [1.0 / 1e-6; 2]);
        let tape = Tape::<f64>::new();
        assert_eq!(tape.leaf([0.0, 0.0]).normalize(0, Norm::L2, 1e-6).value().to_vec(), [0.0, 0.0]);
    }

    #[test]
    fn any_norm_and_any_size_will_do() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([[3e20_f32, 4e20], [3e-20, 4e-20]]);
        let y = x.normalize(1, Norm::L2, 1e-30).value().to_vec();
        assert!(y.iter().zip([0.6, 0.8, 0.6, 0.8]).all(|(a, b)| (a - b).abs() < 1e-6), "{y:?}");
        let of = |kind| tape.leaf([1.0, -3.0]).normalize(0, kind, 1e-12).value().to_vec();
        assert_eq!(of(Norm::L1), [0.25, -0.75]);
        assert_eq!(of(Norm::Inf), [1.0 / 3.0, -1.0]);
    }

    #[test]
    fn a_floor_that_is_none_is_a_typed_error() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([1.0, 2.0]);
        for eps in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-60] {
            let refused = x.try_normalize(0, Norm::L2, eps);
            assert!(matches!(refused, Err(Error::Attribute { op: "normalize", name: "eps", .. })), "{eps}");
        }
        assert!(matches!(x.try_normalize(1, Norm::L2, 1.0), Err(Error::Axis { op: "normalize", .. })));
        assert_eq!(tape.leaf(Tensor::zeros([2, 0])).normalize(1, Norm::Inf, 1.0).shape().dims(), [2, 0]);
    }
}
