//! # put_cells
//!
//! Images of zeros, with every value added to the cell at its row and column: the transpose of `take_cells`.
//!
//! $$ z_{b,c,r,q} = \sum_{i,j} g_{b,c,i,j} \quad \text{over the places where } (r, q) \text{ is nearest to } (R_{bij}, Q_{bij}) $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar g = $ `take_cells`$(R, Q, \bar z)$; none for rows and columns, in which $z$ is constant between halves |
//! | JVP | $ \dot z = $ the same op of $\dot g$ |
//! | shape | `[b, i, j] × [b, i, j] × [b, c, i, j] → [b, c, h, w]`; `[h, w]` is an attribute |
//! | domain | everything; what lies outside the image is dropped, and so is what has a position that is NaN |
//! | kinks | half way between cells the one after is nearest |
//! | numerics | repeats add in the order of the places, whatever the number of threads |
//! | source | the transpose of `take_cells` |

use super::take_cells::{TakeCells, cell_cases, nearest, places, positions};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, window::image_sizes};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::cells;

/// The values of the third operand added at rows and columns, the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutCells {
    /// Height and width of the images.
    pub(crate) size: [usize; 2],
}

impl PutCells {
    /// The op applied to operands that fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, [rows, columns]: [Var<'t, F>; 2], g: Var<'t, F>) -> Var<'t, F> {
        g.tape.apply(self, &[rows, columns, g])
    }
}

impl Primitive for PutCells {
    const NAME: &'static str = "put_cells";
    const ARITY: Arity = Arity::Exactly(3);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let [batch, channels, i, j] = image_sizes(Self::NAME, x[2])?;
        if places(Self::NAME, [x[0], x[1]], batch)? != [i, j] {
            let (lhs, rhs) = (x[0].dims().into(), x[2].dims().into());
            let expected = "one value per channel and place";
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected });
        }
        Shape::new([batch, channels, self.size[0], self.size[1]])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let sizes = image_sizes(Self::NAME, y).expect("checked by shape");
        let (rows, columns, g) = (x[0].contiguous(), x[1].contiguous(), x[2].contiguous());
        Tensor::build(y, |z| cells::put(on, sizes, rows.data(), columns.data(), g.data(), z))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the cells of {ct} at the rows of {0} and the columns of {1}".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let places = [at.input(0), at.input(1)];
        [None, None, at.wants(2).then(|| TakeCells.of(places, ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[2].map(|dg| self.of([at.input(0), at.input(1)], dg))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        x[2].shape().for_each_index(|at| {
            let place = [at[0], at[2], at[3]];
            if let Some([r, q]) = nearest(self.size, [x[0][place], x[1][place]]) {
                let cell = [at[0], at[1], r, q];
                let flat: usize = cell.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
                sums[flat] += x[2].get(at).expect("within the operand");
            }
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |([batch, channels, height, width], places): ([usize; 4], [usize; 3])| {
            let [rows, columns] = positions(draw, places);
            let g = draw.uniform([batch, channels, places[1], places[2]], -2.0, 2.0);
            Sample::of(Self { size: [height, width] }, [rows, columns, g])
        };
        cell_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let row = |values: &[f64]| Tensor::new([1, 1, values.len()], values).expect("one row");
        let image = |values: &[f64]| row(values).reshape([1, 1, 1, values.len()]);
        vec![
            Special {
                op: Self { size: [1, 2] },
                inputs: vec![
                    row(&[0.0; 4]),
                    row(&[1.0, 0.5, -1.0, 0.0]),
                    image(&[5.0, 7.0, 9.0, f64::INFINITY]),
                ],
                value: image(&[f64::INFINITY, 12.0]),
                gradients: vec![None, None, Some(image(&[1.0, 1.0, 0.0, 1.0]))],
            },
            // in the order of the places this is 0; in another order it would be 1
            Special {
                op: Self { size: [1, 1] },
                inputs: vec![row(&[0.0; 3]), row(&[0.0; 3]), image(&[1e16, 1.0, -1e16])],
                value: image(&[0.0]),
                gradients: vec![None, None, Some(image(&[1.0; 3]))],
            },
        ]
    }
}
