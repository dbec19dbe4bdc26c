//! # rms_norm
//!
//! The last axes divided by the root of the mean of their squares, then scaled.
//!
//! $$ y = \gamma \odot \frac{x}{\sqrt{\operatorname{mean} x^2 + \varepsilon}}, \qquad \text{the mean over the last axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: through the mean too |
//! | JVP | by composition |
//! | shape | `[…, n…] → […, n…]`; the weight `[n…]` |
//! | domain | everything; at zeros the value is 0, and the slope $1 / \sqrt{\varepsilon}$; where an element is infinite, it is NaN and the finite ones are 0 |
//! | numerics | divided by the largest element, which no derivative sees, so that squares neither overflow nor all underflow |
//! | source | definition; a factor taken out and put back changes nothing |

use super::Composed;
use super::layer_norm::last_axes;
use super::normalized::{check_eps, check_parameter};
use crate::{Error, Float, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// This variable over the root mean square of its last axes, whose sizes are `normalized`; see
    /// [`crate::ops::composed::rms_norm`].
    ///
    /// The weight has the shape `normalized`.
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] unless `normalized` are the sizes of the last axes and the weight has that shape;
    /// [`Error::Attribute`] unless `eps` is a finite number, at least 0; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_rms_norm(
        self,
        normalized: impl AsRef<[usize]>,
        weight: Option<Self>,
        eps: f64,
    ) -> Result<Self, Error> {
        const NAME: &str = "rms_norm";
        check_eps(NAME, eps)?;
        let normalized = normalized.as_ref();
        let axes = last_axes(NAME, self.shape(), normalized)?;
        check_parameter(NAME, self, weight, normalized, "a weight of the sizes normalized over")?;
        let (mut x, mut part) = (self, self.constant(eps));
        if !self.shape().is_empty() {
            let largest = self.detach().abs().try_max_keepdim(axes.as_slice())?.maximum(eps.sqrt());
            let scale = largest.lt(f64::INFINITY).select(largest, 1.0);
            // The root first: a tiny eps rounds to 0 where its root does not.
            (x, part) = (self / scale, (self.constant(eps.sqrt()) / scale).square());
        }
        let root = (x.square().try_mean_keepdim(axes)? + part).rsqrt();
        (x * root).scaled_and_shifted(weight, None)
    }

    /// As [`Var::try_rms_norm`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[7.0, 1.0], [0.0, 0.0]]);
    /// assert_eq!(x.rms_norm([2], None, 0.0625).value()[[1, 0]], 0.0);
    /// assert!((x.rms_norm([2], None, 0.0).value()[[0, 0]] - 1.4).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn rms_norm(self, normalized: impl AsRef<[usize]>, weight: Option<Self>, eps: f64) -> Self {
        or_panic(self.try_rms_norm(normalized, weight, eps))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "rms_norm",
        f: |x| x[0].rms_norm(x[1].shape(), Some(x[1]), 0.1),
        samples: |draw| {
            let mut of =
                |x: &[usize], n: &[usize]| vec![draw.uniform(x, -2.0, 2.0), draw.uniform(n, -2.0, 2.0)];
            vec![of(&[2, 3], &[3]), of(&[2, 2, 2], &[2, 2]), of(&[2], &[2]), of(&[0, 2], &[2])]
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::Tape;

    #[test]
    fn squares_neither_overflow_nor_underflow() {
        let tape = Tape::<f64>::new();
        let plain = [3.0, -4.0, 1.0, 0.0];
        let mean = 26.0 / 4.0_f64;
        for (c, eps) in
            [(1e200, 0.0), (1e200, 1e-5), (1e-200, 0.0), (5e-324, 0.0), (1.0, 0.0), (4e307, 1e300)]
        {
            let x = tape.leaf(plain.map(|x| x * c));
            let y = x.rms_norm([4], None, eps);
            for (y, x) in y.value().to_vec().iter().zip(plain) {
                assert!((y - x / mean.sqrt()).abs() < 1e-15, "{c} {eps}: {y}");
            }
            // the gradient is that of the shape over c: of a weighted sum w · x / r, (w - x (w · x) / (n r^2)) / r
            let w = [1.0, 2.0, -1.0, 5.0];
            let dot: f64 = w.iter().zip(plain).map(|(w, x)| w * x).sum();
            let g = (y * tape.constant(w)).sum().backward(&[x])[0].to_vec();
            for ((g, w), x) in g.iter().zip(w).zip(plain) {
                let expected = (w - x * dot / (4.0 * mean)) / mean.sqrt() / c;
                let near = (g - expected).abs() <= 1e-13 * expected.abs();
                assert!(near || expected.is_infinite(), "{c} {eps}: {g} and {expected}");
            }
        }
    }

    #[test]
    fn an_epsilon_counts_beside_small_numbers_and_at_zeros() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1e-200, 0.0], [0.0, 0.0], [3.0, 4.0]]);
        let y = x.rms_norm([2], None, 0.25);
        let expected = [2e-200, 0.0, 0.0, 0.0, 3.0 / 12.75_f64.sqrt(), 4.0 / 12.75_f64.sqrt()];
        for (y, expected) in y.value().to_vec().iter().zip(expected) {
            assert!((y - expected).abs() <= 1e-15 * expected, "{y} and {expected}");
        }
        let g = y.sum().grad(&[x])[0];
        assert_eq!(g.value().to_vec()[2..4], [2.0, 2.0]);
        assert_eq!(g.slice(0, 1..2).sum().backward(&[x])[0].to_vec()[2..4], [0.0, 0.0]);
    }

    #[test]
    fn an_epsilon_that_rounds_to_zero_still_keeps_zeros() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([0.0, 0.0]);
        let y = x.rms_norm([2], None, 1e-50);
        assert_eq!(y.value().to_vec(), [0.0, 0.0]);
        let slope = y.sum().backward(&[x])[0].to_vec()[0];
        assert!((slope / 1e25 - 1.0).abs() < 1e-5, "{slope}");
    }

    #[test]
    fn what_is_not_finite_is_not_hidden() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[f64::INFINITY, 2.0], [f64::NAN, 2.0]]);
        let y = x.rms_norm([2], None, 1e-5).value().to_vec();
        assert!(y[0].is_nan() && y[1] == 0.0 && y[2].is_nan() && y[3].is_nan(), "{y:?}");
    }
}
