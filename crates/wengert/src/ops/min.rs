//! # min
//!
//! Smallest element over axes.
//!
//! $$ y_i = \min_j x_{ij}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_{ij} = w_{ij} \bar y_i $, with $w$ the shares of op `ties`: 1 at the smallest element, 0 elsewhere |
//! | JVP | $ \dot y_i = \sum_j w_{ij} \dot x_{ij} $ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | at least one element per output; NaN wins |
//! | kinks | $k$ equal smallest elements get $\bar y / k$ each, the subgradient of least norm; the first NaN gets all of it |
//! | source | the derivative of the element attained; among ties, of all convex weights the equal ones have the least norm |

use super::extremum::{Extremum, extremum_primitive};
use super::{Special, reduction::axis_forms};
use crate::{AxisSet, Error, Float, Tensor, Var, error::or_panic};

/// The smallest element over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Min {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Extremum for Min {
    const NAME: &'static str = "min";
    const LARGEST: bool = false;

    fn over(axes: AxisSet, keepdim: bool) -> Self {
        Self { axes, keepdim }
    }

    fn better(a: f64, b: f64) -> f64 {
        f64::min(a, b)
    }
}

extremum_primitive!(Min, special);

fn special() -> Vec<Special<Min>> {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    let along = |axis: isize| Min::over(AxisSet::new("min", &[axis], 2).expect("an axis of a matrix"), false);
    let of = |x: [f64; 3], y: f64, dx: [f64; 3]| Special::unary(Min::over(AxisSet::all(1), false), x, y, dx);
    let matrix = Tensor::from([[9.0, 5.0], [5.0, 5.0]]);
    vec![
        of([3.0, 1.0, 1.0], 1.0, [0.0, 0.5, 0.5]),
        of([1.0, NAN, NAN], NAN, [0.0, 1.0, 0.0]),
        of([-INF, 0.0, -INF], -INF, [0.5, 0.0, 0.5]),
        of([INF; 3], INF, [1.0 / 3.0; 3]),
        Special::unary(along(0), matrix.clone(), [5.0, 5.0], [[0.0, 0.5], [1.0, 0.5]]),
        Special::unary(along(1), matrix, [5.0, 5.0], [[0.0, 1.0], [0.5, 0.5]]),
    ]
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    pub(crate) fn min_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        self.tape.try_apply(Min { axes, keepdim }, &[self])
    }

    /// The smallest element of all, a scalar; see [`crate::ops::min`].
    ///
    /// Equal elements share the gradient, as PyTorch's `amin` has it; for the position of the first see
    /// [`Var::argmin`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyReduction`] if there are no elements.
    #[track_caller]
    pub fn try_min(self) -> Result<Self, Error> {
        self.min_over(AxisSet::all(self.rank()), false)
    }

    /// As [`Var::try_min`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[3.0, 1.0], [1.0, 2.0]]);
    /// assert_eq!(x.min().item(), 1.0);
    /// assert_eq!(x.min().backward(&[x])[0].to_vec(), [0.0, 0.5, 0.5, 0.0]);
    /// assert_eq!(x.min_axes(1).value().to_vec(), [1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn min(self) -> Self {
        or_panic(self.try_min())
    }
}

axis_forms! {
    "min", "The smallest element", try_min_axes, min_axes, try_min_keepdim, min_keepdim, min_over, (),
    ", [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn of_nothing_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([0, 2]));
        let refused = |y: Result<_, _>| matches!(y, Err(Error::EmptyReduction { op: "min", .. }));
        assert!(refused(x.try_min()) && refused(x.try_min_axes(0)) && refused(x.try_min_keepdim([0, 1])));
        assert_eq!(x.min_axes(1).shape().dims(), [0]);
    }

    #[test]
    fn an_infinite_cotangent_reaches_the_winner_alone() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        let seed = Tensor::from(f64::INFINITY);
        let g = x.min().try_pullback(seed, &[x]).expect("the seed has the shape");
        let g = g[0].as_ref().expect("reached").to_vec();
        assert_eq!(g.iter().filter(|v| v.is_infinite()).count(), 1);
        assert_eq!(g.iter().filter(|&&v| v == 0.0).count(), 2);
    }
}
