//! # slice
//!
//! Every `step`-th element of a range of one axis.
//!
//! $$ y_{\dots i \dots} = x_{\dots (s + i t) \dots}, \quad 0 \le i < n $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \operatorname{embed}(\bar y) $: zeros with $\bar y$ in its place |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[…, d, …] → […, n, …]` |
//! | domain | everything; the result is a view; a range may be empty |
//! | source | linearity: the transpose of selection is placement among zeros |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, range::resolve_range};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, axes::resolve, error::or_panic};
use std::ops::{Range, RangeBounds};

/// `count` elements of an axis, from `start`, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    pub(crate) axis: usize,
    pub(crate) start: usize,
    pub(crate) count: usize,
    pub(crate) step: usize,
}

impl Slice {
    /// The op for a range given by users: negative positions count from the end.
    fn new(axis: isize, range: &impl RangeBounds<isize>, step: usize, x: Shape) -> Result<Self, Error> {
        let axis = resolve(Self::NAME, axis, x.rank())?;
        let Range { start, end } = resolve_range(Self::NAME, range, x.dims()[axis])?;
        if step == 0 {
            let (given, expected) = ("0".into(), "at least 1 (to walk down, flip the axis)");
            return Err(Error::Attribute { op: Self::NAME, name: "step", given, expected });
        }
        let count = (end - start).div_ceil(step);
        // a step beyond the axis moves nowhere; cut, it cannot overflow a stride
        Ok(Self { axis, start, count, step: step.min(x.dims()[axis].max(1)) })
    }

    /// The same part of a tensor that has one more axis in front.
    pub(crate) fn behind_batch(self) -> Self {
        Self { axis: self.axis + 1, ..self }
    }

    /// Whether an axis of size `size` holds all the positions.
    pub(crate) fn fits(&self, size: usize) -> bool {
        match self.count.checked_sub(1) {
            None => self.start <= size,
            Some(n) => {
                n.checked_mul(self.step).and_then(|n| n.checked_add(self.start)).is_some_and(|p| p < size)
            }
        }
    }
}

impl Primitive for Slice {
    const NAME: &'static str = "slice";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if self.axis >= x[0].rank() || !self.fits(x[0].dims()[self.axis]) {
            let expected = "the axis, long enough for the range";
            return Err(Error::Shape { op: Self::NAME, given: x[0].dims().into(), expected });
        }
        Ok(x[0].with(self.axis, self.count))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, _: &Threads) -> Tensor<F> {
        x[0].slice_view(self.axis, self.start, self.count, self.step as isize)
    }

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        format!("zeros of shape {}, with {{ct}} in the place of the slice", x[0])
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.embed(*self, at.input(0).shape().dims()[self.axis]))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(self.behind_batch())
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| {
            let mut source = ix.to_vec();
            source[self.axis] = self.start + ix[self.axis] * self.step;
            x[0].get(source).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of = |(shape, op): (&[usize], Self)| Sample::of(op, [draw.uniform(shape, -2.0, 2.0)]);
        slice_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |start, count, step| Self { axis: 0, start, count, step };
        let x = [1.0, f64::NAN, 3.0, f64::INFINITY, 5.0];
        vec![
            Special::unary(op(0, 3, 2), x, [1.0, 3.0, 5.0], [1.0, 0.0, 1.0, 0.0, 1.0]),
            Special::unary(op(1, 1, 4), x, [f64::NAN], [0.0, 1.0, 0.0, 0.0, 0.0]),
            Special::unary(op(5, 0, 1), x, Tensor::zeros([0]), [0.0; 5]),
        ]
    }
}

/// Shapes of the whole, with the part taken.
pub(crate) fn slice_cases() -> Vec<(&'static [usize], Slice)> {
    let part = |axis, start, count, step| Slice { axis, start, count, step };
    vec![
        (&[5], part(0, 1, 3, 1)),
        (&[5], part(0, 1, 2, 2)),
        (&[2, 3], part(1, 0, 2, 2)),
        (&[4, 3], part(0, 0, 2, 3)),
        (&[2, 3, 2], part(1, 1, 2, 1)),
        (&[3, 1], part(1, 0, 1, 1)),
        (&[2, 3], part(0, 2, 0, 1)),
        (&[0, 2], part(1, 1, 1, 1)),
        (&[0], part(0, 0, 0, 1)),
    ]
}

/// Refuses a reach beyond a shape along any axis.
pub(crate) fn check_reach(op: &'static str, shape: Shape, reach: Shape) -> Result<(), Error> {
    if reach.rank() == shape.rank() && shape.dims().iter().zip(reach.dims()).all(|(own, asked)| asked <= own)
    {
        return Ok(());
    }
    let (lhs, rhs) = (shape.dims().into(), reach.dims().into());
    let expected = "as many axes in both (reshape adds some of size 1), and none longer in the second";
    Err(Error::ShapeMismatch { op, lhs, rhs, expected })
}

impl<F: Float> Var<'_, F> {
    /// The elements below `reach` along every axis.
    #[track_caller]
    pub(crate) fn try_corner(self, op: &'static str, reach: Shape) -> Result<Self, Error> {
        check_reach(op, self.shape(), reach)?;
        let shape = self.shape();
        let sizes = shape.dims().iter().zip(reach.dims()).enumerate();
        let mut corner = self;
        for (axis, (_, &count)) in sizes.filter(|(_, (own, asked))| asked < own) {
            corner = corner.op1(Slice { axis, start: 0, count, step: 1 });
        }
        Ok(corner)
    }

    /// A range of one axis; see [`crate::ops::slice`].
    ///
    /// Negative positions count from the end; the axis stays, also with one element or none.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Index`] for a position the axis does not have (ranges are not cut to fit);
    /// [`Error::Attribute`] for a range whose start lies after its end.
    #[track_caller]
    pub fn try_slice(self, axis: isize, range: impl RangeBounds<isize>) -> Result<Self, Error> {
        self.try_slice_step(axis, range, 1)
    }

    /// As [`Var::try_slice`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.slice(0, 1..-1).value().to_vec(), [2.0, 3.0]);
    /// assert_eq!(x.slice(0, -2..).sum().backward(&[x])[0].to_vec(), [0.0, 0.0, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn slice(self, axis: isize, range: impl RangeBounds<isize>) -> Self {
        or_panic(self.try_slice(axis, range))
    }

    /// Every `step`-th element of a range of one axis, from its start.
    ///
    /// # Errors
    ///
    /// As [`Var::try_slice`]; [`Error::Attribute`] for a step of 0.
    #[track_caller]
    pub fn try_slice_step(
        self,
        axis: isize,
        range: impl RangeBounds<isize>,
        step: usize,
    ) -> Result<Self, Error> {
        let op = Slice::new(axis, &range, step, self.shape())?;
        let whole = op.count == self.shape().dims()[op.axis]; // nothing left out: start 0, step 1
        if whole { Ok(self) } else { self.tape.try_apply(op, &[self]) }
    }

    /// As [`Var::try_slice_step`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(x.slice_step(0, 1.., 2).value().to_vec(), [2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn slice_step(self, axis: isize, range: impl RangeBounds<isize>, step: usize) -> Self {
        or_panic(self.try_slice_step(axis, range, step))
    }
}
