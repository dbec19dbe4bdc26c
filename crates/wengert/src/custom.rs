//! Ops that users write, with rules of their own.

use crate::{Error, Float, Line, Pullback, Shape, Tensor, Var, ops::Batch};
use std::panic::{AssertUnwindSafe, catch_unwind};

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
}

/// Runs user code; a panic in it becomes an error naming the op, and the engine stays usable.
pub(crate) fn guarded<R>(op: &'static str, what: &str, f: impl FnOnce() -> R) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("(no message)");
        Error::Custom { op, problem: format!("{what} panicked: {message}") }
    })
}
