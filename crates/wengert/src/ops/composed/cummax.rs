//! # cummax
//!
//! Largest element so far along an axis, and `cummin`, the smallest.
//!
//! $$ y_i = \max_{j \le i} x_j, \quad \text{cummin: } y_i = \min_{j \le i} x_j $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_j = \sum_{i:\, p_i = j} \bar y_i $ with $p_i$ the place of the extreme element up to $i$ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; from the first NaN on, the value is NaN and the gradient goes to it |
//! | kinks | ties: the first of equal elements takes all, since the result names one (in PyTorch, the last) |
//! | source | the derivative of the element attained |

use super::Composed;
use crate::{Error, Float, Shape, Tensor, Var, error::or_panic};
use wengert_kernels::order::Order;

/// Adds a running extreme to `Var`: four methods, with positions and without, each with its `try_` twin.
macro_rules! running { (
    $name:ident, $try_name:ident, $with:ident, $try_with:ident, $text:literal, $adj:literal, $Order:ident, $y:literal, $g:literal
) => {
    impl<F: Float> Var<'_, F> {
        #[doc = concat!("The ", $adj, " element so far along an axis; see [`crate::ops::composed::cummax`].")]
        ///
        /// # Errors
        ///
        /// [`Error::Axis`] out of range; [`Error::Shape`] for $2^{32}$ elements or more along the axis.
        #[track_caller]
        pub fn $try_name(self, axis: isize) -> Result<Self, Error> {
            self.choose($text, axis, Order::$Order)
        }

        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        ///
        /// ```
        /// let tape = wengert::Tape::<f64>::new();
        /// let x = tape.leaf([2.0, 1.0, 2.0, 3.0]);
        #[doc = concat!("assert_eq!(x.", $text, "(0).value().to_vec(), ", $y, ");")]
        #[doc = concat!("assert_eq!(x.", $text, "(0).sum().backward(&[x])[0].to_vec(), ", $g, ");")]
        /// ```
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $name(self, axis: isize) -> Self {
            or_panic(self.$try_name(axis))
        }

        #[doc = concat!("The ", $adj, " element so far and its position: an index, which has no derivative.")]
        ///
        /// The positions are read now, as by [`Var::value`]: a plan refuses lines recorded after.
        ///
        /// # Errors
        ///
        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        #[track_caller]
        pub fn $try_with(self, axis: isize) -> Result<(Self, Tensor<u32>), Error> {
            Ok((self.$try_name(axis)?, self.positions($text, axis, Order::$Order)?))
        }

        #[doc = concat!("As [`Var::", stringify!($try_with), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $with(self, axis: isize) -> (Self, Tensor<u32>) {
            or_panic(self.$try_with(axis))
        }
    }
} }
running! {
    cummax, try_cummax, cummax_with_indices, try_cummax_with_indices, "cummax", "largest", RunningMax,
    "[2.0, 2.0, 2.0, 3.0]", "[3.0, 0.0, 0.0, 1.0]"
}
running! {
    cummin, try_cummin, cummin_with_indices, try_cummin_with_indices, "cummin", "smallest", RunningMin,
    "[2.0, 1.0, 1.0, 1.0]", "[1.0, 3.0, 0.0, 0.0]"
}

fn samples(draw: &mut crate::ops::Draw) -> Vec<Vec<Tensor<f64>>> {
    let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
    [&[5][..], &[2, 3], &[3, 1], &[0, 2], &[2, 0]].map(&mut of).into()
}

/// The composition at the points where the laws check it.
pub fn largest() -> Composed {
    Composed { name: "cummax", f: |x| x[0].cummax(-1) * x[0].cummax(0), samples, smooth_orders: 4 }
}

/// The composition at the points where the laws check it.
pub fn smallest() -> Composed {
    Composed { name: "cummin", f: |x| x[0].cummin(-1) * x[0].cummin(0), samples, smooth_orders: 4 }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_first_of_equal_elements_takes_all() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 3.0, 3.0, 2.0, 4.0]);
        let (y, places) = x.cummax_with_indices(0);
        assert_eq!(
            (y.value().to_vec(), places.to_vec()),
            (vec![1.0, 3.0, 3.0, 3.0, 4.0], vec![0, 1, 1, 1, 4])
        );
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 3.0, 0.0, 0.0, 1.0]);
        let (y, places) = x.cummin_with_indices(-1);
        assert_eq!((y.value().to_vec(), places.to_vec()), (vec![1.0; 5], vec![0; 5]));
    }

    #[test]
    fn the_first_nan_stays_and_takes_the_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, f64::NAN, 9.0, f64::NAN]);
        for y in [x.cummax(0), x.cummin(0)] {
            assert!(y.value()[[0]] == 1.0 && y.value().to_vec()[1..].iter().all(|v| v.is_nan()));
            assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 3.0, 0.0, 0.0]);
        }
    }

    #[test]
    fn runs_along_the_axis_named() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 4.0], [3.0, 2.0]]);
        assert_eq!(x.cummax(0).value(), Tensor::from([[1.0, 4.0], [3.0, 4.0]]));
        assert_eq!(x.cummin(-1).value(), Tensor::from([[1.0, 1.0], [3.0, 2.0]]));
        assert!(matches!(x.try_cummax(2), Err(Error::Axis { op: "cummax", axis: 2, rank: 2 })));
        assert!(matches!(tape.leaf(1.0).try_cummin_with_indices(0), Err(Error::Axis { op: "cummin", .. })));
    }
}
