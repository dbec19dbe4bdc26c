//! The functions of [`grad`](crate::grad) and its family for functions of several tensors.
//!
//! The function takes an array, and gradients come back in one:
//!
//! ```
//! use wengert::{Tensor, many};
//! let (a, b) = (Tensor::from(2.0), Tensor::from(5.0));
//! let [da, db] = many::grad(|[a, b]| a * a * b, [&a, &b]);
//! assert_eq!((da.item(), db.item()), (20.0, 4.0));
//! ```

use crate::{
    Checker, Error, Float, Tape, Tensor, Var,
    check::{Failure, Report},
    error::{Within, or_panic},
};

/// As many tensors as there were inputs.
fn array<T: std::fmt::Debug, const N: usize>(values: Vec<T>) -> [T; N] {
    values.try_into().expect("one value per input")
}

/// The inputs on a tape, as recorded by the caller.
#[track_caller]
fn leaves<'t, F: Float, const N: usize>(tape: &'t Tape<F>, x: [&Tensor<F>; N]) -> [Var<'t, F>; N] {
    tape.at_caller(|| x.map(|x| tape.leaf(x)))
}

/// The gradient of a scalar function by each input.
///
/// # Panics
///
/// If the value is not a scalar or does not depend on some input (see [`Var::grad`]).
#[track_caller]
pub fn grad<F: Float, const N: usize>(
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
) -> [Tensor<F>; N] {
    with_gradient("grad", f, x).1
}

/// The value and the gradient of a scalar function.
///
/// # Panics
///
/// As [`grad`].
#[track_caller]
pub fn value_and_grad<F: Float, const N: usize>(
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
) -> (Tensor<F>, [Tensor<F>; N]) {
    with_gradient("value_and_grad", f, x)
}

#[track_caller]
fn with_gradient<F: Float, const N: usize>(
    name: &'static str,
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
) -> (Tensor<F>, [Tensor<F>; N]) {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let y = f(x);
    let found = y.try_backward(&x).and_then(|g| y.all_reached("backward", &x, g));
    (y.value(), array(or_panic(found.within(name))))
}

/// The value and $J^\top \bar y$ by each input: the pullback of the cotangent `seed`.
///
/// # Panics
///
/// If `seed` has not the shape of the value, or the value does not depend on some input.
#[track_caller]
pub fn vjp<F: Float, const N: usize>(
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
    seed: &Tensor<F>,
) -> (Tensor<F>, [Tensor<F>; N]) {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let y = f(x);
    let pulled = y.try_pullback(seed.clone(), &x).and_then(|g| y.all_reached("vjp", &x, g)).within("vjp");
    (y.value(), array(or_panic(pulled)))
}

/// The value and $J \dot x$: the push forward of the tangents `dx`.
///
/// # Panics
///
/// If the tangents have not the shapes of the inputs, or the value depends on none of them.
#[track_caller]
pub fn jvp<F: Float, const N: usize>(
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
    dx: [&Tensor<F>; N],
) -> (Tensor<F>, Tensor<F>) {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let dx = dx.map(|t| tape.constant(t));
    let y = f(x);
    let dy = tape.no_grad(|| y.jvp(&x, &dx));
    (y.value(), dy.value())
}

/// $H \dot x$: the Hessian of a scalar function times a vector, forward over reverse; zero where it is linear.
///
/// # Panics
///
/// As [`grad`], and if `v` has not the shapes of the inputs.
#[track_caller]
pub fn hvp<F: Float, const N: usize>(
    f: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F>,
    x: [&Tensor<F>; N],
    v: [&Tensor<F>; N],
) -> [Tensor<F>; N] {
    let tape = Tape::new();
    let x = leaves(&tape, x);
    let v = v.map(|t| tape.constant(t));
    let y = f(x);
    let found = y.try_grad(&x).and_then(|g| y.all_reached("grad", &x, g));
    let gradients = or_panic(found.within("hvp"));
    let product = |g: &Var<'_, F>| -> Result<Tensor<F>, Error> {
        if !g.is_tracked() {
            return Ok(Tensor::zeros(g.shape()));
        }
        Ok(g.try_jvp(&x, &v)?.map_or_else(|| Tensor::zeros(g.shape()), Var::value))
    };
    let products: Result<Vec<_>, Error> = tape.no_grad(|| gradients.iter().map(product).collect());
    array(or_panic(products.within("hvp")))
}

/// The value of `f` without keeping what leads there; see [`checkpoint`](crate::checkpoint).
///
/// ```
/// let tape = wengert::Tape::<f64>::new();
/// let (a, b) = (tape.leaf(2.0), tape.leaf(5.0));
/// let y = wengert::many::checkpoint(|[a, b]| (a * b).sin() * b, [a, b]);
/// assert_eq!(y.item(), 10_f64.sin() * 5.0);
/// ```
///
/// # Panics
///
/// As there.
#[track_caller]
pub fn checkpoint<'t, F: Float, const N: usize>(
    f: impl for<'s> Fn([Var<'s, F>; N]) -> Var<'s, F> + Send + Sync + 'static,
    x: [Var<'t, F>; N],
) -> Var<'t, F> {
    crate::checkpoint(move |x| f(std::array::from_fn(|k| x[k])), &x)
}

/// Checks the gradient of a function of several tensors; see [`check_gradients`](crate::check_gradients).
///
/// ```
/// use wengert::{Tensor, many};
/// let (w, x) = (Tensor::from([[0.5, -1.0]]), Tensor::from([2.0, 3.0]));
/// many::check_gradients(|[w, x]| w.matmul(x).tanh(), [&w, &x])?;
/// # Ok::<(), wengert::check::Failure>(())
/// ```
///
/// # Errors
///
/// As there.
pub fn check_gradients<const N: usize>(
    f: impl for<'t> Fn([Var<'t, f64>; N]) -> Var<'t, f64>,
    x: [&Tensor<f64>; N],
) -> Result<Report, Failure> {
    let x: Vec<Tensor<f64>> = x.into_iter().cloned().collect();
    Checker::new().order(2).run_slice(|x| f(std::array::from_fn(|k| x[k])), &x)
}
