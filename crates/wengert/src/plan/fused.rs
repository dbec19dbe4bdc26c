//! Running the kernels that do the work of several ops.

use super::graph::{Fused, Id, Part};
use super::run::Values;
use crate::ops::matmul::affine;
use crate::ops::window::{build_channels_last, channels_last};
use crate::{Conv2dOptions, Float, Shape, Tensor, Threads};
use smallvec::SmallVec;
use wengert_kernels::Buffer;
use wengert_kernels::conv::pooled::{self, Gradients, Pooled, PooledShape};
use wengert_kernels::conv::{self, ConvShape, Epilogue, PackedWeights, RowWeights, Weights};

impl Fused {
    /// The kernel's name in listings.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Convolution { relu: false, .. } => "conv2d + bias",
            Self::Convolution { relu: true, .. } => "conv2d + bias + relu",
            Self::Product { relu: false } => "matmul + bias",
            Self::Product { relu: true } => "matmul + bias + relu",
            Self::ConvolutionPool { .. } => "conv2d + bias + relu + max_pool2d",
            Self::PooledBackward { .. } => "gradients of conv2d at the maxima",
            Self::TakePart(_) => "one of the gradients above",
        }
    }

    /// Multiplications and additions, as many as the kernel does.
    pub(super) fn flops(&self, x: &[Shape], y: Shape) -> usize {
        let kernel = |w: Shape| 2 * w.len() / w.dims()[0].max(1);
        match *self {
            Self::Convolution { .. } => y.len() * kernel(x[1]),
            Self::Product { .. } => 2 * y.len() * x[0].dims()[1],
            Self::ConvolutionPool { window: [rows, columns], .. } => y.len() * rows * columns * kernel(x[1]),
            Self::PooledBackward { own, others, .. } => {
                let products = others.into_iter().flatten().chain([own]).filter(|&part| part != Part::Bias);
                products.count() * x[2].len() * kernel(x[1])
            }
            Self::TakePart(_) => 0,
        }
    }

    /// The weight of a convolution of images of shape `x`, laid out for the kernel.
    pub(super) fn pack<F: Float>(&self, x: Shape, w: &Tensor<F>) -> Option<PackedWeights<F>> {
        let (Self::Convolution { options, .. } | Self::ConvolutionPool { options, .. }) = *self else {
            return None;
        };
        Some(PackedWeights::forward(&Threads::one(), &sizes(options, x, w.shape()), weights(w)))
    }

    /// Computes the line `write` of shape `y`; `packed` is its weight, if that is a constant.
    pub(super) fn run<F: Float>(
        &self,
        reads: &[Id],
        write: Id,
        y: Shape,
        packed: Option<&PackedWeights<F>>,
        values: &mut Values<F>,
        on: &Threads,
    ) {
        let x = |k: usize| values.get(reads[k]);
        let value = match *self {
            Self::Product { relu } => affine(x(0), x(1), &x(2).elements(), relu, on),
            Self::Convolution { options, relu } => {
                let (images, bias) = (channels_last(x(0)), x(2).elements());
                let s = sizes(options, x(0).shape(), x(1).shape());
                let fresh = packed.is_none().then(|| PackedWeights::forward(on, &s, weights(x(1))));
                let w = packed.or(fresh.as_ref()).expect("one of the two");
                let then = Epilogue { bias: Some(&bias), relu };
                build_channels_last(y, |y| conv::forward(on, &s, images.data(), w, then, y))
            }
            Self::ConvolutionPool { options, window, noted } => {
                let mut places = noted.then(|| Buffer::scratch(y.len()));
                let value = {
                    let (images, bias) = (channels_last(x(0)), x(2).elements());
                    let s = pooling(options, window, x(0).shape(), x(1).shape());
                    let fresh = packed.is_none().then(|| PackedWeights::forward(on, s.conv(), weights(x(1))));
                    let w = packed.or(fresh.as_ref()).expect("one of the two");
                    let then = Epilogue { bias: Some(&bias), relu: true };
                    build_channels_last(y, |y| {
                        pooled::forward(on, &s, images.data(), w, then, y, places.as_deref_mut());
                    })
                };
                if let Some(places) = places {
                    values.set_places(write, places);
                }
                value
            }
            Self::PooledBackward { options, window, own, others } => {
                let mut parts = {
                    let s = pooling(options, window, x(0).shape(), x(1).shape());
                    let wanted = |part| part == own || others.contains(&Some(part));
                    backward(&s, wanted, [x(0), x(1), x(2), x(3)], values.places(reads[3]), on)
                };
                let value =
                    parts.remove(parts.iter().position(|(part, _)| *part == own).expect("computed")).1;
                for (part, value) in parts {
                    values.set_part(write, part, value);
                }
                value.reshape(y)
            }
            Self::TakePart(part) => values.take_part(reads[0], part).reshape(y),
        };
        values.set(write, value);
    }
}

/// The sizes of a convolution that the tape has checked.
fn sizes(options: Conv2dOptions, x: Shape, w: Shape) -> ConvShape {
    options.sizes("conv2d", x, w).expect("checked when it was recorded").shape
}

/// The sizes of a pooled convolution that the pass has checked.
fn pooling(options: Conv2dOptions, window: [usize; 2], x: Shape, w: Shape) -> PooledShape {
    try_pooling(options, window, x, w).expect("checked by the pass that made this kernel")
}

/// The sizes of a pooled convolution, if the kernel can have them.
pub(super) fn try_pooling(
    options: Conv2dOptions,
    window: [usize; 2],
    x: Shape,
    w: Shape,
) -> Option<PooledShape> {
    PooledShape::new(sizes(options, x, w), window)
}

/// The cotangents that are wanted of images, weight and bias, from images, weight, the maxima's cotangent and the maxima.
fn backward<F: Float>(
    s: &PooledShape,
    wanted: impl Fn(Part) -> bool,
    [x, w, ct, y]: [&Tensor<F>; 4],
    winners: &[u8],
    on: &Threads,
) -> SmallVec<[(Part, Tensor<F>); 3]> {
    let [images, ct, y] = [x, ct, y].map(channels_last);
    let rows = wanted(Part::Images).then(|| RowWeights::new(s.conv(), weights(w)));
    let scratch = |part, n: usize| wanted(part).then(|| Buffer::scratch(n));
    let (mut dx, mut dw) = (scratch(Part::Images, x.len()), scratch(Part::Weight, w.len()));
    let mut db = scratch(Part::Bias, w.dims()[0]);
    let into = Gradients {
        input: rows.as_ref().zip(dx.as_mut().map(|dx| &mut dx[..])),
        weight: dw.as_mut().map(|dw| (images.data(), &mut dw[..])),
        bias: db.as_mut().map(|db| &mut db[..]),
    };
    pooled::backward(on, s, Pooled { dy: ct.data(), y: Some(y.data()), winners }, into);
    let [n, c, h, w_] = s.conv().input();
    let last = Shape::known(&[n, h, w_, c]);
    let dx = dx.map(|dx| (Part::Images, Tensor::from_buffer(last, dx).permute_view(&[0, 3, 1, 2])));
    let dw = dw.map(|dw| (Part::Weight, Tensor::from_buffer(w.shape(), dw)));
    let db = db.map(|db| (Part::Bias, Tensor::from_buffer(Shape::known(&[db.len()]), db)));
    dx.into_iter().chain(dw).chain(db).collect()
}

/// A weight as the kernels take it, in whatever order it lies.
fn weights<F: Float>(w: &Tensor<F>) -> Weights<'_, F> {
    let (values, offset) = w.storage();
    let shape = w.dims().try_into().expect("four axes, checked when it was recorded");
    let strides = w.strides().try_into().expect("one for each axis");
    Weights::new(values, offset, shape, strides)
}
