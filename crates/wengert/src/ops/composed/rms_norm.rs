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
//! | domain | everything; at zeros the value is 0, and the slope $1 / \sqrt{\varepsilon}$ |
//! | numerics | the squares must not overflow |
//! | source | definition |

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
        let root = (self.square().try_mean_keepdim(axes)? + eps).rsqrt();
        (self * root).scaled_and_shifted(weight, None)
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
