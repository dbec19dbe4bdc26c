//! # var_mean
//!
//! Variance and mean over axes at once, and `std_mean`, standard deviation and mean.
//!
//! $$ v_i = \frac{1}{n - c} \sum_{j=1}^{n} (x_{ij} - m_i)^2, \quad m_i = \frac1n \sum_j x_{ij} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `var` or `std`, and `mean` |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]` twice, or with size 1 there |
//! | domain | as `var` and `std` |
//! | source | the rules of `var`, `std` and `mean` |

use super::Composed;
use crate::{Axes, Error, Float, Shape, Tensor, Var, error::or_panic};

/// Adds a pair of a spread and the mean to `Var`: over everything, over axes dropped and kept, each with its twin.
macro_rules! with_mean { (
    $what:literal, [$name:ident, $try_name:ident, $of:ident], [$axes:ident, $try_axes:ident, $of_axes:ident, $mean:ident],
    [$keepdim:ident, $try_keepdim:ident, $of_keepdim:ident, $mean_keepdim:ident]
) => {
    impl<F: Float> Var<'_, F> {
        #[doc = concat!("The ", $what, " of all elements, and their mean; see [`crate::ops::composed::var_mean`].")]
        ///
        /// # Errors
        ///
        /// [`Error::Attribute`] unless there are more elements than the correction.
        #[track_caller]
        pub fn $try_name(self, correction: usize) -> Result<(Self, Self), Error> {
            Ok((self.$of(correction)?, self.mean()))
        }

        #[doc = concat!("As [`Var::", stringify!($try_name), "`].")]
        ///
        /// ```
        /// let tape = wengert::Tape::<f64>::new();
        #[doc = concat!("let (spread, mean) = tape.leaf([1.0, 1.0, 3.0, 3.0]).", stringify!($name), "(0);")]
        /// assert_eq!((spread.item(), mean.item()), (1.0, 2.0));
        /// ```
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $name(self, correction: usize) -> (Self, Self) {
            or_panic(self.$try_name(correction))
        }

        #[doc = concat!("The ", $what, " over some axes, and the mean; the results no longer have the axes.")]
        ///
        /// # Errors
        ///
        /// [`Error::Axis`], [`Error::RepeatedAxis`], [`Error::Attribute`] unless more elements than `correction` are
        /// reduced.
        #[track_caller]
        pub fn $try_axes(self, axes: impl Axes, correction: usize) -> Result<(Self, Self), Error> {
            Ok((self.$of_axes(axes.as_axes(), correction)?, self.$mean(axes)?))
        }

        #[doc = concat!("As [`Var::", stringify!($try_axes), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $axes(self, axes: impl Axes, correction: usize) -> (Self, Self) {
            or_panic(self.$try_axes(axes, correction))
        }

        #[doc = concat!("The ", $what, " over some axes, and the mean; the axes keep size 1.")]
        ///
        /// # Errors
        ///
        #[doc = concat!("As [`Var::", stringify!($try_axes), "`].")]
        #[track_caller]
        pub fn $try_keepdim(self, axes: impl Axes, correction: usize) -> Result<(Self, Self), Error> {
            Ok((self.$of_keepdim(axes.as_axes(), correction)?, self.$mean_keepdim(axes)?))
        }

        #[doc = concat!("As [`Var::", stringify!($try_keepdim), "`].")]
        ///
        /// # Panics
        ///
        /// Where that fails.
        #[track_caller]
        pub fn $keepdim(self, axes: impl Axes, correction: usize) -> (Self, Self) {
            or_panic(self.$try_keepdim(axes, correction))
        }
    }
} }
with_mean! {
    "variance", [var_mean, try_var_mean, try_var], [var_mean_axes, try_var_mean_axes, try_var_axes, try_mean_axes],
    [var_mean_keepdim, try_var_mean_keepdim, try_var_keepdim, try_mean_keepdim]
}
with_mean! {
    "standard deviation", [std_mean, try_std_mean, try_std],
    [std_mean_axes, try_std_mean_axes, try_std_axes, try_mean_axes],
    [std_mean_keepdim, try_std_mean_keepdim, try_std_keepdim, try_mean_keepdim]
}

fn samples(draw: &mut crate::ops::Draw) -> Vec<Vec<Tensor<f64>>> {
    let mut of = |dims: &[usize]| vec![draw.distinct(Shape::of(dims))];
    [&[4][..], &[2, 3], &[2, 2, 2], &[0, 2]].map(&mut of).into()
}

/// The composition at the points where the laws check it.
pub fn variance() -> Composed {
    Composed {
        name: "var_mean",
        f: |x| {
            let (spread, mean) = x[0].var_mean_axes(-1, 1);
            spread * mean
        },
        samples,
        smooth_orders: 4,
    }
}

/// The composition at the points where the laws check it.
pub fn deviation() -> Composed {
    Composed {
        name: "std_mean",
        f: |x| {
            let (spread, mean) = x[0].std_mean_keepdim(-1, 1);
            spread * mean
        },
        samples,
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn both_are_those_of_the_ops_alone() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0, 4.0], [0.5, -3.0, 7.0]]);
        let (spread, mean) = x.var_mean_axes([0, 1], 2);
        assert_eq!((spread.item(), mean.item()), (x.var(2).item(), x.mean().item()));
        let (spread, mean) = x.std_mean_keepdim(1, 0);
        assert_eq!((spread.value(), mean.value()), (x.std_keepdim(1, 0).value(), x.mean_keepdim(1).value()));
        assert!(matches!(x.try_std_mean(6), Err(Error::Attribute { op: "std", .. })));
        assert!(matches!(x.try_var_mean_axes(2, 1), Err(Error::Axis { op: "var", .. })));
    }
}
