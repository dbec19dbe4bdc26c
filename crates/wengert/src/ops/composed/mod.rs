//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

pub mod avg_pool2d;
pub mod celu;
pub mod conv_transpose2d;
pub mod copysign;
pub mod cumprod;
pub mod exp2;
pub mod flatten;
pub mod frac;
pub mod hardsigmoid;
pub mod hardtanh;
pub mod lerp;
pub mod log_sigmoid;
pub mod log_softmax;
pub mod nan_to_num;
pub mod narrow;
pub mod norm;
pub mod one_hot;
pub mod pad;
pub mod prod;
pub mod relu6;
pub mod remainder;
pub mod selu;
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
            celu: celu::composed,
            conv_transpose2d: conv_transpose2d::composed,
            copysign: copysign::composed,
            cumprod: cumprod::composed,
            exp2: exp2::composed,
            flatten: flatten::composed,
            frac: frac::composed,
            hardsigmoid: hardsigmoid::composed,
            hardtanh: hardtanh::composed,
            lerp: lerp::composed,
            log_sigmoid: log_sigmoid::composed,
            log_softmax: log_softmax::composed,
            nan_to_num: nan_to_num::composed,
            narrow: narrow::composed,
            norm_l1: norm::l1,
            norm_l2: norm::l2,
            norm_inf: norm::inf,
            pad: pad::composed,
            prod: prod::composed,
            relu6: relu6::composed,
            remainder: remainder::composed,
            selu: selu::composed,
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
