//! One line of the list as a rule sees it.

use crate::{Float, Tape, Threads, Var, tape::NodeId};
use smallvec::SmallVec;

/// A line of the Wengert list, `y = op(x₀, x₁, …)`, and which inputs want a cotangent.
pub struct Line<'t, F: Float> {
    tape: &'t Tape<F>,
    inputs: SmallVec<[NodeId; 3]>,
    wants: SmallVec<[bool; 3]>,
    id: NodeId,
}

impl<'t, F: Float> Line<'t, F> {
    pub(crate) fn new(tape: &'t Tape<F>, id: NodeId, inputs: &[NodeId], active: &[bool]) -> Self {
        let wants = inputs.iter().map(|&i| active[i as usize]).collect();
        Self { tape, inputs: SmallVec::from_slice(inputs), wants, id }
    }

    /// The inputs, for an op of `N` operands.
    ///
    /// # Panics
    ///
    /// If the line has fewer.
    pub fn x<const N: usize>(&self) -> [Var<'t, F>; N] {
        std::array::from_fn(|k| self.input(k))
    }

    /// Input `k`.
    ///
    /// # Panics
    ///
    /// If there are fewer inputs.
    pub fn input(&self, k: usize) -> Var<'t, F> {
        Var { tape: self.tape, id: self.inputs[k] }
    }

    /// The number of inputs.
    pub fn arity(&self) -> usize {
        self.inputs.len()
    }

    /// The output.
    pub fn y(&self) -> Var<'t, F> {
        Var { tape: self.tape, id: self.id }
    }

    /// Whether a cotangent of input `k` is asked for; ask before computing one.
    pub fn wants(&self, k: usize) -> bool {
        self.wants.get(k).copied().unwrap_or(false)
    }

    pub(crate) fn all_wants(&self) -> &[bool] {
        &self.wants
    }
}

/// The cotangents a rule sends to its inputs, in their order; `None` is "no contribution", which is not zero.
///
/// Made from an array or a vector: `[Some(ct), None].into()`.
pub struct Pullback<'t, F: Float>(SmallVec<[Option<Var<'t, F>>; 3]>);

impl<'t, F: Float, const N: usize> From<[Option<Var<'t, F>>; N]> for Pullback<'t, F> {
    fn from(cotangents: [Option<Var<'t, F>>; N]) -> Self {
        Self(SmallVec::from_iter(cotangents))
    }
}

impl<'t, F: Float> FromIterator<Option<Var<'t, F>>> for Pullback<'t, F> {
    fn from_iter<I: IntoIterator<Item = Option<Var<'t, F>>>>(cotangents: I) -> Self {
        Self(cotangents.into_iter().collect())
    }
}

impl<'t, F: Float> Pullback<'t, F> {
    /// The number of inputs answered for.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no input is answered for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cotangents in input order.
    pub fn iter(&self) -> impl Iterator<Item = Option<Var<'t, F>>> {
        self.0.iter().copied()
    }

    /// The contributions to inputs that want one, with their positions.
    pub(crate) fn wanted(self, line: &Line<'t, F>) -> impl Iterator<Item = (usize, Var<'t, F>)> {
        let pairs = self.0.into_iter().enumerate().filter_map(|(k, g)| g.map(|g| (k, g)));
        pairs.filter(|&(k, _)| line.wants(k))
    }
}

/// What a fused pullback may ask: the inputs that want a cotangent, and the threads to run on.
pub struct Fused<'a> {
    pub(crate) wants: &'a [bool],
    pub(crate) threads: &'a Threads,
}

impl Fused<'_> {
    /// Whether a cotangent of input `k` is asked for.
    pub fn wants(&self, k: usize) -> bool {
        self.wants.get(k).copied().unwrap_or(false)
    }

    /// The team to run on.
    pub fn threads(&self) -> &Threads {
        self.threads
    }
}
