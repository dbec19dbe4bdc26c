//! From a formula and its partials to a full primitive: shape rule, kernel, VJP, JVP, fused pullback, samples.

use super::trace::{Formulas, Programs, Traced};
use super::{Draw, Fused, Primitive, Sample, Special};
use crate::explain::Symbol;
use crate::{Error, Float, Scalar, Shape, Tensor, Threads, Var};
use std::fmt::Debug;

/// When a cotangent passes through an operand: what stands for the product with the local derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// Unless it is 0: a zero from above wins over an infinite slope. Of all smooth functions.
    UnlessZero,
    /// Unless it is 0 or the slope is: of functions that are constant where their slope is 0, so that nothing passes
    /// there, however large it is.
    UnlessEitherIsZero,
}

impl Passes {
    /// The cotangent (or tangent) times the local derivative.
    #[inline]
    pub(crate) fn product<S: Scalar>(self, ct: S, slope: S) -> S {
        match self {
            Self::UnlessZero => ct.chain(slope),
            Self::UnlessEitherIsZero => ct.zero_product(slope),
        }
    }
}

/// An elementwise function of one variable.
pub trait Unary: Copy + Debug + Send + Sync + 'static {
    /// The op's name.
    const NAME: &'static str;
    /// Intervals to test in, away from kinks and poles.
    const DOMAIN: &'static [(f64, f64)];
    /// Why the derivative is zero everywhere, where that is so; see [`Primitive::LOCALLY_CONSTANT`].
    const LOCALLY_CONSTANT: Option<&'static str> = None;
    /// Whether a zero slope means that nothing passes.
    const PASSES: Passes = Passes::UnlessZero;
    /// The op with every attribute worth testing; one for an op without attributes.
    fn variants() -> Vec<Self>;
    /// $y = f(x)$
    fn f<S: Scalar>(&self, x: S) -> S;
    /// $\partial y / \partial x$, given `x` and `y`.
    ///
    /// A branch for NaN gives `y`, never `x` or a literal NaN: only `y` has derivatives that are NaN at every order.
    fn dx<S: Scalar>(&self, x: S, y: S) -> S;
    /// The cotangent (or tangent) times the local derivative, as [`Unary::PASSES`] says; another text for an op with a
    /// constant piece whose slope is 0 elsewhere too, or that is constant for some attributes only.
    fn pulled<S: Scalar>(&self, ct: S, x: S, y: S) -> S {
        Self::PASSES.product(ct, self.dx(x, y))
    }
    /// $f$ again, from an independent source.
    fn reference(&self, x: f64) -> f64;
    /// Points `[x, y, dy/dx]` known exactly: kinks, limits, infinities, NaN.
    fn special(&self) -> Vec<[f64; 3]>;
}

/// An elementwise function of two variables of one shape.
pub trait Binary: Copy + Debug + Send + Sync + 'static {
    /// The op's name.
    const NAME: &'static str;
    /// Intervals to test the two operands in, away from kinks and poles.
    const DOMAIN: [&'static [(f64, f64)]; 2];
    /// Whether a zero slope by an operand means that nothing passes.
    const PASSES: [Passes; 2] = [Passes::UnlessZero; 2];
    /// $y = f(a, b)$
    fn f<S: Scalar>(&self, a: S, b: S) -> S;
    /// $\partial y / \partial a$, given both operands and `y`.
    fn da<S: Scalar>(&self, a: S, b: S, y: S) -> S;
    /// $\partial y / \partial b$, given both operands and `y`.
    fn db<S: Scalar>(&self, a: S, b: S, y: S) -> S;
    /// $f$ again, from an independent source.
    fn reference(&self, a: f64, b: f64) -> f64;
    /// Points `[a, b, y, ∂y/∂a, ∂y/∂b]` known exactly: kinks, limits, infinities, NaN.
    fn special(&self) -> Vec<[f64; 5]>;
}

/// Refuses operands of different shapes; the operators broadcast before a primitive sees them.
pub(crate) fn same_shape(op: &'static str, x: &[Shape]) -> Result<Shape, Error> {
    match x {
        [a, rest @ ..] => match rest.iter().find(|b| *b != a) {
            None => Ok(*a),
            Some(b) => Err(Error::ShapeMismatch {
                op,
                lhs: a.dims().into(),
                rhs: b.dims().into(),
                expected: "equal shapes (broadcast_to makes them so)",
            }),
        },
        [] => Err(Error::Arity { op, given: 0, expected: "at least one operand" }),
    }
}

/// The sum of the contributions that are there.
pub(crate) fn sum_of<'t, F: Float>(
    terms: impl IntoIterator<Item = Option<Var<'t, F>>>,
) -> Option<Var<'t, F>> {
    terms.into_iter().flatten().reduce(|a, b| a + b)
}

#[inline]
pub(crate) fn unary_number<F: Float, U: Unary>(op: &U, x: &[F]) -> Option<F> {
    let &[x] = x else { return None };
    Some(op.f(x))
}

#[inline]
pub(crate) fn unary_pull_number<F: Float, U: Unary>(op: &U, x: &[F], y: F, ct: F) -> Option<[F; 2]> {
    let &[x] = x else { return None };
    Some([op.pulled(ct, x, y), F::ZERO])
}

#[inline]
pub(crate) fn binary_number<F: Float, B: Binary>(op: &B, x: &[F]) -> Option<F> {
    let &[a, b] = x else { return None };
    Some(op.f(a, b))
}

#[inline]
pub(crate) fn binary_pull_number<F: Float, B: Binary>(
    op: &B,
    x: &[F],
    y: F,
    ct: F,
    wants: [bool; 2],
) -> Option<[F; 2]> {
    let &[a, b] = x else { return None };
    let a_bar = if wants[0] { B::PASSES[0].product(ct, op.da(a, b, y)) } else { F::ZERO };
    Some([a_bar, if wants[1] { B::PASSES[1].product(ct, op.db(a, b, y)) } else { F::ZERO }])
}

pub(crate) fn unary_value<F: Float, U: Unary + Primitive>(
    op: &U,
    x: &Tensor<F>,
    on: &Threads,
    kept: &'static Programs,
) -> Tensor<F> {
    if let Some(x) = x.number() {
        return Tensor::scalar(op.f(x));
    }
    match x.uniform() {
        Some(cell) => Tensor::of_uniform(x.shape(), op.f(cell)),
        None => kept.value(op, &[x], on),
    }
}

pub(crate) fn unary_fused<F: Float, U: Unary>(
    op: &U,
    x: &Tensor<F>,
    y: &Tensor<F>,
    ct: &Tensor<F>,
    on: &Threads,
    kept: &'static Programs,
) -> Tensor<F> {
    if let (Some(x), Some(y), Some(c)) = (x.number(), y.number(), ct.number()) {
        return Tensor::scalar(op.pulled(c, x, y));
    }
    match (x.uniform(), y.uniform(), ct.uniform()) {
        (Some(x), Some(y), Some(c)) => Tensor::of_uniform(ct.shape(), op.pulled(c, x, y)),
        _ => kept.value_of(size_of::<U>() == 0, &[x, y, ct], on, &|x| unary_pulled(op, x)),
    }
}

fn unary_pulled<'b, U: Unary>(op: &U, x: &[Traced<'b>]) -> [Option<Traced<'b>>; 2] {
    [Some(op.pulled(x[2], x[0], x[1])), None]
}

pub(crate) fn binary_value<F: Float, B: Binary + Primitive>(
    op: &B,
    x: &[&Tensor<F>],
    on: &Threads,
    kept: &'static Programs,
) -> Tensor<F> {
    if let (Some(a), Some(b)) = (x[0].number(), x[1].number()) {
        return Tensor::scalar(op.f(a, b));
    }
    match (x[0].uniform(), x[1].uniform()) {
        (Some(a), Some(b)) => Tensor::of_uniform(x[0].shape(), op.f(a, b)),
        _ => kept.value(op, x, on),
    }
}

/// The two pullbacks of a binary op without attributes, in one pass if both are wanted.
///
/// `kept` are the programs for the first alone, the second alone, and both.
pub(crate) fn binary_fused<F: Float, B: Binary>(
    op: &B,
    x: &[&Tensor<F>],
    y: &Tensor<F>,
    at: &mut Fused<'_, F>,
    kept: &'static [Programs; 3],
) -> bool {
    let wants = [at.wants(0), at.wants(1)];
    let ct = at.ct();
    if let (Some(a), Some(b), Some(y), Some(c)) = (x[0].number(), x[1].number(), y.number(), ct.number()) {
        if wants[0] {
            at.send(0, Tensor::scalar(B::PASSES[0].product(c, op.da(a, b, y))));
        }
        if wants[1] {
            at.send(1, Tensor::scalar(B::PASSES[1].product(c, op.db(a, b, y))));
        }
        return true;
    }
    if let (Some(a), Some(b), Some(y), Some(c)) = (x[0].uniform(), x[1].uniform(), y.uniform(), ct.uniform())
    {
        let (shape, da, db) = (ct.shape(), op.da(a, b, y), op.db(a, b, y));
        at.send(0, Tensor::of_uniform(shape, B::PASSES[0].product(c, da)));
        at.send(1, Tensor::of_uniform(shape, B::PASSES[1].product(c, db)));
        return true;
    }
    send_both(wants, &[x[0], x[1], y], at, kept, &|x| binary_pulled(op, wants, x))
}

fn binary_pulled<'b, B: Binary>(op: &B, wants: [bool; 2], x: &[Traced<'b>]) -> [Option<Traced<'b>>; 2] {
    let [a, b, y, ct] = [x[0], x[1], x[2], x[3]];
    [
        wants[0].then(|| B::PASSES[0].product(ct, op.da(a, b, y))),
        wants[1].then(|| B::PASSES[1].product(ct, op.db(a, b, y))),
    ]
}

/// Sends the results of those formulas that are wanted.
fn send_both<F: Float>(
    wants: [bool; 2],
    x: &[&Tensor<F>; 3],
    at: &mut Fused<'_, F>,
    kept: &'static [Programs; 3],
    formulas: &Formulas<'_>,
) -> bool {
    let kept = match wants {
        [false, false] => return true,
        [true, false] => &kept[0],
        [false, true] => &kept[1],
        [true, true] => &kept[2],
    };
    let pulled = kept.run(true, at.threads(), &[x[0], x[1], x[2], at.ct()], formulas);
    for (k, x_bar) in [0, 1].into_iter().filter(|&k| wants[k]).zip(pulled) {
        at.send(k, x_bar);
    }
    true
}

/// The partial derivative by operand `k` as a formula.
pub(crate) fn binary_partial<'s, B: Binary>(op: &B, k: usize, x: &[Symbol<'s>], y: Symbol<'s>) -> Symbol<'s> {
    if k == 0 { op.da(x[0], x[1], y) } else { op.db(x[0], x[1], y) }
}

pub(crate) fn unary_samples<U: Unary + Primitive>(draw: &mut Draw) -> Vec<Sample<U>> {
    let mut samples = Vec::new();
    for op in U::variants() {
        for shape in Draw::shapes() {
            samples.push(Sample { op, inputs: vec![draw.from_intervals(shape, U::DOMAIN)] });
        }
    }
    samples
}

pub(crate) fn binary_samples<B: Binary + Primitive>(op: B, draw: &mut Draw) -> Vec<Sample<B>> {
    let mut samples = Vec::new();
    for shape in Draw::shapes() {
        let inputs = B::DOMAIN.iter().map(|intervals| draw.from_intervals(shape, intervals)).collect();
        samples.push(Sample { op, inputs });
    }
    samples
}

/// Makes a [`Unary`] type a [`Primitive`].
///
/// `unary_primitive!(Tanh)` expands to an `impl Primitive for Tanh` whose VJP is `pulled(ct, x, y)`, whose JVP is
/// `pulled(dx, x, y)`, and whose fused pullback is the same in one pass over numbers.
macro_rules! unary_primitive {
    ($Op:ident) => {
        impl $crate::ops::Primitive for $Op {
            const NAME: &'static str = <$Op as $crate::ops::elementwise::Unary>::NAME;
            const ARITY: $crate::ops::Arity = $crate::ops::Arity::Exactly(1);
            const ELEMENTWISE: bool = true;
            const LOCALLY_CONSTANT: Option<&'static str> =
                <$Op as $crate::ops::elementwise::Unary>::LOCALLY_CONSTANT;

            fn shape(&self, x: &[$crate::Shape]) -> Result<$crate::Shape, $crate::Error> {
                Ok(x[0])
            }

            fn eval<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                _: $crate::Shape,
                on: &$crate::Threads,
            ) -> $crate::Tensor<F> {
                static VALUE: $crate::ops::Programs = $crate::ops::Programs::new();
                $crate::ops::elementwise::unary_value(self, x[0], on, &VALUE)
            }

            fn formula<'b>(&self, x: &[$crate::ops::Traced<'b>]) -> Option<$crate::ops::Traced<'b>> {
                Some($crate::ops::elementwise::Unary::f(self, x[0]))
            }

            fn partial<'s>(
                &self,
                _: usize,
                x: &[$crate::explain::Symbol<'s>],
                y: $crate::explain::Symbol<'s>,
            ) -> Option<$crate::explain::Symbol<'s>> {
                Some($crate::ops::elementwise::Unary::dx(self, x[0], y))
            }

            fn vjp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                ct: $crate::Var<'t, F>,
            ) -> $crate::Pullback<'t, F> {
                let [x] = at.x();
                [Some($crate::ops::elementwise::Unary::pulled(self, ct, x, at.y()))].into()
            }

            fn jvp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                dx: &[Option<$crate::Var<'t, F>>],
            ) -> Option<$crate::Var<'t, F>> {
                let [x] = at.x();
                dx[0].map(|dx| $crate::ops::elementwise::Unary::pulled(self, dx, x, at.y()))
            }

            fn vjp_fused<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                y: &$crate::Tensor<F>,
                at: &mut $crate::ops::Fused<'_, F>,
            ) -> bool {
                static PULLED: $crate::ops::Programs = $crate::ops::Programs::new();
                let x_bar =
                    $crate::ops::elementwise::unary_fused(self, x[0], y, at.ct(), at.threads(), &PULLED);
                at.send(0, x_bar);
                true
            }

            fn number<F: $crate::Float>(&self, x: &[F]) -> Option<F> {
                $crate::ops::elementwise::unary_number(self, x)
            }

            fn pull_number<F: $crate::Float>(&self, x: &[F], y: F, ct: F, _: [bool; 2]) -> Option<[F; 2]> {
                $crate::ops::elementwise::unary_pull_number(self, x, y, ct)
            }

            fn reference(&self, x: &[$crate::Tensor<f64>], _: $crate::Shape) -> $crate::Tensor<f64> {
                x[0].map(|x| $crate::ops::elementwise::Unary::reference(self, x))
            }

            fn samples(draw: &mut $crate::ops::Draw) -> Vec<$crate::Sample<Self>> {
                $crate::ops::elementwise::unary_samples(draw)
            }

            fn special() -> Vec<$crate::Special<Self>> {
                $crate::ops::elementwise::unary_special()
            }
        }
    };
}

/// Makes a [`Binary`] type without attributes a [`Primitive`], as `unary_primitive!` does.
macro_rules! binary_primitive {
    ($Op:ident) => {
        impl $crate::ops::Primitive for $Op {
            const NAME: &'static str = <$Op as $crate::ops::elementwise::Binary>::NAME;
            const ARITY: $crate::ops::Arity = $crate::ops::Arity::Exactly(2);
            const ELEMENTWISE: bool = true;

            fn shape(&self, x: &[$crate::Shape]) -> Result<$crate::Shape, $crate::Error> {
                $crate::ops::elementwise::same_shape(<Self as $crate::ops::Primitive>::NAME, x)
            }

            fn eval<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                _: $crate::Shape,
                on: &$crate::Threads,
            ) -> $crate::Tensor<F> {
                static VALUE: $crate::ops::Programs = $crate::ops::Programs::new();
                $crate::ops::elementwise::binary_value(self, x, on, &VALUE)
            }

            fn formula<'b>(&self, x: &[$crate::ops::Traced<'b>]) -> Option<$crate::ops::Traced<'b>> {
                Some($crate::ops::elementwise::Binary::f(self, x[0], x[1]))
            }

            fn partial<'s>(
                &self,
                k: usize,
                x: &[$crate::explain::Symbol<'s>],
                y: $crate::explain::Symbol<'s>,
            ) -> Option<$crate::explain::Symbol<'s>> {
                Some($crate::ops::elementwise::binary_partial(self, k, x, y))
            }

            fn vjp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                ct: $crate::Var<'t, F>,
            ) -> $crate::Pullback<'t, F> {
                use $crate::ops::elementwise::Binary;
                let ([a, b], y) = (at.x(), at.y());
                [
                    at.wants(0).then(|| <$Op as Binary>::PASSES[0].product(ct, Binary::da(self, a, b, y))),
                    at.wants(1).then(|| <$Op as Binary>::PASSES[1].product(ct, Binary::db(self, a, b, y))),
                ]
                .into()
            }

            fn jvp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                dx: &[Option<$crate::Var<'t, F>>],
            ) -> Option<$crate::Var<'t, F>> {
                use $crate::ops::elementwise::Binary;
                let ([a, b], y) = (at.x(), at.y());
                $crate::ops::elementwise::sum_of([
                    dx[0].map(|da| <$Op as Binary>::PASSES[0].product(da, Binary::da(self, a, b, y))),
                    dx[1].map(|db| <$Op as Binary>::PASSES[1].product(db, Binary::db(self, a, b, y))),
                ])
            }

            fn vjp_fused<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                y: &$crate::Tensor<F>,
                at: &mut $crate::ops::Fused<'_, F>,
            ) -> bool {
                static PULLED: [$crate::ops::Programs; 3] = [const { $crate::ops::Programs::new() }; 3];
                $crate::ops::elementwise::binary_fused(self, x, y, at, &PULLED)
            }

            fn number<F: $crate::Float>(&self, x: &[F]) -> Option<F> {
                $crate::ops::elementwise::binary_number(self, x)
            }

            fn pull_number<F: $crate::Float>(
                &self,
                x: &[F],
                y: F,
                ct: F,
                wants: [bool; 2],
            ) -> Option<[F; 2]> {
                $crate::ops::elementwise::binary_pull_number(self, x, y, ct, wants)
            }

            fn reference(&self, x: &[$crate::Tensor<f64>], _: $crate::Shape) -> $crate::Tensor<f64> {
                x[0].zip(&x[1], |a, b| $crate::ops::elementwise::Binary::reference(self, a, b))
            }

            fn samples(draw: &mut $crate::ops::Draw) -> Vec<$crate::Sample<Self>> {
                $crate::ops::elementwise::binary_samples(Self, draw)
            }

            fn special() -> Vec<$crate::Special<Self>> {
                $crate::ops::elementwise::binary_special(Self)
            }
        }
    };
}

pub(crate) use {binary_primitive, unary_primitive};

pub(crate) fn unary_special<U: Unary + Primitive>() -> Vec<Special<U>> {
    let mut points = Vec::new();
    for op in U::variants() {
        for [x, y, dx] in op.special() {
            let (inputs, gradients) = point(&[x], &[dx]);
            points.push(Special { op, inputs, value: y.into(), gradients });
        }
    }
    points
}

pub(crate) fn binary_special<B: Binary + Primitive>(op: B) -> Vec<Special<B>> {
    let mut points = Vec::new();
    for [a, b, y, da, db] in op.special() {
        let (inputs, gradients) = point(&[a, b], &[da, db]);
        points.push(Special { op, inputs, value: y.into(), gradients });
    }
    points
}

/// Operands and gradients of scalars.
fn point(inputs: &[f64], gradients: &[f64]) -> (Vec<Tensor<f64>>, Vec<Option<Tensor<f64>>>) {
    let tensors = |values: &[f64]| values.iter().map(|&value| Tensor::from(value)).collect::<Vec<_>>();
    (tensors(inputs), tensors(gradients).into_iter().map(Some).collect())
}
