//! The linear equations that derivatives of solutions solve.

use super::iterate::{Method, iterate, newton_step};
use super::solution::{Solution, UNBATCHED};
use super::{Map, SolveOptions};
use crate::{Batch, CustomOp, Error, Float, Line, Pullback, Shape, Tape, Tensor, Var};
use std::sync::Arc;

/// From which side the derivative of the map meets the unknown.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// $(\partial_x g)^\top x$
    Transposed,
    /// $\partial_x g \, x$
    Direct,
}

/// The solution of `x = D x + rest`, or for Newton's method of `0 = D x + rest`, where `D` is the derivative of a map at the
/// solution of another equation. The operands are that solution, its parameters, and `rest`.
pub(super) struct Linear<F: Float> {
    pub(super) method: Method,
    pub(super) side: Side,
    pub(super) map: Arc<Map<F>>,
    pub(super) options: SolveOptions,
}

impl<F: Float> Linear<F> {
    /// The same equation as any other, by whose rule it is differentiated.
    fn as_solution(&self, shape: Shape) -> Solution<F> {
        let (map, side) = (Arc::clone(&self.map), self.side);
        let (name, method, options) = (self.name(), self.method, self.options);
        let map: Arc<Map<F>> = Arc::new(move |x, p| recorded(&*map, side, x, p));
        Solution { name, method, map, start: Tensor::zeros(shape), options }
    }
}

/// `D x + rest`, recorded; `p` are the solution, its parameters, and `rest`.
fn recorded<'s, F: Float>(
    map: &Map<F>,
    side: Side,
    x: Var<'s, F>,
    p: &[Var<'s, F>],
) -> Result<Var<'s, F>, Error> {
    let [y, theta @ .., rest] = p else { unreachable!("recorded with a solution and a right side") };
    let product = x.tape.with_recording(true, || {
        let y = fresh(*y);
        let value = map(y, theta)?;
        match side {
            Side::Transposed => value.try_vjp(x, &[y]).map(|found| found[0]),
            Side::Direct => value.try_jvp(&[y], &[x]),
        }
    });
    Ok(product?.map_or(*rest, |product| product + *rest))
}

/// A variable of the same value to differentiate by, through which derivatives flow on if they do through `v`.
pub(super) fn fresh<'t, F: Float>(v: Var<'t, F>) -> Var<'t, F> {
    if v.is_tracked() { v.alias() } else { v.tape.copy(v, true) }
}

impl<F: Float> CustomOp<F> for Linear<F> {
    fn name(&self) -> &'static str {
        match self.method {
            Method::Iterate => "fixed_point derivative",
            Method::Newton => "solve_root derivative",
        }
    }

    fn arity(&self) -> usize {
        2
    }

    fn variadic(&self) -> bool {
        true
    }

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    /// The map is recorded once; each product with its derivative is a sweep.
    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        let [y, theta @ .., rest] = x else { unreachable!("recorded with a solution and a right side") };
        let tape = Tape::new();
        let y = tape.leaf(*y);
        let theta: Vec<_> = theta.iter().map(|&p| tape.constant(p)).collect();
        let value = (self.map)(y, &theta)?;
        let product = |x: Tensor<F>| match self.side {
            Side::Transposed => value.try_pullback(x, &[y]).map(|mut found| found.remove(0)),
            Side::Direct => {
                let end = tape.len();
                let dx = tape.constant(x);
                let found = tape.no_grad(|| value.try_jvp(&[y], &[dx])).map(|found| found.map(Var::tensor));
                tape.truncate(end);
                found
            }
        };
        match self.method {
            Method::Newton => Ok(newton_step(self.name(), rest, product, true)?.map(|x| -x)),
            Method::Iterate => {
                let start = Tensor::zeros(rest.shape());
                iterate(self.name(), self.method, self.options, start, |x| {
                    Ok(product(x.clone())?.map_or_else(|| (*rest).clone(), |product| &product + *rest))
                })
            }
        }
    }

    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        self.as_solution(at.y().shape()).pull(at, ct)
    }

    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        self.as_solution(at.y().shape()).push(at, dx)
    }

    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        Err(at.refused(self.name(), Some(UNBATCHED)))
    }
}
