//! Ops that users write, with rules of their own.

use crate::ops::{Arity, Batch};
use crate::{Error, Float, Line, Op, Primitive, Pullback, Shape, Tensor, Threads, Var, segment::Segment};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// An op defined outside this crate: its value, and its derivative as two rules.
///
/// The rules are ordinary code over [`Var`]s; if they use differentiable ops only, the op can be differentiated any
/// number of times. Prove them with [`check_gradients`](crate::check_gradients), as the built-in ones are.
///
/// ```
/// use wengert::{prelude::*, CustomOp, Line, Pullback};
///
/// /// y = x³
/// struct Cube;
///
/// impl CustomOp<f64> for Cube {
///     fn name(&self) -> &'static str { "cube" }
///     fn arity(&self) -> usize { 1 }
///     fn shape(&self, x: &[Shape]) -> Result<Shape, Error> { Ok(x[0]) }
///     fn eval(&self, x: &[&Tensor<f64>]) -> Result<Tensor<f64>, Error> { Ok(x[0].map(|x| x * x * x)) }
///     fn vjp<'t>(&self, at: &Line<'t, f64>, ct: Var<'t, f64>) -> Pullback<'t, f64> {
///         let [x] = at.x();
///         [Some(ct * (x * x * 3.0))].into()
///     }
///     fn jvp<'t>(&self, at: &Line<'t, f64>, dx: &[Option<Var<'t, f64>>]) -> Option<Var<'t, f64>> {
///         let [x] = at.x();
///         dx[0].map(|dx| dx * (x * x * 3.0))
///     }
/// }
///
/// check_gradients(|x| x.tape().custom(Cube, &[x]), &Tensor::from([0.5, -2.0]))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait CustomOp<F: Float>: Send + Sync {
    /// The name shown in listings and errors.
    fn name(&self) -> &'static str;
    /// The number of operands.
    fn arity(&self) -> usize;
    /// Whether [`CustomOp::arity`] is the least number of operands, and more are welcome.
    fn variadic(&self) -> bool {
        false
    }
    /// The shape of the output, or why these operands do not fit.
    ///
    /// # Errors
    ///
    /// Whatever describes the misfit, for example [`Error::Shape`].
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error>;
    /// The value.
    ///
    /// # Errors
    ///
    /// Whatever makes the value impossible.
    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error>;
    /// Pulls the cotangent of the output back to the inputs that `at` wants.
    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F>;
    /// Pushes tangents forward; `None` is "no contribution".
    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>>;
    /// The op over a batch of examples at once, as [`Primitive::batch`](crate::Primitive::batch), for
    /// [`Tape::vmap`](crate::Tape::vmap).
    ///
    /// # Errors
    ///
    /// [`Error::Unbatched`], unless the op has a rule.
    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        Err(at.refused(self.name(), None))
    }
    /// Whether the rules cover operand `input`; recording a tracked one that they do not cover is an error.
    fn differentiable(&self, input: usize) -> bool {
        let _ = input;
        true
    }
    /// The op with its attributes, as a listing shows it.
    fn describe(&self) -> String {
        self.name().into()
    }
    /// The cotangent of operand `k` in words, as [`Primitive::pullback_in_words`].
    fn pullback_in_words(&self, k: usize, x: &[Shape]) -> String {
        let _ = x;
        format!("{{ct}} pulled back to operand {k} by the rule of {}", self.name())
    }
    /// Why the derivative is zero or absent everywhere, if it is.
    fn locally_constant(&self) -> Option<&'static str> {
        None
    }
    /// The op as a value that [`CustomOp::same_as`] of another can look at; none for ops that are equal to no other.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
    /// Whether both have the same value at the same operands, bit for bit: a plan then computes it once.
    fn same_as(&self, other: &dyn CustomOp<F>) -> bool {
        let _ = other;
        false
    }
    /// The function that the op is, if it was made of one; only this crate can make it.
    #[doc(hidden)]
    fn segment(&self) -> Option<&Segment<F>> {
        None
    }
    /// The same op over both precisions, if its rules are written for either.
    #[doc(hidden)]
    fn in_both_precisions(&self) -> Option<BothPrecisions> {
        None
    }
}

/// One op over numbers of both precisions.
#[doc(hidden)]
pub struct BothPrecisions {
    pub(crate) single: Op<f32>,
    pub(crate) double: Op<f64>,
}

/// Leaves a rule with an error, which [`guarded`] returns as it is.
pub(crate) fn raise(error: Error) -> ! {
    resume_unwind(Box::new(error))
}

/// A primitive of another crate as the tape takes it: what it says of itself is asked of it.
pub(crate) struct Outside<P>(pub(crate) P);

impl<F: Float, P: Primitive> CustomOp<F> for Outside<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn arity(&self) -> usize {
        match P::ARITY {
            Arity::Exactly(n) | Arity::AtLeast(n) => n,
        }
    }
    fn variadic(&self) -> bool {
        matches!(P::ARITY, Arity::AtLeast(_))
    }
    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.0.shape(x)
    }
    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        let shapes: Vec<Shape> = x.iter().map(|x| x.shape()).collect();
        self.0.try_eval(x, self.0.shape(&shapes)?, &Threads::one())
    }
    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        self.0.vjp(at, ct)
    }
    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        self.0.jvp(at, dx)
    }
    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        self.0.batch(at)
    }
    fn describe(&self) -> String {
        format!("{:?}", self.0)
    }
    fn pullback_in_words(&self, k: usize, x: &[Shape]) -> String {
        self.0.pullback_in_words(k, x)
    }
    fn locally_constant(&self) -> Option<&'static str> {
        P::LOCALLY_CONSTANT
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(&self.0)
    }
    fn same_as(&self, other: &dyn CustomOp<F>) -> bool {
        other.as_any().and_then(|other| other.downcast_ref()).is_some_and(|other| self.0 == *other)
    }
    fn in_both_precisions(&self) -> Option<BothPrecisions> {
        Some(BothPrecisions { single: Op::outside(self.0.clone()), double: Op::outside(self.0.clone()) })
    }
}

/// Runs user code; a panic in it becomes an error naming the op, and the engine stays usable.
pub(crate) fn guarded<R>(op: &'static str, what: &str, f: impl FnOnce() -> R) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        if let Some(error) = payload.downcast_ref::<Error>() {
            return error.clone();
        }
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("(no message)");
        Error::Custom { op, problem: format!("{what} panicked: {message}") }
    })
}

#[cfg(test)]
mod tests {
    use crate::ops::{clamp::Clamp, matmul::MatMul};
    use crate::{Op, Primitive, Shape, Tensor};

    #[test]
    fn a_primitive_from_outside_says_what_it_says_inside() {
        let clamp = |hi| Clamp::new(0.0, hi).expect("ordered");
        let (inside, outside) = (Op::<f64>::from(clamp(1.0)), Op::outside(clamp(1.0)));
        let x = Tensor::from([-1.0, 0.5, 2.0]);
        assert_eq!(outside.eval(&[&x]), inside.eval(&[&x]));
        assert_eq!((outside.name(), outside.arity()), (inside.name(), inside.arity()));
        assert_eq!(format!("{outside:?}"), format!("{:?}", clamp(1.0)));
        assert!(outside.same_as(&Op::outside(clamp(1.0))) && outside.same_as(&outside.clone()));
        for other in [Op::outside(clamp(2.0)), Op::outside(MatMul), inside] {
            assert!(!outside.same_as(&other));
        }
        let narrow = outside.in_precision::<f32>().expect("a primitive");
        assert_eq!(narrow.eval(&[&x.cast()]), Ok(Tensor::from([0.0_f32, 0.5, 1.0])));
        let shapes = [Shape::of(&[2, 3]), Shape::of(&[3, 2])];
        let words = Op::<f64>::outside(MatMul).pullback_in_words(0, &shapes);
        assert_eq!(words, MatMul.pullback_in_words(0, &shapes));
    }
}
