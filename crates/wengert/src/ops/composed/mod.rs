//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

pub mod addmm;
pub mod avg_pool2d;
pub mod bmm;
pub mod cartesian_prod;
pub mod cdist;
pub mod celu;
mod contract;
pub mod conv_transpose2d;
pub mod copysign;
pub mod corrcoef;
pub mod cosine_similarity;
pub mod count_nonzero;
pub mod cov;
pub mod cross;
pub mod cummax;
pub mod cumprod;
pub mod diag;
pub mod diag_embed;
pub mod diagonal;
pub mod diff;
pub mod dist;
pub mod dot;
pub mod einsum;
pub mod exp2;
pub mod expand;
pub mod flatten;
pub mod frac;
pub mod hardsigmoid;
pub mod hardtanh;
pub mod inner;
pub mod kron;
pub mod kthvalue;
pub mod lerp;
pub mod log_sigmoid;
pub mod log_softmax;
pub mod logcumsumexp;
pub mod matrix_norm;
pub mod matrix_power;
pub mod median;
pub mod meshgrid;
pub mod movedim;
pub mod multi_dot;
pub mod nan_to_num;
pub mod nanmean;
pub mod nanmedian;
pub mod nansum;
pub mod narrow;
pub mod norm;
pub mod normalize;
pub mod one_hot;
pub mod outer;
pub mod p_norm;
pub mod pad;
pub mod pad_with;
pub mod prod;
pub mod quantile;
pub mod relu6;
pub mod remainder;
pub mod repeat_interleave;
pub mod roll;
pub mod rot90;
pub mod s;
pub mod selu;
pub mod sort;
pub mod split;
pub mod squeeze;
pub mod stack;
pub mod std;
pub mod tensordot;
pub mod tile;
pub mod topk;
pub mod trace;
pub mod trapezoid;
pub mod tril;
pub mod unbind;
pub mod unsqueeze;
pub mod var;
pub mod var_mean;

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
            cdist: cdist::composed,
            celu: celu::composed,
            conv_transpose2d: conv_transpose2d::composed,
            copysign: copysign::composed,
            corrcoef: corrcoef::composed,
            cosine_similarity: cosine_similarity::composed,
            cov: cov::composed,
            cross: cross::composed,
            cummax: cummax::largest,
            cummin: cummax::smallest,
            cumprod: cumprod::composed,
            cumulative_trapezoid: trapezoid::cumulative,
            diag: diag::composed,
            diag_embed: diag_embed::composed,
            diagonal: diagonal::composed,
            diff: diff::composed,
            dist: dist::whole,
            dot: dot::vectors,
            einsum: einsum::composed,
            exp2: exp2::composed,
            expand: expand::composed,
            flatten: flatten::composed,
            frac: frac::composed,
            hardsigmoid: hardsigmoid::composed,
            hardtanh: hardtanh::composed,
            inner: inner::composed,
            kron: kron::composed,
            kthvalue: kthvalue::composed,
            lerp: lerp::composed,
            log_sigmoid: log_sigmoid::composed,
            log_softmax: log_softmax::composed,
            logcumsumexp: logcumsumexp::composed,
            matrix_norm: matrix_norm::composed,
            matrix_power: matrix_power::composed,
            median: median::composed,
            meshgrid: meshgrid::composed,
            movedim: movedim::composed,
            multi_dot: multi_dot::composed,
            nan_to_num: nan_to_num::composed,
            nanmean: nanmean::composed,
            nanmedian: nanmedian::composed,
            nansum: nansum::composed,
            narrow: narrow::composed,
            norm_inf: norm::inf,
            norm_l1: norm::l1,
            norm_l2: norm::l2,
            norm_neg_inf: norm::neg_inf,
            normalize: normalize::composed,
            outer: outer::composed,
            p_norm: p_norm::composed,
            pad: pad::composed,
            pad_circular: pad_with::circular,
            pad_reflect: pad_with::reflect,
            pad_replicate: pad_with::replicate,
            pairwise_distance: dist::pairwise,
            prod: prod::composed,
            quantile: quantile::composed,
            relu6: relu6::composed,
            remainder: remainder::composed,
            repeat_interleave: repeat_interleave::composed,
            roll: roll::composed,
            rot90: rot90::composed,
            s: s::composed,
            selu: selu::composed,
            sort: sort::composed,
            split: split::composed,
            squeeze: squeeze::composed,
            stack: stack::composed,
            std: std::composed,
            std_mean: var_mean::deviation,
            tensordot: tensordot::composed,
            tile: tile::composed,
            topk: topk::composed,
            trace: trace::composed,
            trapezoid: trapezoid::whole,
            tril: tril::lower,
            triu: tril::upper,
            unbind: unbind::composed,
            unsqueeze: unsqueeze::composed,
            var: var::composed,
            var_mean: var_mean::variance,
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
