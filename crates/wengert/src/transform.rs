//! Functions over functions: from `f` to its gradient, products with its Jacobian, its Hessian.
//!
//! Each records `f` on a tape of its own and returns plain tensors. Functions of several tensors are in
//! [`many`](crate::many). Inside a recorded computation use the methods of [`Var`]: `grad`, `jvp`, `grad_of`.

use crate::{
    Float, Tape, Tensor, Var,
    error::{Within, or_panic},
    jacobian::full_jacobian,
    many,
};

/// The gradient of a scalar function.
///
/// ```
/// use wengert::prelude::*;
/// let g = grad(|x| (x * x).sum(), &Tensor::from([1.0, 2.0]));
/// assert_eq!(g.to_vec(), [2.0, 4.0]);
/// ```
///
/// # Panics
///
/// If the value is not a scalar or does not depend on the input (see [`Var::grad`]).
#[track_caller]
pub fn grad<F: Float>(f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>, x: &Tensor<F>) -> Tensor<F> {
    let [g] = many::grad(|[x]| f(x), [x]);
    g
}

/// The value and the gradient of a scalar function.
///
/// # Panics
///
/// As [`grad`].
#[track_caller]
pub fn value_and_grad<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
) -> (Tensor<F>, Tensor<F>) {
    let (y, [g]) = many::value_and_grad(|[x]| f(x), [x]);
    (y, g)
}

/// The value and $J^\top \bar y$: the pullback of the cotangent `seed`.
///
/// ```
/// use wengert::prelude::*;
/// let (x, seed) = (Tensor::from([1.0, 2.0]), Tensor::from([10.0, 1.0]));
/// let (_, x_bar) = vjp(|x| x * x, &x, &seed);
/// assert_eq!(x_bar.to_vec(), [20.0, 4.0]);
/// ```
///
/// # Panics
///
/// If `seed` has not the shape of the value, or the value does not depend on the input.
#[track_caller]
pub fn vjp<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    seed: &Tensor<F>,
) -> (Tensor<F>, Tensor<F>) {
    let (y, [g]) = many::vjp(|[x]| f(x), [x], seed);
    (y, g)
}

/// The value and $J \dot x$: the push forward of the tangent `dx`.
///
/// ```
/// use wengert::prelude::*;
/// let (y, dy) = jvp(|x| x.sin(), &Tensor::from(0.0), &Tensor::from(2.0));
/// assert_eq!((y.item(), dy.item()), (0.0, 2.0));
/// ```
///
/// # Panics
///
/// If `dx` has not the shape of `x`, or the value does not depend on the input.
#[track_caller]
pub fn jvp<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    dx: &Tensor<F>,
) -> (Tensor<F>, Tensor<F>) {
    many::jvp(|[x]| f(x), [x], [dx])
}

/// $H \dot x$: the Hessian of a scalar function times a vector, forward over reverse.
///
/// ```
/// use wengert::prelude::*;
/// let (x, v) = (Tensor::from([1.0, 2.0]), Tensor::from([1.0, 0.0]));
/// assert_eq!(hvp(|x| (x * x * x).sum(), &x, &v).to_vec(), [6.0, 0.0]);
/// ```
///
/// # Panics
///
/// As [`grad`], and if `v` has not the shape of `x`.
#[track_caller]
pub fn hvp<F: Float>(
    f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>,
    x: &Tensor<F>,
    v: &Tensor<F>,
) -> Tensor<F> {
    let [product] = many::hvp(|[x]| f(x), [x], [v]);
    product
}

/// The Jacobian of a function of one tensor, of shape `[y…, x…]`: reverse or forward, whichever needs fewer directions.
///
/// The sweep is recorded for one direction and repeated for a batch of them at once, as [`Tape::vmap`] does, in as many
/// parts as keep the values of the sweep below 2²² elements (32 MB in `f64`), or those of one direction if they alone
/// are more. A function with an op that has no rule for batches is swept once for each direction.
///
/// ```
/// use wengert::prelude::*;
/// let j = jacobian(|x| x * x, &Tensor::from([1.0, 3.0]));
/// assert_eq!(j, Tensor::from([[2.0, 0.0], [0.0, 6.0]]));
/// ```
///
/// # Panics
///
/// If the value does not depend on the input, or the Jacobian would have more than eight axes.
#[track_caller]
pub fn jacobian<F: Float>(f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>, x: &Tensor<F>) -> Tensor<F> {
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = f(x);
    or_panic(full_jacobian(y, x).ok_or_else(|| y.unreachable_from("jacobian", 0, x)))
}

/// The Hessian of a scalar function of one tensor, of shape `[x…, x…]`; zero where `f` is linear.
///
/// ```
/// use wengert::prelude::*;
/// let h = hessian(|x| x.exp().sum(), &Tensor::from([0.0, 0.0]));
/// assert_eq!(h, Tensor::from([[1.0, 0.0], [0.0, 1.0]]));
/// ```
///
/// # Panics
///
/// As [`grad`], and if the Hessian would have more than eight axes.
#[track_caller]
pub fn hessian<F: Float>(f: impl for<'t> Fn(Var<'t, F>) -> Var<'t, F>, x: &Tensor<F>) -> Tensor<F> {
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = f(x);
    let g = or_panic(y.try_grad(&[x]).and_then(|g| y.all_reached("grad", &[x], g)).within("hessian"))[0];
    let shape = [x.shape().dims(), x.shape().dims()].concat();
    full_jacobian(g, x).unwrap_or_else(|| Tensor::zeros(shape))
}
