//! # dist
//!
//! Distance of two points, and `pairwise_distance`, of each of the rows of two matrices.
//!
//! $$ y = \|a - b\|, \quad \text{pairwise: over the last axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: the gradient of the norm at $a - b$, to $a$, and its negative to $b$ |
//! | JVP | by composition |
//! | shape | `[d…] × [d…] → []`; pairwise: `[…, d] × […, d] → […]`; broadcast |
//! | domain | all reals |
//! | kinks | equal points: distance 0, gradient 0, as the norms at 0 |
//! | numerics | in the Euclidean distance no square overflows or underflows; no small number is added, unlike PyTorch's pairwise distance |
//! | source | the rules of `sub` and `norm` |

use super::{Composed, norm::Norm, normalize::samples_of};
use crate::ops::Draw;
use crate::{AxisSet, Error, Float, Tensor, Var, axes::resolve, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The distance to `b`, all elements as one vector; see [`crate::ops::composed::dist`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`]; those of [`Var::try_norm`].
    #[track_caller]
    pub fn try_dist(self, b: Self, kind: Norm) -> Result<Self, Error> {
        self.try_sub(b)?.try_norm(kind)
    }

    /// As [`Var::try_dist`].
    ///
    /// ```
    /// use wengert::{Norm, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([4.0, 6.0]));
    /// assert_eq!(a.dist(b, Norm::L2).item(), 5.0);
    /// assert_eq!(a.dist(a, Norm::L2).backward(&[a])[0].to_vec(), [0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn dist(self, b: Self, kind: Norm) -> Self {
        or_panic(self.try_dist(b, kind))
    }

    /// The distances to the points of `b`, vectors of the last axis, one to one; see [`crate::ops::composed::dist`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`], [`Error::DifferentTapes`]; [`Error::Axis`] without an axis; those of [`Var::try_norm`].
    #[track_caller]
    pub fn try_pairwise_distance(self, b: Self, kind: Norm) -> Result<Self, Error> {
        let way = self.try_sub(b)?;
        let last = resolve("pairwise_distance", -1, way.rank())?;
        way.norm_over(AxisSet::from_iter([last]), false, kind)
    }

    /// As [`Var::try_pairwise_distance`].
    ///
    /// ```
    /// use wengert::{Norm, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[0.0, 0.0], [1.0, 1.0]]), tape.leaf([3.0, 4.0]));
    /// assert_eq!(a.pairwise_distance(b, Norm::L1).value().to_vec(), [7.0, 5.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pairwise_distance(self, b: Self, kind: Norm) -> Self {
        or_panic(self.try_pairwise_distance(b, kind))
    }
}

/// Points whose differences stay away from 0.
fn samples(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let mut of = |a: &[usize], b: &[usize]| vec![samples_of(draw, a), samples_of(draw, b).map(|v| 5.0 + v)];
    vec![of(&[3], &[3]), of(&[2, 3], &[3]), of(&[2, 1, 2], &[2, 2]), of(&[0, 2], &[2])]
}

/// The composition at the points where the laws check it.
pub fn whole() -> Composed {
    Composed { name: "dist", f: |x| x[0].dist(x[1], Norm::L2), samples, smooth_orders: 4 }
}

/// The composition at the points where the laws check it.
pub fn pairwise() -> Composed {
    Composed {
        name: "pairwise_distance",
        f: |x| x[0].pairwise_distance(x[1], Norm::L2) * x[0].pairwise_distance(x[1], Norm::P(3.0)),
        samples,
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Norm, Tape};

    #[test]
    fn equal_points_have_distance_and_gradient_zero() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([[1.0, 2.0], [1.0, 2.0]]), tape.leaf([1.0, 2.0]));
        for kind in [Norm::L1, Norm::L2, Norm::Inf, Norm::P(3.0), Norm::P(1.5)] {
            for y in [a.dist(b, kind), a.pairwise_distance(b, kind).sum()] {
                let g = y.backward(&[a, b]);
                assert_eq!(
                    (y.item(), g[0].to_vec(), g[1].to_vec()),
                    (0.0, vec![0.0; 4], vec![0.0; 2]),
                    "{kind:?}"
                );
            }
        }
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
        assert!(matches!(a.try_dist(b, Norm::L2), Err(Error::Broadcast { .. })));
        let x = tape.leaf(1.0);
        let refused = x.try_pairwise_distance(x, Norm::L2);
        assert!(matches!(refused, Err(Error::Axis { op: "pairwise_distance", .. })));
        assert_eq!(x.dist(tape.leaf(4.0), Norm::L2).item(), 3.0);
    }
}
