//! # lp_pool
//!
//! The power mean without its divisor of each window: the root of the sum of powers.
//!
//! $$ y_i = \Bigl( \sum_j x_{ij}^p \Bigr)^{1/p}, \qquad j \text{ over window } i $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: powers, `conv2d` with ones, a root |
//! | JVP | by composition |
//! | shape | as `max_pool2d`, along one axis or two |
//! | domain | $p > 0$; $p = 1$ is the sum, signs included; odd and fractional $p$ are for $x \ge 0$, and give NaN where the sum has no root |
//! | kinks | where the sum is 0 the gradient is 0, at every order, unless $p = 1$ |
//! | numerics | the powers are taken as they are: $x^p$ must not overflow |
//! | source | definition; the slope at 0 by convention |

use super::Composed;
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// The root of the sum of powers over each window of these images `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::lp_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless `p` is a finite number above 0, and as [`Var::try_max_pool2d`].
    #[track_caller]
    pub fn try_lp_pool2d(self, p: f64, kernel: [usize; 2], options: PoolOptions) -> Result<Self, Error> {
        self.lp_windows("lp_pool2d", p, kernel, options)
    }

    #[track_caller]
    fn lp_windows(
        self,
        op: &'static str,
        p: f64,
        kernel: [usize; 2],
        options: PoolOptions,
    ) -> Result<Self, Error> {
        check_power(op, p)?;
        let (_, size) = spatial(op, self.shape())?;
        let window = Window::pooling(kernel, &options);
        let (_, past) = window.pooled(op, size, options.ceil_mode)?;
        let powers = match p {
            1.0 => self,
            2.0 => self.square(),
            _ if p.fract() == 0.0 && p < 1e9 => self.powi(p as i32),
            _ => self.try_pow(p)?,
        };
        let sums = powers.try_beyond(past, 0.0)?.window_sums(op, window, 1.0)?;
        if p == 1.0 {
            return Ok(sums);
        }
        let none = sums.eq(0.0);
        let positive = none.select(1.0, sums);
        let root = if p == 2.0 { positive.sqrt() } else { positive.try_pow(1.0 / p)? };
        Ok(none.select(0.0, root))
    }

    /// As [`Var::try_lp_pool2d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[[3.0, -4.0, 0.0, 0.0]]]]);
    /// let y = x.lp_pool2d(2.0, [1, 2], PoolOptions::default());
    /// assert_eq!(y.value().to_vec(), [5.0, 0.0]);
    /// let g = y.sum().backward(&[x])[0].to_vec();
    /// assert!((g[0] - 0.6).abs() < 1e-15 && (g[1] + 0.8).abs() < 1e-15);
    /// assert_eq!(g[2..], [0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn lp_pool2d(self, p: f64, kernel: [usize; 2], options: PoolOptions) -> Self {
        or_panic(self.try_lp_pool2d(p, kernel, options))
    }

    /// The root of the sum of powers over each window of these signals `[batch, channels, length]`; see
    /// [`crate::ops::composed::lp_pool`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_lp_pool2d`].
    #[track_caller]
    pub fn try_lp_pool1d(self, p: f64, [kernel]: [usize; 1], options: PoolOptions<1>) -> Result<Self, Error> {
        check_power("lp_pool1d", p)?;
        let (_, size) = spatial("lp_pool1d", self.shape())?;
        Window::pooling([kernel], &options).pooled("lp_pool1d", size, options.ceil_mode)?;
        self.flat_images()?.lp_windows("lp_pool1d", p, [1, kernel], options.flat())?.try_squeeze(-2)
    }

    /// As [`Var::try_lp_pool1d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[3.0, 4.0, 2.0, 5.0]]]);
    /// assert_eq!(x.lp_pool1d(1.0, [2], PoolOptions::default()).value().to_vec(), [7.0, 7.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn lp_pool1d(self, p: f64, kernel: [usize; 1], options: PoolOptions<1>) -> Self {
        or_panic(self.try_lp_pool1d(p, kernel, options))
    }
}

fn check_power(op: &'static str, p: f64) -> Result<(), Error> {
    if p > 0.0 && p.is_finite() {
        return Ok(());
    }
    let expected = "a finite number above 0 (max_pool for the limit)";
    Err(Error::Attribute { op, name: "p", given: p.to_string(), expected })
}

/// Two powers along two axes, at the points where the laws check them.
pub fn two_axes() -> Composed {
    Composed {
        name: "lp_pool2d",
        f: |x| {
            let options = PoolOptions { stride: Some([1, 2]), ceil_mode: true, ..PoolOptions::default() };
            x[0].lp_pool2d(2.0, [1, 2], options) + x[0].lp_pool2d(3.0, [1, 2], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 1, 2], [1, 2, 2, 3], [0, 1, 2, 2]];
            shapes.map(|s| vec![draw.uniform(s, 0.3, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

/// A power that is no integer along one axis, at the points where the laws check it.
pub fn one_axis() -> Composed {
    Composed {
        name: "lp_pool1d",
        f: |x| x[0].lp_pool1d(1.5, [2], PoolOptions { stride: Some([1]), ..PoolOptions::default() }),
        samples: |draw| [[1, 1, 2], [2, 1, 3]].map(|s| vec![draw.uniform(s, 0.5, 2.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    #[test]
    fn a_window_of_zeros_has_no_slope_and_nan_comes_out() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[0.0, 0.0, f64::NAN, 1.0]]]);
        for p in [2.0, 3.0, 2.5] {
            let y = x.lp_pool1d(p, [2], PoolOptions::default());
            assert!(y.value().to_vec()[0] == 0.0 && y.value().to_vec()[1].is_nan());
            let g = y.sum().backward(&[x])[0].to_vec();
            assert!(g[..2] == [0.0, 0.0] && g[2].is_nan(), "{p}: {g:?}");
        }
        let g = x.lp_pool1d(1.0, [2], PoolOptions::default()).sum().backward(&[x]);
        assert_eq!(g[0].to_vec(), [1.0; 4]);
    }

    #[test]
    fn a_window_begun_at_the_end_sums_what_there_is() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[3.0, 4.0, 7.0]]]);
        let begun = PoolOptions { ceil_mode: true, ..PoolOptions::default() };
        assert_eq!(x.lp_pool1d(2.0, [2], begun).value().to_vec(), [5.0, 7.0]);
    }

    #[test]
    fn powers_that_are_none_are_refused() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[1.0, 2.0]]]);
        for p in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = x.try_lp_pool1d(p, [2], PoolOptions::default()).map(Var::shape);
            assert!(matches!(refused, Err(Error::Attribute { op: "lp_pool1d", name: "p", .. })), "{p}");
        }
        let large = x.try_lp_pool1d(2.0, [3], PoolOptions::default()).map(Var::shape);
        assert!(matches!(large, Err(Error::Attribute { op: "lp_pool1d", name: "kernel", .. })));
        let flat = x.try_lp_pool2d(2.0, [1, 1], PoolOptions::default()).map(Var::shape);
        assert!(matches!(flat, Err(Error::Shape { op: "lp_pool2d", .. })));
    }
}
