//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

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

/// Calls a macro with the list of all compositions that have derivatives, as module names.
///
/// ```
/// macro_rules! list { ($($module:ident,)*) => { const COMPOSED: &[&str] = &[$(stringify!($module)),*]; } }
/// wengert::for_each_composition!(list);
/// assert!(COMPOSED.contains(&"stack"));
/// ```
#[macro_export]
macro_rules! for_each_composition {
    ($callback:path) => {
        $callback! {
            avg_pool2d,
            conv_transpose2d,
            flatten,
            narrow,
            pad,
            split,
            squeeze,
            stack,
            unsqueeze,
        }
    };
}

/// A composition as the laws see it: a function with its attributes fixed, and points where it is smooth.
#[derive(Clone, Copy, Debug)]
pub struct Composed {
    /// The name, as users know it.
    pub name: &'static str,
    /// The function, of as many variables as each sample has.
    pub f: for<'t> fn(&[Var<'t, f64>]) -> Var<'t, f64>,
    /// Operands at which it is smooth.
    pub samples: fn(&mut Draw) -> Vec<Vec<Tensor<f64>>>,
    /// The highest order of derivative that exists at those points and is checked.
    pub smooth_orders: usize,
}
