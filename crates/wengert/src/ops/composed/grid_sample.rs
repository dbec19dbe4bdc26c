//! # grid_sample
//!
//! Images looked at in the points of a grid, between cells too.
//!
//! $$ y_{b,c,i,j} = (1 - v) \bigl( (1 - u)\, x_{b,c,r,q} + u\, x_{b,c,r,q+1} \bigr) + v \bigl( (1 - u)\, x_{b,c,r+1,q} + u\, x_{b,c,r+1,q+1} \bigr) $$
//!
//! at row $r + v$ and column $q + u$, with $r, q$ whole and $0 \le u, v < 1$: those of the point
//! $(g_0, g_1) \in [-1, 1]^2$, which goes from the left edge to the right and from the top to the bottom.
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `take_cells` at the four cells, whose places are computed anew from the grid, and weights that the grid has its derivative through |
//! | JVP | by composition |
//! | shape | `[b, c, h, w] × [b, i, j, 2] → [b, c, i, j]` |
//! | domain | finite images; a NaN of the grid gives NaN, and an infinity too unless it is brought to the border |
//! | kinks | on the lines between cells the slope by the grid is that toward the higher row or column; beyond the border it is 0; by the nearest cell there is none |
//! | source | bilinear interpolation; the edges of the outermost cells are at -1 and 1, or their middles if corners are aligned |

use super::Composed;
use crate::ops::{take_cells::TakeCells, window::image_sizes};
use crate::{Error, Float, Tensor, Var, error::or_panic};

/// Which value a point between cells has: see [`Var::grid_sample`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridMode {
    /// Linear along rows and columns, between the four cells around.
    #[default]
    Bilinear,
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

impl GridSampleOptions {
    /// The position along an axis of `n` cells of coordinates from -1 to 1.
    #[track_caller]
    fn position<'t, F: Float>(&self, g: Var<'t, F>, n: usize) -> Var<'t, F> {
        let (size, last) = (n as f64, n as f64 - 1.0);
        let at = if self.align_corners { (g + 1.0) / 2.0 * last } else { ((g + 1.0) * size - 1.0) / 2.0 };
        match self.padding {
            GridPadding::Zeros => at,
            GridPadding::Border => at.clamp(0.0, last),
            GridPadding::Reflection => {
                let (edge, span) = if self.align_corners { (0.0, last) } else { (-0.5, size) };
                if span == 0.0 {
                    return at * 0.0; // one cell, mirrored at its middle
                }
                let from_edge = (at - edge).abs();
                let turns = (from_edge / span).floor();
                let rest = from_edge - turns * span;
                let odd = (turns - (turns / 2.0).floor() * 2.0).eq(1.0);
                (odd.select(-rest + span, rest) + edge).clamp(0.0, last)
            }
        }
    }
}

impl<F: Float> Var<'_, F> {
    /// These images `[batch, channels, height, width]` at the points `grid`, `[batch, rows, columns, 2]`; see
    /// [`crate::ops::composed::grid_sample`].
    ///
    /// A point is (across, down), each from -1 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] unless both have four axes and the images a cell; [`Error::ShapeMismatch`] unless there are as
    /// many samples in both, and two coordinates for each point; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_grid_sample(self, grid: Self, options: &GridSampleOptions) -> Result<Self, Error> {
        const NAME: &str = "grid_sample";
        let [batch, _, height, width] = image_sizes(NAME, self.shape())?;
        if height == 0 || width == 0 {
            let expected = "images with at least one cell";
            return Err(Error::Shape { op: NAME, given: self.shape().dims().into(), expected });
        }
        let [of, rows, columns, two] = image_sizes(NAME, grid.shape()).map_err(|_| Error::Shape {
            op: NAME,
            given: grid.shape().dims().into(),
            expected: "a grid [batch, rows, columns, 2]: four axes",
        })?;
        if of != batch || two != 2 {
            let (lhs, rhs) = (self.shape().dims().into(), grid.shape().dims().into());
            let expected =
                "a grid of as many samples, with two coordinates for each point: [batch, rows, columns, 2]";
            return Err(Error::ShapeMismatch { op: NAME, lhs, rhs, expected });
        }
        if !std::ptr::eq(self.tape(), grid.tape()) {
            return Err(Error::DifferentTapes { op: NAME });
        }
        let points = [batch, rows, columns];
        let across = options.position(grid.try_slice(3, 0..1)?.try_reshape(points)?, width);
        let down = options.position(grid.try_slice(3, 1..2)?.try_reshape(points)?, height);
        if options.mode == GridMode::Nearest {
            return self.tape().try_apply(TakeCells, &[down.round(), across.round(), self]);
        }
        let (top, left) = (down.floor(), across.floor());
        let shares = [batch, 1, rows, columns];
        let (v, u) = ((down - top).try_reshape(shares)?, (across - left).try_reshape(shares)?);
        let upper = self.along_line(top, left, u)?;
        let lower = self.along_line(top + 1.0, left, u)?;
        Ok(upper * (-v + 1.0) + lower * v)
    }

    /// The cells of a row at a column and the next, in shares of `1 - u` and `u`.
    #[track_caller]
    fn along_line(self, row: Self, column: Self, u: Self) -> Result<Self, Error> {
        let left = self.tape().try_apply(TakeCells, &[row, column, self])?;
        let right = self.tape().try_apply(TakeCells, &[row, column + 1.0, self])?;
        Ok(left * (-u + 1.0) + right * u)
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
    let mut of = |(x, [batch, rows, columns]): ([usize; 4], [usize; 3])| {
        let mut coordinate = |n: usize| {
            let u = draw.uniform([batch, rows, columns, 1], 0.0, 1.0);
            u.map(|u| (u * 5.0).floor() - 1.4 + 0.1 * u).map(|at| (2.0 * at + 1.0) / n as f64 - 1.0)
        };
        let (across, down) = (coordinate(x[3]), coordinate(x[2]));
        let grid = Tensor::from_fn([batch, rows, columns, 2], |ix| {
            let of = if ix[3] == 0 { &across } else { &down };
            of[[ix[0], ix[1], ix[2], 0]]
        });
        vec![draw.uniform(x, -2.0, 2.0), grid]
    };
    shapes.map(&mut of).into()
}

macro_rules! composed_padding {
    ($f:ident, $name:literal, $padding:ident) => {
        #[doc = concat!("One padding at the points where the laws check it: ", stringify!($padding), ".")]
        pub fn $f() -> Composed {
            Composed {
                name: $name,
                f: |x| {
                    let options =
                        GridSampleOptions { padding: GridPadding::$padding, ..GridSampleOptions::default() };
                    x[0].grid_sample(x[1], &options)
                },
                samples,
                smooth_orders: 4,
            }
        }
    };
}
composed_padding! { zeros, "grid_sample_zeros", Zeros }
composed_padding! { border, "grid_sample_border", Border }
composed_padding! { reflection, "grid_sample_reflection", Reflection }

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
mod tests {
    use super::*;
    use crate::Tape;

    #[test]
    fn what_does_not_fit_is_refused() {
        let (tape, other) = (Tape::<f64>::new(), Tape::new());
        let of = |dims: &[usize]| tape.leaf(Tensor::zeros(dims));
        let options = GridSampleOptions::default();
        let (x, grid) = (of(&[1, 2, 3, 4]), of(&[1, 5, 6, 2]));
        let try_at = |x: Var<'_, f64>, grid| x.try_grid_sample(grid, &options).map(Var::shape);
        assert_eq!(x.grid_sample(grid, &options).shape().dims(), [1, 2, 5, 6]);
        assert!(matches!(try_at(x, of(&[2, 5, 6, 2])), Err(Error::ShapeMismatch { op: "grid_sample", .. })));
        assert!(matches!(try_at(x, of(&[1, 5, 6, 3])), Err(Error::ShapeMismatch { op: "grid_sample", .. })));
        assert!(matches!(try_at(x, of(&[5, 6, 2])), Err(Error::Shape { op: "grid_sample", .. })));
        assert!(matches!(try_at(of(&[2, 3]), grid), Err(Error::Shape { op: "grid_sample", .. })));
        assert!(matches!(try_at(of(&[1, 2, 0, 4]), grid), Err(Error::Shape { op: "grid_sample", .. })));
        let there = other.leaf(Tensor::zeros([1, 5, 6, 2]));
        let refused = x.try_grid_sample(there, &options).map(Var::shape);
        assert!(matches!(refused, Err(Error::DifferentTapes { op: "grid_sample" })));
    }

    #[test]
    fn a_point_that_is_no_number_gives_nan() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::full([1, 1, 2, 2], 1.0));
        let grid = tape.leaf([[[[f64::NAN, 0.0], [0.5, 0.5]]]]);
        for mode in [GridMode::Bilinear, GridMode::Nearest] {
            for padding in [GridPadding::Zeros, GridPadding::Border, GridPadding::Reflection] {
                let y = x.grid_sample(grid, &GridSampleOptions { mode, padding, align_corners: false });
                let y = y.value().to_vec();
                assert!(y[0].is_nan() && y[1] == 1.0, "{mode:?} {padding:?}: {y:?}");
            }
        }
    }
}
