//! # recurrence
//!
//! Linear recurrence of first order along an axis, from either end: what running products are differentiated by.
//!
//! $$ y_i = b_i + a_i\, y_{i-1}, \quad \text{reversed: } y_i = b_i + a_{i+1}\, y_{i+1} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar b = $ the same op from the other end, of $(a, \bar y)$; $ \bar a_i = \bar b_i\, y_{i-1}$, reversed: $ \bar a_i = \bar b_{i-1}\, y_i $ |
//! | JVP | $ \dot y = $ the same op of $(a, \dot b + c)$ with $c_i = \dot a_i\, y_{i-1}$, reversed: $c_i = \dot a_{i+1}\, y_{i+1}$ |
//! | shape | `[d…] × [d…] → [d…]` |
//! | domain | everything; the first $a$ has no use |
//! | numerics | a product with $y = 0$ is 0, whatever $a$: where nothing has arrived so far, nothing passes on |
//! | source | $y = (I - A)^{-1} b$ with $a$ below the diagonal of $A$, reversed its transpose, whose inverse is the transpose |

use super::elementwise::same_shape;
use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, axes::resolve};
use wengert_kernels::reduce;

/// The recurrence along an axis, from its start or, reversed, from its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    pub(crate) axis: usize,
    pub(crate) reverse: bool,
}

impl Recurrence {
    /// The op applied by a rule, whose operands fit.
    #[track_caller]
    pub(crate) fn of<'t, F: Float>(self, a: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        a.tape.apply(self, &[a, b])
    }
}

impl Primitive for Recurrence {
    const NAME: &'static str = "recurrence";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let shape = same_shape(Self::NAME, x)?;
        resolve(Self::NAME, self.axis as isize, shape.rank())?;
        Ok(shape)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let (a, b, dims) = (x[0].contiguous(), x[1].contiguous(), y.around(self.axis));
        Tensor::build(y, |out| reduce::recurrence(on, dims, a.data(), b.data(), out, self.reverse))
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        let back = format!(
            "the recurrence of {{ct}} with factors {{0}} along axis {}, from the other end",
            self.axis
        );
        if k == 0 { format!("{back}, ⊙ {{y}} of the neighbor that it came from") } else { back }
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let ([a, _], y) = (at.x(), at.y());
        let back = Self { reverse: !self.reverse, ..*self }.of(a, ct);
        let a_bar = || {
            let (back, y) = if self.reverse {
                (back.delayed(self.axis, 0.0), y)
            } else {
                (back, y.delayed(self.axis, 0.0))
            };
            back.zero_product(y)
        };
        [at.wants(0).then(a_bar), at.wants(1).then_some(back)].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let ([a, _], y) = (at.x(), at.y());
        let of_a = dx[0].map(|da| {
            if self.reverse {
                da.zero_product(y).advanced(self.axis)
            } else {
                da.zero_product(y.delayed(self.axis, 0.0))
            }
        });
        let db = match (of_a, dx[1]) {
            (Some(c), Some(db)) => Some(db + c),
            (c, db) => c.or(db),
        };
        db.map(|db| self.of(a, db))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axis: self.axis + 1, ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let n = y.dims().get(self.axis).copied().unwrap_or(0);
        // The sum, over where a term comes from, of that times all factors on the way.
        Tensor::from_fn(y, |ix| {
            let i = ix[self.axis];
            let at = |t: &Tensor<f64>, j: usize| {
                let mut ix = ix.to_vec();
                ix[self.axis] = j;
                t.get(&ix).expect("within the operand")
            };
            let term = |j: usize| {
                let way = if self.reverse { i + 1..j + 1 } else { j + 1..i + 1 };
                at(&x[1], j) * way.map(|k| at(&x[0], k)).product::<f64>()
            };
            if self.reverse { (i..n).map(term).sum() } else { (0..i + 1).map(term).sum() }
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], usize); 6] =
            [(&[4], 0), (&[2, 3], 0), (&[2, 3], 1), (&[1], 0), (&[0, 2], 0), (&[2, 0], 0)];
        let mut of = |shape, axis, reverse| {
            Sample::of(Self { axis, reverse }, [0, 1].map(|_| draw.uniform(shape, -2.0, 2.0)))
        };
        cases
            .into_iter()
            .flat_map(|(shape, axis)| [false, true].map(|reverse| of(shape, axis, reverse)))
            .collect()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        let (up, down) = (Self { axis: 0, reverse: false }, Self { axis: 0, reverse: true });
        let (a, b) = ([9.0, 2.0, 3.0], [1.0, 0.0, 1.0]);
        vec![
            Special::binary(up, [a, b], [1.0, 2.0, 7.0], [[0.0, 4.0, 2.0], [9.0, 4.0, 1.0]]),
            Special::binary(down, [a, b], [7.0, 3.0, 1.0], [[0.0, 3.0, 3.0], [1.0, 3.0, 10.0]]),
            Special::binary(up, [[NAN, NAN], [0.0, 1.0]], [0.0, 1.0], [[0.0, 0.0], [NAN, 1.0]]),
            Special::binary(down, [[NAN, NAN], [1.0, 0.0]], [1.0, 0.0], [[0.0, 0.0], [1.0, NAN]]),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// Each element one place later along an axis, with `first` at the start; the last is dropped.
    #[track_caller]
    pub(crate) fn delayed(self, axis: usize, first: f64) -> Self {
        let Some(last) = self.shape().dims()[axis].checked_sub(1) else { return self };
        let kept = self.slice(axis as isize, ..last as isize);
        Self::concat(&[self.end(axis, first), kept], axis as isize)
    }

    /// Each element one place earlier along an axis, with 0 at the end; the first is dropped.
    #[track_caller]
    fn advanced(self, axis: usize) -> Self {
        if self.shape().dims()[axis] == 0 {
            return self;
        }
        Self::concat(&[self.slice(axis as isize, 1..), self.end(axis, 0.0)], axis as isize)
    }

    /// A layer of one number across an axis.
    #[track_caller]
    fn end(self, axis: usize, value: f64) -> Self {
        self.constant(value).broadcast_to(self.shape().with(axis, 1))
    }
}
