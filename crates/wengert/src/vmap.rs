//! Functions written for one example, applied to a whole batch at once.
//!
//! The function is recorded for one example on a tape of its own, which computes nothing. The lines are then recorded
//! again on the caller's tape, each once for all examples, by the rule for batches of its op
//! ([`Primitive::batch`](crate::Primitive::batch)). Nothing is looped over. What comes of it are ordinary lines: they can
//! be differentiated to every order, compiled to a plan, and be part of the function of another `vmap`; and since
//! gradients are lines too, a gradient inside the function becomes one gradient per example.

mod excerpt;
mod function;

use crate::axes::resolve;
use crate::deferred::stand_in;
use crate::ops::{Batched, draws::varying};
use crate::{Error, Float, Shape, Tape, Tensor, Var, error::or_panic};
pub(crate) use excerpt::{Excerpt, Place};
pub(crate) use function::over_batch;

/// A function of one example applied to every example of a batch: plain tensors in, a plain tensor out.
///
/// `axes` names for each input the axis along which the examples lie, or `None` for an input that all examples share. The
/// examples of the result lie along its axis 0. See [`Tape::vmap`], which is the same inside a recorded computation.
///
/// ```
/// use wengert::prelude::*;
/// let (xs, w) = (Tensor::from([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), Tensor::from([1.0, -1.0]));
/// let y = wengert::vmap(|[x, w]| (x * w).sum(), [Some(0), None], [&xs, &w]);
/// assert_eq!(y.to_vec(), [-1.0, -1.0, -1.0]);
/// ```
///
/// # Panics
///
/// Where [`Tape::try_vmap`] fails.
#[track_caller]
pub fn vmap<F: Float, const N: usize>(
    f: impl for<'s> FnOnce([Var<'s, F>; N]) -> Var<'s, F>,
    axes: [Option<isize>; N],
    x: [&Tensor<F>; N],
) -> Tensor<F> {
    let tape = Tape::new();
    let x = x.map(|x| tape.constant(x));
    tape.vmap(f, axes, x).tensor()
}

impl<F: Float> Tape<F> {
    /// A function of one example applied to every example of a batch at once.
    ///
    /// `axes` names for each input the axis along which the examples lie, or `None` for an input that all examples share,
    /// such as weights. Inside `f` the inputs have the shape of one example; the examples of the result lie along its axis
    /// 0. An input shared by all is given to `f` like the others: `f` cannot use variables of this tape (the compiler
    /// refuses it), since it is recorded on another.
    ///
    /// Gradients per example, and their norms, of a small classifier:
    ///
    /// ```
    /// use wengert::prelude::*;
    ///
    /// /// The loss of one example: `x` has 2 features, `label` is 1 at the class and 0 elsewhere.
    /// fn loss<'t>([w, x, label]: [Var<'t, f64>; 3]) -> Var<'t, f64> {
    ///     -(x.matmul(w).log_softmax(0) * label).sum()
    /// }
    ///
    /// /// How much that example would move the weights.
    /// fn norm<'t>(example: [Var<'t, f64>; 3]) -> Var<'t, f64> {
    ///     loss(example).grad(&example[..1])[0].square().sum().sqrt()
    /// }
    ///
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf([[0.5, -1.0, 0.25], [1.0, 0.0, -0.5]]); // [features, classes]
    /// let xs = tape.constant([[1.0, 2.0], [-1.0, 0.5], [0.0, 1.0], [3.0, -2.0]]); // [examples, features]
    /// let labels = tape.constant([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    ///
    /// let norms = tape.vmap(norm, [None, Some(0), Some(0)], [w, xs, labels]);
    /// assert_eq!(norms.shape().dims(), [4]);
    ///
    /// for (i, given) in norms.value().to_vec().into_iter().enumerate() {
    ///     let row = |v: Var<'_, f64>| v.s(i as isize).value();
    ///     let alone = norm([w, tape.constant(row(xs)), tape.constant(row(labels))]).item();
    ///     assert!((given - alone).abs() < 1e-12 * alone);
    /// }
    /// let sharpest = norms.max().backward(&[w]); // and what they are made of can be differentiated again
    /// assert_eq!(sharpest[0].shape(), w.shape());
    /// ```
    ///
    /// Details that a loop over the examples would leave open:
    ///
    /// - **Random numbers.** An op that draws, such as [`Var::dropout`], draws for every example its own: example `i` has
    ///   the numbers of [`Key::example`](crate::Key::example)`(i)`, whatever the size of the batch.
    /// - **Indices** are attributes of an op and not inputs: all examples share them. A choice per example is a mask or a
    ///   product with ones and zeros, as above. A plan can take new indices for [`Var::index_select`] and
    ///   [`Var::index_add`] inside; [`Var::gather`] and [`Var::scatter_add`] along more than one axis are recorded with
    ///   indices of their own, which it refuses to replace.
    /// - **Reading a value** inside `f` is refused: there is none. Use ops ([`Mask::select`](crate::Mask::select) for a
    ///   branch).
    /// - **Leaves** recorded inside `f` are constants outside.
    /// - **Ops made of functions**, by [`custom_vjp`](crate::custom_vjp), have the value and the rule of each example; a
    ///   [`checkpoint`](crate::checkpoint) is recorded as its lines: put one around the `vmap` to save memory.
    ///
    /// ```compile_fail
    /// let tape = wengert::Tape::<f64>::new();
    /// let (xs, w) = (tape.leaf([1.0, 2.0]), tape.leaf(3.0));
    /// let y = tape.vmap(|[x]| x * w, [Some(0)], [xs]); // error: pass `w` as an input with axis `None`
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Tape::try_vmap`] fails.
    #[track_caller]
    pub fn vmap<'t, const N: usize>(
        &'t self,
        f: impl for<'s> FnOnce([Var<'s, F>; N]) -> Var<'s, F>,
        axes: [Option<isize>; N],
        x: [Var<'t, F>; N],
    ) -> Var<'t, F> {
        or_panic(self.try_vmap(f, axes, x))
    }

    /// As [`Tape::vmap`].
    ///
    /// # Errors
    ///
    /// [`Error::Unbatched`] for an op without a rule for batches, naming it and its line of source;
    /// [`Error::ReadInBatch`] if `f` reads a value that depends on an input or is drawn at random; [`Error::Axis`];
    /// [`Error::ShapeMismatch`] if the inputs have different numbers of examples; [`Error::Attribute`] if no input has
    /// an axis; [`Error::RankTooLarge`] if there is no room for the axis of examples; [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_vmap<'t, const N: usize>(
        &'t self,
        f: impl for<'s> FnOnce([Var<'s, F>; N]) -> Var<'s, F>,
        axes: [Option<isize>; N],
        x: [Var<'t, F>; N],
    ) -> Result<Var<'t, F>, Error> {
        let y = self.try_vmap_many(|x| vec![f(std::array::from_fn(|k| x[k]))], &axes, &x)?;
        Ok(y[0])
    }

    /// As [`Tape::vmap`], for a function of any number of inputs with several results.
    ///
    /// ```
    /// use wengert::prelude::*;
    /// let tape = Tape::<f64>::new();
    /// let xs = tape.leaf([1.0, 2.0, 3.0]);
    /// let both = tape.vmap_many(
    ///     |x| {
    ///         let y = x[0] * x[0] * x[0];
    ///         vec![y, y.grad(x)[0]]
    ///     },
    ///     &[Some(0)],
    ///     &[xs],
    /// );
    /// assert_eq!(both[0].value().to_vec(), [1.0, 8.0, 27.0]);
    /// assert_eq!(both[1].value().to_vec(), [3.0, 12.0, 27.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Tape::try_vmap_many`] fails.
    #[track_caller]
    pub fn vmap_many<'t>(
        &'t self,
        f: impl for<'s> FnOnce(&[Var<'s, F>]) -> Vec<Var<'s, F>>,
        axes: &[Option<isize>],
        x: &[Var<'t, F>],
    ) -> Vec<Var<'t, F>> {
        or_panic(self.try_vmap_many(f, axes, x))
    }

    /// As [`Tape::vmap_many`].
    ///
    /// # Errors
    ///
    /// As [`Tape::try_vmap`], and [`Error::Arity`] unless there is one axis or `None` per input.
    #[track_caller]
    pub fn try_vmap_many<'t>(
        &'t self,
        f: impl for<'s> FnOnce(&[Var<'s, F>]) -> Vec<Var<'s, F>>,
        axes: &[Option<isize>],
        x: &[Var<'t, F>],
    ) -> Result<Vec<Var<'t, F>>, Error> {
        let (given, size) = self.examples(axes, x)?;
        let results = over_examples(self, &given, size, true, Self::leaf, |x| Ok(f(x)))?;
        results.into_iter().map(|y| if y.varies { Ok(y.value) } else { repeated(y.value, size) }).collect()
    }

    /// The inputs with their examples along axis 0, and the number of examples.
    #[track_caller]
    fn examples<'t>(
        &'t self,
        axes: &[Option<isize>],
        x: &[Var<'t, F>],
    ) -> Result<(Vec<Batched<'t, F>>, usize), Error> {
        if axes.len() != x.len() {
            let expected = "one axis, or None, per input";
            return Err(Error::Arity { op: "vmap", given: axes.len(), expected });
        }
        let mut given = Vec::with_capacity(x.len());
        let mut first: Option<(Shape, usize)> = None;
        for (&x, &axis) in x.iter().zip(axes) {
            if !std::ptr::eq(x.tape, self) {
                return Err(Error::DifferentTapes { op: "vmap" });
            }
            let Some(axis) = axis else {
                given.push(Batched { value: x, varies: false });
                continue;
            };
            let axis = resolve("vmap", axis, x.rank())?;
            let size = x.shape().dims()[axis];
            match first {
                Some((shape, n)) if n != size => {
                    let (lhs, rhs) = (shape.dims().into(), x.shape().dims().into());
                    let expected = "as many examples along the axis named for each input";
                    return Err(Error::ShapeMismatch { op: "vmap", lhs, rhs, expected });
                }
                _ => first = Some((x.shape(), size)),
            }
            let value = if axis == 0 { x } else { x.try_movedim(axis as isize, 0)? };
            given.push(Batched { value, varies: true });
        }
        let given_axes = || format!("{axes:?}");
        let (_, size) = first.ok_or_else(|| Error::Attribute {
            op: "vmap",
            name: "axes",
            given: given_axes(),
            expected: "an axis of examples for at least one input",
        })?;
        Ok((given, size))
    }

    /// Refuses values that depend on an input, or on numbers that every example draws for itself, and were read.
    fn refuse_read(&self, inputs: &[u32]) -> Result<(), Error> {
        let inspected = self.inspected();
        if inspected.is_empty() {
            return Ok(());
        }
        let mut varies = vec![false; self.len()];
        inputs.iter().for_each(|&input| varies[input as usize] = true);
        let varies = varying(&self.nodes(), varies);
        match inspected.iter().find(|read| varies[read.id as usize]) {
            Some(read) => Err(Error::ReadInBatch { at: read.at.to_string() }),
            None => Ok(()),
        }
    }
}

/// What `f` gives for one example, with `given` for its inputs, which `input` records, repeated on `tape` for all examples.
#[track_caller]
fn over_examples<'t, F: Float>(
    tape: &'t Tape<F>,
    given: &[Batched<'t, F>],
    size: usize,
    own_numbers: bool,
    input: impl for<'s> Fn(&'s Tape<F>, Tensor<F>) -> Var<'s, F>,
    f: impl for<'s> FnOnce(&[Var<'s, F>]) -> Result<Vec<Var<'s, F>>, Error>,
) -> Result<Vec<Batched<'t, F>>, Error> {
    let one = Tape::with_threads(tape.threads().clone()).deferred();
    let inputs: Vec<Var<'_, F>> = given.iter().map(|g| input(&one, stand_in(of_one(*g)))).collect();
    let outputs = f(&inputs)?;
    if outputs.iter().any(|y| !std::ptr::eq(y.tape, &raw const one)) {
        return Err(Error::DifferentTapes { op: "vmap" });
    }
    let ids = |v: &[Var<'_, F>]| v.iter().map(|v| v.id).collect::<Vec<_>>();
    one.refuse_read(&ids(&inputs))?;
    let excerpt = Excerpt::of(&one, &ids(&inputs), &ids(&outputs), Place::Elsewhere);
    excerpt.repeat(tape, given, size, own_numbers)
}

/// The shape of one example.
fn of_one<F: Float>(x: Batched<'_, F>) -> Shape {
    let shape = x.value.shape();
    if x.varies { Shape::known(&shape.dims()[1..]) } else { shape }
}

/// A result that no example changes, once for each of them.
#[track_caller]
fn repeated<F: Float>(y: Var<'_, F>, size: usize) -> Result<Var<'_, F>, Error> {
    y.try_broadcast_to(crate::shape::joined(&[&[size], y.shape().dims()]))
}
