//! Ops with rules of the user's, given as functions.

use crate::{
    Batch, CustomOp, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, custom::raise,
    error::or_panic, ops::shape_of_cotangent, segment::Segment, vmap::over_batch,
};
use std::sync::Arc;

/// How cotangents or tangents pass.
enum Rule<F: Float> {
    Pullback(Box<PullbackRule<F>>),
    Pushforward(Box<PushforwardRule<F>>),
}

type PullbackRule<F> = dyn for<'t> Fn(&Line<'t, F>, Var<'t, F>) -> Pullback<'t, F> + Send + Sync;
type PushforwardRule<F> =
    dyn for<'t> Fn(&Line<'t, F>, &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> + Send + Sync;

/// An op of `N` operands made of functions, by [`custom_vjp`] or [`custom_jvp`]; cheap to clone.
pub struct CustomRule<F: Float, const N: usize> {
    name: &'static str,
    value: Arc<Segment<F>>,
    rule: Arc<Rule<F>>,
}

impl<F: Float, const N: usize> Clone for CustomRule<F, N> {
    fn clone(&self) -> Self {
        Self { name: self.name, value: Arc::clone(&self.value), rule: Arc::clone(&self.rule) }
    }
}

/// An op with the value of `forward` and the derivative that `backward` says.
///
/// `forward` is any function of variables; no derivative flows through its lines, so it may use ops that have none. `backward`
/// is the rule of [`CustomOp::vjp`]: from the line and the cotangent of its output, those of its inputs. Written with
/// differentiable ops, it gives every order, and forward mode too, by transposing it. Tests of the op need no more than
/// [`check_gradients`](crate::check_gradients), which names it if the rule is wrong:
///
/// ```
/// use wengert::{Tensor, check_gradients, custom_vjp};
/// let cube = custom_vjp("cube", |[x]| x * x * x, |at, ct| {
///     let [x] = at.x();
///     [Some(ct * (x * x * 3.0))].into()
/// });
/// check_gradients(|x| cube.of([x]), &Tensor::from([0.5, -2.0]))?;
///
/// let wrong = custom_vjp("wrong_cube", |[x]| x * x * x, |at, ct| [Some(ct * at.input(0) * 3.0)].into());
/// let failure = check_gradients(|x| wrong.of([x.sin()]).exp(), &Tensor::from([0.5, -2.0])).unwrap_err();
/// assert!(failure.to_string().contains("wrong_cube"));
/// # Ok::<(), wengert::check::Failure>(())
/// ```
///
/// A rule that is not the derivative is no mistake where it is meant, as in a straight-through estimator: the value is
/// rounded, the gradient passes as if it were not.
///
/// ```
/// let round = wengert::custom_vjp("round_through", |[x]| x.round(), |_, ct| [Some(ct)].into());
/// let tape = wengert::Tape::<f64>::new();
/// let x = tape.leaf([0.4, 1.7]);
/// let y = round.of([x]);
/// assert_eq!(y.value().to_vec(), [0.0, 2.0]);
/// assert_eq!((y * y).sum().backward(&[x])[0].to_vec(), [0.0, 4.0]);
/// ```
///
/// A rule with another number of cotangents than operands, or one of another shape, is an error that names the op. A plan
/// takes the lines of `forward`, which may therefore not depend on values that it reads. In [`Tape::vmap`](crate::Tape::vmap)
/// both functions are recorded for one example, and repeated for the batch.
pub fn custom_vjp<F: Float, const N: usize>(
    name: &'static str,
    forward: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F> + Send + Sync + 'static,
    backward: impl for<'t> Fn(&Line<'t, F>, Var<'t, F>) -> Pullback<'t, F> + Send + Sync + 'static,
) -> CustomRule<F, N> {
    CustomRule::new(name, forward, Rule::Pullback(Box::new(backward)))
}

/// An op with the value of `forward` and the tangent that `tangent` says.
///
/// `tangent` is the rule of [`CustomOp::jvp`]: from the line and the tangents of its inputs (`None` for one that does not
/// move), that of its output. It must be linear in the tangents; reverse mode then follows by transposing it, at every order.
/// Else as [`custom_vjp`].
///
/// ```
/// use wengert::{Tensor, custom_jvp, many};
/// let product = custom_jvp("product", |[a, b]| a * b, |at, dx| {
///     let [a, b] = at.x();
///     match (dx[0].map(|da| da * b), dx[1].map(|db| a * db)) {
///         (Some(left), Some(right)) => Some(left + right),
///         (left, right) => left.or(right),
///     }
/// });
/// many::check_gradients(|[a, b]| product.of([a, b]), [&Tensor::from([0.5, -2.0]), &Tensor::from([3.0, 0.25])])?;
/// # Ok::<(), wengert::check::Failure>(())
/// ```
pub fn custom_jvp<F: Float, const N: usize>(
    name: &'static str,
    forward: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F> + Send + Sync + 'static,
    tangent: impl for<'t> Fn(&Line<'t, F>, &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> + Send + Sync + 'static,
) -> CustomRule<F, N> {
    CustomRule::new(name, forward, Rule::Pushforward(Box::new(tangent)))
}

impl<F: Float, const N: usize> CustomRule<F, N> {
    fn new(
        name: &'static str,
        forward: impl for<'t> Fn([Var<'t, F>; N]) -> Var<'t, F> + Send + Sync + 'static,
        rule: Rule<F>,
    ) -> Self {
        let value = Segment::new(name, false, move |x| Ok(forward(std::array::from_fn(|k| x[k]))));
        Self { name, value: Arc::new(value), rule: Arc::new(rule) }
    }

    /// Applies the op.
    ///
    /// # Panics
    ///
    /// Where [`CustomRule::try_of`] fails, with the same message, at the caller's line.
    #[track_caller]
    pub fn of<'t>(&self, x: [Var<'t, F>; N]) -> Var<'t, F> {
        or_panic(self.try_of(x))
    }

    /// Applies the op.
    ///
    /// # Errors
    ///
    /// As [`Tape::try_custom`](crate::Tape::try_custom); [`Error::Arity`] for an op of no operands.
    #[track_caller]
    pub fn try_of<'t>(&self, x: [Var<'t, F>; N]) -> Result<Var<'t, F>, Error> {
        match x.first() {
            Some(first) => first.tape.try_custom(self.clone(), &x),
            None => Err(Error::Arity { op: self.name, given: 0, expected: "at least one variable" }),
        }
    }
}

/// A variable for a cotangent or tangent of this shape: a rule that is linear in it is transposed by pulling back through
/// what it records, whatever its value.
fn direction<'t, F: Float>(like: Var<'t, F>) -> Var<'t, F> {
    like.tape.leaf(Tensor::zeros(like.shape()))
}

/// The value, or out of the rule with the error.
fn or_raise<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| raise(error))
}

impl<F: Float, const N: usize> CustomOp<F> for CustomRule<F, N> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn arity(&self) -> usize {
        N
    }

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        self.value.shape(x)
    }

    fn eval(&self, x: &[&Tensor<F>]) -> Result<Tensor<F>, Error> {
        self.value.value(x, &Threads::one())
    }

    fn vjp<'t>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let rule = match &*self.rule {
            Rule::Pullback(rule) => return rule(at, ct),
            Rule::Pushforward(rule) => rule,
        };
        let tape = ct.tape;
        let wanted = (0..N).filter(|&k| at.wants(k));
        let mut dx: [Option<Var<'t, F>>; N] = [None; N];
        let dy = tape.with_recording(true, || {
            wanted.for_each(|k| dx[k] = Some(direction(at.input(k))));
            rule(at, &dx)
        });
        let moved: Vec<_> = dx.iter().flatten().copied().collect();
        if let Some(dy) = dy {
            or_raise(shape_of_cotangent(self.name, "the tangent", dy.shape(), at.y().shape()));
        }
        let found = dy.map_or(Ok(vec![None; moved.len()]), |dy| dy.try_vjp(ct, &moved));
        let mut found = or_raise(found).into_iter();
        dx.iter().map(|dx| dx.and_then(|_| found.next().flatten())).collect()
    }

    fn jvp<'t>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let rule = match &*self.rule {
            Rule::Pullback(rule) => rule,
            Rule::Pushforward(rule) => return rule(at, dx),
        };
        let tape = at.y().tape;
        let (ct, pulled) = tape.with_recording(true, || {
            let ct = direction(at.y());
            (ct, rule(at, ct))
        });
        if pulled.len() != N {
            let problem = format!("the VJP rule returned {} cotangents for {N} operands", pulled.len());
            raise(Error::Custom { op: self.name, problem });
        }
        let moved = pulled.iter().zip(dx).filter_map(|(x_bar, dx)| Some((x_bar?, (*dx)?)));
        let pushed = moved.filter_map(|(x_bar, dx)| {
            or_raise(shape_of_cotangent(self.name, "a cotangent", x_bar.shape(), dx.shape()));
            or_raise(x_bar.try_vjp(dx, &[ct]))[0]
        });
        pushed.reduce(|sum, dy| sum + dy)
    }

    fn batch<'t>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        over_batch(self.clone(), at)
    }

    fn segment(&self) -> Option<&Segment<F>> {
        Some(&self.value)
    }
}
