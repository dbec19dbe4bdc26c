//! Solutions of equations as differentiable values.
//!
//! A solution $x(\theta)$ of $x = g(x, \theta)$ or of $F(x, \theta) = 0$ has a derivative that does not ask how it was found.
//! Differentiating the equation itself gives
//!
//! $$ (I - \partial_x g) \, \dot x = \partial_\theta g \, \dot \theta, \qquad
//!    \bar \theta = (\partial_\theta g)^\top u, \quad u = \bar x + (\partial_x g)^\top u , $$
//!
//! the implicit function theorem. The equation for $u$ is once more one of the same kind, linear, with $x$, $\theta$ and
//! $\bar x$ as its parameters, and is recorded as such a line. So its derivative follows in the same way, and that is how
//! every order is right. Nothing of the iteration is kept: memory does not grow with its length.
//!
//! S. Bai, J. Z. Kolter, V. Koltun, *Deep equilibrium models* (2019), section 3.1; A. Griewank, A. Walther, *Evaluating
//! derivatives* (2008), section 15.

mod iterate;
mod linear;
mod solution;

use crate::{Error, Float, Tensor, Var, error::or_panic};
use iterate::Method;
use solution::Solution;
use std::sync::Arc;

/// The map of an equation, of the unknown and the parameters.
type Map<F> = dyn for<'s> Fn(Var<'s, F>, &[Var<'s, F>]) -> Result<Var<'s, F>, Error> + Send + Sync;

/// How long to iterate, and how near is near enough.
///
/// ```
/// use wengert::SolveOptions;
/// let loose = SolveOptions { tolerance: Some(1e-6), ..SolveOptions::default() };
/// assert_eq!(loose.iterations, 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveOptions {
    /// The last step, relative to the largest number met on the later half of the way; 64 roundings of the element type if
    /// `None`.
    pub tolerance: Option<f64>,
    /// The most iterations; also of the equation that a derivative solves.
    pub iterations: usize,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self { tolerance: None, iterations: 1000 }
    }
}

/// The fixed point $x = g(x, \theta)$ that iterating `g` from `start` leads to.
///
/// Its derivatives by `theta`, of every order and in both modes, are those of the fixed point; `start` has none. They iterate
/// with the transposed derivative of `g`, which converges where `g` itself does.
///
/// ```
/// use wengert::{SolveOptions, Tape, Tensor, fixed_point};
///
/// // Kepler's equation, E = M + e sin E
/// let tape = Tape::<f64>::new();
/// let (m, e) = (tape.leaf(0.8), tape.leaf(0.3));
/// let kepler = fixed_point(|x, p| p[0] + p[1] * x.sin(), &Tensor::from(0.8), &[m, e], SolveOptions::default());
/// let slope = kepler.backward(&[m])[0].item();
/// let anomaly = kepler.item();
/// assert!((slope - 1.0 / (1.0 - 0.3 * anomaly.cos())).abs() < 1e-13);
/// ```
///
/// `g` sees what it is given and no other variables: all that a gradient flows to is in `theta`. It may not draw at random;
/// a mask can be among `theta`. For a derivative inside of `g`, use [`Var::grad_of`]. A plan iterates anew at each run.
///
/// # Panics
///
/// Where [`try_fixed_point`] fails.
#[track_caller]
pub fn fixed_point<'t, F: Float>(
    g: impl for<'s> Fn(Var<'s, F>, &[Var<'s, F>]) -> Var<'s, F> + Send + Sync + 'static,
    start: &Tensor<F>,
    theta: &[Var<'t, F>],
    options: SolveOptions,
) -> Var<'t, F> {
    or_panic(try_fixed_point(g, start, theta, options))
}

/// As [`fixed_point`].
///
/// # Errors
///
/// [`Error::NotConverged`] with what is left, here or in a sweep; [`Error::CotangentShape`] if `g` has another shape than
/// `start`, [`Error::Arity`] without variables, [`Error::DifferentTapes`], [`Error::Custom`] if `g` panics.
#[track_caller]
pub fn try_fixed_point<'t, F: Float>(
    g: impl for<'s> Fn(Var<'s, F>, &[Var<'s, F>]) -> Var<'s, F> + Send + Sync + 'static,
    start: &Tensor<F>,
    theta: &[Var<'t, F>],
    options: SolveOptions,
) -> Result<Var<'t, F>, Error> {
    let (name, method, start) = ("fixed_point", Method::Iterate, start.clone());
    Solution { name, method, map: Arc::new(move |x, p| Ok(g(x, p))), start, options }.record(theta)
}

/// The root $F(x, \theta) = 0$ that Newton's method finds from `start`; `f` has as many elements as `x`, in its shape.
///
/// Each iteration solves a system with the whole Jacobian by `x`, one sweep for each element: for systems of up to some
/// hundreds of unknowns. Derivatives as those of [`fixed_point`], by solving with the Jacobian and not by iterating.
///
/// ```
/// use wengert::{SolveOptions, Tape, Tensor, solve_root};
/// let tape = Tape::<f64>::new();
/// let a = tape.leaf([2.0, 9.0]);
/// let root = solve_root(|x, p| x * x - p[0], &Tensor::from([1.0, 1.0]), &[a], SolveOptions::default());
/// assert!((root.value().to_vec()[1] - 3.0).abs() < 1e-14);
/// let second = root.sum().grad(&[a])[0].sum().backward(&[a]); // of the square root: -1/4 a^(-3/2)
/// assert!((second[0].to_vec()[1] + 0.25 / 27.0).abs() < 1e-14);
/// ```
///
/// # Panics
///
/// Where [`try_solve_root`] fails.
#[track_caller]
pub fn solve_root<'t, F: Float>(
    f: impl for<'s> Fn(Var<'s, F>, &[Var<'s, F>]) -> Var<'s, F> + Send + Sync + 'static,
    start: &Tensor<F>,
    theta: &[Var<'t, F>],
    options: SolveOptions,
) -> Var<'t, F> {
    or_panic(try_solve_root(f, start, theta, options))
}

/// As [`solve_root`].
///
/// # Errors
///
/// As [`try_fixed_point`]; [`Error::Custom`] where the Jacobian is singular.
#[track_caller]
pub fn try_solve_root<'t, F: Float>(
    f: impl for<'s> Fn(Var<'s, F>, &[Var<'s, F>]) -> Var<'s, F> + Send + Sync + 'static,
    start: &Tensor<F>,
    theta: &[Var<'t, F>],
    options: SolveOptions,
) -> Result<Var<'t, F>, Error> {
    let (name, method, start) = ("solve_root", Method::Newton, start.clone());
    Solution { name, method, map: Arc::new(move |x, p| Ok(f(x, p))), start, options }.record(theta)
}
