//! # cdist
//!
//! Distances of every point of one set to every point of another.
//!
//! $$ y_{ij} = \|a_i - b_j\| $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar a_i = \sum_j \bar y_{ij} u_{ij}, \; \bar b_j = -\sum_i \bar y_{ij} u_{ij} $ with $u_{ij}$ the gradient of the norm at $a_i - b_j$ |
//! | JVP | by composition |
//! | shape | `[…, p, d] × […, r, d] → […, p, r]`, the axes before broadcast |
//! | domain | all reals |
//! | kinks | equal points: distance 0, gradient 0, as the norms at 0 |
//! | numerics | from the differences themselves, never from a product of matrices, in which near points cancel |
//! | source | the rules of `sub` and `norm` |

use super::{Composed, norm::Norm, normalize::samples_of};
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The distances of every point to every point of `b`, points in rows; see [`crate::ops::composed::cdist`].
    ///
    /// Takes memory for all differences, `p r d` numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for fewer than two axes; [`Error::ShapeMismatch`] for points of different dimension;
    /// [`Error::Broadcast`], [`Error::DifferentTapes`], [`Error::RankTooLarge`]; those of [`Var::try_norm`].
    #[track_caller]
    pub fn try_cdist(self, b: Self, kind: Norm) -> Result<Self, Error> {
        for x in [self, b] {
            if x.rank() < 2 {
                let expected = "points in rows, in at least two axes";
                return Err(Error::Shape { op: "cdist", given: x.shape().dims().into(), expected });
            }
        }
        if self.shape().dims().last() != b.shape().dims().last() {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            let expected = "points of the same dimension, the size of the last axis";
            return Err(Error::ShapeMismatch { op: "cdist", lhs, rhs, expected });
        }
        let ways = self.try_unsqueeze(-2)?.try_sub(b.try_unsqueeze(-3)?)?;
        ways.norm_over(AxisSet::from_iter([ways.rank() - 1]), false, kind)
    }

    /// As [`Var::try_cdist`].
    ///
    /// ```
    /// use wengert::{Norm, Tape};
    /// let tape = Tape::<f64>::new();
    /// let (a, b) = (tape.leaf([[0.0, 0.0], [3.0, 4.0]]), tape.leaf([[3.0, 4.0], [3.0, 0.0], [0.0, 4.0]]));
    /// let y = a.cdist(b, Norm::L2);
    /// assert_eq!(y.value().to_vec(), [5.0, 3.0, 4.0, 0.0, 4.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cdist(self, b: Self, kind: Norm) -> Self {
        or_panic(self.try_cdist(b, kind))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "cdist",
        f: |x| x[0].cdist(x[1], Norm::L2),
        samples: |draw| {
            let mut of =
                |a: &[usize], b: &[usize]| vec![samples_of(draw, a), samples_of(draw, b).map(|v| 5.0 + v)];
            vec![of(&[2, 2], &[3, 2]), of(&[1, 3], &[1, 3]), of(&[2, 1, 2], &[2, 2]), of(&[0, 2], &[2, 2])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Norm, Tape, Tensor};

    #[test]
    fn near_points_keep_their_distance_and_equal_ones_a_gradient_of_zero() {
        let tape = Tape::<f32>::new();
        let (a, b) = (tape.leaf([[1e4_f32, 1.0]]), tape.leaf([[1e4_f32, 1.0], [1e4, 1.5]]));
        let y = a.cdist(b, Norm::L2);
        assert_eq!(y.value().to_vec(), [0.0, 0.5]);
        let g = y.sum().backward(&[a, b]);
        assert_eq!((g[0].to_vec(), g[1].to_vec()), (vec![0.0, -1.0], vec![0.0, 0.0, 0.0, 1.0]));
    }

    #[test]
    fn sets_come_in_stacks_that_broadcast() {
        let tape = Tape::<f64>::new();
        let a = tape.leaf(Tensor::from_fn([2, 1, 3, 2], |ix| (ix[0] + ix[2] * ix[3]) as f64));
        let b = tape.leaf(Tensor::from_fn([4, 5, 2], |ix| (ix[0] * ix[1] + ix[2]) as f64));
        let y = a.cdist(b, Norm::L1);
        assert_eq!(y.shape().dims(), [2, 4, 3, 5]);
        let way = |i: usize| a.value().get([1, 0, 2, i]).unwrap() - b.value().get([3, 4, i]).unwrap();
        assert_eq!(y.value().get([1, 3, 2, 4]).unwrap(), way(0).abs() + way(1).abs());
        assert_eq!(
            tape.leaf(Tensor::zeros([3, 0])).cdist(tape.leaf(Tensor::zeros([2, 0])), Norm::L2).value(),
            Tensor::zeros([3, 2])
        );
    }

    #[test]
    fn misfits_are_typed_errors() {
        let tape = Tape::<f64>::new();
        let (a, b) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[1.0]]));
        assert!(matches!(a.try_cdist(b, Norm::L2), Err(Error::ShapeMismatch { op: "cdist", .. })));
        assert!(matches!(
            a.try_cdist(tape.leaf([1.0, 2.0]), Norm::L2),
            Err(Error::Shape { op: "cdist", .. })
        ));
    }
}
