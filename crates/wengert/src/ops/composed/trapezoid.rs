//! # trapezoid
//!
//! Integral along an axis by the trapezoidal rule, and `cumulative_trapezoid`, up to each point.
//!
//! $$ z = \sum_{i = 1}^{n - 1} h_i \, \frac{y_{i - 1} + y_i}{2}, \quad \text{cumulative: the sums up to } 1, 2, \dots, n - 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar y_i = \bar z (h_i + h_{i + 1}) / 2 $, with $h = 0$ beyond the ends; points get $ \bar z (y_{i - 1} - y_{i + 1}) / 2 $ inside |
//! | JVP | by composition |
//! | shape | `[…, n, …] → […, …]`; cumulative: `[…, n, …] → […, n - 1, …]` |
//! | domain | one step $h$ for all, or points $x$ with $h_i = x_i - x_{i - 1}$, in any order; of fewer than two points 0 |
//! | source | linearity in $y$ and in $h$ |

use super::Composed;
use crate::ops::Draw;
use crate::{AxisSet, Error, Float, Shape, Tensor, Var, axes::resolve, error::or_panic, var::Operand};

impl<'t, F: Float> Var<'t, F> {
    /// The areas between neighbors along an axis for steps that broadcast against them.
    #[track_caller]
    fn areas(self, axis: usize, steps: impl Operand<'t, F>) -> Result<Self, Error> {
        let (n, axis) = (self.shape().dims()[axis] as isize, axis as isize);
        let (left, right) = (self.try_slice(axis, ..(n - 1).max(0))?, self.try_slice(axis, n.min(1)..)?);
        ((left + right) * 0.5).try_mul(steps)
    }

    /// The steps between points, which are a list for the axis or one for every element.
    #[track_caller]
    fn steps(self, op: &'static str, points: Self, axis: usize) -> Result<Self, Error> {
        let n = self.shape().dims()[axis];
        if points.shape() == self.shape() {
            return points.try_diff(1, axis as isize);
        }
        if points.shape().dims() != [n] {
            let (lhs, rhs) = (self.shape().dims().into(), points.shape().dims().into());
            let expected = "points of the same shape, or a list of them as long as the axis";
            return Err(Error::ShapeMismatch { op, lhs, rhs, expected });
        }
        let beside = AxisSet::all(self.rank()).reduced(self.shape(), true).with(axis, n.saturating_sub(1));
        points.try_diff(1, 0)?.try_reshape(beside)
    }
}

/// Adds an integral to `Var`: four methods, for one step and for points, each with its `try_` twin.
macro_rules! integral {
    (
    $name:ident, $try_name:ident, $at:ident, $try_at:ident, $text:literal, $what:literal, $z:literal, $end:ident
) => {
        impl<'t, F: Float> Var<'t, F> {
            #[doc = concat!($what, " at points a step `dx` apart; see [`crate::ops::composed::trapezoid`].")]
            ///
            /// # Errors
            ///
            /// [`Error::Axis`] out of range.
            #[track_caller]
            pub fn $try_name(self, axis: isize, dx: f64) -> Result<Self, Error> {
                let axis = resolve($text, axis, self.rank())?;
                self.areas(axis, dx)?.$end(axis as isize)
            }

            #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
            ///
            /// ```
            /// let tape = wengert::Tape::<f64>::new();
            /// let y = tape.leaf([1.0, 3.0, 5.0]);
            #[doc = concat!("assert_eq!(y.", $text, "(0, 0.5).value().to_vec(), ", $z, ");")]
            /// ```
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn $name(self, axis: isize, dx: f64) -> Self {
                or_panic(self.$try_name(axis, dx))
            }

            #[doc = concat!($what, " at `points` given for the axis, or for every element.")]
            ///
            /// # Errors
            ///
            /// [`Error::Axis`] out of range; [`Error::ShapeMismatch`] unless the points have the shape of this variable, or
            /// are a list as long as the axis; [`Error::DifferentTapes`].
            #[track_caller]
            pub fn $try_at(self, axis: isize, points: Self) -> Result<Self, Error> {
                let axis = resolve($text, axis, self.rank())?;
                self.areas(axis, self.steps($text, points, axis)?)?.$end(axis as isize)
            }

            #[doc = concat!("As [`Var::", stringify!($try_at), "`].")]
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn $at(self, axis: isize, points: Self) -> Self {
                or_panic(self.$try_at(axis, points))
            }
        }
    };
}
integral! {
    trapezoid, try_trapezoid, trapezoid_at, try_trapezoid_at, "trapezoid",
    "The integral along an axis, which the result no longer has,", "[3.0]",
    try_sum_axes
}
integral! {
    cumulative_trapezoid, try_cumulative_trapezoid, cumulative_trapezoid_at, try_cumulative_trapezoid_at,
    "cumulative_trapezoid", "The integral along an axis from the first point up to each after it,", "[1.0, 3.0]",
    try_cumsum
}

/// Values with points for each, and values with a list of points.
fn samples(draw: &mut Draw) -> Vec<Vec<Tensor<f64>>> {
    let mut of = |y: &[usize], x: &[usize]| {
        vec![draw.uniform(Shape::of(y), -2.0, 2.0), draw.uniform(Shape::of(x), -2.0, 2.0)]
    };
    vec![of(&[4], &[4]), of(&[2, 3], &[3]), of(&[2, 3], &[2, 3]), of(&[3, 1], &[1]), of(&[2, 0], &[0])]
}

/// The composition at the points where the laws check it.
pub fn whole() -> Composed {
    Composed {
        name: "trapezoid",
        f: |x| x[0].trapezoid_at(-1, x[1]) * x[0].trapezoid(0, 0.5).sum(),
        samples,
        smooth_orders: 4,
    }
}

/// The composition at the points where the laws check it.
pub fn cumulative() -> Composed {
    Composed {
        name: "cumulative_trapezoid",
        f: |x| x[0].cumulative_trapezoid_at(-1, x[1]) * x[0].cumulative_trapezoid(0, 0.5).sum(),
        samples,
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn values_and_gradients_are_those_of_the_rule() {
        let tape = Tape::<f64>::new();
        let (y, x) = (tape.leaf([[1.0, 2.0, 4.0], [0.0, 1.0, 3.0]]), tape.leaf([0.0, 1.0, 3.0]));
        let z = y.trapezoid_at(1, x);
        assert_eq!(z.value().to_vec(), [7.5, 4.5]);
        let g = z.sum().backward(&[y, x]);
        assert_eq!(g[0].to_vec(), [0.5, 1.5, 1.0, 0.5, 1.5, 1.0]);
        assert_eq!(g[1].to_vec(), [-2.0, -3.0, 5.0]);
        assert_eq!(y.cumulative_trapezoid_at(1, x).value(), Tensor::from([[1.5, 7.5], [0.5, 4.5]]));
        assert_eq!(y.trapezoid(0, 2.0).value(), Tensor::from([1.0, 3.0, 7.0]));
        let each = tape.leaf([[0.0, 1.0, 3.0], [0.0, 2.0, 4.0]]);
        assert_eq!(y.trapezoid_at(-1, each).value(), Tensor::from([7.5, 5.0]));
    }

    #[test]
    fn of_fewer_than_two_points_the_integral_is_zero() {
        let tape = Tape::<f64>::new();
        for n in [0, 1] {
            let y = tape.leaf(Tensor::full([2, n], 5.0));
            assert_eq!(y.trapezoid(1, 1.0).value().to_vec(), [0.0, 0.0]);
            assert_eq!(y.cumulative_trapezoid(1, 1.0).shape().dims(), [2, 0]);
            assert_eq!(y.trapezoid_at(1, tape.leaf(Tensor::zeros([n]))).value().to_vec(), [0.0, 0.0]);
        }
    }

    #[test]
    fn points_that_do_not_fit_are_a_typed_error() {
        let tape = Tape::<f64>::new();
        let (y, x) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([1.0, 2.0, 3.0]));
        let refused = y.try_trapezoid_at(0, x);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "trapezoid", .. })));
        assert!(matches!(y.try_trapezoid(2, 1.0), Err(Error::Axis { op: "trapezoid", .. })));
        let one = tape.leaf([[1.0], [2.0]]);
        assert!(y.try_cumulative_trapezoid_at(0, one).is_err());
    }
}
