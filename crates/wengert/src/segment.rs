//! A function recorded as one line.

use crate::ops::draws::varying;
use crate::{Error, Float, Op, Shape, Tape, Tensor, Threads, Var, deferred::stand_in};

/// What can stand behind one line: it is called again on other tapes and other variables.
type Function<F> = dyn for<'s> Fn(&[Var<'s, F>]) -> Result<Var<'s, F>, Error> + Send + Sync;

/// A function that is recorded as one line, and whose own lines can be recorded when they are needed.
pub struct Segment<F: Float> {
    name: &'static str,
    function: Box<Function<F>>,
    /// Whether derivatives are those of the function's lines. If not, the line has rules of its own, and only a plan sees
    /// the others.
    walked: bool,
}

impl<F: Float> Segment<F> {
    pub(crate) fn new(
        name: &'static str,
        walked: bool,
        function: impl for<'s> Fn(&[Var<'s, F>]) -> Result<Var<'s, F>, Error> + Send + Sync + 'static,
    ) -> Self {
        Self { name, function: Box::new(function), walked }
    }

    /// Records the function's lines, each attributed to the user's line that it comes from.
    pub(crate) fn record<'t>(&self, tape: &'t Tape<F>, x: &[Var<'t, F>]) -> Result<Var<'t, F>, Error> {
        let y = tape.on_nobodys_behalf(|| (self.function)(x))?;
        if !std::ptr::eq(y.tape, tape) {
            return Err(Error::DifferentTapes { op: self.name });
        }
        Ok(y)
    }

    /// An operand of the function on a tape of its own.
    pub(crate) fn operand<'t>(&self, tape: &'t Tape<F>, value: Tensor<F>) -> Var<'t, F> {
        if self.walked { tape.leaf(value) } else { tape.constant(value) }
    }

    /// The shape of the value, found without computing it.
    pub(crate) fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let tape = Tape::with_threads(Threads::one()).deferred();
        let x: Vec<_> = x.iter().map(|&shape| self.operand(&tape, stand_in(shape))).collect();
        let y = self.record(&tape, &x)?;
        match tape.inspected().first() {
            None => Ok(y.shape()),
            Some(read) => {
                let problem = format!(
                    "its function read a value at {}; choose with ops instead (select for a branch)",
                    read.at
                );
                Err(Error::Custom { op: self.name, problem })
            }
        }
    }

    /// Whether the value depends on random numbers that the function draws.
    pub(crate) fn draws(&self, x: &[Tensor<F>]) -> bool {
        let tape = Tape::with_threads(Threads::one()).deferred();
        let x: Vec<_> = x.iter().map(|x| self.operand(&tape, x.clone())).collect();
        // What fails draws nothing, and fails where it is called.
        self.record(&tape, &x).is_ok_and(|y| varying(&tape.nodes(), Vec::new())[y.id as usize])
    }

    /// The value, computed on a tape of its own.
    pub(crate) fn value(&self, x: &[&Tensor<F>], on: &Threads) -> Result<Tensor<F>, Error> {
        let tape = Tape::with_threads(on.clone());
        let x: Vec<_> = x.iter().map(|&x| self.operand(&tape, x.clone())).collect();
        Ok(self.record(&tape, &x)?.tensor())
    }
}

impl<F: Float> Op<F> {
    /// The function whose lines a plan takes in place of this op.
    pub(crate) fn segment(&self) -> Option<&Segment<F>> {
        match self {
            Op::Custom(op) => op.segment(),
            _ => None,
        }
    }

    /// The function whose lines a sweep walks through in place of this op.
    pub(crate) fn checkpoint(&self) -> Option<&Segment<F>> {
        self.segment().filter(|segment| segment.walked)
    }
}
