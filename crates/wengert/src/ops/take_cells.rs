//! # take_cells
//!
//! Cells of images at rows and columns that are numbers of the tape, the same for all channels.
//!
//! $$ y_{b,c,i,j} = \begin{cases} x_{b,c,r,q} & \text{the cell } (r, q) \text{ nearest to } (R_{bij}, Q_{bij}) \text{ is in the image} \\ 0 & \text{else} \end{cases} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ `put_cells`$(R, Q, \bar y)$; none for rows and columns, in which $y$ is constant between halves |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[b, i, j] × [b, i, j] × [b, c, h, w] → [b, c, i, j]` |
//! | domain | everything; a position that is NaN gives NaN |
//! | kinks | half way between cells the one after is nearest |
//! | source | linearity in $x$: the transpose of selection is addition at the selected places |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, put_cells::PutCells, window::image_sizes};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::cells;

/// The cells of the third operand at rows and columns, the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeCells;

/// Refuses rows and columns that do not go with each other and with so many samples.
pub(crate) fn places(
    op: &'static str,
    [rows, columns]: [Shape; 2],
    batch: usize,
) -> Result<[usize; 2], Error> {
    match *rows.dims() {
        [b, i, j] if rows == columns && b == batch => Ok([i, j]),
        _ => {
            let (lhs, rhs) = (rows.dims().into(), columns.dims().into());
            let expected = "rows and columns [batch, i, j] of one shape, for as many samples as there are";
            Err(Error::ShapeMismatch { op, lhs, rhs, expected })
        }
    }
}

/// The cell nearest to a position, for the references.
pub(crate) fn nearest(size: [usize; 2], [row, column]: [f64; 2]) -> Option<[usize; 2]> {
    let along = |at: f64, n: usize| (0..n).find(|&k| k as f64 - 0.5 <= at && at < k as f64 + 0.5);
    Some([along(row, size[0])?, along(column, size[1])?])
}

impl TakeCells {
    /// The op applied to operands that fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, [rows, columns]: [Var<'t, F>; 2], x: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[rows, columns, x])
    }
}

impl Primitive for TakeCells {
    const NAME: &'static str = "take_cells";
    const ARITY: Arity = Arity::Exactly(3);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let [batch, channels, ..] = image_sizes(Self::NAME, x[2])?;
        let [i, j] = places(Self::NAME, [x[0], x[1]], batch)?;
        Shape::new([batch, channels, i, j])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let sizes = image_sizes(Self::NAME, x[2].shape()).expect("checked by shape");
        let (rows, columns, x) = (x[0].contiguous(), x[1].contiguous(), x[2].contiguous());
        Tensor::build(y, |y| cells::take(on, sizes, rows.data(), columns.data(), x.data(), y))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "each element of {ct} added to the cell at its row of {0} and column of {1}, zeros elsewhere".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [rows, columns, x] = at.x();
        let put = || PutCells { size: [x.shape().dims()[2], x.shape().dims()[3]] }.of([rows, columns], ct);
        [None, None, at.wants(2).then(put)].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[2].map(|dx| self.of([at.input(0), at.input(1)], dx))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let size = [x[2].dims()[2], x[2].dims()[3]];
        Tensor::from_fn(y, |at| {
            let place = [at[0], at[2], at[3]];
            nearest(size, [x[0][place], x[1][place]]).map_or(0.0, |[r, q]| x[2][[at[0], at[1], r, q]])
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(x, places): ([usize; 4], [usize; 3])| {
            let [rows, columns] = positions(draw, places);
            Sample::of(Self, [rows, columns, draw.uniform(x, -2.0, 2.0)])
        };
        cell_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let row = |values: &[f64]| Tensor::new([1, 1, values.len()], values).expect("one row");
        let image = |values: &[f64]| row(values).reshape([1, 1, 1, values.len()]);
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        vec![
            Special {
                op: Self,
                inputs: vec![
                    row(&[0.0, 0.0, 0.4, 0.0, inf]),
                    row(&[1.0, 1.0, 0.5, -1.0, 0.0]),
                    image(&[5.0, 7.0]),
                ],
                value: image(&[7.0, 7.0, 7.0, 0.0, 0.0]),
                gradients: vec![None, None, Some(image(&[0.0, 3.0]))],
            },
            Special {
                op: Self,
                inputs: vec![row(&[0.0, nan]), row(&[0.0, 0.0]), image(&[inf, 7.0])],
                value: image(&[inf, nan]),
                gradients: vec![None, None, Some(image(&[1.0, 0.0]))],
            },
        ]
    }
}

/// Rows and columns in and around an image of three by two cells, away from halves.
pub(crate) fn positions(draw: &mut Draw, places: [usize; 3]) -> [Tensor<f64>; 2] {
    let mut of =
        |n: f64| draw.uniform(places, 0.0, 1.0).map(|u| (u * (n + 2.0)).floor() - 1.0 + 0.4 * (u - 0.5));
    [of(3.0), of(2.0)]
}

/// Images, with the places looked at.
pub(crate) fn cell_cases() -> Vec<([usize; 4], [usize; 3])> {
    vec![
        ([1, 1, 3, 2], [1, 2, 3]),
        ([2, 2, 3, 2], [2, 1, 4]),
        ([1, 2, 1, 1], [1, 3, 1]),
        ([0, 1, 3, 2], [0, 2, 2]),
        ([1, 0, 3, 2], [1, 1, 2]),
        ([2, 1, 3, 2], [2, 0, 2]),
    ]
}
