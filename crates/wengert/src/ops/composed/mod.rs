//! Functions made of primitives, whose derivatives follow by composition; the laws run on them as on primitives.

pub mod log_softmax;
pub mod norm;

use super::Draw;
use crate::{Tensor, Var};

/// A composition as the laws see it.
#[derive(Clone, Copy)]
pub struct Composed {
    /// The name.
    pub name: &'static str,
    /// The function of its operands.
    pub f: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// Operands at which it is smooth.
    pub samples: fn(&mut Draw) -> Vec<Vec<Tensor<f64>>>,
    /// The highest order of derivative to test at the samples.
    pub smooth_orders: usize,
}

/// Every composition.
pub fn all() -> Vec<Composed> {
    vec![log_softmax::composed(), norm::l1(), norm::l2(), norm::inf()]
}
