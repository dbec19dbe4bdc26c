//! # permute
//!
//! The same elements with the axes in another order.
//!
//! $$ y_{i_0 \dots i_{r-1}} = x_{j_0 \dots j_{r-1}}, \quad j_{\sigma(k)} = i_k $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the inverse order applied to $\bar y$ |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d₀…] → [d_σ(0)…]` |
//! | domain | everything; the result is a view |
//! | source | the transpose of a permutation is its inverse |

use super::{Arity, Batch, Draw, Fused, Primitive, Sample, Special};
use crate::{
    AxisSet, Error, Float, Line, MAX_RANK, Pullback, Shape, Tensor, Threads, Var, axes::resolve,
    error::or_panic,
};
use smallvec::SmallVec;

/// Axis `k` of the result is axis `order[k]` of the operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Permute {
    order: [u8; MAX_RANK],
    rank: u8,
}

impl Permute {
    /// The op for an order given by users: negative axes count from the last.
    fn new(order: &[isize], rank: usize) -> Result<Self, Error> {
        AxisSet::new(Self::NAME, order, rank)?; // in range, none twice
        if order.len() != rank {
            return Err(Error::Arity { op: Self::NAME, given: order.len(), expected: "every axis once" });
        }
        let mut resolved = [0; MAX_RANK];
        for (r, &axis) in resolved.iter_mut().zip(order) {
            *r = resolve(Self::NAME, axis, rank)? as u8;
        }
        Ok(Self { order: resolved, rank: rank as u8 })
    }

    pub(crate) fn order(&self) -> SmallVec<[usize; MAX_RANK]> {
        self.order[..usize::from(self.rank)].iter().map(|&a| usize::from(a)).collect()
    }

    /// The same order of the axes of a tensor that has one more in front, which stays there.
    fn behind_batch(&self) -> Self {
        let mut order = [0; MAX_RANK];
        for (k, a) in self.order().into_iter().enumerate().take(MAX_RANK - 1) {
            order[k + 1] = a as u8 + 1;
        }
        Self { order, rank: self.rank + 1 }
    }

    fn inverse(&self) -> Self {
        let mut order = [0; MAX_RANK];
        for (k, a) in self.order().into_iter().enumerate() {
            order[a] = k as u8;
        }
        Self { order, rank: self.rank }
    }
}

impl Primitive for Permute {
    const NAME: &'static str = "permute";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if x[0].rank() != usize::from(self.rank) {
            return Err(Error::Shape {
                op: Self::NAME,
                given: x[0].dims().into(),
                expected: "as many axes as named",
            });
        }
        Shape::new(self.order().iter().map(|&a| x[0].dims()[a]).collect::<SmallVec<[usize; MAX_RANK]>>())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, _: &Threads) -> Tensor<F> {
        x[0].permute_view(&self.order())
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} with its axes in the order {:?}, back as they were", self.inverse().order())
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(self.inverse()))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn vjp_fused<F: Float>(&self, _: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let x_bar = at.ct().permute_view(&self.inverse().order());
        at.send(0, x_bar);
        true
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(self.behind_batch())
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let order = self.order();
        Tensor::from_fn(y, |ix| {
            let mut source = vec![0; order.len()];
            for (k, &a) in order.iter().enumerate() {
                source[a] = ix[k];
            }
            x[0].get(source).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[isize]); 6] = [
            (&[2, 3], &[1, 0]),
            (&[2, 3, 4], &[2, 0, 1]),
            (&[1, 3, 2, 2], &[0, 2, 3, 1]),
            (&[], &[]),
            (&[0, 2], &[1, 0]),
            (&[3], &[0]),
        ];
        let mut of = |(shape, order): (&[usize], &[isize])| {
            let op = Self::new(order, shape.len()).expect("a permutation");
            Sample::of(op, [draw.uniform(shape, -2.0, 2.0)])
        };
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self::new(&[1, 0], 2).expect("a permutation");
        let x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        vec![Special::unary(op, x, [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]], [[1.0; 3]; 2])]
    }
}

impl<F: Float> Var<'_, F> {
    /// The axes in another order: axis `k` of the result is axis `order[k]`; see [`crate::ops::permute`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`], [`Error::Arity`] unless every axis is named once.
    #[track_caller]
    pub fn try_permute(self, order: impl AsRef<[isize]>) -> Result<Self, Error> {
        self.tape.try_apply(Permute::new(order.as_ref(), self.rank())?, &[self])
    }

    /// As [`Var::try_permute`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f32>::new();
    /// let x = tape.leaf([[[1.0, 2.0]]]);
    /// assert_eq!(x.permute([2, 0, 1]).shape().dims(), [2, 1, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn permute(self, order: impl AsRef<[isize]>) -> Self {
        or_panic(self.try_permute(order))
    }

    /// Two axes exchanged; negative axes count from the last.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_transpose(self, a: isize, b: isize) -> Result<Self, Error> {
        let rank = self.rank();
        let mut order: Vec<isize> = (0..rank as isize).collect();
        order.swap(resolve("transpose", a, rank)?, resolve("transpose", b, rank)?);
        self.try_permute(order)
    }

    /// As [`Var::try_transpose`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn transpose(self, a: isize, b: isize) -> Self {
        or_panic(self.try_transpose(a, b))
    }

    /// The transpose of a matrix or of a stack of matrices: the last two axes exchanged.
    ///
    /// # Panics
    ///
    /// If there are fewer than two axes.
    #[track_caller]
    pub fn t(self) -> Self {
        self.transpose(-2, -1)
    }
}
