//! Steps with kinks, ties and poles, and steps that draw numbers: for comparisons bit by bit, not for differences.

use wengert::{
    Conv2dOptions, Distribution, Error, Key, Norm, PoolOptions, QuantileMethod, Tensor, Var, checkpoint,
};

/// A step of one or two operands; an error where it does not fit their shapes.
pub(crate) type Rough = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Result<Var<'t, f64>, Error>;

/// The same, of random numbers.
pub(crate) type Drawn = for<'t> fn(Var<'t, f64>, Key) -> Result<Var<'t, f64>, Error>;

type Result1<'t> = Result<Var<'t, f64>, Error>;

pub(crate) const ROUGH: &[(&str, Rough)] = &[
    ("sort", |a, _| a.try_sort(-1, false)),
    ("sort down", |a, _| a.try_sort(0, true)),
    ("top two", |a, _| a.try_topk(2, -1, true)),
    ("second", |a, _| a.try_kthvalue(2, -1)),
    ("median", |a, _| a.try_median()),
    ("quantile", |a, _| a.try_quantile(0.3, QuantileMethod::Linear)),
    ("running maximum", |a, _| a.try_cummax(-1)),
    ("running minimum", |a, _| a.try_cummin(0)),
    ("running sum", |a, _| Ok(a.try_cumsum(-1)?.tanh())),
    ("running product", |a, _| a.try_cumprod(-1)),
    ("running logsumexp", |a, _| Ok(a.try_logcumsumexp(-1)?.tanh())),
    ("relu", |a, _| Ok(a.relu())),
    ("abs", |a, _| Ok(a.abs())),
    ("maximum", |a, b| a.try_maximum(b)),
    ("minimum", |a, b| a.try_minimum(b)),
    ("clamp", |a, _| a.try_clamp(-0.5, 0.5)),
    ("floor", |a, _| Ok(a.floor() * 0.5 + a)),
    ("ln", |a, _| Ok(a.ln())),
    ("inverse", |a, _| Ok(1.0 / a)),
    ("chosen", |a, _| Ok(a.gt(0.1).select(a.ln(), -a))),
    ("filled", |a, _| a.try_masked_fill(a.lt(0.0), 0.25)),
    ("triangle", |a, _| a.try_tril(0)),
    ("rows selected", |a, _| a.try_index_select(0, [0_u32, 0])),
    ("taken", |a, _| a.try_take([0_u32, 0])),
    ("put", |a, b| a.try_put([0_u32, 0], b.try_take([0_u32, 0])?, false)),
    ("put and added", |a, b| a.try_put([0_u32, 0], b.try_take([0_u32, 0])?, true)),
    ("gathered", |a, _| a.try_gather(-1, one_each(a))),
    ("scattered", |a, b| a.try_scatter(-1, one_each(a), b)),
    ("scattered and added", |a, b| a.try_scatter_add(-1, one_each(a), b)),
    ("row copied", |a, _| a.try_index_copy(0, [0_u32], a.try_slice(0, -1..)?)),
    ("largest", |a, _| a.try_max_keepdim(-1)),
    ("smallest", |a, _| a.try_min_axes(0)),
    ("length", |a, _| a.try_norm_axes(-1, Norm::L2)),
    ("spread", |a, _| a.try_std_axes(-1, 0)),
    ("product along", |a, _| a.try_prod_axes(-1)),
    ("maximum pooling", |a, _| {
        listed(a, |x| x.try_max_pool1d([2], PoolOptions { stride: Some([1]), ..PoolOptions::default() }))
    }),
    ("mean pooling", |a, _| listed(a, |x| x.try_avg_pool1d([2], PoolOptions::default()))),
    ("layer of a convolution", |a, b| {
        let (n, m) = (a.shape().len(), b.shape().len().min(2));
        let (x, w) = (a.try_reshape([1, 1, 1, n])?, b.try_reshape([b.shape().len()])?.try_slice(0, ..2)?);
        let y = x.try_conv2d(w.try_reshape([1, 1, 1, m])?, &Conv2dOptions::default())?;
        let y = (y + w.sum().try_reshape([1, 1, 1])?).relu();
        y.try_max_pool2d([1, 2], PoolOptions::default())?.try_reshape([1, (n + 1 - m) / 2])
    }),
    ("layer of a product", |a, b| Ok((a.try_matmul(b)?.try_add(b.try_sum_axes(0)?)?).relu())),
    ("softmax of some", |a, _| a.try_masked_softmax(-1, a.gt(0.0))),
    ("checkpoint", |a, _| Ok(checkpoint(|x| x[0].sin() * x[0].abs(), &[a]))),
    ("detached", |a, _| Ok(a.detach() * a)),
    ("rolled", |a, _| a.try_roll([1], 0)),
    ("padded", |a, _| a.try_pad(&[(1, 0)], 0.5)),
    ("less its columns", |a, _| a.try_sub(a.try_sum_axes(0)?)),
];

pub(crate) const DRAWN: &[(&str, Drawn)] = &[
    ("dropout", |a, key| a.try_dropout(0.5, key)),
    ("noise", |a, key| Ok(a + a.noise(Distribution::Normal, key))),
    ("noise of a constant", |a, key| {
        Ok(a * a.tape().constant(Tensor::zeros(a.shape())).noise(Distribution::Uniform, key))
    }),
];

/// Indices of as many elements as a variable has, all of them 0.
fn one_each(of: Var<'_, f64>) -> Tensor<u32> {
    Tensor::zeros(of.shape())
}

/// A step over the elements in a row.
fn listed<'t>(a: Var<'t, f64>, f: impl Fn(Var<'t, f64>) -> Result1<'t>) -> Result1<'t> {
    let y = f(a.try_reshape([1, 1, a.shape().len()])?)?;
    y.try_reshape([y.shape().len()])
}
