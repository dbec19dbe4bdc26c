//! # grid_sample
//!
//! Images and volumes looked at in the points of a grid, between cells too.
//!
//! $$ y_{b,c,i,j} = (1 - v) \bigl( (1 - u)\, x_{b,c,r,q} + u\, x_{b,c,r,q+1} \bigr) + v \bigl( (1 - u)\, x_{b,c,r+1,q} + u\, x_{b,c,r+1,q+1} \bigr) $$
//!
//! at row $r + v$ and column $q + u$, with $r, q$ whole and $0 \le u, v < 1$: those of the point
//! $(g_0, g_1) \in [-1, 1]^2$, which goes from the left edge to the right and from the top to the bottom. Of a volume the
//! third coordinate goes from the first plane to the last. Bicubic takes four rows and columns, with the weights of cubic
//! convolution.
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `take_cells` at the cells around, whose places are computed anew from the grid, and weights that the grid has its derivative through |
//! | JVP | by composition |
//! | shape | `[b, c, h, w] × [b, i, j, 2] → [b, c, i, j]`, `[b, c, t, h, w] × [b, i, j, k, 3] → [b, c, i, j, k]` |
//! | domain | finite images; a NaN of the grid gives NaN, and an infinity too unless the point is brought to the border |
//! | kinks | on the lines between cells the slope by the grid is that toward the higher row or column, and the second derivative if bicubic; beyond the border it is 0; by the nearest cell there is none |
//! | source | linear and cubic convolution interpolation, with $a = -3/4$; the edges of the outermost cells are at -1 and 1, or their middles if corners are aligned |

use super::{Composed, grid};
use crate::ops::window::spatial;
use crate::{Error, Float, Tensor, Var, error::or_panic};

const NAME: &str = "grid_sample";

/// Which value a point between cells has: see [`Var::grid_sample`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridMode {
    /// Linear along every axis, between the four cells around; the eight of a volume.
    #[default]
    Bilinear,
    /// By cubics along rows and columns, through the sixteen cells around. Images alone.
    Bicubic,
    /// That of the nearest cell; half way, of the even row or column. The grid has no gradient.
    Nearest,
}

/// What lies around an image: see [`Var::grid_sample`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridPadding {
    /// Zeros.
    #[default]
    Zeros,
    /// The cells of the border.
    Border,
    /// The image mirrored at its edges, or at the middles of its outermost cells if corners are aligned.
    Reflection,
}

/// How [`Var::grid_sample`] looks at an image.
///
/// ```
/// use wengert::{GridMode, GridSampleOptions};
/// let nearest = GridSampleOptions { mode: GridMode::Nearest, ..GridSampleOptions::default() };
/// assert!(!nearest.align_corners);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GridSampleOptions {
    /// Which value a point between cells has.
    pub mode: GridMode,
    /// What lies around the image.
    pub padding: GridPadding,
    /// Whether -1 and 1 are the middles of the outermost cells, rather than their outer edges.
    pub align_corners: bool,
}

impl<'t, F: Float> Var<'t, F> {
    /// These images `[batch, channels, height, width]` at the points `grid`, `[batch, rows, columns, 2]`; see
    /// [`crate::ops::composed::grid_sample`].
    ///
    /// A point is (across, down), each from -1 to 1. Volumes `[batch, channels, depth, height, width]` take a grid
    /// `[batch, planes, rows, columns, 3]` of points (across, down, deep).
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless both have four axes, or both five, and the images a cell; [`Error::ShapeMismatch`] unless
    /// there are as many samples in both, and a coordinate per axis for each point; [`Error::Attribute`] for volumes by
    /// [`GridMode::Bicubic`]; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_grid_sample(self, grid: Self, options: &GridSampleOptions) -> Result<Self, Error> {
        match self.rank() {
            5 => self.tape().at_caller(|| self.volumes_sampled(grid, options)),
            _ => self.tape().at_caller(|| self.images_sampled(grid, options)),
        }
    }

    fn images_sampled(self, grid: Self, options: &GridSampleOptions) -> Result<Self, Error> {
        let expected =
            "a grid [batch, rows, columns, 2], with as many samples as images and two coordinates per point";
        let (size, [batch, _, m, n]) = self.points::<2>(grid, expected)?;
        let taps = |axis: usize| {
            let g = grid.try_narrow(3, 1 - axis..2 - axis)?;
            options.taps(g, size[axis], [&[batch, m, n], &[batch, 1, m, n]])
        };
        grid::of_images(self, [&taps(0)?, &taps(1)?])
    }

    fn volumes_sampled(self, grid: Self, options: &GridSampleOptions) -> Result<Self, Error> {
        let expected = "a grid [batch, planes, rows, columns, 3], with as many samples as volumes and three coordinates per point";
        let (size, [batch, channels, m, n]) = self.points::<3>(grid, expected)?;
        if options.mode == GridMode::Bicubic {
            let (given, expected) = ("Bicubic for volumes".into(), "Bilinear or Nearest for volumes");
            return Err(Error::Attribute { op: NAME, name: "mode", given, expected });
        }
        // Positions of rows are numbers of the tape, which are whole up to this one in single precision too.
        let [depth, height, width] = size;
        let Some(rows) = depth.checked_mul(height).filter(|&rows| rows <= 1 << 24) else {
            let expected = "volumes of at most 2^24 rows in all planes";
            return Err(Error::Shape { op: NAME, given: self.shape().dims().into(), expected });
        };
        let taps = |axis: usize| {
            let g = grid.try_narrow(4, 2 - axis..3 - axis)?;
            options.taps(g, size[axis], [&[batch, m, n], &[batch, 1, m, n]])
        };
        let x = self.try_reshape([batch, channels, rows, width])?;
        let y = grid::of_volumes(x, height, [&taps(0)?, &taps(1)?, &taps(2)?])?;
        y.try_reshape([&[batch, channels][..], &grid.shape().dims()[1..4]].concat())
    }

    /// The sizes of the axes looked along, and of the result as an image, if the grid has a coordinate for each.
    fn points<const D: usize>(
        self,
        grid: Self,
        expected: &'static str,
    ) -> Result<([usize; D], [usize; 4]), Error> {
        let (x, g) = (self.shape(), grid.shape());
        let ([batch, channels], size) = spatial::<D>(NAME, x)?;
        if size.contains(&0) {
            let expected = "images with at least one cell";
            return Err(Error::Shape { op: NAME, given: x.dims().into(), expected });
        }
        if g.rank() != D + 2 {
            return Err(Error::Shape { op: NAME, given: g.dims().into(), expected });
        }
        if g.dims()[0] != batch || g.dims()[D + 1] != D {
            let (lhs, rhs) = (x.dims().into(), g.dims().into());
            return Err(Error::ShapeMismatch { op: NAME, lhs, rhs, expected });
        }
        if !std::ptr::eq(self.tape(), grid.tape()) {
            return Err(Error::DifferentTapes { op: NAME });
        }
        Ok((size, [batch, channels, g.dims()[1], g.dims()[2..=D].iter().product()]))
    }

    /// As [`Var::try_grid_sample`].
    ///
    /// ```
    /// use wengert::{GridSampleOptions, Tape};
    /// let tape = Tape::<f64>::new();
    /// let x = tape.leaf([[[[1.0, 3.0], [5.0, 7.0]]]]);
    /// let grid = tape.leaf([[[[0.0, 0.0], [0.25, -0.5]]]]); // the middle; an upper cell, half way to the right
    /// let y = x.grid_sample(grid, &GridSampleOptions::default());
    /// assert_eq!(y.value().to_vec(), [4.0, 2.5]);
    /// assert_eq!(y.sum().backward(&[grid])[0].to_vec(), [2.0, 4.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn grid_sample(self, grid: Self, options: &GridSampleOptions) -> Self {
        or_panic(self.try_grid_sample(grid, options))
    }
}

/// Images, and points in and around them, away from the lines between cells and from edges.
fn samples(draw: &mut crate::ops::Draw) -> Vec<Vec<Tensor<f64>>> {
    let shapes = [([1, 1, 2, 3], [1, 1, 2]), ([2, 2, 1, 2], [2, 1, 2]), ([0, 1, 2, 2], [0, 2, 1])];
    let mut of = |(x, places): ([usize; 4], [usize; 3])| {
        let coordinates = [3, 2].map(|axis| coordinate(draw, &places, x[axis]));
        let grid =
            Tensor::from_fn([&places[..], &[2]].concat(), |ix| coordinates[ix[3]][[ix[0], ix[1], ix[2]]]);
        vec![draw.uniform(x, -2.0, 2.0), grid]
    };
    shapes.map(&mut of).into()
}

/// Coordinates in and around an axis of `n` cells.
fn coordinate(draw: &mut crate::ops::Draw, places: &[usize], n: usize) -> Tensor<f64> {
    let at = draw.uniform(places, 0.0, 1.0).map(|u| (u * 5.0).floor() - 1.4 + 0.1 * u);
    at.map(|at| (2.0 * at + 1.0) / n as f64 - 1.0)
}

/// Volumes, and points in and around them, likewise.
fn volumes(draw: &mut crate::ops::Draw) -> Vec<Vec<Tensor<f64>>> {
    let shapes =
        [([1, 1, 2, 1, 2], [1, 1, 2, 1]), ([1, 2, 1, 2, 2], [1, 1, 1, 1]), ([0, 1, 2, 2, 1], [0, 1, 2, 1])];
    let mut of = |(x, places): ([usize; 5], [usize; 4])| {
        let coordinates = [4, 3, 2].map(|axis| coordinate(draw, &places, x[axis]));
        let grid = Tensor::from_fn([&places[..], &[3]].concat(), |ix| {
            coordinates[ix[4]][[ix[0], ix[1], ix[2], ix[3]]]
        });
        vec![draw.uniform(x, -2.0, 2.0), grid]
    };
    shapes.map(&mut of).into()
}

macro_rules! composed_sampling {
    ($f:ident, $name:literal, $mode:ident, $padding:ident, $samples:ident) => {
        #[doc = concat!("One mode and padding at the points where the laws check it: ", $name, ".")]
        pub fn $f() -> Composed {
            Composed {
                name: $name,
                f: |x| {
                    let (mode, padding) = (GridMode::$mode, GridPadding::$padding);
                    x[0].grid_sample(x[1], &GridSampleOptions { mode, padding, align_corners: false })
                },
                samples: $samples,
                smooth_orders: 4,
            }
        }
    };
}
composed_sampling! { zeros, "grid_sample_zeros", Bilinear, Zeros, samples }
composed_sampling! { border, "grid_sample_border", Bilinear, Border, samples }
composed_sampling! { reflection, "grid_sample_reflection", Bilinear, Reflection, samples }
composed_sampling! { bicubic, "grid_sample_bicubic", Bicubic, Reflection, samples }
composed_sampling! { volume, "grid_sample_volume", Bilinear, Zeros, volumes }

/// The nearest cells, by the image alone, at the points where the laws check it.
pub fn nearest() -> Composed {
    Composed {
        name: "grid_sample_nearest",
        f: |x| {
            let options = GridSampleOptions { mode: GridMode::Nearest, ..GridSampleOptions::default() };
            x[0].grid_sample(x[1].detach(), &options) + x[1].sum()
        },
        samples,
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests;
