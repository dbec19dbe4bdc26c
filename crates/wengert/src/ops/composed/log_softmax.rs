//! # log_softmax
//!
//! Logarithm of the softmax along an axis.
//!
//! $$ y_{ij} = x_{ij} - \ln \sum_k e^{x_{ik}} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: $ \bar x_{ij} = \bar y_{ij} - w_{ij} \sum_k \bar y_{ik}, \quad w = \operatorname{softmax} x $ |
//! | JVP | by composition |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; $-\infty$ stays $-\infty$; a line of $-\infty$ alone, or with $+\infty$, is NaN |
//! | numerics | the maximum is subtracted first, so that differences are not lost beside large logits; never $\ln$ of a softmax that underflowed |
//! | source | the rules of `sub` and `logsumexp`; the shift contributes nothing, since softmax sums to 1 |

use super::Composed;
use crate::{AxisSet, Error, Float, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The logarithm of the softmax along an axis; see [`crate::ops::composed::log_softmax`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_log_softmax(self, axis: isize) -> Result<Self, Error> {
        AxisSet::new("log_softmax", &[axis], self.rank())?;
        if self.shape().is_empty() {
            return Ok(self.alias());
        }
        // The value is the same for any shift: no derivative flows through this one.
        let shifted = self - self.detach().try_max_keepdim(axis)?;
        Ok(shifted - shifted.try_logsumexp_keepdim(axis)?)
    }

    /// As [`Var::try_log_softmax`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([0.0, -1000.0]);
    /// assert_eq!(x.log_softmax(0).value().to_vec(), [0.0, -1000.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn log_softmax(self, axis: isize) -> Self {
        or_panic(self.try_log_softmax(axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "log_softmax",
        f: |x| x[0].log_softmax(-1),
        samples: |draw| {
            [&[3][..], &[2, 3], &[0, 2], &[2, 1]].map(|d| vec![draw.distinct(Shape::of(d))]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn differences_survive_large_logits() {
        let tape = Tape::<f32>::new();
        for shift in [0.0, 1e4, -1e4] {
            let x = tape.leaf([shift, shift + 1.0]);
            let y = x.log_softmax(0).value().to_vec();
            assert!((y[0] + 1.313_261_7).abs() < 1e-6 && (y[1] + 0.313_261_7).abs() < 1e-6, "{y:?}");
        }
        let far = tape.leaf([1e4, -1e4]).log_softmax(0).value().to_vec();
        assert_eq!(far, [0.0, -2e4]);
    }

    #[test]
    fn the_gradient_is_the_closed_form_along_either_axis() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[0.1, -0.4, 0.9], [2.0, 0.3, -1.0]]);
        let seed = Tensor::from([[1.0, 0.0, -2.0], [0.5, 0.25, 3.0]]);
        for axis in [0_isize, 1] {
            let g = x.log_softmax(axis).try_pullback(seed.clone(), &[x]).expect("the seed has the shape");
            let ct = tape.constant(&seed);
            let expected = ct - x.softmax(axis) * ct.sum_keepdim(axis);
            let got = g[0].as_ref().expect("reached");
            for (a, b) in got.to_vec().iter().zip(expected.value().to_vec()) {
                assert!((a - b).abs() < 1e-14, "{a} and {b}");
            }
        }
    }

    #[test]
    fn minus_infinity_stays_and_a_line_of_it_is_nan() {
        let tape = Tape::<f64>::new();
        let (inf, x) = (f64::INFINITY, tape.leaf([[0.0, f64::NEG_INFINITY], [f64::NEG_INFINITY; 2]]));
        let y = x.log_softmax(1).value().to_vec();
        assert_eq!(y[..2], [0.0, -inf]);
        assert!(y[2].is_nan() && y[3].is_nan());
    }

    #[test]
    fn a_nan_is_seen_by_both_modes_also_alone() {
        let tape = Tape::<f64>::new();
        for x in [tape.leaf([f64::NAN]), tape.leaf([f64::NAN, 1.0])] {
            let (y, dx) = (x.log_softmax(0), tape.constant(Tensor::full(x.shape(), 1.0)));
            assert!(y.jvp(&[x], &[dx]).value().to_vec().iter().all(|v| v.is_nan()));
            assert!(y.sum().backward(&[x])[0].to_vec().iter().all(|v| v.is_nan()));
        }
    }

    #[test]
    fn nothing_in_nothing_out() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 0]));
        assert_eq!(x.log_softmax(1).sum().backward(&[x])[0].dims(), [2, 0]);
        assert!(matches!(x.try_log_softmax(2), Err(Error::Axis { op: "log_softmax", .. })));
    }
}
