//! # reshape
//!
//! The same elements in row-major order under another shape.
//!
//! $$ y_{(i)} = x_{(i)}, \quad (i) \text{ the position in row-major order} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x = \operatorname{reshape}(\bar y, \text{shape of } x) $ |
//! | JVP | $ \dot y = $ the same op of $\dot x$ |
//! | shape | `[s…] → [d…]`, as many elements |
//! | domain | everything; a view unless the operand is strided |
//! | source | a permutation of nothing: the identity on the elements |

use super::{Arity, Batch, Draw, Fused, Primitive, Sample, Special};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, error::or_panic};

/// Another shape for the same elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reshape {
    to: Shape,
}

impl Primitive for Reshape {
    const NAME: &'static str = "reshape";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        if x[0].len() != self.to.len() {
            return Err(Error::Reshape { from: x[0].dims().into(), to: self.to.dims().into() });
        }
        Ok(self.to)
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        x[0].reshape(y)
    }

    fn pullback_in_words(&self, _: usize, x: &[Shape]) -> String {
        format!("{{ct}} reshaped to {}", x[0])
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(ct.reshape(at.input(0).shape()))].into()
    }

    fn jvp<'t, F: Float>(&self, _: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| dx.reshape(self.to))
    }

    fn vjp_fused<F: Float>(&self, x: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let x_bar = at.take().reshape(x[0].shape());
        at.send(0, x_bar);
        true
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.each(0)?.try_reshape(at.stacked(self.to)?)
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::new(y, x[0].to_vec()).expect("as many elements")
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 6] = [
            (&[2, 3], &[6]),
            (&[2, 3], &[3, 2]),
            (&[], &[1, 1]),
            (&[4], &[2, 1, 2]),
            (&[0, 2], &[3, 0]),
            (&[1], &[]),
        ];
        let mut of =
            |(from, to)| Sample::of(Self { to: Shape::of(to) }, [draw.uniform(Shape::of(from), -2.0, 2.0)]);
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let op = Self { to: Shape::of(&[3, 2]) };
        let x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        vec![Special::unary(op, x, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0; 3]; 2])]
    }
}

impl<F: Float> Var<'_, F> {
    /// The same elements in row-major order under another shape; see [`crate::ops::reshape`].
    ///
    /// # Errors
    ///
    /// [`Error::Reshape`] if the number of elements differs; those of [`Shape::new`].
    #[track_caller]
    pub fn try_reshape(self, shape: impl AsRef<[usize]>) -> Result<Self, Error> {
        let to = Shape::new(shape)?;
        if to == self.shape() { Ok(self) } else { self.tape.try_apply(Reshape { to }, &[self]) }
    }

    /// As [`Var::try_reshape`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.reshape([4]).value().to_vec(), [1.0, 2.0, 3.0, 4.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn reshape(self, shape: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_reshape(shape))
    }
}
