//! Where a check moves the inputs, and which outputs it asks about.

use super::Checker;
use crate::{Shape, Tensor};

/// One direction to move in: all inputs, and which single entry it is, if it is one.
pub(super) struct Direction {
    pub(super) tangents: Vec<Tensor<f64>>,
    pub(super) entry: Option<(usize, Vec<usize>)>,
    pub(super) size: f64, // of the entry moved, for the step
}

/// One cotangent of the output, and which single entry it is, if it is one.
pub(super) struct Seed {
    pub(super) cotangent: Tensor<f64>,
    pub(super) entry: Option<Vec<usize>>,
}

/// $\langle a, b \rangle$, and the sum of the absolute products, which bounds its rounding.
pub(super) fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> [f64; 2] {
    let products = a.zip(b, |a, b| a * b).to_vec();
    [products.iter().sum(), products.iter().map(|p| p.abs()).sum()]
}

/// 1 at `index`, 0 elsewhere.
pub(super) fn unit(shape: Shape, index: &[usize]) -> Tensor<f64> {
    Tensor::from_fn(shape, |ix| f64::from(u8::from(ix == index)))
}

impl Direction {
    /// The direction of one entry of one input.
    pub(super) fn entry(x: &[Tensor<f64>], input: usize, index: &[usize]) -> Self {
        let mut tangents: Vec<_> = x.iter().map(|x| Tensor::zeros(x.shape())).collect();
        tangents[input] = unit(x[input].shape(), index);
        let size = x[input].get(index).expect("within the shape").abs();
        Self { tangents, entry: Some((input, index.to_vec())), size }
    }

    pub(super) fn every_entry(x: &[Tensor<f64>]) -> Vec<Self> {
        let mut directions = Vec::new();
        for (input, moved) in x.iter().enumerate() {
            moved.shape().for_each_index(|ix| directions.push(Self::entry(x, input, ix)));
        }
        directions
    }
}

impl Seed {
    pub(super) fn every_entry(shape: Shape) -> Vec<Self> {
        let mut seeds = Vec::new();
        shape.for_each_index(|ix| {
            seeds.push(Self { cotangent: unit(shape, ix), entry: Some(ix.to_vec()) });
        });
        seeds
    }
}

impl Checker {
    /// Directions of unit length, so that the absolute tolerance means the same for any number of elements.
    pub(super) fn random_directions(&self, order: usize, x: &[Tensor<f64>]) -> Vec<Direction> {
        let of = |k: usize| {
            let key = self.key((1 << 20) + (order as u32)).step(k as u32);
            let draws: Vec<Tensor<f64>> = x
                .iter()
                .enumerate()
                .map(|(i, x)| key.stream((i as u32) << 8 | order as u32).normal(x.shape()))
                .collect();
            let norm = draws.iter().map(|d| dot(d, d)[0]).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            Direction {
                tangents: draws.iter().map(|d| d.map(|d| d / norm)).collect(),
                entry: None,
                size: 1.0,
            }
        };
        (0..self.directions).map(of).collect()
    }

    pub(super) fn random_seeds(&self, shape: Shape) -> Vec<Seed> {
        if shape.len() == 1 {
            return Seed::every_entry(shape);
        }
        let of = |k: usize| {
            let u = self.key(1 << 21).step(k as u32).normal::<f64>(shape);
            let norm = dot(&u, &u)[0].sqrt().max(f64::MIN_POSITIVE);
            Seed { cotangent: u.map(|u| u / norm), entry: None }
        };
        (0..self.directions).map(of).collect()
    }
}
