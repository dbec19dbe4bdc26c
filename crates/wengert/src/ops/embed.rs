//! # embed
//!
//! Zeros, with the operand in a stepped range of one axis: the transpose of `slice`.
//!
//! $$ y_{\dots (s + i t) \dots} = x_{\dots i \dots}, \quad 0 \text{ elsewhere} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \operatorname{slice}(\bar y) $ of the same range |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, n, …] → […, d, …]` |
//! | domain | everything |
//! | source | linearity: the transpose of placement is selection |

use super::{
    Arity, Batch, Draw, Primitive, Sample, Special,
    indices::resized,
    slice::{Slice, slice_cases},
};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::pieces::{Place, place};

/// The operand as `part` of an axis of size `size`, the rest 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Embed {
    part: Slice,
    size: usize,
}

impl<F: Float> Var<'_, F> {
    /// Zeros of size `size` along the part's axis, with this variable as that part.
    #[track_caller]
    pub(crate) fn embed(self, part: Slice, size: usize) -> Self {
        self.op1(Embed { part, size })
    }
}

impl Primitive for Embed {
    const NAME: &'static str = "embed";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let Slice { axis, count, .. } = self.part;
        let given = x[0].dims();
        if given.get(axis) != Some(&count) || !self.part.fits(self.size) {
            let expected = "the axis, with as many elements as the part";
            return Err(Error::Shape { op: Self::NAME, given: given.into(), expected });
        }
        resized(x[0], axis, self.size) // checked: the whole may be too large
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        let x = x[0].contiguous();
        let at = Place { size: self.size, start: self.part.start, step: self.part.step };
        Tensor::build(y, |out| {
            out.fill(F::ZERO);
            place(x.data(), x.shape().around(self.part.axis), at, out);
        })
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        "the slice of {ct} where {0} went".into()
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(self.part))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { part: self.part.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let Slice { axis, start, count, step } = self.part;
        Tensor::from_fn(y, |ix| {
            let from = (0..count).find(|i| start + i * step == ix[axis]);
            let source = from.map(|i| [&ix[..axis], &[i], &ix[axis + 1..]].concat());
            source.map_or(0.0, |s| x[0].get(s).expect("within the operand"))
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(whole, part): (&[usize], Slice)| {
            let shape = Shape::of(whole).with(part.axis, part.count);
            Sample::of(Self { part, size: whole[part.axis] }, [draw.uniform(shape, -2.0, 2.0)])
        };
        slice_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |start, count, step| Self { part: Slice { axis: 0, start, count, step }, size: 5 };
        vec![
            Special::unary(op(1, 2, 2), [7.0, f64::NAN], [0.0, 7.0, 0.0, f64::NAN, 0.0], [1.0, 1.0]),
            Special::unary(op(2, 0, 1), Tensor::zeros([0]), [0.0; 5], Tensor::zeros([0])),
        ]
    }
}
