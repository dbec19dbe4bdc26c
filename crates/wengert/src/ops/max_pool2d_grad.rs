//! # max_pool2d_grad
//!
//! The cotangent of maximum pooling: each value goes to the cell that won its window.
//!
//! $$ z_i = \sum_{j:\, i = m_j(x)} g_j, \qquad m_j(x) $$ the cell that wins window $j$ of $x$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar g = $ `max_pool2d_take`$(x, \bar z)$; none for $x$, in which $z$ is constant between ties |
//! | JVP | $ \dot z = $ the same op of $(x, \dot g)$ |
//! | shape | `[b, c, h, w] × [b, c, h', w'] → [b, c, h, w]` |
//! | domain | everything; cells that win no window are 0 |
//! | kinks | ties and NaN as in `max_pool2d` |
//! | source | the transpose of `max_pool2d_take` |

use super::max_pool2d::{pooling_cases, row, row_window, sizes, winner};
use super::window::{Window, build_channels_last, channels_last};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, max_pool2d_take::MaxPool2dTake};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::pool;

/// The cotangent of the images from the images and the cotangent of their maxima.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool2dGrad {
    pub(crate) window: Window,
}

impl MaxPool2dGrad {
    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, x: Var<'t, F>, dy: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[x, dy])
    }
}

impl Primitive for MaxPool2dGrad {
    const NAME: &'static str = "max_pool2d_grad";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let y = Shape::new(sizes(Self::NAME, &self.window, x[0])?.output())?;
        if x[1] != y {
            let (lhs, rhs) = (y.dims().into(), x[1].dims().into());
            let expected = "the left shape, one value per window";
            return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected });
        }
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let shape = sizes(Self::NAME, &self.window, x[0].shape()).expect("checked by shape");
        let (x, dy) = (channels_last(x[0]), channels_last(x[1]));
        build_channels_last(y, |dx| pool::max_pool2d_scatter(on, &shape, x.data(), dy.data(), dx))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the elements of {ct} at the cells that won".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let take = MaxPool2dTake { window: self.window };
        [None, at.wants(1).then(|| take.of(at.input(0), ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[1].map(|dg| self.of(at.input(0), dg))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (mut out, strides) = (Tensor::zeros(y), y.strides());
        let sums = out.make_mut();
        x[1].shape().for_each_index(|iy| {
            let cell = winner(&self.window, &x[0], iy);
            let at: usize = cell.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
            sums[at] += x[1].get(iy).expect("within the operand");
        });
        out
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(window, x): (Window, [usize; 4])| {
            let y = sizes(Self::NAME, &window, Shape::of(&x)).expect("a pooling").output();
            Sample::of(Self { window }, [draw.distinct(x), draw.uniform(y, -2.0, 2.0)])
        };
        pooling_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let overlapping = Window { stride: [1, 1], ..row_window(2) };
        let at = |window, x: &[f64], g: &[f64], z: &[f64]| Special {
            op: Self { window },
            inputs: vec![row(x), row(g)],
            value: row(z),
            gradients: vec![None, Some(row(&vec![1.0; g.len()]))],
        };
        vec![
            at(row_window(3), &[1.0, 3.0, 3.0], &[5.0], &[0.0, 5.0, 0.0]),
            at(row_window(2), &[f64::NAN, 1.0, 2.0, 3.0, 9.0], &[5.0, 7.0], &[5.0, 0.0, 0.0, 7.0, 0.0]),
            at(overlapping, &[1.0, 4.0, 2.0], &[5.0, 7.0], &[0.0, 12.0, 0.0]),
        ]
    }
}
