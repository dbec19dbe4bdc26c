//! Ops made of functions over a batch: each function is recorded for one example, and its lines are repeated for all.

use super::{Excerpt, Place, of_one, over_examples, repeated};
use crate::deferred::stand_in;
use crate::ops::{Batch, Batched, shape_of_cotangent};
use crate::{
    CustomOp, Error, Float, Line, Op, Pullback, Shape, Tape, Tensor, Threads, Var, custom::raise,
    nodes::NodeId, segment::Segment,
};
use std::sync::Arc;

/// An op made of functions as a batch of examples has it, and how its operands lie.
struct ForEach<F: Float> {
    op: Arc<dyn CustomOp<F>>,
    /// Which operands have the axis of examples.
    varies: Vec<bool>,
    size: usize,
    own_numbers: bool,
}

/// The op of [`ForEach`]: the value of every example, and the rule of the op for every example.
pub(crate) struct OverBatch<F: Float> {
    each: Arc<ForEach<F>>,
    value: Arc<Segment<F>>,
}

impl<F: Float> Clone for OverBatch<F> {
    fn clone(&self) -> Self {
        Self { each: Arc::clone(&self.each), value: Arc::clone(&self.value) }
    }
}

/// The rule for batches of an op made of functions.
#[track_caller]
pub(crate) fn over_batch<'t, F: Float>(
    op: impl CustomOp<F> + 'static,
    at: &Batch<'t, F>,
) -> Result<Var<'t, F>, Error> {
    let (name, operands) = (op.name(), 0..at.arity());
    let varies = operands.clone().map(|k| at.varies(k)).collect();
    let each = ForEach { op: Arc::new(op), varies, size: at.size(), own_numbers: at.own_numbers() };
    let each = Arc::new(each);
    let of = Arc::clone(&each);
    let value = Arc::new(Segment::new(name, false, move |x| of.value(x)));
    let x: Vec<Var<'t, F>> = operands.map(|k| at.x(k)).collect();
    x[0].tape.try_custom(OverBatch { each, value }, &x)
}

impl<F: Float> ForEach<F> {
    fn operands<'t>(&self, x: impl IntoIterator<Item = Var<'t, F>>) -> Vec<Batched<'t, F>> {
        let pairs = x.into_iter().zip(&self.varies);
        pairs.map(|(value, &varies)| Batched { value, varies }).collect()
    }

    /// The op's own lines, for every example.
    fn value<'t>(&self, x: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
        let given = self.operands(x.iter().copied());
        let segment = self.op.segment().expect("an op made of functions");
        // Of constants: no derivative flows through the lines of the value.
        let y = over_examples(x[0].tape, &given, self.size, self.own_numbers, Tape::constant, |x| {
            Ok(vec![segment.record(x[0].tape, x)?])
        })?;
        self.with_examples(y[0])
    }

    /// A result with the axis of examples, along which it is repeated if it is the same for all of them.
    fn with_examples<'t>(&self, y: Batched<'t, F>) -> Result<Var<'t, F>, Error> {
        if y.varies { Ok(y.value) } else { repeated(y.value, self.size) }
    }

    /// What `rule` gives at the line of one example, for every example; `more` is given to it besides.
    fn by_rule<'t>(
        &self,
        at: &Line<'t, F>,
        more: Vec<Batched<'t, F>>,
        rule: impl for<'s> FnOnce(&Op<F>, &Line<'s, F>, &[Var<'s, F>]) -> Result<Vec<Option<Var<'s, F>>>, Error>,
    ) -> Result<Vec<Option<Batched<'t, F>>>, Error> {
        let tape = at.y().tape;
        let mut given = self.operands((0..at.arity()).map(|k| at.input(k)));
        let one = Tape::with_threads(tape.threads().clone()).deferred();
        let leaf = |x: &Batched<'t, F>| one.leaf(stand_in(of_one(*x)));
        let (x, op) = (given.iter().map(leaf).collect::<Vec<_>>(), Op::Custom(Arc::clone(&self.op)));
        let y = one.try_apply(op.clone(), &x)?;
        let besides: Vec<_> = more.iter().map(leaf).collect();
        let ids = |v: &[Var<'_, F>]| v.iter().map(|v| v.id).collect::<Vec<NodeId>>();
        let mut wanted = vec![false; one.len()];
        x.iter().enumerate().for_each(|(k, x)| wanted[x.id as usize] = at.wants(k));
        let found = rule(&op, &Line::new(&one, y.id, &ids(&x), &wanted), &besides)?;

        let read = [ids(&x), vec![y.id], ids(&besides)].concat();
        one.refuse_read(&read)?;
        let outputs: Vec<_> = found.iter().flatten().copied().collect();
        if outputs.iter().any(|v| !std::ptr::eq(v.tape, &raw const one)) {
            return Err(Error::DifferentTapes { op: self.op.name() });
        }
        given.push(Batched { value: at.y(), varies: true });
        given.extend(more);
        let lines = Excerpt::of(&one, &read, &ids(&outputs), Place::Elsewhere);
        let mut results = lines.repeat(tape, &given, self.size, self.own_numbers)?.into_iter();
        Ok(found.iter().map(|found| found.and_then(|_| results.next())).collect())
    }

    fn pull<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Result<Pullback<'t, F>, Error> {
        let ct = Batched { value: ct, varies: true };
        let pulled = self.by_rule(at, vec![ct], |op, line, ct| {
            let pulled: Vec<_> = F::vjp(op, line, ct[0])?.iter().collect();
            for (k, x_bar) in pulled.iter().enumerate() {
                let Some(x_bar) = x_bar else { continue };
                shape_of_cotangent(op.name(), "a cotangent", x_bar.shape(), line.input(k).shape())?;
            }
            Ok(pulled)
        })?;
        let each = pulled.into_iter().zip(&self.varies).map(|(x_bar, &varies)| {
            let Some(x_bar) = x_bar else { return Ok(None) };
            let x_bar = self.with_examples(x_bar)?;
            // What all examples share gets the sum of what they send.
            Ok(Some(if varies { x_bar } else { x_bar.try_sum_axes(0)? }))
        });
        each.collect()
    }

    fn push<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Result<Option<Var<'t, F>>, Error> {
        let moved: Vec<bool> = dx.iter().map(Option::is_some).collect();
        let along = dx.iter().zip(&self.varies);
        let along = along.filter_map(|(dx, &varies)| Some(Batched { value: (*dx)?, varies })).collect();
        let pushed = self.by_rule(at, along, |op, line, along| {
            let mut along = along.iter().copied();
            let dx: Vec<_> = moved.iter().map(|&moved| if moved { along.next() } else { None }).collect();
            let dy = F::jvp(op, line, &dx)?;
            if let Some(dy) = dy {
                shape_of_cotangent(op.name(), "the tangent", dy.shape(), line.y().shape())?;
            }
            Ok(vec![dy])
        })?;
        pushed[0].map(|dy| self.with_examples(dy)).transpose()
    }
}

impl<F: Float> CustomOp<F> for OverBatch<F> {
    fn name(&self) -> &'static str {
        self.each.op.name()
    }

    fn arity(&self) -> usize {
        self.each.varies.len()
    }

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.value.shape(x)
    }

    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        self.value.value(x, &Threads::one())
    }

    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        self.each.pull(at, ct).unwrap_or_else(|error| raise(error))
    }

    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        self.each.push(at, dx).unwrap_or_else(|error| raise(error))
    }

    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        over_batch(self.clone(), at)
    }

    fn segment(&self) -> Option<&Segment<F>> {
        Some(&self.value)
    }
}
