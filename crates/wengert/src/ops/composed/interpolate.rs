//! # interpolate
//!
//! Images of another size, by the nearest cell, along lines, by cubics or by means.
//!
//! $$ y_o = \sum_k w_{ok} \, x_{i_{ok}} \quad \text{at } u = (o + \tfrac12) \tfrac{n}{m} - \tfrac12 \text{ or, with corners aligned, } u = o \tfrac{n - 1}{m - 1}, \quad \text{axis by axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `index_select` and constant weights |
//! | JVP | by composition |
//! | shape | `[b, c, n…] → [b, c, m…]`, one axis, two or three |
//! | domain | everything; a cell of weight 0 does no harm, also if it is infinite or NaN; cells beyond the ends are those at the ends |
//! | numerics | positions are ratios of integers: exact, unless a factor was asked for |
//! | source | the weights of linear and of cubic convolution interpolation with $a = -3/4$ |

use super::Composed;
use super::resampled::{Positions, check_sizes, scaled_sizes};
use crate::{Error, Float, Var, error::or_panic};

/// How [`Var::interpolate`] finds values between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Interpolation {
    /// Cell $\lfloor o \, n / m \rfloor$.
    Nearest,
    /// The cell under the middle of the new one: $\lfloor (o + 1/2) \, n / m \rfloor$.
    NearestExact,
    /// Along lines between neighbors; along each of two or three axes it is bilinear or trilinear.
    Linear {
        /// Whether the middles of the outermost cells stay where they are, rather than the outer edges.
        align_corners: bool,
    },
    /// By cubics through four neighbors; along each of two axes it is bicubic.
    Cubic {
        /// Whether the middles of the outermost cells stay where they are, rather than the outer edges.
        align_corners: bool,
    },
    /// The means of windows, as [`Var::adaptive_avg_pool2d`].
    Area,
}

impl<F: Float> Var<'_, F> {
    /// These images `[batch, channels, …]` with `size` cells along the axes after; see
    /// [`crate::ops::composed::interpolate`].
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless there are as many axes after the channels as sizes, from one to three;
    /// [`Error::Attribute`] for a size of 0, asked for or of an axis.
    #[track_caller]
    pub fn try_interpolate(self, size: impl AsRef<[usize]>, mode: Interpolation) -> Result<Self, Error> {
        let size = size.as_ref();
        check_sizes("interpolate", self.shape(), size)?;
        self.resized(size, &vec![None; size.len()], mode)
    }

    /// As [`Var::try_interpolate`].
    ///
    /// ```
    /// use wengert::{Interpolation, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 2.0, 4.0]]]); // [batch, channels, length]
    /// let of = |mode| x.interpolate([5], mode).value().to_vec();
    /// assert_eq!(of(Interpolation::Nearest), [1.0, 1.0, 2.0, 2.0, 4.0]);
    /// assert_eq!(of(Interpolation::Linear { align_corners: true }), [1.0, 1.5, 2.0, 3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn interpolate(self, size: impl AsRef<[usize]>, mode: Interpolation) -> Self {
        or_panic(self.try_interpolate(size, mode))
    }

    /// These images `[batch, channels, …]` with sizes times `factors`, rounded down; see
    /// [`crate::ops::composed::interpolate`].
    ///
    /// Positions are those of the factors, not of the rounded sizes, unless corners are aligned.
    ///
    /// # Errors
    ///
    /// As [`Var::try_interpolate`]; [`Error::Attribute`] for factors that are not finite numbers above 0.
    #[track_caller]
    pub fn try_interpolate_scaled(
        self,
        factors: impl AsRef<[f64]>,
        mode: Interpolation,
    ) -> Result<Self, Error> {
        let factors = factors.as_ref();
        let size = scaled_sizes("interpolate_scaled", self.shape(), factors)?;
        check_sizes("interpolate_scaled", self.shape(), &size)?;
        let factors: Vec<_> = factors.iter().copied().map(Some).collect();
        self.resized(&size, &factors, mode)
    }

    /// As [`Var::try_interpolate_scaled`].
    ///
    /// ```
    /// use wengert::{Interpolation, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0, 5.0]]]);
    /// let y = x.interpolate_scaled([2.0], Interpolation::Linear { align_corners: false });
    /// assert_eq!(y.value().to_vec(), [1.0, 2.0, 4.0, 5.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [2.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn interpolate_scaled(self, factors: impl AsRef<[f64]>, mode: Interpolation) -> Self {
        or_panic(self.try_interpolate_scaled(factors, mode))
    }

    #[track_caller]
    fn resized(self, size: &[usize], factors: &[Option<f64>], mode: Interpolation) -> Result<Self, Error> {
        if mode == Interpolation::Area {
            return match *size {
                [n] => self.try_adaptive_avg_pool1d([n]),
                [h, w] => self.try_adaptive_avg_pool2d([h, w]),
                [t, h, w] => self.try_adaptive_avg_pool3d([t, h, w]),
                _ => unreachable!("one axis to three, as checked"),
            };
        }
        let mut y = self;
        for (k, (&out, &factor)) in size.iter().zip(factors).enumerate() {
            let n = y.shape().dims()[2 + k];
            y = y.resampled(2 + k, &Positions { n, out, factor }.taps(mode))?;
        }
        Ok(y)
    }
}

macro_rules! composed_mode {
    ($f:ident, $name:literal, $mode:expr) => {
        #[doc = concat!("One mode, by size and by factor, at the points where the laws check it: ", $name, ".")]
        pub fn $f() -> Composed {
            Composed {
                name: $name,
                f: |x| {
                    let sized = x[0].interpolate([5, 2], $mode);
                    sized.sum_axes([2, 3]) * x[0].interpolate_scaled([1.5, 2.5], $mode).sum_axes([2, 3])
                },
                samples: |draw| {
                    let shapes = [[1, 1, 1, 1], [1, 2, 3, 4], [0, 1, 2, 2], [2, 1, 2, 3]];
                    shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
                },
                smooth_orders: 4,
            }
        }
    };
}
composed_mode! { nearest, "interpolate_nearest", Interpolation::Nearest }
composed_mode! { linear, "interpolate_linear", Interpolation::Linear { align_corners: false } }
composed_mode! { aligned, "interpolate_aligned", Interpolation::Linear { align_corners: true } }
composed_mode! { cubic, "interpolate_cubic", Interpolation::Cubic { align_corners: false } }
composed_mode! { area, "interpolate_area", Interpolation::Area }

#[cfg(test)]
mod tests {
    use super::Interpolation::{Area, Cubic, Linear, Nearest, NearestExact};
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn a_cell_of_no_weight_does_no_harm() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[[1.0, f64::INFINITY, f64::NAN, 4.0]]]);
        for mode in
            [Linear { align_corners: true }, Cubic { align_corners: true }, Nearest, NearestExact, Area]
        {
            let y = x.interpolate([4], mode);
            assert_eq!(y.value().to_vec()[..2], [1.0, f64::INFINITY], "{mode:?}");
            assert_eq!(y.value().to_vec()[3], 4.0);
            assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0; 4]);
        }
        let x = tape.leaf([[[1.0, f64::INFINITY, 2.0, 3.0]]]);
        let (lines, cubics) = (Linear { align_corners: true }, Cubic { align_corners: true });
        let inf = f64::INFINITY;
        assert_eq!(x.interpolate([7], lines).value().to_vec(), [1.0, inf, inf, inf, 2.0, 2.5, 3.0]);
        let y = x.interpolate([7], cubics).value().to_vec();
        assert_eq!([y[0], y[2], y[4], y[6]], [1.0, inf, 2.0, 3.0]);
    }

    #[test]
    fn a_constant_stays_what_it_is_and_its_gradients_add_up() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1, 1, 3, 4, 2], 1.0));
        for align_corners in [false, true] {
            for mode in [Linear { align_corners }, Cubic { align_corners }] {
                let y = x.interpolate([5, 3, 7], mode);
                assert!(y.value().to_vec().iter().all(|y| (y - 1.0).abs() < 1e-14), "{mode:?}");
                assert!((y.sum().backward(&[x])[0].to_vec().iter().sum::<f64>() - 105.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn sizes_and_factors_that_are_none_are_refused() {
        let tape = Tape::<f64>::new();
        let (x, none) = (tape.leaf(Tensor::zeros([1, 1, 3])), tape.leaf(Tensor::zeros([1, 1, 0])));
        let of = |x: Var<'_, f64>, size: &[usize]| x.try_interpolate(size, Nearest).map(Var::shape);
        assert!(matches!(of(x, &[0]), Err(Error::Attribute { op: "interpolate", name: "size", .. })));
        assert!(matches!(of(none, &[2]), Err(Error::Attribute { name: "size", .. })));
        assert!(matches!(of(x, &[2, 2]), Err(Error::Shape { op: "interpolate", .. })));
        assert!(matches!(of(x, &[]), Err(Error::Shape { op: "interpolate", .. })));
        assert!(matches!(of(x, &[usize::MAX]), Err(Error::TooLarge { .. })));
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.1, 1e300] {
            let refused = x.try_interpolate_scaled([factor], Nearest).map(Var::shape);
            let found = matches!(
                refused,
                Err(Error::Attribute { op: "interpolate_scaled", .. } | Error::TooLarge { .. })
            );
            assert!(found, "{factor}: {refused:?}");
        }
        assert_eq!(tape.len(), 2, "nothing refused was recorded");
    }
}
