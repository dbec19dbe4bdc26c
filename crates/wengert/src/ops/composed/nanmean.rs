//! # nanmean
//!
//! Mean over axes of the elements that are not NaN.
//!
//! $$ y_i = \frac{1}{n_i} \sum_{j:\, x_{ij} = x_{ij}} x_{ij}, \quad n_i = \# \lbrace j : x_{ij} = x_{ij} \rbrace $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \bar y_i / n_i $, and 0 to NaN |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | everything; of NaN alone, as of nothing, NaN, with gradient 0: no element was chosen |
//! | numerics | the sum over the count, both over a power of two where that sum overflows: no mean of finite elements does, but for a last rounding |
//! | source | the rules of `select`, `sum` and `div` |

use super::Composed;
use crate::ops::{reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn nanmean_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        let is_number = self.eq(self);
        let y = axes.reduced(self.shape(), keepdim);
        let (x, ones) = (is_number.select(self, 0.0), is_number.node());
        let (sum, count) = (x.sum_over(axes).try_reshape(y)?, ones.sum_over(axes).try_reshape(y)?);
        // Not below the number of elements, so that no sum of what it divides overflows.
        let down = 1.0 / axes.count(self.shape()).next_power_of_two() as f64;
        let scaled = (x * down).sum_over(axes).try_reshape(y)? / (count * down);
        Ok(sum.abs().lt(f64::INFINITY).select(sum / count, scaled))
    }

    /// The mean of all elements that are not NaN, a scalar; see [`crate::ops::composed::nanmean`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, f64::NAN, 2.0, f64::NAN]);
    /// assert_eq!(x.nanmean().item(), 1.5);
    /// assert_eq!(x.nanmean().backward(&[x])[0].to_vec(), [0.5, 0.0, 0.5, 0.0]);
    /// ```
    #[track_caller]
    pub fn nanmean(self) -> Self {
        or_panic(self.nanmean_over(AxisSet::all(self.rank()), false))
    }
}

axis_forms! {
    "nanmean", "The mean of the elements that are not NaN",
    try_nanmean_axes, nanmean_axes, try_nanmean_keepdim, nanmean_keepdim, nanmean_over, (), ""
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "nanmean",
        f: |x| (x[0] * x[0]).nanmean(),
        samples: |draw| {
            let cases = reduction_cases().into_iter().filter(|(s, ..)| !s.is_empty());
            cases.map(|(shape, ..)| vec![draw.uniform(shape, -2.0, 2.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    const NAN: f64 = f64::NAN;

    #[test]
    fn divides_by_the_count_of_numbers_along_any_axis() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, NAN, 3.0, 8.0], [NAN, NAN, NAN, NAN]]);
        let y = x.nanmean_axes(1);
        assert!(y.value()[[0]] == 4.0 && y.value()[[1]].is_nan());
        assert_eq!(x.nanmean_keepdim([0, 1]).value(), Tensor::from([[4.0]]));
        let g = y.sum().backward(&[x])[0].to_vec();
        let third = 1.0 / 3.0;
        for (g, expected) in g.iter().zip([third, 0.0, third, third, 0.0, 0.0, 0.0, 0.0]) {
            assert!((g - expected).abs() <= f64::EPSILON, "{g} and {expected}");
        }
        assert!(matches!(x.try_nanmean_axes(2), Err(Error::Axis { op: "nanmean", .. })));
        assert!(tape.leaf(Tensor::zeros([0])).nanmean().item().is_nan());
    }

    #[test]
    fn values_near_the_largest_do_not_overflow() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([f32::MAX, f32::NAN, f32::MAX, f32::NAN]);
        assert_eq!(x.nanmean().item(), f32::MAX);
        assert_eq!(x.nanmean().backward(&[x])[0].to_vec(), [0.5, 0.0, 0.5, 0.0]);
        let tape = Tape::<f64>::new();
        for x in
            [&[f64::MAX, NAN, NAN][..], &[f64::MAX, NAN, f64::MAX], &[f64::MAX, f64::MAX, -f64::MAX, NAN]]
        {
            let (y, n) = (tape.leaf(x).nanmean().item(), x.iter().filter(|x| !x.is_nan()).count());
            let expected = if n == 3 { f64::MAX / 3.0 } else { f64::MAX };
            assert!((y / expected - 1.0).abs() <= f64::EPSILON, "{y:e} of {x:?}");
        }
        assert_eq!(tape.leaf([f64::INFINITY, NAN, 1.0]).nanmean().item(), f64::INFINITY);
    }

    #[test]
    fn the_mean_of_a_constant_is_that_constant() {
        let tape = Tape::<f64>::new();
        for (n, c) in (2..40).flat_map(|n| [3.0, 0.1, 7.0, 5e-324].map(|c| (n, c))) {
            let x = tape.leaf(Tensor::from_fn([n], |ix| if ix[0] % 3 == 1 { NAN } else { c }));
            assert!((x.nanmean().item() / c - 1.0).abs() <= f64::EPSILON, "{n} times {c}");
            let whole = tape.leaf(Tensor::from_fn([n], |ix| if ix[0] == 1 { NAN } else { 3.0 }));
            assert_eq!(whole.nanmean().item(), 3.0, "of {n}");
        }
    }
}
