//! What the laws are about: one op with its samples, its type erased, so that each law is compiled once.

use std::fmt;
use wengert::ops::Draw;
use wengert::{Op, Primitive, Sample, Special, Tensor};

const SEED: u64 = 20_240_613;

/// An op at one point.
pub struct Case {
    /// The op.
    pub op: Op<f64>,
    /// The same in single precision.
    pub op32: Op<f32>,
    /// Its operands.
    pub inputs: Vec<Tensor<f64>>,
    /// The value from the naive reference, or the one stated.
    pub reference: Tensor<f64>,
}

impl Case {
    /// The value from the kernel.
    pub fn value(&self) -> Tensor<f64> {
        let refs: Vec<_> = self.inputs.iter().collect();
        self.op.eval(&refs).unwrap_or_else(|e| panic!("{self}: {e}"))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?} (sample seed {SEED})", self.op, self.inputs)
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
}

impl Subject {
    /// The subject of a primitive.
    pub fn of<P: Primitive>() -> Self
    where
        Op<f64>: From<P>,
        Op<f32>: From<P>,
    {
        let case = |op: P, inputs: Vec<Tensor<f64>>, stated: Option<Tensor<f64>>| {
            let shapes: Vec<_> = inputs.iter().map(Tensor::shape).collect();
            let shape = op.shape(&shapes).unwrap_or_else(|e| panic!("{op:?} at {inputs:?}: {e}"));
            let reference = stated.unwrap_or_else(|| op.reference(&inputs, shape));
            Case { op: op.clone().into(), op32: op.into(), inputs, reference }
        };
        let samples = P::samples(&mut Draw::new(SEED));
        assert!(!samples.is_empty(), "{} has no samples", P::NAME);
        let samples = samples.into_iter().map(|Sample { op, inputs }| case(op, inputs, None)).collect();
        let stated = |Special { op, inputs, value, gradients }| (case(op, inputs, Some(value)), gradients);
        let special = P::special().into_iter().map(stated).collect();
        let (name, locally_constant, elementwise) = (P::NAME, P::LOCALLY_CONSTANT, P::ELEMENTWISE);
        Self { name, locally_constant, unbatched: P::UNBATCHED, elementwise, samples, special }
    }
}
