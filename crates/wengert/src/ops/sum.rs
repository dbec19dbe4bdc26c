//! # sum
//!
//! Sum over axes.
//!
//! $$ y_i = \sum_j x_{ij}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y $ repeated over the reduced axes |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | everything; a sum of nothing is 0 |
//! | numerics | a fixed pairwise tree: error about $\log_2 n$ roundings, and the same bits for any number of threads |
//! | source | linearity; a term passes at most 16 roundings in its run and one for each pairwise level above |

use super::{Arity, Batch, Draw, Fused, Primitive, Sample, Special};
use crate::{Axes, AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};

/// The sum over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Sum {
    /// Whether every axis of an operand of this shape is reduced.
    pub(crate) fn is_over_all(&self, x: Shape) -> bool {
        (0..x.rank()).all(|k| self.axes.contains(k))
    }
}

impl Primitive for Sum {
    const NAME: &'static str = "sum";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(self.axes.reduced(x[0], self.keepdim))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        x[0].sum_over(self.axes, y, on)
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} repeated over axes {:?}", self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let shape = at.input(0).shape();
        [Some(ct.reshape(self.axes.reduced(shape, true)).broadcast_to(shape))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn vjp_fused<F: Float>(&self, x: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let shape = x[0].shape();
        let x_bar = at.ct().reshape(self.axes.reduced(shape, true)).broadcast_view(shape);
        at.send(0, x_bar);
        true
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let kept = self.axes.reduced(x[0].shape(), true);
        let mut sums = Tensor::zeros(kept);
        let values = sums.make_mut();
        let strides = kept.strides();
        x[0].shape().for_each_index(|ix| {
            let at = |k: usize| if self.axes.contains(k) { 0 } else { ix[k] * strides[k] as usize };
            values[(0..ix.len()).map(at).sum::<usize>()] += x[0].get(ix).expect("within the operand");
        });
        sums.reshape(y)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        reduction_cases()
            .into_iter()
            .map(|(shape, axes, keepdim)| {
                Sample::of(Self { axes, keepdim }, [draw.uniform(shape, -2.0, 2.0)])
            })
            .collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |axes: &[isize], rank| Self {
            axes: AxisSet::new("sum", axes, rank).expect("axes of the operand"),
            keepdim: false,
        };
        vec![
            Special::unary(op(&[0], 2), [[1.0, 2.0], [3.0, 4.0]], [4.0, 6.0], [[1.0; 2]; 2]),
            Special::unary(op(&[1], 2), [[1.0, 2.0], [3.0, 4.0]], [3.0, 7.0], [[1.0; 2]; 2]),
            Special::unary(op(&[0], 1), Tensor::zeros([0]), 0.0, Tensor::zeros([0])),
        ]
    }
}

/// Shapes, axes and keepdim that every reduction is tested at; no reduced axis is empty, except in [0, 2] over 1.
pub(crate) fn reduction_cases() -> Vec<(Shape, AxisSet, bool)> {
    let cases: [(&[usize], &[isize], bool); 11] = [
        (&[4], &[0], false),
        (&[2, 3], &[0], false),
        (&[2, 3], &[1], true),
        (&[2, 3], &[0, 1], false),
        (&[2, 3, 4], &[1], false),
        (&[2, 3, 4], &[2, 0], true),
        (&[2, 3, 4], &[-1, -2], false),
        (&[1, 2, 1], &[0], false),
        (&[], &[], false),
        (&[0, 2], &[1], false),
        (&[3, 1], &[1], true),
    ];
    let of = |(shape, axes, keepdim): (&[usize], &[isize], bool)| {
        (Shape::of(shape), AxisSet::new("reduction", axes, shape.len()).expect("axes of the shape"), keepdim)
    };
    cases.map(of).into()
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    pub(crate) fn sum_over(self, axes: AxisSet) -> Self {
        self.op1(Sum { axes, keepdim: false })
    }

    /// The sum of all elements, a scalar; see [`crate::ops::sum`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.sum().item(), 10.0);
    /// assert_eq!(x.sum_axes(0).value().to_vec(), [4.0, 6.0]);
    /// assert_eq!(x.sum_keepdim(-1).shape().dims(), [2, 1]);
    /// ```
    #[track_caller]
    pub fn sum(self) -> Self {
        self.sum_over(AxisSet::all(self.rank()))
    }

    /// The sum over some axes, which the result no longer has.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`].
    #[track_caller]
    pub fn try_sum_axes(self, axes: impl Axes) -> Result<Self, Error> {
        let axes = AxisSet::new("sum", axes.as_axes(), self.rank())?;
        self.tape.try_apply(Sum { axes, keepdim: false }, &[self])
    }

    /// As [`Var::try_sum_axes`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn sum_axes(self, axes: impl Axes) -> Self {
        or_panic(self.try_sum_axes(axes))
    }

    /// The sum over some axes, which keep size 1, so that the result broadcasts against the operand.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`].
    #[track_caller]
    pub fn try_sum_keepdim(self, axes: impl Axes) -> Result<Self, Error> {
        let axes = AxisSet::new("sum", axes.as_axes(), self.rank())?;
        self.tape.try_apply(Sum { axes, keepdim: true }, &[self])
    }

    /// As [`Var::try_sum_keepdim`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn sum_keepdim(self, axes: impl Axes) -> Self {
        or_panic(self.try_sum_keepdim(axes))
    }
}
