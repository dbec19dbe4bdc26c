//! What the laws are about: one op with its samples, its type erased, so that each law is compiled once.

use std::collections::HashSet;
use std::fmt;
use wengert::ops::Draw;
use wengert::{Op, Primitive, Sample, Shape, Special, Tensor};

/// Where the standard samples come from.
pub const SEED: u64 = 20_240_613;

/// An op at one point.
pub struct Case {
    /// The op.
    pub op: Op<f64>,
    /// Its operands.
    pub inputs: Vec<Tensor<f64>>,
    /// The value from the naive reference, or the one stated.
    pub reference: Tensor<f64>,
    /// What its operands were drawn from.
    pub seed: u64,
    naive: Naive,
}

/// The reference of one op, attributes included.
type Naive = Box<dyn Fn(&[Tensor<f64>], Shape) -> Tensor<f64> + Send + Sync>;

impl Case {
    fn of<P: Primitive>(op: P, inputs: Vec<Tensor<f64>>, stated: Option<Tensor<f64>>, seed: u64) -> Self
    where
        Op<f64>: From<P>,
    {
        let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
        let shape = op.shape(&shapes).unwrap_or_else(|e| panic!("{op:?} at {inputs:?}: {e}"));
        let reference = stated.unwrap_or_else(|| op.reference(&inputs, shape));
        let naive: Naive = {
            let op = op.clone();
            Box::new(move |x, y| op.reference(x, y))
        };
        Self { op: op.into(), inputs, reference, seed, naive }
    }

    /// The value from the kernel.
    pub fn value(&self) -> Tensor<f64> {
        let refs: Vec<_> = self.inputs.iter().collect();
        self.op.eval(&refs).unwrap_or_else(|e| panic!("{self}: {e}"))
    }

    /// The naive reference at other operands that fit, with a value of this shape.
    pub fn reference_at(&self, inputs: &[Tensor<f64>], shape: Shape) -> Tensor<f64> {
        (self.naive)(inputs, shape)
    }

    /// Whether there is nothing to differentiate: no element of any operand, or none of the value.
    pub fn is_empty(&self) -> bool {
        self.reference.is_empty() || self.inputs.iter().all(Tensor::is_empty)
    }

    /// What makes this point another than the next: the op with its attributes, the shapes, the bits.
    fn identity(&self) -> (String, Bits) {
        (format!("{:?}", self.op), identity(&self.inputs))
    }
}

/// Shapes and bits of operands.
type Bits = Vec<(Vec<usize>, Vec<u64>)>;

/// Shapes and bits of operands: two points are the same if these are.
pub(crate) fn identity(inputs: &[Tensor<f64>]) -> Bits {
    inputs.iter().map(|x| (x.dims().to_vec(), x.to_vec().into_iter().map(f64::to_bits).collect())).collect()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?} (sample seed {})", self.op, self.inputs, self.seed)
    }
}

/// One op of the list, with everything the laws need.
pub struct Subject {
    /// Its name.
    pub name: &'static str,
    /// Why it has no derivative, where it has none.
    pub locally_constant: Option<&'static str>,
    /// Why it has no rule for batches, where it has none.
    pub unbatched: Option<&'static str>,
    /// Whether each element of the output depends on the same element of the operands alone.
    pub elementwise: bool,
    /// Points where it is smooth.
    pub samples: Vec<Case>,
    /// Points with stated values, and the stated gradients.
    pub special: Vec<(Case, Vec<Option<Tensor<f64>>>)>,
    /// Another operand in the domain, where the elements in another order would leave it.
    pub another: fn(&Tensor<f64>, usize) -> Option<Tensor<f64>>,
    draw: fn(u64) -> Vec<Case>,
}

impl Subject {
    /// The subject of a primitive.
    pub fn of<P: Primitive>() -> Self
    where
        Op<f64>: From<P>,
    {
        let samples = drawn::<P>(SEED);
        assert!(!samples.is_empty(), "{} has no samples", P::NAME);
        let stated =
            |Special { op, inputs, value, gradients }| (Case::of(op, inputs, Some(value), SEED), gradients);
        let special = P::special().into_iter().map(stated).collect();
        let (name, locally_constant, elementwise) = (P::NAME, P::LOCALLY_CONSTANT, P::ELEMENTWISE);
        Self {
            name,
            locally_constant,
            unbatched: P::UNBATCHED,
            elementwise,
            samples,
            special,
            another: P::another,
            draw: drawn::<P>,
        }
    }

    /// Samples and special points.
    pub fn all_cases(&self) -> impl Iterator<Item = &Case> {
        self.samples.iter().chain(self.special.iter().map(|(case, _)| case))
    }

    /// The same with at least so many samples that have elements, no two the same: the op's list drawn again from `seed` and
    /// those after it, as long as that gives new ones. With `seed` [`SEED`] the standard samples come first.
    pub fn with_samples(mut self, at_least: usize, seed: u64) -> Self {
        self.samples = grow(at_least, seed, self.draw, Case::identity, |case| !case.is_empty());
        self
    }
}

/// Lists drawn one after the other until there are at least so many different points that count, or no new ones come.
pub(crate) fn grow<T, I: Eq + std::hash::Hash>(
    at_least: usize,
    seed: u64,
    draw: impl Fn(u64) -> Vec<T>,
    identity: impl Fn(&T) -> I,
    counts: impl Fn(&T) -> bool,
) -> Vec<T> {
    let (mut points, mut seen) = (Vec::new(), HashSet::new());
    for round in 0.. {
        let before = points.len();
        points.extend(draw(seed + round).into_iter().filter(|point| seen.insert(identity(point))));
        let enough = points.iter().filter(|point| counts(point)).count() >= at_least;
        if enough || points.len() == before {
            break;
        }
    }
    points
}

fn drawn<P: Primitive>(seed: u64) -> Vec<Case>
where
    Op<f64>: From<P>,
{
    let samples = P::samples(&mut Draw::new(seed)).into_iter();
    samples.map(|Sample { op, inputs }| Case::of(op, inputs, None, seed)).collect()
}
