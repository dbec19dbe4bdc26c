//! Two-dimensional convolution (cross-correlation) of images `[batch, channels, height, width]`.
//!
//! Each image is unfolded into a matrix of patches and multiplied with the weights; the gradients
//! are the same products transposed. Small images share one product, in groups fixed by the shape.

mod patches;
mod shape;

use crate::buffer::Buffer;
use crate::gemm::gemm;
use crate::map::add_assign;
use crate::real::Real;
use crate::threads::Threads;
use patches::{fold_image, gather_rows, scatter_rows, unfold_image};
pub use shape::{ConvShape, ConvShapeError};

/// Columns that a shared product of small images aims at.
const COLUMNS: usize = 128;

/// Partial sums of the weight gradient: a fixed number, so that bits do not depend on threads.
const PARTS: usize = 8;

/// Writes the convolution `y` of the images `x` with the weights `w`.
///
/// $$ y_{b,o,i,j} = \sum_{c,p,q} w_{o,c,p,q} \, x_{b,\,c,\,i s + p d - a,\,j s + q d - a} $$
///
/// with stride $s$, dilation $d$ and padding $a$ of each axis, $c$ within the group of $o$ and zeros
/// outside the image. Shapes: `x` [`ConvShape::input`], `w` [`ConvShape::weight`], `y`
/// [`ConvShape::output`].
///
/// # Panics
///
/// If a slice does not have the length of its shape.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{self, ConvShape}};
///
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let mut y = [0.0; 2];
/// conv::forward(&Threads::one(), &s, &[1.0, 2.0, 4.0, 8.0, 16.0], &[1.0, -1.0], &mut y);
/// assert_eq!(y, [-1.0, -4.0]);
/// # Ok::<(), conv::ConvShapeError>(())
/// ```
pub fn forward<T: Real>(on: &Threads, s: &ConvShape, x: &[T], w: &[T], y: &mut [T]) {
    s.assert_lengths(x.len(), w.len(), y.len());
    if x.is_empty() || y.is_empty() {
        return y.fill(T::ZERO);
    }
    let sizes = s.sizes();
    let group = images_per_product(sizes.columns);
    on.for_each_chunk(y, group * sizes.image_out, |block, y| {
        let count = y.len() / sizes.image_out;
        let x = &x[block * group * sizes.image_in..][..count * sizes.image_in];
        let columns = count * sizes.columns;
        let mut patches =
            Buffer::scratch(if sizes.pointwise && count == 1 { 0 } else { sizes.depth * columns });
        let mut product = Buffer::scratch(if count == 1 { 0 } else { sizes.group_out * columns });
        for g in 0..s.groups() {
            let w = &w[g * sizes.group_out * sizes.depth..][..sizes.group_out * sizes.depth];
            let patches = group_patches(s, x, g, &mut patches);
            let depth = [sizes.depth as isize, 1];
            if count == 1 {
                let y = &mut y[g * sizes.group_out * columns..][..sizes.group_out * columns];
                gemm(
                    on,
                    sizes.group_out,
                    sizes.depth,
                    columns,
                    w,
                    depth,
                    patches,
                    [columns as isize, 1],
                    y,
                    false,
                );
            } else {
                let y_strides = [columns as isize, 1];
                gemm(
                    on,
                    sizes.group_out,
                    sizes.depth,
                    columns,
                    w,
                    depth,
                    patches,
                    y_strides,
                    &mut product,
                    false,
                );
                scatter_rows(
                    &product,
                    sizes.columns,
                    y,
                    sizes.image_out,
                    g * sizes.group_out * sizes.columns,
                );
            }
        }
    });
}

/// Writes the gradient `dx` with respect to the images, from the gradient `dy` of the output.
///
/// The transpose of [`forward`] in `x`; cells that no window reaches get 0.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn input_grad<T: Real>(on: &Threads, s: &ConvShape, dy: &[T], w: &[T], dx: &mut [T]) {
    s.assert_lengths(dx.len(), w.len(), dy.len());
    if dx.is_empty() || dy.is_empty() {
        return dx.fill(T::ZERO);
    }
    let sizes = s.sizes();
    let group = images_per_product(sizes.columns);
    on.for_each_chunk(dx, group * sizes.image_in, |block, dx| {
        let count = dx.len() / sizes.image_in;
        let dy = &dy[block * group * sizes.image_out..][..count * sizes.image_out];
        let columns = count * sizes.columns;
        let direct = sizes.pointwise && count == 1;
        let mut patches = Buffer::scratch(if direct { 0 } else { sizes.depth * columns });
        let mut rows = Buffer::scratch(if count == 1 { 0 } else { sizes.group_out * columns });
        if !direct {
            dx.fill(T::ZERO);
        }
        for g in 0..s.groups() {
            let w = &w[g * sizes.group_out * sizes.depth..][..sizes.group_out * sizes.depth];
            let dy = group_rows(s, dy, g, &mut rows);
            let image = g * sizes.group_in..(g + 1) * sizes.group_in;
            let target = if direct { &mut dx[image] } else { &mut patches[..] };
            let (transposed, dy_strides) = ([1, sizes.depth as isize], [columns as isize, 1]);
            gemm(on, sizes.depth, sizes.group_out, columns, w, transposed, dy, dy_strides, target, false);
            if !direct {
                for (i, dx) in dx.chunks_exact_mut(sizes.image_in).enumerate() {
                    let dx = &mut dx[g * sizes.group_in..][..sizes.group_in];
                    fold_image(s, &patches[i * sizes.columns..], columns, dx);
                }
            }
        }
    });
}

/// Writes the gradient `dw` with respect to the weights, from the gradient `dy` of the output.
///
/// The transpose of [`forward`] in `w`. Images are summed in fixed parts and a fixed order.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn weight_grad<T: Real>(on: &Threads, s: &ConvShape, x: &[T], dy: &[T], dw: &mut [T]) {
    s.assert_lengths(x.len(), dw.len(), dy.len());
    if dw.is_empty() || x.is_empty() || dy.is_empty() {
        return dw.fill(T::ZERO);
    }
    let sizes = s.sizes();
    let per_part = s.input()[0].div_ceil(PARTS);
    let parts = s.input()[0].div_ceil(per_part);
    let mut sums = Buffer::scratch((parts - 1) * dw.len());
    let size = dw.len();
    let part = |part: usize, dw: &mut [T]| {
        let images = per_part.min(s.input()[0] - part * per_part);
        let x = &x[part * per_part * sizes.image_in..][..images * sizes.image_in];
        let dy = &dy[part * per_part * sizes.image_out..][..images * sizes.image_out];
        add_images(on, s, x, dy, dw);
    };
    if parts == 1 {
        return part(0, dw);
    }
    // The first part writes to `dw` itself, the others to a place of their own.
    let mut places: Vec<&mut [T]> = std::iter::once(&mut *dw).chain(sums.chunks_exact_mut(size)).collect();
    on.for_each_chunk(&mut places, 1, |i, place| part(i, place[0]));
    for sum in sums.chunks_exact(size) {
        add_assign(on, dw, sum);
    }
}

/// Writes the sum of the weight gradients of some images to `dw`.
fn add_images<T: Real>(on: &Threads, s: &ConvShape, x: &[T], dy: &[T], dw: &mut [T]) {
    let sizes = s.sizes();
    let group = images_per_product(sizes.columns);
    let (x_blocks, dy_blocks) = (x.chunks(group * sizes.image_in), dy.chunks(group * sizes.image_out));
    for (block, (x, dy)) in x_blocks.zip(dy_blocks).enumerate() {
        let count = dy.len() / sizes.image_out;
        let columns = count * sizes.columns;
        let mut patches =
            Buffer::scratch(if sizes.pointwise && count == 1 { 0 } else { sizes.depth * columns });
        let mut rows = Buffer::scratch(if count == 1 { 0 } else { sizes.group_out * columns });
        for g in 0..s.groups() {
            let dw = &mut dw[g * sizes.group_out * sizes.depth..][..sizes.group_out * sizes.depth];
            let patches = group_patches(s, x, g, &mut patches);
            let dy = group_rows(s, dy, g, &mut rows);
            let (row, transposed) = ([columns as isize, 1], [1, columns as isize]);
            gemm(on, sizes.group_out, columns, sizes.depth, dy, row, patches, transposed, dw, block > 0);
        }
    }
}

/// Images whose columns share one product.
fn images_per_product(columns: usize) -> usize {
    (COLUMNS / columns).max(1)
}

/// The patches `[depth, images * columns]` of one group of channels, in `scratch` where they need a copy.
fn group_patches<'a, T: Real>(s: &ConvShape, x: &'a [T], g: usize, scratch: &'a mut [T]) -> &'a [T] {
    let sizes = s.sizes();
    let count = x.len() / sizes.image_in;
    if sizes.pointwise && count == 1 {
        return &x[g * sizes.group_in..][..sizes.group_in];
    }
    for (i, x) in x.chunks_exact(sizes.image_in).enumerate() {
        let x = &x[g * sizes.group_in..][..sizes.group_in];
        unfold_image(s, x, &mut scratch[i * sizes.columns..], count * sizes.columns);
    }
    scratch
}

/// The rows `[group_out, images * columns]` of one group of output channels, copied for many images.
fn group_rows<'a, T: Real>(s: &ConvShape, dy: &'a [T], g: usize, scratch: &'a mut [T]) -> &'a [T] {
    let sizes = s.sizes();
    let first = g * sizes.group_out * sizes.columns;
    if dy.len() == sizes.image_out {
        return &dy[first..][..sizes.group_out * sizes.columns];
    }
    gather_rows(dy, sizes.image_out, first, sizes.columns, scratch);
    scratch
}

/// Writes the patches of each image: `cols` is `[batch, channels * kernel area, output area]`.
///
/// Row `(c, p, q)` holds, for each window, its element at channel `c` and kernel place `(p, q)`;
/// zeros outside the image.
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn unfold<T: Real>(on: &Threads, s: &ConvShape, x: &[T], cols: &mut [T]) {
    let sizes = s.sizes();
    s.assert_unfolded(x.len(), cols.len());
    if cols.is_empty() {
        return;
    }
    let size = cols.len() / s.input()[0];
    on.for_each_chunk(cols, size, |b, cols| {
        unfold_image(s, &x[b * sizes.image_in..][..sizes.image_in], cols, sizes.columns);
    });
}

/// Writes the sum of patches at each place of the images, the transpose of [`unfold`].
///
/// # Panics
///
/// If a slice does not have the length of its shape.
pub fn fold<T: Real>(on: &Threads, s: &ConvShape, cols: &[T], x: &mut [T]) {
    let sizes = s.sizes();
    s.assert_unfolded(x.len(), cols.len());
    if x.is_empty() {
        return;
    }
    let size = cols.len() / s.input()[0];
    on.for_each_chunk(x, sizes.image_in, |b, x| {
        x.fill(T::ZERO);
        fold_image(s, &cols[b * size..][..size], sizes.columns, x);
    });
}

#[cfg(test)]
mod tests;
