//! Panics point at the user's line, with the text of the typed error, whatever path led there.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};
use wengert::{Conv1dOptions, Conv2dOptions, Conv3dOptions, ConvPadding, GridSampleOptions, Interpolation};
use wengert::{ConvTranspose1dOptions, ConvTranspose3dOptions};
use wengert::{
    MatrixNorm, Norm, PadMode, Pattern, PoolOptions, QuantileMethod, Shape, SolveOptions, Tape, Tensor, Var,
    many,
};

/// What goes wrong, by name.
type Mistake<'a> = (&'static str, Box<dyn Fn() + 'a>);

fn discard<T>(_: T) {}

#[test]
fn every_panic_points_at_the_line_of_the_caller() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (old, record) = (take_hook(), Arc::clone(&seen));
    set_hook(Box::new(move |info| {
        let file = info.location().map_or("nowhere", |at| at.file()).to_owned();
        record.lock().expect("no panic while held").push((file, info.to_string()));
    }));
    let tape = Tape::<f64>::new();
    let other = Tape::<f64>::new();
    let (x, wide) = (tape.leaf([1.0, 2.0]), tape.leaf([1.0, 2.0, 3.0]));
    let matrix = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
    let image = tape.leaf(Tensor::zeros([1, 1, 2, 2]));
    let (t, alone) = (Tensor::from([1.0, 2.0]), tape.leaf(1.0));
    let (one, standard) = (Pattern::banded(1, 0, 0), SolveOptions::default());
    let mistakes: Vec<Mistake<'_>> = vec![
        ("add", Box::new(|| discard(x + wide))),
        ("sub a number's place", Box::new(|| discard(2.0 - x - wide))),
        (
            "assign",
            Box::new(|| {
                let mut y = x;
                y *= wide;
            }),
        ),
        ("foreign tape", Box::new(|| discard(x * other.leaf(1.0)))),
        ("maximum", Box::new(|| discard(x.maximum(wide)))),
        ("pow", Box::new(|| discard(x.pow(wide)))),
        ("gt", Box::new(|| discard(x.gt(wide)))),
        ("select", Box::new(|| discard(x.gt(0.0).select(wide, 0.0)))),
        ("sum", Box::new(|| discard(x.sum_axes(1)))),
        ("mean", Box::new(|| discard(x.mean_axes(5)))),
        ("max", Box::new(|| discard(x.max_keepdim([0, 0])))),
        ("var", Box::new(|| discard(x.var_axes(3, 1)))),
        ("norm", Box::new(|| discard(x.norm_axes(3, Norm::L2)))),
        ("sort", Box::new(|| discard(x.sort(1, false)))),
        ("sort with indices", Box::new(|| discard(x.sort_with_indices(1, false)))),
        ("argsort", Box::new(|| discard(x.argsort(1, false)))),
        ("argsort of a tensor", Box::new(|| discard(t.argsort(1, false)))),
        ("topk", Box::new(|| discard(x.topk(3, 0, true)))),
        ("topk with indices", Box::new(|| discard(x.topk_with_indices(3, 0, true)))),
        ("kthvalue", Box::new(|| discard(x.kthvalue(0, 0)))),
        ("median", Box::new(|| discard(x.median_axes(1)))),
        ("quantile", Box::new(|| discard(x.quantile(2.0, QuantileMethod::Linear)))),
        ("quantiles", Box::new(|| discard(x.quantiles_axes(0, &[], QuantileMethod::Linear)))),
        ("cummax", Box::new(|| discard(x.cummax(1)))),
        ("logcumsumexp", Box::new(|| discard(x.logcumsumexp(1)))),
        ("all", Box::new(|| discard(x.gt(0.0).all_axes(1)))),
        ("std_mean", Box::new(|| discard(x.std_mean(2)))),
        ("a norm's exponent", Box::new(|| discard(x.norm(Norm::P(-1.0))))),
        ("matrix_norm", Box::new(|| discard(x.matrix_norm(MatrixNorm::Fro)))),
        ("normalize", Box::new(|| discard(x.normalize(0, Norm::L2, 0.0)))),
        ("cosine_similarity", Box::new(|| discard(x.cosine_similarity(wide, 0, 1e-8)))),
        ("dist", Box::new(|| discard(x.dist(wide, Norm::L2)))),
        ("cdist", Box::new(|| discard(x.cdist(matrix, Norm::L2)))),
        ("cov", Box::new(|| discard(alone.cov(1)))),
        ("diff", Box::new(|| discard(x.diff(1, 1)))),
        ("trapezoid", Box::new(|| discard(x.trapezoid_at(0, wide)))),
        ("softmax", Box::new(|| discard(x.softmax(1)))),
        ("log_softmax", Box::new(|| discard(x.log_softmax(1)))),
        ("logsumexp", Box::new(|| discard(x.logsumexp_axes(1)))),
        ("cumprod", Box::new(|| discard(x.cumprod(1)))),
        ("cumsum", Box::new(|| discard(x.cumsum(1)))),
        ("argmax", Box::new(|| discard(t.argmax(1)))),
        ("matmul", Box::new(|| discard(matrix.matmul(wide)))),
        ("reshape", Box::new(|| discard(x.reshape([3])))),
        ("broadcast_to", Box::new(|| discard(x.broadcast_to([3])))),
        ("permute", Box::new(|| discard(matrix.permute([0, 0])))),
        ("transpose", Box::new(|| discard(x.t()))),
        ("slice", Box::new(|| discard(x.slice(0, 5..)))),
        ("narrow", Box::new(|| discard(x.narrow(0, 1..4)))),
        ("concat", Box::new(|| discard(Var::concat(&[x, matrix], 0)))),
        ("stack", Box::new(|| discard(Var::stack(&[x, wide], 0)))),
        ("flip", Box::new(|| discard(x.flip(1)))),
        ("squeeze", Box::new(|| discard(x.squeeze(0)))),
        ("gather", Box::new(|| discard(x.gather(0, [7])))),
        ("roll", Box::new(|| discard(x.roll([1], 1)))),
        ("tile", Box::new(|| discard(x.repeat([])))),
        ("diagonal", Box::new(|| discard(x.diagonal(0, 0, 1)))),
        ("tril", Box::new(|| discard(x.tril(0)))),
        ("s", Box::new(|| discard(matrix.s((.., 2..3))))),
        ("pad_with", Box::new(|| discard(x.pad_with(&[], PadMode::Reflect)))),
        ("meshgrid", Box::new(|| discard(Var::meshgrid(&[matrix])))),
        ("dot", Box::new(|| discard(x.dot(wide)))),
        ("tensordot", Box::new(|| discard(x.tensordot(wide, 0, 0)))),
        ("cross", Box::new(|| discard(x.cross(wide, 0)))),
        ("multi_dot", Box::new(|| discard(Var::multi_dot(&[matrix, wide])))),
        ("matrix_power", Box::new(|| discard(x.matrix_power(2)))),
        ("einsum", Box::new(|| discard(Var::einsum("i,i", &[x, wide])))),
        ("einsum over tapes", Box::new(|| discard(Var::einsum(",", &[alone, other.leaf(1.0)])))),
        ("index_select", Box::new(|| discard(x.index_select(0, [7])))),
        ("conv2d", Box::new(|| discard(image.conv2d(x, &Conv2dOptions::default())))),
        ("max_pool2d", Box::new(|| discard(image.max_pool2d([3, 3], PoolOptions::default())))),
        ("conv1d", Box::new(|| discard(image.conv1d(x, &Conv1dOptions::default())))),
        ("conv3d", Box::new(|| discard(image.conv3d(x, &Conv3dOptions::default())))),
        (
            "conv2d_padded",
            Box::new(|| discard(image.conv2d_padded(x, ConvPadding::Same, &Conv2dOptions::default()))),
        ),
        (
            "conv_transpose1d",
            Box::new(|| discard(image.conv_transpose1d(x, &ConvTranspose1dOptions::default()))),
        ),
        (
            "conv_transpose3d",
            Box::new(|| discard(image.conv_transpose3d(x, &ConvTranspose3dOptions::default()))),
        ),
        ("avg_pool1d", Box::new(|| discard(image.avg_pool1d([3], PoolOptions::default())))),
        ("max_pool3d", Box::new(|| discard(image.max_pool3d([3, 1, 1], PoolOptions::default())))),
        ("lp_pool2d", Box::new(|| discard(image.lp_pool2d(0.0, [1, 1], PoolOptions::default())))),
        ("adaptive_avg_pool2d", Box::new(|| discard(image.adaptive_avg_pool2d([0, 1])))),
        ("adaptive_max_pool1d", Box::new(|| discard(image.adaptive_max_pool1d([1])))),
        ("with_indices", Box::new(|| discard(image.max_pool1d_with_indices([3], PoolOptions::default()).0))),
        ("max_unpool2d", Box::new(|| discard(image.max_unpool2d(&Tensor::zeros([1]), [1, 1])))),
        ("interpolate", Box::new(|| discard(image.interpolate([0, 1], Interpolation::Nearest)))),
        (
            "interpolate_scaled",
            Box::new(|| discard(image.interpolate_scaled([0.0, 1.0], Interpolation::Area))),
        ),
        ("pixel_shuffle", Box::new(|| discard(image.pixel_shuffle(0)))),
        ("pixel_unshuffle", Box::new(|| discard(image.pixel_unshuffle(0)))),
        ("channel_shuffle", Box::new(|| discard(image.channel_shuffle(0)))),
        ("grid_sample", Box::new(|| discard(image.grid_sample(x, &GridSampleOptions::default())))),
        ("affine_grid", Box::new(|| discard(image.affine_grid([1, 1], true)))),
        ("batch_norm", Box::new(|| discard(image.batch_norm(None, None, -1.0).y))),
        ("batch_norm_with", Box::new(|| discard(image.batch_norm_with(wide, wide, None, None, 0.0)))),
        ("layer_norm", Box::new(|| discard(image.layer_norm([9], None, None, 0.0)))),
        ("rms_norm", Box::new(|| discard(image.rms_norm([9], None, 0.0)))),
        ("group_norm", Box::new(|| discard(image.group_norm(0, None, None, 0.0)))),
        ("instance_norm", Box::new(|| discard(image.instance_norm(None, None, -1.0)))),
        ("local_response_norm", Box::new(|| discard(image.local_response_norm(0, 1.0, 1.0, 1.0)))),
        ("grad of a vector", Box::new(|| discard(x.grad(&[x])))),
        ("grad not reached", Box::new(|| discard(alone.grad(&[x])))),
        ("backward", Box::new(|| discard(x.backward(&[x])))),
        ("vjp", Box::new(|| discard(x.vjp(wide, &[x])))),
        ("jvp", Box::new(|| discard(alone.jvp(&[x], &[x])))),
        ("grad function", Box::new(|| discard(wengert::grad(|x| x * 2.0, &t)))),
        ("value_and_grad", Box::new(|| discard(wengert::value_and_grad(|x| x * 2.0, &t)))),
        ("vjp function", Box::new(|| discard(wengert::vjp(|x| x * 2.0, &t, &Tensor::from(1.0))))),
        ("many", Box::new(|| discard(many::grad(|[x]| x * 2.0, [&t])))),
        ("inside a checkpoint", Box::new(|| discard(wengert::checkpoint(|v| v[0].dot(v[1]), &[x, wide])))),
        ("checkpoint", Box::new(|| discard(wengert::checkpoint(|v| v[0], &[x, other.leaf(1.0)])))),
        (
            "custom_vjp",
            Box::new(|| {
                let dot = wengert::custom_vjp("dot", |[a, b]| a + b, |_, _| [None, None].into());
                discard(dot.of([x, other.leaf(1.0)]));
            }),
        ),
        ("sparse_jacobian", Box::new(|| discard(wengert::sparse_jacobian(|x| x * 2.0, &t, &one)))),
        ("sparse_hessian", Box::new(|| discard(wengert::sparse_hessian(|x| x.sum(), &t, &one)))),
        (
            "fixed_point",
            Box::new(|| discard(wengert::fixed_point(|x, p| x * 2.0 + p[0], &t, &[x], standard))),
        ),
        ("solve_root", Box::new(|| discard(wengert::solve_root(|x, p| x * 0.0 + p[0], &t, &[x], standard)))),
        ("item", Box::new(|| discard(x.item()))),
        ("index", Box::new(|| discard(t[[7]]))),
        ("tensor add", Box::new(|| discard(&t + &Tensor::from([1.0, 2.0, 3.0])))),
        ("tensor reshape", Box::new(|| discard(t.reshape([3])))),
        ("tensor narrow", Box::new(|| discard(t.narrow(0, 1..4)))),
        ("tensor full", Box::new(|| discard(Tensor::full([1; 9], 1.0)))),
    ];
    let panicked: Vec<bool> =
        mistakes.iter().map(|(_, mistake)| catch_unwind(AssertUnwindSafe(mistake)).is_err()).collect();
    set_hook(old);
    let seen = seen.lock().expect("no panic while held");
    let silent: Vec<&str> =
        mistakes.iter().zip(&panicked).filter(|(_, p)| !**p).map(|((name, _), _)| *name).collect();
    assert_eq!(silent, [""; 0], "these did not panic");
    let elsewhere: Vec<(&str, &str)> = (mistakes.iter().zip(seen.iter()))
        .filter(|(_, (file, _))| file != file!())
        .map(|((name, _), (_, text))| (*name, text.as_str()))
        .collect();
    assert!(elsewhere.is_empty(), "these point elsewhere: {elsewhere:#?}");
    assert!(Shape::new([1; 9]).is_err());
}
