//! # cumprod
//!
//! Running product along an axis.
//!
//! $$ y_i = \prod_{j \le i} x_j $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_j = t_j\, y_{j-1}, \quad t_j = \bar y_j + x_{j+1}\, t_{j+1} $ by op `recurrence`, with $y_{-1} = 1$; never divided by $x_j$ |
//! | JVP | $ \dot y_i = \dot x_i\, y_{i-1} + x_i\, \dot y_{i-1} $ by op `recurrence` |
//! | shape | `[d…] → [d…]` |
//! | domain | everything, zeros included |
//! | numerics | one factor after the other: later factors, whose product may be out of range, never meet alone in the value; after a 0 the slope is 0, whatever they come to |
//! | source | the product rule, factor by factor |

use super::recurrence::Recurrence;
use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, axes::resolve, error::or_panic};
use wengert_kernels::reduce;

/// The running product along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cumprod {
    axis: usize,
}

impl Primitive for Cumprod {
    const NAME: &'static str = "cumprod";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        resolve(Self::NAME, self.axis as isize, x[0].rank())?;
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let x = x[0].contiguous();
        Tensor::build(y, |out| reduce::cumprod(on, y.around(self.axis), x.data(), out))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        let axis = self.axis;
        format!(
            "{{y}} of the element before along axis {axis} ⊙ the recurrence of {{ct}} with factors {{0}} from its end"
        )
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let back = Recurrence { axis: self.axis, reverse: true }.of(at.input(0), ct);
        [Some(back.zero_product(at.y().delayed(self.axis, 1.0)))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let own = |dx: Var<'t, F>| dx.zero_product(at.y().delayed(self.axis, 1.0));
        dx[0].map(|dx| Recurrence { axis: self.axis, reverse: false }.of(at.input(0), own(dx)))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axis: self.axis + 1 })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| {
            let mut at = ix.to_vec();
            let factor = |j| {
                at[self.axis] = j;
                x[0].get(&at).expect("within the operand")
            };
            (0..ix[self.axis] + 1).map(factor).product()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], usize); 7] =
            [(&[5], 0), (&[2, 3], 0), (&[2, 3], 1), (&[2, 3, 2], 1), (&[1], 0), (&[0, 2], 0), (&[2, 0], 0)];
        let of =
            |(shape, axis): (&[usize], usize)| Sample::of(Self { axis }, [draw.uniform(shape, -2.0, 2.0)]);
        cases.map(of).into()
    }

    fn special() -> Vec<Special<Self>> {
        const NAN: f64 = f64::NAN;
        const INF: f64 = f64::INFINITY;
        let op = |axis| Self { axis };
        let of = |x: [f64; 4], y: [f64; 4], dx: [f64; 4]| Special::unary(op(0), x, y, dx);
        vec![
            of([2.0, 0.0, 3.0, 4.0], [2.0, 0.0, 0.0, 0.0], [1.0, 32.0, 0.0, 0.0]),
            of([2.0, 0.0, 0.0, 4.0], [2.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]),
            of([0.0, 1e200, 1e200, 1.0], [0.0; 4], [INF, 0.0, 0.0, 0.0]),
            of([1e-200, 1e200, 1e200, 1e-300], [1e-200, 1.0, 1e200, 1e-100], [INF, 1.0, 1.0, 1e200]),
            of([1.0, NAN, 2.0, 0.0], [1.0, NAN, NAN, NAN], [NAN, 3.0, NAN, NAN]),
            of([0.0, INF, 1.0, 1.0], [0.0, NAN, NAN, NAN], [INF, 0.0, NAN, NAN]),
            Special::unary(
                op(1),
                [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
                [[1.0, 2.0, 6.0], [4.0, 20.0, 120.0]],
                [[9.0, 4.0, 2.0], [36.0, 28.0, 20.0]],
            ),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// The running product along an axis; see [`crate::ops::cumprod`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_cumprod(self, axis: isize) -> Result<Self, Error> {
        let axis = resolve("cumprod", axis, self.rank())?;
        self.tape.try_apply(Cumprod { axis }, &[self])
    }

    /// As [`Var::try_cumprod`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([2.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(x.cumprod(0).value().to_vec(), [2.0, 0.0, 0.0, 0.0]);
    /// assert_eq!(x.cumprod(0).sum().backward(&[x])[0].to_vec(), [1.0, 32.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cumprod(self, axis: isize) -> Self {
        or_panic(self.try_cumprod(axis))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, hessian};

    #[test]
    fn the_second_derivative_is_right_at_zeros() {
        let h = hessian(|x| x.cumprod(0).slice(0, -1..).sum(), &Tensor::from([2.0, 3.0, 0.0, 0.0]));
        assert_eq!((h[[2, 3]], h[[3, 2]]), (6.0, 6.0));
        assert_eq!(h.to_vec().iter().filter(|&&v| v == 0.0).count(), 14);
    }

    #[test]
    fn what_comes_after_a_product_that_is_cut_off_sends_nothing_back() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([2.0, 3.0, f64::NAN]);
        let y = x.cumprod(0).slice(0, ..2).square().sum();
        let g = y.grad(&[x])[0];
        assert_eq!(g.value().to_vec(), [40.0, 24.0, 0.0]);
        assert_eq!(g.sum().backward(&[x])[0].to_vec(), [44.0, 32.0, 0.0]);
    }

    #[test]
    fn runs_along_the_axis_named() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(x.cumprod(0).value(), Tensor::from([[1.0, 2.0], [3.0, 8.0]]));
        assert_eq!(x.cumprod(-1).value(), Tensor::from([[1.0, 2.0], [3.0, 12.0]]));
        assert!(matches!(x.try_cumprod(2), Err(Error::Axis { op: "cumprod", axis: 2, rank: 2 })));
    }
}
