//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

pub mod avg_pool2d;
pub mod conv_transpose2d;
pub mod cumprod;
pub mod flatten;
pub mod log_softmax;
pub mod narrow;
pub mod norm;
pub mod one_hot;
pub mod pad;
pub mod prod;
pub mod split;
pub mod squeeze;
pub mod stack;
pub mod std;
pub mod unsqueeze;
pub mod var;

use super::Draw;
use crate::{Tensor, Var};

/// Calls a macro with the list of all compositions that have derivatives, as `name: module::function`.
///
/// ```
/// macro_rules! list { ($($name:ident: $module:ident :: $f:ident,)*) => { const COMPOSED: &[&str] = &[$(stringify!($name)),*]; } }
/// wengert::for_each_composition!(list);
/// assert!(COMPOSED.contains(&"stack"));
/// ```
#[macro_export]
macro_rules! for_each_composition {
    ($callback:path) => {
        $callback! {
            avg_pool2d: avg_pool2d::composed,
            conv_transpose2d: conv_transpose2d::composed,
            cumprod: cumprod::composed,
            flatten: flatten::composed,
            log_softmax: log_softmax::composed,
            narrow: narrow::composed,
            norm_l1: norm::l1,
            norm_l2: norm::l2,
            norm_inf: norm::inf,
            pad: pad::composed,
            prod: prod::composed,
            split: split::composed,
            squeeze: squeeze::composed,
            stack: stack::composed,
            std: std::composed,
            unsqueeze: unsqueeze::composed,
            var: var::composed,
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
