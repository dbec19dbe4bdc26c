//! # mean
//!
//! Arithmetic mean over axes.
//!
//! $$ y_i = \frac1n \sum_{j=1}^{n} x_{ij}, \quad j \text{ over the reduced axes} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \bar y / n $ repeated over the reduced axes |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d…] → [d… without the axes]`, or with size 1 there |
//! | domain | everything, also near the largest number of the type; the mean of nothing is NaN |
//! | numerics | the count is an integer; a fixed pairwise tree as in `sum` |
//! | source | linearity: the transpose of averaging hands each element $\bar y / n$ |

use super::reduction::{axis_forms, line_by_line};
use super::{Arity, Batch, Draw, Primitive, Sample, Special, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};

/// The mean over some axes, which are dropped or kept with size 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    pub(crate) axes: AxisSet,
    keepdim: bool,
}

impl Primitive for Mean {
    const NAME: &'static str = "mean";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(self.axes.reduced(x[0], self.keepdim))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        x[0].mean_over(self.axes, y, on)
    }

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        format!("{{ct}} / {}, repeated over axes {:?}", self.axes.count(x[0]), self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let shape = at.input(0).shape();
        [Some((ct / self.axes.count(shape) as f64).spread(self.axes, shape))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        line_by_line(&x[0], self.axes, y, |line| line.iter().sum::<f64>() / line.len() as f64)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let of =
            |(shape, axes, keepdim)| Sample::of(Self { axes, keepdim }, [draw.uniform(shape, -2.0, 2.0)]);
        reduction_cases().into_iter().map(of).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let op = |axes: &[isize], rank| Self {
            axes: AxisSet::new("mean", axes, rank).expect("axes of the operand"),
            keepdim: false,
        };
        const MAX: f64 = f64::MAX;
        vec![
            Special::unary(op(&[0], 2), [[1.0, 2.0], [3.0, 4.0]], [2.0, 3.0], [[0.5; 2]; 2]),
            Special::unary(op(&[1], 2), [[1.0, 2.0, 3.0]], [2.0], [[1.0 / 3.0; 3]]),
            Special::unary(op(&[0], 1), [MAX, MAX], MAX, [0.5, 0.5]),
            Special::unary(op(&[0], 1), Tensor::zeros([0]), f64::NAN, Tensor::zeros([0])),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    #[track_caller]
    pub(crate) fn mean_over(self, axes: AxisSet, keepdim: bool) -> Result<Self, Error> {
        self.tape.try_apply(Mean { axes, keepdim }, &[self])
    }

    /// The mean of all elements, a scalar; see [`crate::ops::mean`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.mean().item(), 2.5);
    /// assert_eq!(x.mean_axes(0).value().to_vec(), [2.0, 3.0]);
    /// assert_eq!(x.mean().backward(&[x])[0].to_vec(), [0.25; 4]);
    /// ```
    #[track_caller]
    pub fn mean(self) -> Self {
        self.op1(Mean { axes: AxisSet::all(self.rank()), keepdim: false })
    }
}

axis_forms! {
    "mean", "The mean", try_mean_axes, mean_axes, try_mean_keepdim, mean_keepdim, mean_over, (), ""
}

#[cfg(test)]
mod tests {
    use crate::{Tape, Tensor};

    const MANY: usize = if cfg!(debug_assertions) { 2_000_000 } else { 20_000_000 };

    #[test]
    fn the_mean_of_many_ones_is_exactly_one() {
        let tape = Tape::<f32>::new();
        let ones = tape.constant(Tensor::full([MANY / 2, 2], 1.0).contiguous());
        assert_eq!(ones.mean().item(), 1.0);
        assert_eq!(ones.mean_axes(0).value().to_vec(), [1.0, 1.0]);
        assert_eq!(ones.reshape([2, MANY / 2]).mean_axes(1).value().to_vec(), [1.0, 1.0]);
    }

    #[test]
    fn values_near_the_largest_do_not_overflow() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf([f32::MAX, f32::MAX, -f32::MAX, f32::MAX]);
        assert_eq!(x.mean().item(), f32::MAX / 2.0);
    }

    #[test]
    fn divides_by_the_inputs_reduced_and_not_by_the_outputs() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[6.0, 2.0, 1.0], [2.0, 4.0, 0.0]]);
        assert_eq!(x.mean_axes(0).value().to_vec(), [4.0, 3.0, 0.5]);
        assert_eq!(x.mean_axes(-1).value().to_vec(), [3.0, 2.0]);
        assert_eq!(x.mean_axes(0).sum().backward(&[x])[0].to_vec(), [0.5; 6]);
        assert_eq!(x.mean_axes([0, 1]).item(), 2.5);
    }
}
