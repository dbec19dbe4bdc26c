//! Ops composed of primitives: each has its card, its method and its tests, and no rule of its own.

mod adaptive;
pub mod adaptive_avg_pool;
pub mod adaptive_max_pool;
pub mod addmm;
pub mod affine_grid;
pub mod at;
pub mod avg_pool1d;
pub mod avg_pool2d;
pub mod avg_pool3d;
pub mod batch_norm;
pub mod bmm;
pub mod cartesian_prod;
pub mod cdist;
pub mod celu;
pub mod channel_shuffle;
mod contract;
pub mod conv1d;
pub mod conv3d;
pub mod conv_padded;
pub mod conv_transpose1d;
pub mod conv_transpose2d;
pub mod conv_transpose3d;
pub mod copysign;
pub mod corrcoef;
pub mod cosine_similarity;
pub mod count_nonzero;
pub mod cov;
pub mod cross;
pub mod ctc_loss;
pub mod cummax;
pub mod diag;
pub mod diag_embed;
pub mod diagonal;
pub mod diff;
pub mod dist;
pub mod dot;
pub mod einsum;
pub mod embedding;
pub mod embedding_bag;
pub mod exp2;
pub mod expand;
pub mod flatten;
pub mod frac;
mod grid;
pub mod grid_sample;
pub mod group_norm;
pub mod gumbel_softmax;
pub mod hardsigmoid;
pub mod hardtanh;
pub mod index_copy;
pub mod index_put;
pub mod inner;
pub mod instance_norm;
pub mod interpolate;
pub mod kron;
pub mod kthvalue;
pub mod layer_norm;
pub mod lerp;
pub mod local_response_norm;
pub mod log_sigmoid;
pub mod log_softmax;
pub mod logcumsumexp;
pub mod lp_pool;
pub mod masked_fill;
pub mod masked_scatter;
pub mod masked_select;
pub mod matrix_norm;
pub mod matrix_power;
pub mod max_pool1d;
pub mod max_pool3d;
pub mod max_pool_with_indices;
pub mod max_unpool;
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
mod normalized;
pub mod one_hot;
pub mod outer;
pub mod pad;
pub mod pad_with;
pub mod pixel_shuffle;
pub mod pixel_unshuffle;
mod pooled;
pub mod prod;
pub mod quantile;
pub mod relu6;
pub mod remainder;
pub mod reparameterized;
pub mod repeat_interleave;
mod resampled;
pub mod rms_norm;
pub mod roll;
pub mod rot90;
pub mod s;
pub mod safe_div;
pub mod safe_ln;
pub mod safe_sqrt;
pub mod scaled_dot_product_attention;
pub mod scan;
pub mod scatter_reduce;
pub mod selu;
pub mod sort;
pub mod split;
pub mod squared_difference;
pub mod squeeze;
pub mod stack;
pub mod std;
pub mod take;
pub mod take_along_axis;
pub mod tensordot;
pub mod tile;
pub mod topk;
pub mod trace;
mod transposed;
pub mod trapezoid;
pub mod tril;
pub mod unbind;
pub mod unsqueeze;
pub mod var;
pub mod var_mean;
mod window_cells;

pub use transposed::{
    ConvTranspose1dOptions, ConvTranspose2dOptions, ConvTranspose3dOptions, ConvTransposeOptions,
};

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
            adaptive_avg_pool2d: adaptive_avg_pool::composed,
            adaptive_max_pool2d: adaptive_max_pool::composed,
            addmm: addmm::matrices,
            affine_grid: affine_grid::composed,
            affine_grid_volume: affine_grid::volume,
            at: at::composed,
            avg_pool1d: avg_pool1d::composed,
            avg_pool2d: avg_pool2d::composed,
            avg_pool3d: avg_pool3d::composed,
            baddbmm: addmm::stacks,
            batch_norm: batch_norm::training,
            batch_norm_with: batch_norm::evaluation,
            bmm: bmm::composed,
            cartesian_prod: cartesian_prod::composed,
            cdist: cdist::composed,
            celu: celu::composed,
            channel_shuffle: channel_shuffle::composed,
            conv1d: conv1d::composed,
            conv2d_padded: conv_padded::composed,
            conv3d: conv3d::composed,
            conv_transpose1d: conv_transpose1d::composed,
            conv_transpose2d: conv_transpose2d::composed,
            conv_transpose3d: conv_transpose3d::composed,
            copysign: copysign::composed,
            corrcoef: corrcoef::composed,
            cosine_similarity: cosine_similarity::composed,
            cov: cov::composed,
            cross: cross::composed,
            ctc_loss: ctc_loss::composed,
            cummax: cummax::largest,
            cummin: cummax::smallest,
            cumulative_trapezoid: trapezoid::cumulative,
            diag: diag::composed,
            diag_embed: diag_embed::composed,
            diagonal: diagonal::composed,
            diff: diff::composed,
            dist: dist::whole,
            dot: dot::vectors,
            einsum: einsum::composed,
            embedding: embedding::composed,
            embedding_bag: embedding_bag::composed,
            exp2: exp2::composed,
            expand: expand::composed,
            flatten: flatten::composed,
            frac: frac::composed,
            grid_sample_bicubic: grid_sample::bicubic,
            grid_sample_border: grid_sample::border,
            grid_sample_nearest: grid_sample::nearest,
            grid_sample_reflection: grid_sample::reflection,
            grid_sample_volume: grid_sample::volume,
            grid_sample_zeros: grid_sample::zeros,
            group_norm: group_norm::composed,
            gumbel_softmax: gumbel_softmax::composed,
            hardsigmoid: hardsigmoid::composed,
            hardtanh: hardtanh::composed,
            index_copy: index_copy::composed,
            index_fill: index_copy::fill,
            index_put: index_put::composed,
            inner: inner::composed,
            instance_norm: instance_norm::composed,
            interpolate_aligned: interpolate::aligned,
            interpolate_area: interpolate::area,
            interpolate_cubic: interpolate::cubic,
            interpolate_linear: interpolate::linear,
            interpolate_nearest: interpolate::nearest,
            kron: kron::composed,
            kthvalue: kthvalue::composed,
            layer_norm: layer_norm::composed,
            lerp: lerp::composed,
            local_response_norm: local_response_norm::composed,
            log_sigmoid: log_sigmoid::composed,
            log_softmax: log_softmax::composed,
            logcumsumexp: logcumsumexp::composed,
            lp_pool1d: lp_pool::one_axis,
            lp_pool2d: lp_pool::two_axes,
            lp_pool3d: lp_pool::three_axes,
            masked_fill: masked_fill::composed,
            masked_scatter: masked_scatter::composed,
            masked_select: masked_select::composed,
            matrix_norm: matrix_norm::composed,
            matrix_power: matrix_power::composed,
            max_pool1d: max_pool1d::composed,
            max_pool2d_with_indices: max_pool_with_indices::composed,
            max_pool3d: max_pool3d::composed,
            max_unpool2d: max_unpool::composed,
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
            pad: pad::composed,
            pad_circular: pad_with::circular,
            pad_reflect: pad_with::reflect,
            pad_replicate: pad_with::replicate,
            pairwise_distance: dist::pairwise,
            pixel_shuffle: pixel_shuffle::composed,
            pixel_unshuffle: pixel_unshuffle::composed,
            prod: prod::composed,
            put: take::put,
            quantile: quantile::composed,
            relu6: relu6::composed,
            remainder: remainder::composed,
            repeat_interleave: repeat_interleave::composed,
            rms_norm: rms_norm::composed,
            roll: roll::composed,
            rot90: rot90::composed,
            s: s::composed,
            safe_div: safe_div::composed,
            safe_ln: safe_ln::composed,
            safe_sqrt: safe_sqrt::composed,
            sample_exponential: reparameterized::exponential,
            sample_gumbel: reparameterized::gumbel,
            sample_laplace: reparameterized::laplace,
            sample_normal: reparameterized::normal,
            sample_uniform: reparameterized::uniform,
            scaled_dot_product_attention: scaled_dot_product_attention::composed,
            scan: scan::composed,
            scatter_reduce: scatter_reduce::composed,
            selu: selu::composed,
            sort: sort::composed,
            split: split::composed,
            squared_difference: squared_difference::composed,
            squeeze: squeeze::composed,
            stack: stack::composed,
            std: std::composed,
            std_mean: var_mean::deviation,
            take: take::composed,
            take_along_axis: take_along_axis::composed,
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
