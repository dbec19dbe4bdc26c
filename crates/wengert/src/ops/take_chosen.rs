//! # take_chosen
//!
//! Elements of one operand, at each place along an axis that where another has the element chosen for it.
//!
//! $$ y_j = t_{p_j(x)}, \qquad p_j(x) $$ the position in $x$ of its $j$-th element by size, of the extreme one up to $j$, or of a middle one
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar t = $ `put_chosen`$(x, \bar y)$; none for $x$, in which $y$ is constant between ties |
//! | JVP | $ \dot y = $ the same op of $(x, \dot t)$ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | everything; NaN comes last, first or at every place of its line, as the op that chooses says |
//! | kinks | ties: the first in the line counts as first in order, and as the extreme one |
//! | source | the transpose of `put_chosen`; with $t = x$ it sorts |

use super::choice::{Choice, choice_cases};
use super::put_chosen::PutChosen;
use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::index;
use wengert_kernels::order::{Nans, Order};

/// The elements of the second operand where the first has those chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TakeChosen {
    pub(crate) choice: Choice,
}

impl Primitive for TakeChosen {
    const NAME: &'static str = "take_chosen";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.choice.shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (places, t) = (self.choice.positions(x[0], on), x[1].contiguous());
        let sizes = y.around(self.choice.axis);
        Tensor::build(y, |out| index::gather(on, sizes, t.data(), places.data(), out))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { choice: self.choice.behind_batch() })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "zeros, with every element of {ct} added where the one chosen stood".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let put = PutChosen { choice: self.choice };
        [None, at.wants(1).then(|| put.of(at.input(0), ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[1].map(|dt| at.input(0).tape.apply(*self, &[at.input(0), dt]))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |iy| x[1].get(self.choice.position(&x[0], iy)).expect("within the operand"))
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(choice, x)| Sample::of(Self { choice }, [draw.distinct(x), draw.uniform(x, -2.0, 2.0)]);
        choice_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        const INF: f64 = f64::INFINITY;
        let at = |order, x: [f64; 4], y: [f64; 4], dt: [f64; 4]| Special {
            op: Self { choice: Choice { axis: 0, order } },
            inputs: vec![x.into(), [10.0, 20.0, 30.0, 40.0].into()],
            value: y.into(),
            gradients: vec![None, Some(dt.into())],
        };
        let (up, down) = (Order::Ascending, Order::Descending);
        vec![
            at(up(Nans::Last), [2.0, 1.0, 2.0, 1.0], [20.0, 40.0, 10.0, 30.0], [1.0; 4]),
            at(down(Nans::Last), [2.0, 1.0, 2.0, 1.0], [10.0, 30.0, 20.0, 40.0], [1.0; 4]),
            at(up(Nans::Last), [NAN, INF, NAN, -INF], [40.0, 20.0, 10.0, 30.0], [1.0; 4]),
            at(down(Nans::Last), [NAN, 1.0, 0.0, -0.0], [20.0, 30.0, 40.0, 10.0], [1.0; 4]),
            at(up(Nans::First), [5.0, NAN, 4.0, NAN], [20.0, 40.0, 30.0, 10.0], [1.0; 4]),
            at(up(Nans::Everywhere), [5.0, NAN, 4.0, NAN], [20.0; 4], [0.0, 4.0, 0.0, 0.0]),
            at(Order::Middles, [5.0, NAN, 4.0, 6.0], [10.0; 4], [4.0, 0.0, 0.0, 0.0]),
            at(Order::Middles, [5.0, NAN, 4.0, NAN], [30.0, 10.0, 30.0, 10.0], [2.0, 0.0, 2.0, 0.0]),
            at(Order::RunningMax, [1.0, 3.0, 3.0, 2.0], [10.0, 20.0, 20.0, 20.0], [1.0, 3.0, 0.0, 0.0]),
            at(Order::RunningMin, [1.0, NAN, 0.0, NAN], [10.0, 20.0, 20.0, 20.0], [1.0, 3.0, 0.0, 0.0]),
        ]
    }
}
