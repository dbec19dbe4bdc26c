//! One line of the list as a rule sees it.

use crate::{Float, Tape, Tensor, Threads, Var, nodes::NodeId};
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

/// One line as a fused pullback sees it: the cotangent of its output, and where those of its inputs go.
pub struct Fused<'a, F: Float> {
    pub(crate) ct: Option<Tensor<F>>,
    pub(crate) inputs: &'a [NodeId],
    pub(crate) active: &'a [bool],
    /// The cotangent of every line, as far as it has come.
    pub(crate) sums: &'a mut [Option<Tensor<F>>],
    pub(crate) threads: &'a Threads,
}

impl<'a, F: Float> Fused<'a, F> {
    /// Whether a cotangent of input `k` is asked for.
    pub fn wants(&self, k: usize) -> bool {
        self.active[self.inputs[k] as usize]
    }

    /// The cotangent of the output.
    ///
    /// # Panics
    ///
    /// If it was taken.
    pub fn ct(&self) -> &Tensor<F> {
        self.ct.as_ref().expect("a pullback takes the cotangent at the end")
    }

    /// The cotangent of the output to keep or to write into: nobody else may hold its storage any more.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    pub fn take(&mut self) -> Tensor<F> {
        self.ct.take().expect("a pullback takes the cotangent once")
    }

    /// The team to run on.
    pub fn threads(&self) -> &'a Threads {
        self.threads
    }

    /// Adds a contribution to the cotangent of input `k`, if one is asked for.
    pub fn send(&mut self, k: usize, x_bar: Tensor<F>) {
        if self.wants(k) {
            accumulate(&mut self.sums[self.inputs[k] as usize], x_bar, self.threads);
        }
    }
}

/// Adds a contribution to a sum, in the storage of either where nobody else holds it.
pub(crate) fn accumulate<F: Float>(sum: &mut Option<Tensor<F>>, x_bar: Tensor<F>, on: &Threads) {
    match sum {
        Some(sum) => sum.accumulate(x_bar, on),
        none => *none = Some(x_bar),
    }
}
