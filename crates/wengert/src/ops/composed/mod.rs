//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

pub mod addmm;
pub mod avg_pool2d;
pub mod bmm;
pub mod cartesian_prod;
pub mod celu;
mod contract;
pub mod conv_transpose2d;
pub mod copysign;
pub mod cross;
pub mod ctc_loss;
pub mod cumprod;
pub mod diag;
pub mod diag_embed;
pub mod diagonal;
pub mod dot;
pub mod einsum;
pub mod exp2;
pub mod expand;
pub mod flatten;
pub mod frac;
pub mod gumbel_softmax;
pub mod hardsigmoid;
pub mod hardtanh;
pub mod inner;
pub mod kron;
pub mod lerp;
pub mod log_sigmoid;
pub mod log_softmax;
pub mod matrix_power;
pub mod meshgrid;
pub mod movedim;
pub mod multi_dot;
pub mod nan_to_num;
pub mod narrow;
pub mod norm;
pub mod one_hot;
pub mod outer;
pub mod pad;
pub mod pad_with;
pub mod prod;
pub mod relu6;
pub mod remainder;
pub mod reparameterized;
pub mod repeat_interleave;
pub mod roll;
pub mod rot90;
pub mod s;
pub mod scaled_dot_product_attention;
pub mod scan;
pub mod selu;
pub mod split;
pub mod squeeze;
pub mod stack;
pub mod std;
pub mod straight_through;
pub mod tensordot;
pub mod tile;
pub mod trace;
pub mod tril;
pub mod unbind;
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
            addmm: addmm::matrices,
            avg_pool2d: avg_pool2d::composed,
            baddbmm: addmm::stacks,
            bmm: bmm::composed,
            cartesian_prod: cartesian_prod::composed,
            celu: celu::composed,
            conv_transpose2d: conv_transpose2d::composed,
            copysign: copysign::composed,
            cross: cross::composed,
            ctc_loss: ctc_loss::composed,
            cumprod: cumprod::composed,
            diag: diag::composed,
            diag_embed: diag_embed::composed,
            diagonal: diagonal::composed,
            dot: dot::vectors,
            einsum: einsum::composed,
            exp2: exp2::composed,
            expand: expand::composed,
            flatten: flatten::composed,
            frac: frac::composed,
            gumbel_softmax: gumbel_softmax::composed,
            hardsigmoid: hardsigmoid::composed,
            hardtanh: hardtanh::composed,
            inner: inner::composed,
            kron: kron::composed,
            lerp: lerp::composed,
            log_sigmoid: log_sigmoid::composed,
            log_softmax: log_softmax::composed,
            matrix_power: matrix_power::composed,
            meshgrid: meshgrid::composed,
            movedim: movedim::composed,
            multi_dot: multi_dot::composed,
            nan_to_num: nan_to_num::composed,
            narrow: narrow::composed,
            norm_inf: norm::inf,
            norm_l1: norm::l1,
            norm_l2: norm::l2,
            outer: outer::composed,
            pad: pad::composed,
            pad_circular: pad_with::circular,
            pad_reflect: pad_with::reflect,
            pad_replicate: pad_with::replicate,
            prod: prod::composed,
            relu6: relu6::composed,
            remainder: remainder::composed,
            repeat_interleave: repeat_interleave::composed,
            roll: roll::composed,
            rot90: rot90::composed,
            s: s::composed,
            sample_exponential: reparameterized::exponential,
            sample_gumbel: reparameterized::gumbel,
            sample_laplace: reparameterized::laplace,
            sample_normal: reparameterized::normal,
            sample_uniform: reparameterized::uniform,
            scaled_dot_product_attention: scaled_dot_product_attention::composed,
            scan: scan::composed,
            selu: selu::composed,
            split: split::composed,
            squeeze: squeeze::composed,
            stack: stack::composed,
            std: std::composed,
            straight_through: straight_through::composed,
            tensordot: tensordot::composed,
            tile: tile::composed,
            trace: trace::composed,
            tril: tril::lower,
            triu: tril::upper,
            unbind: unbind::composed,
            unsqueeze: unsqueeze::composed,
            var: var::composed,
            vdot: dot::all,
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
