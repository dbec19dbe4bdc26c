//! # flip
//!
//! The same elements with some axes reversed.
//!
//! $$ y_{\dots i \dots} = x_{\dots (d - 1 - i) \dots} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the same op of $\bar y$ |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d…] → [d…]` |
//! | domain | everything; the result is a view with negative strides |
//! | source | a reversal is its own inverse, and the transpose of a permutation is its inverse |

use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Axes, AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};

/// The axes in the set, reversed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flip {
    axes: AxisSet,
}

impl Primitive for Flip {
    const NAME: &'static str = "flip";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        match self.axes.iter().find(|&a| a >= x[0].rank()) {
            Some(axis) => Err(Error::Axis { op: Self::NAME, axis: axis as isize, rank: x[0].rank() }),
            None => Ok(x[0]),
        }
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        let size = |axis: usize| y.dims()[axis];
        let reversed = self.axes.iter().filter(|&axis| size(axis) > 1);
        reversed.fold(x[0].clone(), |y, axis| y.slice_view(axis, size(axis) - 1, size(axis), -1))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{ct}} reversed along axes {:?}", self.axes)
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(*self))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch() })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| {
            let mirrored = |(k, &i): (usize, &usize)| {
                if self.axes.contains(k) { y.dims()[k] - 1 - i } else { i }
            };
            x[0].get(ix.iter().enumerate().map(mirrored).collect::<Vec<_>>()).expect("within the operand")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[isize]); 8] = [
            (&[3], &[0]),
            (&[2, 3], &[1]),
            (&[2, 3], &[0, -1]),
            (&[2, 3, 2], &[1]),
            (&[2, 3], &[]),
            (&[], &[]),
            (&[0, 2], &[0, 1]),
            (&[1, 2, 1], &[0, 1]),
        ];
        let of = |(shape, axes): (&[usize], &[isize])| {
            let axes = AxisSet::new(Self::NAME, axes, shape.len()).expect("axes of the shape");
            Sample::of(Self { axes }, [draw.uniform(shape, -2.0, 2.0)])
        };
        cases.map(of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self { axes: AxisSet::all(1) };
        vec![Special::unary(op, [1.0, f64::NAN, f64::INFINITY], [f64::INFINITY, f64::NAN, 1.0], [1.0; 3])]
    }
}

impl<F: Float> Var<'_, F> {
    /// The same elements with some axes reversed; see [`crate::ops::flip`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`].
    #[track_caller]
    pub fn try_flip(self, axes: impl Axes) -> Result<Self, Error> {
        let axes = AxisSet::new(Flip::NAME, axes.as_axes(), self.rank())?;
        self.tape.try_apply(Flip { axes }, &[self])
    }

    /// As [`Var::try_flip`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// assert_eq!(x.flip(0).value().to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn flip(self, axes: impl Axes) -> Self {
        or_panic(self.try_flip(axes))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape};

    #[test]
    fn the_gradient_comes_back_in_the_order_of_the_operand() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        let weights = tape.constant([[1.0, 10.0], [100.0, 1000.0]]);
        let g = (x.flip(0) * weights).sum().backward(&[x]);
        assert_eq!(g[0].to_vec(), [100.0, 1000.0, 1.0, 10.0]);
        assert!(matches!(x.try_flip([0, -2]), Err(Error::RepeatedAxis { axis: 0, .. })));
    }
}
