//! Axes that are not there, or are named twice.

use crate::program::{Wrong, leaf, refused, wrong};
use wengert::{Norm, Tensor, Var};

pub(crate) fn programs() -> Vec<Wrong> {
    vec![
        wrong(
            "classes summed over an axis too far",
            "Axis",
            &["sum:", "axis 2", "rank 2", "0 to 1", "-2 to -1"],
            |t| {
                let p = leaf(t, [8, 10]);
                refused(p.try_sum_axes(2));
                fault!(p.sum_axes(2));
            },
        ),
        wrong("a vector's second axis", "Axis", &["sum:", "axis 1", "rank 1", "valid: 0, or -1"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_sum_axes(1));
            fault!(x.sum_axes(1));
        }),
        wrong(
            "an axis of a single number",
            "Axis",
            &["mean:", "axis 0", "no axes", "leave out the axis"],
            |t| {
                let loss = t.leaf(1.0);
                refused(loss.try_mean_axes(0));
                fault!(loss.mean_axes(0));
            },
        ),
        wrong("the same axis from both ends", "RepeatedAxis", &["mean:", "axis 1", "twice", "once"], |t| {
            let x = leaf(t, [4, 5]);
            refused(x.try_mean_axes([1, -1]));
            fault!(x.mean_axes([1, -1]));
        }),
        wrong("a maximum over an axis before the first", "Axis", &["max:", "axis -3", "rank 2"], |t| {
            let x = leaf(t, [4, 5]);
            refused(x.try_max_axes(-3));
            fault!(x.max_axes(-3));
        }),
        wrong("a minimum over an axis that was reduced before", "Axis", &["min:", "axis 1", "rank 1"], |t| {
            let x = leaf(t, [4, 5]).max_axes(1);
            refused(x.try_min_keepdim(1));
            fault!(x.min_keepdim(1));
        }),
        wrong("softmax over the classes of one sample", "Axis", &["softmax:", "axis 1", "rank 1"], |t| {
            let logits = leaf(t, [10]);
            refused(logits.try_softmax(1));
            fault!(logits.softmax(1));
        }),
        wrong("log-softmax over an axis too far", "Axis", &["log_softmax:", "axis 3"], |t| {
            let logits = leaf(t, [8, 10]);
            refused(logits.try_log_softmax(3));
            fault!(logits.log_softmax(3));
        }),
        wrong("log-sum-exp over an axis too far", "Axis", &["logsumexp:", "axis 2"], |t| {
            let logits = leaf(t, [8, 10]);
            refused(logits.try_logsumexp_axes(2));
            fault!(logits.logsumexp_axes(2));
        }),
        wrong("a variance over an axis too far", "Axis", &["var:", "axis 2"], |t| {
            let x = leaf(t, [8, 10]);
            refused(x.try_var_axes(2, 1));
            fault!(x.var_axes(2, 1));
        }),
        wrong("a deviation over one axis twice", "RepeatedAxis", &["std:", "axis 0"], |t| {
            let x = leaf(t, [8, 10]);
            refused(x.try_std_axes([0, 0], 1));
            fault!(x.std_axes([0, 0], 1));
        }),
        wrong("a norm over an axis too far", "Axis", &["norm:", "axis 2"], |t| {
            let x = leaf(t, [8, 10]);
            refused(x.try_norm_axes(2, Norm::L2));
            fault!(x.norm_axes(2, Norm::L2));
        }),
        wrong("a product over an axis too far", "Axis", &["prod:", "axis -2"], |t| {
            let x = leaf(t, [8]);
            refused(x.try_prod_axes(-2));
            fault!(x.prod_axes(-2));
        }),
        wrong("running sums over an axis too far", "Axis", &["cumsum:", "axis 1"], |t| {
            let x = leaf(t, [8]);
            refused(x.try_cumsum(1));
            fault!(x.cumsum(1));
        }),
        wrong("running products of a number", "Axis", &["cumprod:", "no axes"], |t| {
            let x = t.leaf(2.0);
            refused(x.try_cumprod(0));
            fault!(x.cumprod(0));
        }),
        wrong("the classes of one row of scores", "Axis", &["argmax:", "axis 1"], |_| {
            let scores = Tensor::from([0.1, 0.9]);
            refused(scores.try_argmax(1));
            fault!(scores.argmax(1));
        }),
        wrong("axes permuted with one named twice", "RepeatedAxis", &["permute:", "axis 0", "once"], |t| {
            let x = leaf(t, [2, 3, 4]);
            refused(x.try_permute([0, 0, 2]));
            fault!(x.permute([0, 0, 2]));
        }),
        wrong("two axes of three permuted", "Arity", &["permute: 2 given", "every axis once"], |t| {
            let x = leaf(t, [2, 3, 4]);
            refused(x.try_permute([1, 0]));
            fault!(x.permute([1, 0]));
        }),
        wrong("axes swapped that are not there", "Axis", &["transpose:", "axis 2"], |t| {
            let x = leaf(t, [2, 3]);
            refused(x.try_transpose(1, 2));
            fault!(x.transpose(1, 2));
        }),
        wrong("an axis moved too far", "Axis", &["movedim:", "axis 3"], |t| {
            let x = leaf(t, [2, 3, 4]);
            refused(x.try_movedim(0, 3));
            fault!(x.movedim(0, 3));
        }),
        wrong("two axes moved to one place", "Arity", &["movedim:", "as many places as axes"], |t| {
            let x = leaf(t, [2, 3, 4]);
            refused(x.try_movedim([0, 1], 2));
            fault!(x.movedim([0, 1], 2));
        }),
        wrong("pieces joined along an axis that they lack", "Axis", &["concat:", "axis 1", "rank 1"], |t| {
            let x = leaf(t, [3]);
            refused(Var::try_concat(&[x, x], 1));
            fault!(Var::concat(&[x, x], 1));
        }),
        wrong("layers stacked along an axis too far", "Axis", &["stack:", "axis 2"], |t| {
            let x = leaf(t, [3]);
            refused(Var::try_stack(&[x, x], 2));
            fault!(Var::stack(&[x, x], 2));
        }),
        wrong("an axis reversed that is not there", "Axis", &["flip:", "axis 1"], |t| {
            let x = leaf(t, [3]);
            refused(x.try_flip(1));
            fault!(x.flip(1));
        }),
        wrong("an axis rolled that is not there", "Axis", &["roll:", "axis 2"], |t| {
            let x = leaf(t, [3, 4]);
            refused(x.try_roll([1], 2));
            fault!(x.roll([1], 2));
        }),
        wrong("shifts without their axes", "Arity", &["roll: 2 given", "one shift per axis"], |t| {
            let x = leaf(t, [3, 4]);
            refused(x.try_roll([1, 1], 0));
            fault!(x.roll([1, 1], 0));
        }),
        wrong("a diagonal of one axis", "RepeatedAxis", &["diagonal:", "axis 0"], |t| {
            let x = leaf(t, [3, 3]);
            refused(x.try_diagonal(0, 0, 0));
            fault!(x.diagonal(0, 0, 0));
        }),
        wrong("an axis split that is not there", "Axis", &["split:", "axis 1"], |t| {
            let x = leaf(t, [4]);
            refused(x.try_split(1, &[2, 2]));
            fault!(x.split(1, &[2, 2]));
        }),
        wrong("a number unbound", "Axis", &["unbind:", "no axes"], |t| {
            let x = t.leaf(1.0);
            refused(x.try_unbind(0));
            fault!(x.unbind(0));
        }),
        wrong("a cross product over an axis too far", "Axis", &["cross:", "axis 2"], |t| {
            let x = leaf(t, [5, 3]);
            refused(x.try_cross(x, 2));
            fault!(x.cross(x, 2));
        }),
    ]
}
