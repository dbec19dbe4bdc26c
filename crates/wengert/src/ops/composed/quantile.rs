//! # quantile
//!
//! The value below which a part of the elements lie, over axes.
//!
//! $$ y = (1 - t)\, x_{p_k} + t\, x_{p_{k + 1}}, \qquad x_{p_0} \le x_{p_1} \le \cdots, \quad k + t = q (n - 1), \; 0 \le t < 1 $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ (1 - t) \bar y $ and $ t \bar y $ to the two elements, 0 to the others |
//! | JVP | by composition |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there; of a list of $q$, one layer for each along a new first axis |
//! | domain | $0 \le q \le 1$, at least one element per output; a NaN makes its line NaN, and the first takes all of $\bar y$ |
//! | kinks | ties: equal elements count in the order in which they stand; $q$ is no variable |
//! | numerics | between elements as `lerp`, and weighted where their difference is not finite; equal elements give just themselves |
//! | source | Hyndman and Fan, "Sample quantiles in statistical packages" (1996), definition 7: that of `Linear`, the default in NumPy and PyTorch; the other methods choose between the same two elements |

use super::Composed;
use crate::ops::{extremum::nonempty, reduction::axis_forms, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Var, error::or_panic};
use wengert_kernels::order::{Nans, Order};

/// What a quantile is where it falls between two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuantileMethod {
    /// The point between them, by the part of the way.
    Linear,
    /// The lower.
    Lower,
    /// The higher.
    Higher,
    /// Their mean.
    Midpoint,
    /// The nearer; from half way, the one at an even place.
    Nearest,
}

impl QuantileMethod {
    /// The place of the lower element concerned and the part of the way to the next, among `n > 0` elements.
    fn place(self, q: f64, n: usize) -> (isize, f64) {
        let at = q * (n - 1) as f64;
        let (lower, part) = (at.floor(), at - at.floor());
        let (place, part) = match self {
            Self::Linear => (lower, part),
            Self::Lower => (lower, 0.0),
            Self::Higher => (at.ceil(), 0.0),
            Self::Midpoint => (lower, if part > 0.0 { 0.5 } else { 0.0 }),
            Self::Nearest => (at.round_ties_even(), 0.0),
        };
        (place as isize, part)
    }
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    fn quantiles_over(
        self,
        axes: AxisSet,
        keepdim: bool,
        q: &[f64],
        by: QuantileMethod,
    ) -> Result<Self, Error> {
        nonempty("quantile", axes, self.shape())?;
        if let Some(q) = q.iter().find(|q| !(0.0..=1.0).contains(*q)) {
            let (given, expected) = (q.to_string(), "between 0 and 1");
            return Err(Error::Attribute { op: "quantile", name: "q", given, expected });
        }
        if q.is_empty() {
            return Err(Error::Arity { op: "quantile", given: 0, expected: "one value of q or more" });
        }
        let (n, y) = (axes.count(self.shape()), axes.reduced(self.shape(), keepdim));
        let sorted = self.lines(axes)?.choose("quantile", 1, Order::Ascending(Nans::Everywhere))?;
        let mut layers = Vec::with_capacity(q.len());
        for &q in q {
            let (k, part) = by.place(q, n);
            layers.push(sorted.between(k, part)?.try_reshape(y)?);
        }
        Self::try_stack(&layers, 0)
    }

    /// The point between columns `k` and `k + 1` at a part of the way.
    #[track_caller]
    fn between(self, k: isize, part: f64) -> Result<Self, Error> {
        if part == 0.0 {
            return self.try_slice(1, k..k + 1);
        }
        if part == 0.5 {
            return self.try_slice(1, k..k + 2)?.try_mean_keepdim(1);
        }
        let (a, b) = (self.try_slice(1, k..k + 1)?, self.try_slice(1, k + 1..k + 2)?);
        // The way between infinite elements is no number, nor may be that between the largest.
        let is_finite = (b - a).abs().lt(f64::INFINITY);
        Ok(is_finite.select(a.try_lerp(b, part)?, a * (1.0 - part) + b * part))
    }

    #[track_caller]
    fn quantile_over(self, axes: AxisSet, keepdim: bool, q: f64, by: QuantileMethod) -> Result<Self, Error> {
        let y = axes.reduced(self.shape(), keepdim);
        self.quantiles_over(axes, keepdim, &[q], by)?.try_reshape(y)
    }

    /// The quantile of all elements, a scalar; see [`crate::ops::composed::quantile`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] for `q` outside of 0 to 1; [`Error::EmptyReduction`] if there are no elements.
    #[track_caller]
    pub fn try_quantile(self, q: f64, by: QuantileMethod) -> Result<Self, Error> {
        self.quantile_over(AxisSet::all(self.rank()), false, q, by)
    }

    /// As [`Var::try_quantile`].
    ///
    /// ```
    /// use wengert::{QuantileMethod, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([4.0, 1.0, 2.0]);
    /// let y = x.quantile(0.625, QuantileMethod::Linear);
    /// assert_eq!((y.item(), y.backward(&[x])[0].to_vec()), (2.5, vec![0.25, 0.0, 0.75]));
    /// assert_eq!(x.quantile(0.625, QuantileMethod::Higher).item(), 4.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn quantile(self, q: f64, by: QuantileMethod) -> Self {
        or_panic(self.try_quantile(q, by))
    }

    /// Several quantiles of all elements, a vector; see [`crate::ops::composed::quantile`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_quantile`]; [`Error::Arity`] for no `q`.
    #[track_caller]
    pub fn try_quantiles(self, q: &[f64], by: QuantileMethod) -> Result<Self, Error> {
        self.quantiles_over(AxisSet::all(self.rank()), false, q, by)
    }

    /// As [`Var::try_quantiles`].
    ///
    /// ```
    /// use wengert::{QuantileMethod, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 4.0], [8.0, 0.0]]);
    /// assert_eq!(x.quantiles(&[0.0, 0.5, 1.0], QuantileMethod::Linear).value().to_vec(), [0.0, 2.0, 8.0]);
    /// assert_eq!(x.quantiles_axes(1, &[0.25], QuantileMethod::Linear).value().to_vec(), [1.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn quantiles(self, q: &[f64], by: QuantileMethod) -> Self {
        or_panic(self.try_quantiles(q, by))
    }
}

axis_forms! {
    "quantile", "The quantile",
    try_quantile_axes, quantile_axes, try_quantile_keepdim, quantile_keepdim, quantile_over, (q: f64, by: QuantileMethod),
    ", [`Error::Attribute`](crate::Error::Attribute) for `q` outside of 0 to 1, \
     [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

axis_forms! {
    "quantile", "Several quantiles, one after the other along a new first axis,",
    try_quantiles_axes, quantiles_axes, try_quantiles_keepdim, quantiles_keepdim, quantiles_over,
    (q: &[f64], by: QuantileMethod),
    ", [`Error::Attribute`](crate::Error::Attribute) for `q` outside of 0 to 1, [`Error::Arity`](crate::Error::Arity) \
     for no `q`, [`Error::EmptyReduction`](crate::Error::EmptyReduction) over no elements"
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "quantile",
        f: |x| {
            let squares = (x[0] * x[0]).quantiles(&[0.0, 0.3, 0.5, 0.9], QuantileMethod::Linear);
            squares * x[0].quantile(0.7, QuantileMethod::Midpoint)
        },
        samples: |draw| {
            let cases = reduction_cases().into_iter().filter(|(s, ..)| !s.is_empty());
            cases.map(|(shape, ..)| vec![draw.distinct(shape).map(|v| v + 7.0)]).collect()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::QuantileMethod;
    use crate::{Error, Tape, Tensor};

    const ALL: [QuantileMethod; 5] = [
        QuantileMethod::Linear,
        QuantileMethod::Lower,
        QuantileMethod::Higher,
        QuantileMethod::Midpoint,
        QuantileMethod::Nearest,
    ];

    #[test]
    fn between_two_elements_each_interpolation_has_its_value_and_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([40.0, 10.0, 30.0, 20.0]); // 0.25 * 3 = 0.75: between 10 and 20
        let expected = [
            (17.5, [0.25, 0.75]),
            (10.0, [1.0, 0.0]),
            (20.0, [0.0, 1.0]),
            (15.0, [0.5, 0.5]),
            (20.0, [0.0, 1.0]),
        ];
        for (by, (value, [lower, higher])) in ALL.into_iter().zip(expected) {
            let y = x.quantile(0.25, by);
            assert_eq!(
                (y.item(), y.backward(&[x])[0].to_vec()),
                (value, vec![0.0, lower, 0.0, higher]),
                "{by:?}"
            );
            assert_eq!((x.quantile(0.0, by).item(), x.quantile(1.0, by).item()), (10.0, 40.0));
        }
        let halves = tape.leaf([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let nearest = halves.quantiles(&[0.1, 0.3, 0.5], QuantileMethod::Nearest);
        assert_eq!(nearest.value().to_vec(), [0.0, 2.0, 2.0]); // half way: to the even place
    }

    #[test]
    fn equal_infinite_and_largest_elements_give_just_themselves() {
        let tape = Tape::<f64>::new();
        for c in [0.1, 1e300, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 5e-324] {
            let x = tape.leaf([c; 3]);
            for q in [0.0, 0.1, 0.25, 0.37, 0.5, 0.9, 1.0] {
                let y = x.quantile(q, QuantileMethod::Linear);
                assert_eq!(y.item(), c);
                let g = y.backward(&[x])[0].to_vec();
                assert!((g.iter().sum::<f64>() - 1.0).abs() <= f64::EPSILON, "{g:?}");
            }
        }
        let wide = tape.leaf([-f64::MAX, f64::MAX]);
        let y = wide.quantile(0.25, QuantileMethod::Linear).item();
        assert!((y / (f64::MAX / 2.0) + 1.0).abs() <= f64::EPSILON, "{y}");
    }

    #[test]
    fn a_nan_makes_its_line_nan_and_the_first_takes_the_gradient() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, f64::NAN, 3.0, f64::NAN]);
        for by in ALL {
            let y = x.quantile(0.3, by);
            assert!(y.item().is_nan());
            assert_eq!(y.backward(&[x])[0].to_vec(), [0.0, 1.0, 0.0, 0.0], "{by:?}");
        }
    }

    #[test]
    fn a_list_adds_a_first_axis_and_axes_are_dropped_or_kept() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 5], |ix| (ix[0] * 15 + ix[1] * 5 + ix[2]) as f64));
        let by = QuantileMethod::Linear;
        assert_eq!(x.quantiles_axes([0, 2], &[0.5, 0.1], by).shape().dims(), [2, 3]);
        assert_eq!(x.quantiles_keepdim([0, 2], &[0.5], by).shape().dims(), [1, 1, 3, 1]);
        assert_eq!(x.quantile_keepdim(-1, 0.5, by).shape().dims(), [2, 3, 1]);
        assert_eq!(x.quantile_axes(1, 0.5, by).value(), x.slice(1, 1..2).reshape([2, 5]).value());
    }

    #[test]
    fn what_is_no_part_is_a_typed_error() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        for q in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            let refused = x.try_quantiles(&[0.5, q], QuantileMethod::Lower);
            assert!(matches!(refused, Err(Error::Attribute { op: "quantile", name: "q", .. })));
        }
        assert!(matches!(x.try_quantiles(&[], QuantileMethod::Linear), Err(Error::Arity { .. })));
        let empty = tape.leaf(Tensor::zeros([0]));
        let refused = empty.try_quantile(0.5, QuantileMethod::Linear);
        assert!(matches!(refused, Err(Error::EmptyReduction { op: "quantile", .. })));
    }
}
