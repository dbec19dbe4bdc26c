//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

// The compositions, in the order of the list below.
pub mod avg_pool2d;
pub mod conv_transpose2d;
pub mod flatten;
pub mod narrow;
pub mod one_hot;
pub mod pad;
pub mod split;
pub mod squeeze;
pub mod stack;
pub mod unsqueeze;

use super::Draw;
use crate::{Tensor, Var};

/// A composition as the laws see it: a function and the points where it is smooth.
pub struct Composed {
    /// The name, as users know it.
    pub name: &'static str,
    /// The function, of as many variables as each sample has.
    pub f: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// Operands at which it is smooth.
    pub samples: fn(&mut Draw) -> Vec<Vec<Tensor<f64>>>,
    /// The highest order to which it is differentiated there.
    pub smooth_orders: usize,
}

/// Every composition that has derivatives, for the laws.
pub fn all() -> Vec<Composed> {
    vec![
        avg_pool2d::composed(),
        conv_transpose2d::composed(),
        flatten::composed(),
        narrow::composed(),
        pad::composed(),
        split::composed(),
        squeeze::composed(),
        stack::composed(),
        unsqueeze::composed(),
    ]
}
