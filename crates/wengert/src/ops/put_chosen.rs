//! # put_chosen
//!
//! Elements added, from each place along an axis, where another operand has the element chosen for that place.
//!
//! $$ z_i = \sum_{j:\, i = p_j(x)} g_j, \qquad p_j(x) $$ the position in $x$ of its $j$-th element by size, of the extreme one up to $j$, or of a middle one
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar g = $ `take_chosen`$(x, \bar z)$; none for $x$, in which $z$ is constant between ties |
//! | JVP | $ \dot z = $ the same op of $(x, \dot g)$ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | everything; elements that are chosen for no place get 0 |
//! | kinks | ties and NaN as in `take_chosen` |
//! | source | the transpose of `take_chosen` |

use super::choice::{Choice, choice_cases};
use super::take_chosen::TakeChosen;
use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::index;
use wengert_kernels::order::{Nans, Order};

/// The cotangent of elements from the operand that chose among them and the cotangent of those chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PutChosen {
    pub(crate) choice: Choice,
}

impl PutChosen {
    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, x: Var<'t, F>, g: Var<'t, F>) -> Var<'t, F> {
        x.tape.apply(self, &[x, g])
    }
}

impl Primitive for PutChosen {
    const NAME: &'static str = "put_chosen";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.choice.shape(Self::NAME, x)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (places, g) = (self.choice.positions(x[0], on), x[1].contiguous());
        let sizes = y.around(self.choice.axis);
        Tensor::build(y, |out| {
            out.fill(F::ZERO);
            index::scatter_add(on, sizes, out, places.data(), g.data());
        })
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { choice: self.choice.behind_batch() })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the elements of {ct} where the ones chosen stand".into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let take = TakeChosen { choice: self.choice };
        [None, at.wants(1).then(|| ct.tape.apply(take, &[at.input(0), ct]))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[1].map(|dg| self.of(at.input(0), dg))
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (mut sums, strides) = (Tensor::zeros(y), y.strides());
        let out = sums.make_mut();
        y.for_each_index(|iy| {
            let cell = self.choice.position(&x[0], iy);
            let at: usize = cell.iter().zip(strides).map(|(i, s)| i * s as usize).sum();
            out[at] += x[1].get(iy).expect("within the operand");
        });
        sums
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(choice, x)| Sample::of(Self { choice }, [draw.distinct(x), draw.uniform(x, -2.0, 2.0)]);
        choice_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        let at = |order, x: [f64; 4], z: [f64; 4]| Special {
            op: Self { choice: Choice { axis: 0, order } },
            inputs: vec![x.into(), [10.0, 20.0, 30.0, 40.0].into()],
            value: z.into(),
            gradients: vec![None, Some([1.0; 4].into())],
        };
        vec![
            at(Order::Ascending(Nans::Last), [2.0, 1.0, NAN, 1.0], [30.0, 10.0, 40.0, 20.0]),
            at(Order::Descending(Nans::First), [2.0, 2.0, NAN, 9.0], [30.0, 40.0, 10.0, 20.0]),
            at(Order::Ascending(Nans::Everywhere), [2.0, 1.0, NAN, NAN], [0.0, 0.0, 100.0, 0.0]),
            at(Order::Middles, [5.0, NAN, 4.0, NAN], [60.0, 0.0, 40.0, 0.0]),
            at(Order::RunningMax, [1.0, 3.0, 3.0, 2.0], [10.0, 90.0, 0.0, 0.0]),
            at(Order::RunningMin, [1.0, NAN, 0.0, NAN], [10.0, 90.0, 0.0, 0.0]),
        ]
    }
}
