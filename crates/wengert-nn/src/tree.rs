//! Models as plain structs over their leaves: tensors at rest, variables on a tape, gradients, names.
//!
//! A model is generic over what stands at its leaves. The same struct is `Linear<Tensor<f32>>` at rest,
//! `Linear<Var<f32>>` on a tape and `Linear<Tensor<f32>>` again as a gradient; [`Tree`] maps one to the other and
//! names every leaf (`conv1.weight`). [`tree!`](crate::tree!) declares such a struct.
//!
//! Leaves are owned by exactly one place. Layers that share a parameter share the field: keep it once and use it in
//! both places of `forward`; its gradient is then one sum, and it has one optimizer state and one name.

mod composite;
mod gradients;
mod macros;
mod model;
mod name;
mod report;

pub use composite::{Buffer, Partial};
pub use gradients::Gradients;
pub use model::{Model, Recorded};
pub use name::{Kind, Name, Slot};
pub use report::{gradient_report, try_gradient_report};

use crate::Error;
use wengert::{Element, Float, Shape, Tensor, Var};

/// What may stand at the leaves of a [`Tree`].
///
/// A marker. Implement it for a type of your own to hold one of those per parameter; plain settings such as `usize`
/// are no leaves, and that is how the compiler tells the two apart.
pub trait Leaf {}

impl<T: Element> Leaf for Tensor<T> {}
impl<F: Float> Leaf for Var<'_, F> {}
impl Leaf for Shape {}
impl Leaf for String {}
impl Leaf for () {}

/// A value with leaves `P` in a fixed order, each with a name.
///
/// [`tree!`](crate::tree!) implements it for structs. Leaves, `Option`, `Vec`, arrays and tuples of trees are trees;
/// numbers, flags and options of layers are trees without leaves.
///
/// ```
/// use wengert::Tensor;
/// use wengert_nn::{Tree, tree};
///
/// tree! {
///     /// An affine map.
///     pub struct Affine<P> {
///         /// Slope.
///         pub a: P,
///         /// Offset.
///         pub b: Option<P>,
///     }
/// }
///
/// let model = vec![Affine { a: Tensor::from(2.0), b: None }, Affine { a: Tensor::from(3.0), b: Some(Tensor::from(1.0)) }];
/// assert_eq!(model.names(), ["0.a", "1.a", "1.b"]);
/// let doubled = model.map(|_, t| t * 2.0);
/// assert_eq!(doubled[1].a.item(), 6.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tree with leaves `{P}`",
    note = "declare a struct of parameters and layers with `tree!`, and a setting of your own with `plain!`",
    note = "text in a model is a `&'static str`"
)]
pub trait Tree<P: Leaf> {
    /// The same structure over other leaves.
    type With<Q: Leaf>: Tree<Q>;

    /// The same structure with `f` of every leaf, in order; `name` is where this tree stands in a larger one.
    fn map_named<'a, Q: Leaf>(
        &'a self,
        name: &mut Name,
        f: &mut impl FnMut(Slot<'_>, &'a P) -> Q,
    ) -> Self::With<Q>
    where
        P: 'a;

    /// Calls `f` on every leaf, for writing, in the same order.
    fn visit_mut_named<'a>(&'a mut self, name: &mut Name, f: &mut impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a;

    /// The same structure with `f` of every leaf.
    fn map<'a, Q: Leaf>(&'a self, mut f: impl FnMut(Slot<'_>, &'a P) -> Q) -> Self::With<Q>
    where
        P: 'a,
    {
        self.map_named(&mut Name::root(), &mut f)
    }

    /// Calls `f` on every leaf, in order.
    fn visit<'a>(&'a self, mut f: impl FnMut(Slot<'_>, &'a P))
    where
        P: 'a,
    {
        self.map_named(&mut Name::root(), &mut |slot, leaf| f(slot, leaf));
    }

    /// Calls `f` on every leaf, for writing, in order.
    fn visit_mut<'a>(&'a mut self, mut f: impl FnMut(Slot<'_>, &'a mut P))
    where
        P: 'a,
    {
        self.visit_mut_named(&mut Name::root(), &mut f);
    }

    /// The names of all leaves, in order.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.visit(|slot, _| names.push(slot.name.to_owned()));
        names
    }

    /// All leaves, in order.
    fn leaves<'a>(&'a self) -> Vec<&'a P>
    where
        P: 'a,
    {
        let mut leaves = Vec::new();
        self.visit(|_, leaf| leaves.push(leaf));
        leaves
    }

    /// All leaves with their names and kinds, in order.
    fn named_leaves<'a>(&'a self) -> Vec<(String, Kind, &'a P)>
    where
        P: 'a,
    {
        let mut leaves = Vec::new();
        self.visit(|slot, leaf| leaves.push((slot.name.to_owned(), slot.kind, leaf)));
        leaves
    }

    /// The leaves of two trees side by side, with their names.
    ///
    /// # Errors
    ///
    /// [`Error::Structure`] at the first leaf that only one of the trees has.
    #[allow(clippy::type_complexity)] // a list of (name, leaf, leaf)
    fn zip<'a, Q, B>(&'a self, other: &'a B) -> Result<Vec<(String, &'a P, &'a Q)>, Error>
    where
        P: 'a,
        Q: Leaf + 'a,
        B: Tree<Q>,
    {
        let mut others = other.named_leaves().into_iter();
        let mut pairs = Vec::new();
        for (name, _, leaf) in self.named_leaves() {
            match others.next() {
                Some((same, _, q)) if same == name => pairs.push((name, leaf, q)),
                given => return Err(Error::structure(pairs.len(), Some(name), given.map(|g| g.0))),
            }
        }
        match others.next() {
            None => Ok(pairs),
            Some((extra, ..)) => Err(Error::structure(pairs.len(), None, Some(extra))),
        }
    }
}

#[cfg(test)]
mod tests;
