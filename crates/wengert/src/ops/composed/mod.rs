//! Compositions of primitives that users reach as one method; the laws run on them as on primitives.

pub mod avg_pool2d;
pub mod conv_transpose2d;

use super::Draw;
use crate::{Tensor, Var};

/// A composition at the points where the laws check it.
#[derive(Clone, Copy, Debug)]
pub struct Composed {
    /// The name of the method.
    pub name: &'static str,
    /// The composition with its attributes fixed.
    pub f: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// Operands at which it is smooth.
    pub samples: fn(&mut Draw) -> Vec<Vec<Tensor<f64>>>,
    /// The highest order of derivative that exists at those points and is checked.
    pub smooth_orders: usize,
}

/// Every composition, to be enumerated by tests.
pub fn all() -> Vec<Composed> {
    vec![avg_pool2d::composed(), conv_transpose2d::composed()]
}
