//! Points where ops are tested.

use super::Primitive;
use crate::{Key, Shape, Tensor};

/// An op with operands at which it is smooth.
#[derive(Clone, Debug)]
pub struct Sample<P> {
    /// The op with its attributes.
    pub op: P,
    /// Its operands.
    pub inputs: Vec<Tensor<f64>>,
}

/// An op at a point where its value and gradient are known exactly.
#[derive(Clone, Debug)]
pub struct Special<P> {
    /// The op with its attributes.
    pub op: P,
    /// Its operands.
    pub inputs: Vec<Tensor<f64>>,
    /// The value; NaN stands for NaN.
    pub value: Tensor<f64>,
    /// The gradient of the sum of the value by each operand; `None` where no contribution arrives.
    pub gradients: Vec<Option<Tensor<f64>>>,
}

impl<P: Primitive> Sample<P> {
    /// A sample of an op of one operand.
    pub fn of(op: P, inputs: impl IntoIterator<Item = Tensor<f64>>) -> Self {
        Self { op, inputs: inputs.into_iter().collect() }
    }
}

impl<P: Primitive> Special<P> {
    /// A special point of an op of one operand.
    pub fn unary(
        op: P,
        x: impl Into<Tensor<f64>>,
        value: impl Into<Tensor<f64>>,
        gradient: impl Into<Tensor<f64>>,
    ) -> Self {
        Self { op, inputs: vec![x.into()], value: value.into(), gradients: vec![Some(gradient.into())] }
    }

    /// A special point of an op of two operands.
    pub fn binary(
        op: P,
        [a, b]: [impl Into<Tensor<f64>>; 2],
        value: impl Into<Tensor<f64>>,
        [da, db]: [impl Into<Tensor<f64>>; 2],
    ) -> Self {
        let gradients = vec![Some(da.into()), Some(db.into())];
        Self { op, inputs: vec![a.into(), b.into()], value: value.into(), gradients }
    }
}

/// A source of reproducible test values.
#[derive(Clone, Debug)]
pub struct Draw {
    key: Key,
}

impl Draw {
    /// A source that depends on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self { key: Key::new(seed) }
    }

    /// A tensor of numbers between `lo` and `hi`.
    pub fn uniform(&mut self, shape: impl AsRef<[usize]>, lo: f64, hi: f64) -> Tensor<f64> {
        self.key = self.key.next_step();
        self.key.uniform::<f64>(shape).map(|u| lo + (hi - lo) * u)
    }

    /// A tensor of numbers from several intervals, taken in turn: for domains with gaps.
    pub fn from_intervals(&mut self, shape: impl AsRef<[usize]>, intervals: &[(f64, f64)]) -> Tensor<f64> {
        let unit = self.uniform(shape, 0.0, 1.0);
        let mut k = 0;
        let values: Vec<f64> = unit
            .to_vec()
            .into_iter()
            .map(|u| {
                let (lo, hi) = intervals[k % intervals.len()];
                k += 1;
                lo + (hi - lo) * u
            })
            .collect();
        Tensor::new(unit.shape(), values).expect("as many values as there were")
    }

    /// A tensor whose elements differ by at least 0.1 and come in random order: for maxima and sorting.
    pub fn distinct(&mut self, shape: impl AsRef<[usize]>) -> Tensor<f64> {
        let unit = self.uniform(shape, 0.0, 1.0);
        let values = unit.to_vec();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let mut ranked = vec![0.0; values.len()];
        for (rank, &i) in order.iter().enumerate() {
            ranked[i] = 0.25 * (rank as f64 - values.len() as f64 / 2.0) + 0.1 * values[i];
        }
        Tensor::new(unit.shape(), ranked).expect("as many values as there were")
    }

    /// Shapes every op of any shape is tested at: scalar, vector, matrix, empty, sizes of 1.
    pub fn shapes() -> [Shape; 5] {
        [&[][..], &[3], &[2, 3], &[0, 2], &[1, 2, 1]].map(Shape::of)
    }
}
