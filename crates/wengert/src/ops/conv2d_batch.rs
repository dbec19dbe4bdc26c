//! Convolutions over a batch of examples, each as one convolution.
//!
//! Operands that differ from example to example go where the convolution keeps things apart: images along their batch
//! axis, weights beside one another as more channels, and both as groups of their own.

use super::{
    Batch, conv2d::Conv2d, conv2d_input_grad::Conv2dInputGrad, conv2d_weight_grad::Conv2dWeightGrad,
};
use crate::{Conv2dOptions, Error, Float, Shape, Var};

type Result<'t, F> = std::result::Result<Var<'t, F>, Error>;

/// `[n, b, g·c, h, w]` as `[b, g·n·c, h, w]`: within each of `g` groups, the channels of all examples.
fn beside<F: Float>(x: Var<'_, F>, g: usize) -> Result<'_, F> {
    let shape = x.shape();
    let &[n, b, channels, h, w] = shape.dims() else { unreachable!("images with the axis of examples") };
    let split = x.try_reshape([n, b, g, channels / g, h, w])?.try_permute([1, 2, 0, 3, 4, 5])?;
    split.try_reshape([b, n * channels, h, w])
}

/// `[b, g·n·c, h, w]` as `[n, b, g·c, h, w]`.
fn apart<F: Float>(y: Var<'_, F>, n: usize, g: usize) -> Result<'_, F> {
    let shape = y.shape();
    let &[b, channels, h, w] = shape.dims() else { unreachable!("images") };
    let split = y.try_reshape([b, g, n, channels / (g * n).max(1), h, w])?.try_permute([2, 0, 1, 3, 4, 5])?;
    split.try_reshape([n, b, channels / n.max(1), h, w])
}

/// With so many groups that the examples do not mix.
fn with_own_groups(options: Conv2dOptions, n: usize) -> Conv2dOptions {
    Conv2dOptions { groups: options.groups * n, ..options }
}

/// The rule of [`Conv2d`].
pub(super) fn forward<'t, F: Float>(options: Conv2dOptions, at: &Batch<'t, F>) -> Result<'t, F> {
    let (x, w, n, g) = (at.x(0), at.x(1), at.size(), options.groups);
    let of = |options, x: Var<'t, F>, w| x.tape.try_apply(Conv2d { options }, &[x, w]);
    match (at.varies(0), at.varies(1)) {
        (true, false) => at.split(of(options, at.merged(0)?, w)?, at.shape(0).dims()[0]),
        _ if n == 0 => at.nothing(Shape::new(options.sizes("conv2d", at.shape(0), at.shape(1))?.y)?),
        (true, true) => apart(of(with_own_groups(options, n), beside(x, 1)?, at.merged(1)?)?, n, 1),
        (false, _) => {
            let d = at.shape(1);
            let &[o, c, kh, kw] = d.dims() else { unreachable!("a weight") };
            let w = w.try_reshape([n, g, o / g, c, kh, kw])?.try_permute([1, 0, 2, 3, 4, 5])?;
            apart(of(options, x, w.try_reshape([n * o, c, kh, kw])?)?, n, g)
        }
    }
}

/// The rule of [`Conv2dInputGrad`].
pub(super) fn input_grad<'t, F: Float>(op: Conv2dInputGrad, at: &Batch<'t, F>) -> Result<'t, F> {
    let (w, dy, n, g) = (at.x(0), at.x(1), at.size(), op.options.groups);
    let of = |op: Conv2dInputGrad, w: Var<'t, F>, dy| w.tape.try_apply(op, &[w, dy]);
    match (at.varies(0), at.varies(1)) {
        (false, _) => at.split(of(op, w, at.merged(1)?)?, at.shape(1).dims()[0]),
        _ if n == 0 => at.nothing(super::Primitive::shape(&op, &[at.shape(0), at.shape(1)])?),
        (true, true) => {
            let own = Conv2dInputGrad { options: with_own_groups(op.options, n), ..op };
            apart(of(own, at.merged(0)?, beside(dy, 1)?)?, n, 1)
        }
        (true, false) => {
            let d = at.shape(0);
            let &[o, c, kh, kw] = d.dims() else { unreachable!("a weight") };
            let w = w.try_permute([1, 0, 2, 3, 4])?.try_reshape([o, n * c, kh, kw])?;
            apart(of(op, w, dy)?, n, g)
        }
    }
}

/// The rule of [`Conv2dWeightGrad`].
pub(super) fn weight_grad<'t, F: Float>(op: Conv2dWeightGrad, at: &Batch<'t, F>) -> Result<'t, F> {
    let (x, dy, n, g) = (at.x(0), at.x(1), at.size(), op.options.groups);
    let of = |op: Conv2dWeightGrad, x: Var<'t, F>, dy| x.tape.try_apply(op, &[x, dy]);
    let shape = super::Primitive::shape(&op, &[at.shape(0), at.shape(1)])?;
    let &[o, c, kh, kw] = shape.dims() else { unreachable!("a weight") };
    match (at.varies(0), at.varies(1)) {
        _ if n == 0 => at.nothing(shape),
        (true, true) => {
            let own = Conv2dWeightGrad { options: with_own_groups(op.options, n), ..op };
            of(own, beside(x, 1)?, beside(dy, 1)?)?.try_reshape([n, o, c, kh, kw])
        }
        (true, false) => {
            let dw = of(op, beside(x, g)?, dy)?;
            dw.try_reshape([o, n, c, kh, kw])?.try_permute([1, 0, 2, 3, 4])
        }
        (false, _) => {
            let dw = of(op, x, beside(dy, g)?)?.try_reshape([g, n, o / g, c, kh, kw])?;
            dw.try_permute([1, 0, 2, 3, 4, 5])?.try_reshape([n, o, c, kh, kw])
        }
    }
}
