//! The line of a solution: its value by iteration, its derivatives as solutions of linear equations.

use super::iterate::{Method, iterate, newton_step};
use super::linear::{Linear, Side, fresh};
use super::{Map, SolveOptions};
use crate::{
    Batch, CustomOp, Error, Float, Line, Pullback, Shape, Tape, Tensor, Var,
    custom::raise,
    ops::{draws::varying, shape_of_cotangent},
};
use std::sync::Arc;

/// Why a solution has no rule for batches.
pub(super) const UNBATCHED: &str = "each example comes to rest after iterations of its own; state one equation for the whole batch, outside of vmap, or";

/// The solution of an equation, with the parameters as operands.
pub(super) struct Solution<F: Float> {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) map: Arc<Map<F>>,
    pub(super) start: Tensor<F>,
    pub(super) options: SolveOptions,
}

impl<F: Float> Solution<F> {
    /// Records the solution for these parameters.
    #[track_caller]
    pub(super) fn record<'t>(self, theta: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
        match theta.first() {
            Some(first) => first.tape.try_custom(self, theta),
            None => Err(Error::Arity { op: self.name, given: 0, expected: "at least one variable" }),
        }
    }

    /// One iteration from `x`: the next value.
    fn step(&self, tape: &Tape<F>, x: &Tensor<F>, theta: &[Var<'_, F>]) -> Result<Tensor<F>, Error> {
        let unknown = tape.leaf(x);
        let value = (self.map)(unknown, theta)?;
        shape_of_cotangent(self.name, "the value of the map", value.shape(), x.shape())?;
        match self.method {
            Method::Iterate => Ok(value.tensor()),
            Method::Newton => {
                let rows =
                    |unit: Tensor<F>| value.try_pullback(unit, &[unknown]).map(|mut found| found.remove(0));
                let step = newton_step(self.name, &value.tensor(), rows, false)?;
                Ok(x.zip(&step, |x, step| x - step))
            }
        }
    }

    /// What the derivatives of the line solve, a linear equation, as a line of its own: its operands are the solution, the
    /// parameters and `rest`.
    fn linear<'t>(&self, at: &Line<'t, F>, side: Side, rest: Var<'t, F>) -> Result<Var<'t, F>, Error> {
        let parameters = (0..at.arity()).map(|k| at.input(k));
        let operands: Vec<_> = std::iter::once(at.y()).chain(parameters).chain([rest]).collect();
        let (method, map, options) = (self.method, Arc::clone(&self.map), self.options);
        rest.tape.try_custom(Linear { method, side, map, options }, &operands)
    }

    /// The pullback at the solution `y`.
    pub(super) fn pull<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let (tape, records) = (ct.tape, ct.tape.is_recording());
        let pulled = tape.with_recording(true, || {
            let u = self.linear(at, Side::Transposed, ct)?;
            let theta: Vec<_> = (0..at.arity()).map(|k| fresh(at.input(k))).collect();
            let wanted: Vec<_> = (0..theta.len()).filter(|&k| at.wants(k)).map(|k| theta[k]).collect();
            (self.map)(at.y(), &theta)?.try_vjp(u, &wanted)
        });
        let mut pulled = pulled.unwrap_or_else(|error| raise(error)).into_iter();
        let keep = |found: Var<'t, F>| if records { found } else { found.detach() };
        let wanted =
            (0..at.arity()).map(|k| if at.wants(k) { pulled.next().flatten().map(keep) } else { None });
        wanted.collect()
    }

    /// The pushforward at the solution.
    pub(super) fn push<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let tape = at.y().tape;
        let records = tape.is_recording();
        let pushed = tape.with_recording(true, || {
            let theta: Vec<_> = (0..at.arity()).map(|k| fresh(at.input(k))).collect();
            let (moved, along): (Vec<_>, Vec<_>) =
                theta.iter().zip(dx).filter_map(|(&p, dp)| Some((p, (*dp)?))).unzip();
            let Some(rest) = (self.map)(at.y(), &theta)?.try_jvp(&moved, &along)? else { return Ok(None) };
            self.linear(at, Side::Direct, rest).map(Some)
        });
        let found = pushed.unwrap_or_else(|error: Error| raise(error))?;
        Some(if records { found } else { found.detach() })
    }
}

impl<F: Float> CustomOp<F> for Solution<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn arity(&self) -> usize {
        1
    }

    fn variadic(&self) -> bool {
        true
    }

    fn shape(&self, _: &[Shape]) -> Result<Shape, Error> {
        Ok(self.start.shape())
    }

    fn eval(&self, theta: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        let tape = Tape::new();
        let theta: Vec<_> = theta.iter().map(|&p| tape.constant(p)).collect();
        let end = tape.len();
        (self.map)(tape.leaf(&self.start), &theta)?;
        if varying(&tape.nodes(), Vec::new()).contains(&true) {
            let problem = "its map draws at random; draw before, and give what was drawn as a variable";
            return Err(Error::Custom { op: self.name, problem: problem.into() });
        }
        tape.truncate(end);
        iterate(self.name, self.method, self.options, self.start.contiguous(), |x| {
            let next = self.step(&tape, x, &theta);
            tape.truncate(end);
            next
        })
    }

    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        self.pull(at, ct)
    }

    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        self.push(at, dx)
    }

    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        Err(at.refused(self.name, Some(UNBATCHED)))
    }
}
