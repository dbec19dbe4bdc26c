//! # cumsum
//!
//! Running sum along an axis, from either end.
//!
//! $$ y_i = \sum_{j \le i} x_j, \quad \text{reversed: } y_i = \sum_{j \ge i} x_j $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = $ the running sum of $\bar y$ from the other end |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[d…] → [d…]` |
//! | domain | everything |
//! | numerics | added one after the other in double precision, and rounded once each |
//! | source | linearity: the transpose of a lower triangle of ones is an upper one |

use super::{Arity, Batch, Draw, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, axes::resolve, error::or_panic};
use wengert_kernels::reduce;

/// The running sum along an axis, from its start or, reversed, from its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cumsum {
    axis: usize,
    reverse: bool,
}

impl Primitive for Cumsum {
    const NAME: &'static str = "cumsum";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        resolve(Self::NAME, self.axis as isize, x[0].rank())?;
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let x = x[0].contiguous();
        Tensor::build(y, |out| reduce::cumsum(on, y.around(self.axis), x.data(), out, self.reverse))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("the running sum of {{ct}} along axis {} from the other end", self.axis)
    }

    fn vjp<'t, F: Float>(&self, _: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.op1(Self { reverse: !self.reverse, ..*self }))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.op1(*self))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axis: self.axis + 1, ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let n = y.dims().get(self.axis).copied().unwrap_or(0);
        Tensor::from_fn(y, |ix| {
            let terms = if self.reverse { ix[self.axis]..n } else { 0..ix[self.axis] + 1 };
            let mut at = ix.to_vec();
            let term = |j| {
                at[self.axis] = j;
                x[0].get(&at).expect("within the operand")
            };
            terms.map(term).sum()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], usize); 7] =
            [(&[4], 0), (&[2, 3], 0), (&[2, 3], 1), (&[2, 3, 2], 1), (&[1], 0), (&[0, 2], 0), (&[2, 0], 0)];
        let both = |(shape, axis): (&[usize], usize)| {
            [false, true].map(|reverse| Sample::of(Self { axis, reverse }, [draw.uniform(shape, -2.0, 2.0)]))
        };
        cases.into_iter().flat_map(both).collect()
    }

    fn special() -> Vec<Special<Self>> {
        let x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let op = |axis, reverse| Self { axis, reverse };
        let down = [[1.0, 2.0, 3.0], [5.0, 7.0, 9.0]];
        vec![
            Special::unary(op(1, false), x, [[1.0, 3.0, 6.0], [4.0, 9.0, 15.0]], [[3.0, 2.0, 1.0]; 2]),
            Special::unary(op(1, true), x, [[6.0, 5.0, 3.0], [15.0, 11.0, 6.0]], [[1.0, 2.0, 3.0]; 2]),
            Special::unary(op(0, false), x, down, [[2.0; 3], [1.0; 3]]),
            Special::unary(op(0, false), [1.0, f64::NAN], [1.0, f64::NAN], [2.0, 1.0]),
        ]
    }
}

impl<F: Float> Var<'_, F> {
    /// The running sum along an axis; see [`crate::ops::cumsum`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_cumsum(self, axis: isize) -> Result<Self, Error> {
        let axis = resolve("cumsum", axis, self.rank())?;
        self.tape.try_apply(Cumsum { axis, reverse: false }, &[self])
    }

    /// As [`Var::try_cumsum`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// assert_eq!(x.cumsum(0).value().to_vec(), [1.0, 3.0, 6.0]);
    /// assert_eq!(x.cumsum(0).sum().backward(&[x])[0].to_vec(), [3.0, 2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cumsum(self, axis: isize) -> Self {
        or_panic(self.try_cumsum(axis))
    }

    /// The running sum along an axis, from its end to its start.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_cumsum_reverse(self, axis: isize) -> Result<Self, Error> {
        let axis = resolve("cumsum", axis, self.rank())?;
        self.tape.try_apply(Cumsum { axis, reverse: true }, &[self])
    }

    /// As [`Var::try_cumsum_reverse`].
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn cumsum_reverse(self, axis: isize) -> Self {
        or_panic(self.try_cumsum_reverse(axis))
    }
}
