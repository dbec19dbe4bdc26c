//! # broadcast_to
//!
//! The same elements repeated along new axes and axes of size 1.
//!
//! $$ y_{i_1 \dots i_r} = x_{j_1 \dots j_s}, \quad j = i \text{ aligned at the last axis, 0 where } x \text{ has size 1} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the sum of $\bar y$ over the repeated axes |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[s…] → [d…]` |
//! | domain | everything; the result is a view with stride 0 |
//! | source | linearity: the transpose of repetition is summation |

use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{
    AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic, shape::joined,
};

/// Repetition to a larger shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BroadcastTo {
    to: Shape,
}

/// The axes of `to` along which a tensor of shape `from` is repeated.
fn repeated(from: Shape, to: Shape) -> AxisSet {
    let lead = to.rank() - from.rank();
    let is_repeated = |&k: &usize| k < lead || (from.dims()[k - lead] == 1 && to.dims()[k] != 1);
    (0..to.rank()).filter(is_repeated).collect()
}

impl Primitive for BroadcastTo {
    const NAME: &'static str = "broadcast_to";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        x[0].check_repeats_to(Self::NAME, self.to)?;
        Ok(self.to)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        x[0].broadcast_view(y)
    }

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        format!("{{ct}} summed over axes {:?}, along which {{0}} was repeated", repeated(x[0], self.to))
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let from = at.input(0).shape();
        [Some(ct.sum_over(repeated(from, self.to)).reshape(from))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.broadcast_to(self.to))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let (from, n) = (at.shape(0), at.size());
        let new = vec![1; self.to.rank() - from.rank()];
        let aligned = at.each(0)?.try_reshape(joined(&[&[n], &new, from.dims()]))?;
        aligned.try_broadcast_to(at.stacked(self.to)?)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (lead, dims) = (y.rank() - x[0].rank(), x[0].dims());
        Tensor::from_fn(y, |ix| {
            let source: Vec<usize> =
                ix[lead..].iter().zip(dims).map(|(&i, &d)| if d == 1 { 0 } else { i }).collect();
            x[0].get(source).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 8] = [
            (&[3], &[2, 3]),
            (&[2, 1], &[2, 3]),
            (&[], &[2, 2]),
            (&[1, 3, 1], &[2, 3, 4]),
            (&[5, 1, 1], &[5, 1, 7]),
            (&[1], &[0]),
            (&[1, 2], &[0, 2]),
            (&[], &[]),
        ];
        let mut of =
            |(from, to)| Sample::of(Self { to: Shape::of(to) }, [draw.uniform(Shape::of(from), -2.0, 2.0)]);
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self { to: Shape::of(&[2, 2]) };
        vec![Special::unary(op, [1.0, 2.0], [[1.0, 2.0], [1.0, 2.0]], [2.0, 2.0])]
    }
}

impl<F: Float> Var<'_, F> {
    /// The same elements repeated to a larger shape, aligned at the last axis; see [`crate::ops::broadcast_to`].
    ///
    /// # Errors
    ///
    /// [`Error::Broadcast`] if some size is neither equal nor 1; those of [`Shape::new`].
    #[track_caller]
    pub fn try_broadcast_to(self, shape: impl AsRef<[usize]>) -> Result<Self, Error> {
        let to = Shape::new(shape)?;
        if to == self.shape() { Ok(self) } else { self.tape.try_apply(BroadcastTo { to }, &[self]) }
    }

    /// As [`Var::try_broadcast_to`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0]);
    /// assert_eq!(x.broadcast_to([3, 2]).sum().backward(&[x])[0].to_vec(), [3.0, 3.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn broadcast_to(self, shape: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_broadcast_to(shape))
    }
}
