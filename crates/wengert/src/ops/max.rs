//! # max
//!
//! Largest element over axes.
//!
//! $$ y_i = \max_j x_{ij}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_{ij} = w_{ij} \bar y_i $, with $w$ the shares of op `ties`: 1 at the largest element, 0 elsewhere |
//! | JVP | $ \dot y_i = \sum_j w_{ij} \dot x_{ij} $ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | at least one element per output; NaN wins |
//! | kinks | $k$ equal largest elements get $\bar y / k$ each, the subgradient of least norm; the first NaN gets all of it |
//! | source | the derivative of the element attained; among ties, of all convex weights the equal ones have the least norm |

use super::extremum::{Extremum, extremum_primitive};
use super::{Special, reduction::axis_forms};
use crate::{AxisSet, Error, Float, Tensor, Var, error::or_panic};

/// The largest element over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Max {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Extremum for Max {
    const NAME: &'static str = "max";
    const LARGEST: bool = true;

    fn over(axes: AxisSet, keepdim: bool) -> Self {
        Self { axes, keepdim }
    }

    fn better(a: f64, b: f64) -> f64 {
        f64::max(a, b)
    }
}

extremum_primitive!(Max, special);

fn special() -> Vec<Special<Max>> {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    let along = |axis: isize| Max::over(AxisSet::new("max", &[axis], 2).expect("an axis of a matrix"), false);
    let of = |x: [f64; 3], y: f64, dx: [f64; 3]| Special::unary(Max::over(AxisSet::all(1), false), x, y, dx);
    let matrix = Tensor::from([[1.0, 5.0], [5.0, 5.0]]);
    vec![
        of([1.0, 3.0, 3.0], 3.0, [0.0, 0.5, 0.5]),
        of([1.0, NAN, NAN], NAN, [0.0, 1.0, 0.0]),
        of([INF, 0.0, INF], INF, [0.5, 0.0, 0.5]),
        of([-INF; 3], -INF, [1.0 / 3.0; 3]),
        Special::unary(along(0), matrix.clone(), [5.0, 5.0], [[0.0, 0.5], [1.0, 0.5]]),
        Special::unary(along(1), matrix, [5.0, 5.0], [[0.0, 1.0], [0.5, 0.5]]),
    ]
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    pub(crate) fn max_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        self.tape.try_apply(Max { axes, keepdim }, &[self])
    }

    /// The largest element of all, a scalar; see [`crate::ops::max`].
    ///
    /// Equal elements share the gradient, as PyTorch's `amax` has it; for the position of the first see
    /// [`Var::argmax`].
    ///
    /// # Errors
    ///
    /// [`Error::EmptyReduction`] if there are no elements.
    #[track_caller]
    pub fn try_max(self) -> Result<Self, Error> {
        self.max_over(AxisSet::all(self.rank()), false)
    }

    /// As [`Var::try_max`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 3.0], [3.0, 2.0]]);
    /// assert_eq!(x.max().item(), 3.0);
    /// assert_eq!(x.max().backward(&[x])[0].to_vec(), [0.0, 0.5, 0.5, 0.0]);
    /// assert_eq!(x.max_axes(1).value().to_vec(), [3.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[doc(alias = "amax")]
    #[track_caller]
    pub fn max(self) -> Self {
        or_panic(self.try_max())
    }
}

axis_forms! {
    "max", "The largest element", try_max_axes, max_axes, try_max_keepdim, max_keepdim, max_over, (),
    ", [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn of_nothing_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([0, 2]));
        let refused = |y: Result<_, _>| matches!(y, Err(Error::EmptyReduction { op: "max", .. }));
        assert!(refused(x.try_max()) && refused(x.try_max_axes(0)) && refused(x.try_max_keepdim([0, 1])));
        assert_eq!(x.max_axes(1).shape().dims(), [0]);
    }

    #[test]
    fn an_infinite_cotangent_reaches_the_winner_alone() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0, 3.0]);
        let seed = Tensor::from(f64::INFINITY);
        let g = x.max().try_pullback(seed, &[x]).expect("the seed has the shape");
        let g = g[0].as_ref().expect("reached").to_vec();
        assert_eq!(g.iter().filter(|v| v.is_infinite()).count(), 1);
        assert_eq!(g.iter().filter(|&&v| v == 0.0).count(), 2);
    }
}
