//! # max_pool2d_take
//!
//! Elements of one stack of images at the cells where another has its window maxima.
//!
//! $$ y_j = t_{m_j(x)}, \qquad m_j(x) $$ the cell that wins window $j$ of $x$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar t = $ `max_pool2d_grad`$(x, \bar y)$; none for $x$, in which $y$ is constant between ties |
//! | JVP | $ \dot y = $ the same op of $(x, \dot t)$ |
//! | shape | `[b, c, h, w] × [b, c, h, w] → [b, c, h', w']` |
//! | domain | everything |
//! | kinks | ties and NaN as in `max_pool2d` |
//! | source | the transpose of `max_pool2d_grad` |

use super::max_pool2d::{pooling_cases, row, row_window, sizes, winner};
use super::max_pool2d_grad::MaxPool2dGrad;
use super::window::{Window, build_channels_last, channels_last};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, elementwise::same_shape};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::pool;

/// The elements of the second operand where the first has its window maxima.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool2dTake {
    pub(crate) window: Window,
}

impl MaxPool2dTake {
    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, x: Var<'t, F>, t: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[x, t])
    }
}

impl Primitive for MaxPool2dTake {
    const NAME: &'static str = "max_pool2d_take";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Shape::new(sizes(Self::NAME, &self.window, same_shape(Self::NAME, x)?)?.output())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let shape = sizes(Self::NAME, &self.window, x[0].shape()).expect("checked by shape");
        let (x, t) = (channels_last(x[0]), channels_last(x[1]));
        build_channels_last(y, |y| pool::max_pool2d_take(on, &shape, x.data(), t.data(), y))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "each element of {ct} added to the cell that won its window, zeros elsewhere".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let scatter = MaxPool2dGrad { window: self.window };
        [None, at.wants(1).then(|| scatter.of(at.input(0), ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[1].map(|dt| self.of(at.input(0), dt))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply_merged(*self)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |iy| x[1][winner(&self.window, &x[0], iy)])
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(window, x)| Sample::of(Self { window }, [draw.distinct(x), draw.uniform(x, -2.0, 2.0)]);
        pooling_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let at = |width, x: &[f64], t: &[f64], y: &[f64], dt: &[f64]| Special {
            op: Self { window: row_window(width) },
            inputs: vec![row(x), row(t)],
            value: row(y),
            gradients: vec![None, Some(row(dt))],
        };
        let low = f64::NEG_INFINITY;
        vec![
            at(3, &[1.0, 3.0, 3.0], &[7.0, 8.0, 9.0], &[8.0], &[0.0, 1.0, 0.0]),
            at(2, &[1.0, f64::NAN, low, low], &[7.0, 8.0, 9.0, 6.0], &[8.0, 9.0], &[0.0, 1.0, 1.0, 0.0]),
        ]
    }
}
