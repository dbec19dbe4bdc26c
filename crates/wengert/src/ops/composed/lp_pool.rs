//! # lp_pool
//!
//! The root of the sum of powers over each window.
//!
//! $$ y_i = \Bigl( \sum_j x_{ij}^p \Bigr)^{1/p} = m_i \Bigl( \sum_j (x_{ij} / m_i)^p \Bigr)^{1/p}, \qquad j \text{ over window } i, \quad m_i = \max_j \lvert x_{ij} \rvert $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `unfold`, powers, their sum, a root; $m$ is a constant, which cancels in every derivative |
//! | JVP | by composition |
//! | shape | as `max_pool1d`, `max_pool2d` and `max_pool3d` |
//! | domain | $p > 0$; $p = 1$ is the sum, signs included; odd and fractional $p$ are for $x \ge 0$, and give NaN where the sum has no root; padding, and what a window begun at the end has beyond it, adds nothing; an infinite element makes the value infinite and its own gradient NaN |
//! | kinks | where the sum is 0 the gradient is 0, at every order, unless $p = 1$; at a single 0 among others it is that of $x^p$, infinite for $p < 1$ |
//! | numerics | divided by the largest element of the window, so that powers neither overflow nor all underflow |
//! | source | definition; the slope at 0 by convention; a factor taken out and put back changes nothing |

use super::Composed;
use super::window_cells::{cells_of_images, cells_of_volumes};
use crate::ops::window::{Window, spatial};
use crate::{Error, Float, PoolOptions, Var, error::or_panic};

/// The roots of the sums of powers along axis 2, for the largest magnitudes there.
#[track_caller]
fn roots<'t, F: Float>(cells: Var<'t, F>, largest: Var<'t, F>, p: f64) -> Result<Var<'t, F>, Error> {
    let largest = largest.detach().try_unsqueeze(2)?;
    let scale = largest.gt(0.0).and(largest.lt(f64::INFINITY)).select(largest, 1.0);
    let x = cells / scale;
    let powers = match p {
        2.0 => x.square(),
        _ if p.fract() == 0.0 && p < 1e9 => x.powi(p as i32),
        _ => x.try_pow(p)?,
    };
    let sums = powers.try_sum_keepdim(2)?;
    let none = sums.eq(0.0);
    let positive = none.select(1.0, sums);
    let root = if p == 2.0 { positive.sqrt() } else { positive.try_pow(1.0 / p)? };
    none.select(0.0, root * scale).try_squeeze(2)
}

impl<F: Float> Var<'_, F> {
    /// The root of the sum of powers over each window of these images `[batch, channels, height, width]`; see
    /// [`crate::ops::composed::lp_pool`].
    ///
    /// # Errors
    ///
    /// [`Error::Attribute`] unless `p` is a finite number above 0, and as [`Var::try_max_pool2d`].
    #[track_caller]
    pub fn try_lp_pool2d(self, p: f64, kernel: [usize; 2], options: PoolOptions) -> Result<Self, Error> {
        self.lp_images("lp_pool2d", p, kernel, options)
    }

    #[track_caller]
    fn lp_images(
        self,
        op: &'static str,
        p: f64,
        kernel: [usize; 2],
        options: PoolOptions,
    ) -> Result<Self, Error> {
        check_power(op, p)?;
        let (_, size) = spatial(op, self.shape())?;
        let window = Window::pooling(kernel, &options);
        let (out, past) = window.pooled(op, size, options.ceil_mode)?;
        if p == 1.0 {
            return self.try_beyond(past, 0.0)?.window_sums(op, window, 1.0);
        }
        let cells = cells_of_images(self, window, out, past)?;
        roots(cells, self.detach().abs().try_max_pool2d(kernel, options)?, p)
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
        self.flat_images()?.lp_images("lp_pool1d", p, [1, kernel], options.flat())?.try_squeeze(-2)
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

    /// The root of the sum of powers over each window of these volumes `[batch, channels, depth, height, width]`; see
    /// [`crate::ops::composed::lp_pool`].
    ///
    /// # Errors
    ///
    /// As [`Var::try_lp_pool2d`].
    #[track_caller]
    pub fn try_lp_pool3d(self, p: f64, kernel: [usize; 3], options: PoolOptions<3>) -> Result<Self, Error> {
        const NAME: &str = "lp_pool3d";
        check_power(NAME, p)?;
        let (_, size) = spatial(NAME, self.shape())?;
        let window = Window::pooling(kernel, &options);
        let (out, past) = window.pooled(NAME, size, options.ceil_mode)?;
        let cells = cells_of_volumes(self, window, out, past)?;
        if p == 1.0 {
            return cells.try_sum_axes(2);
        }
        roots(cells, self.detach().abs().try_max_pool3d(kernel, options)?, p)
    }

    /// As [`Var::try_lp_pool3d`].
    ///
    /// ```
    /// use wengert::{PoolOptions, Tape, Tensor};
    ///
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf(Tensor::from([3.0, 4.0]).reshape([1, 1, 2, 1, 1]));
    /// assert_eq!(x.lp_pool3d(2.0, [2, 1, 1], PoolOptions::default()).item(), 5.0);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn lp_pool3d(self, p: f64, kernel: [usize; 3], options: PoolOptions<3>) -> Self {
        or_panic(self.try_lp_pool3d(p, kernel, options))
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
        f: |x| {
            let options = PoolOptions { stride: Some([1]), padding: [1], ..PoolOptions::default() };
            x[0].lp_pool1d(1.5, [2], options)
        },
        samples: |draw| [[1, 1, 2], [2, 1, 3]].map(|s| vec![draw.uniform(s, 0.5, 2.0)]).into(),
        smooth_orders: 4,
    }
}

/// Three axes, with padding and a window begun at the end, at the points where the laws check it.
pub fn three_axes() -> Composed {
    Composed {
        name: "lp_pool3d",
        f: |x| {
            let options = PoolOptions {
                stride: Some([1, 2, 1]),
                padding: [1, 0, 0],
                ceil_mode: true,
                ..PoolOptions::default()
            };
            x[0].lp_pool3d(3.0, [2, 2, 1], options)
        },
        samples: |draw| {
            let shapes = [[1, 1, 2, 2, 1], [1, 2, 1, 3, 1], [0, 1, 2, 2, 2]];
            shapes.map(|s| vec![draw.uniform(s, 0.5, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests;
