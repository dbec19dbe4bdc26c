//! The gradient with respect to the weights.

use super::geometry::Geometry;
use super::kernels::Kernels;
use super::outer::{Outer, Span};
use super::packed::{Panel, panels};
use super::shape::ConvShape;
use crate::buffer::Buffer;
use crate::list::List;
use crate::real::Real;
use crate::threads::{SendPtr, Threads};
use crate::transpose::transpose;
use std::ops::Range;

/// Pixels that one chain of a sum has at least, where there are so many: short chains round less,
/// and longer ones spend less time on moving sums.
const CHAIN: usize = 256;

/// Blocks that the work is cut into.
const BLOCKS: usize = 8;

/// Weights below which there are too few for blocks of rows.
const SMALL: usize = 1 << 12;

/// Sums below which they are added and put in order on the calling thread.
const FEW: usize = 1 << 13;

/// Rows of the weight in one block of accumulators, at most.
const ROWS: usize = 12;

/// Neighboring rows of the weight for one panel.
struct Rows {
    panel: Panel,
    /// Place in the source of the first row's element, from that of a pixel.
    at: usize,
    /// Number of the first row in its group.
    first: usize,
    count: usize,
}

/// The gradient of the output with whole registers for each panel of its channels.
struct Gradient<'a, T> {
    values: &'a [T],
    /// Elements from one pixel to the next.
    step: usize,
    /// Whether panels lie at their registers, and not at their channels.
    by_register: bool,
}

/// Writes the weight gradient of the images `x` and the gradient `dy` of their result.
pub(super) fn weight_grad<T: Real>(
    kernels: &Kernels<T>,
    on: &Threads,
    s: &ConvShape,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
) {
    s.assert_lengths(x.len(), dw.len(), dy.len());
    if dw.is_empty() || x.is_empty() || dy.is_empty() {
        return dw.fill(T::ZERO);
    }
    let g = Geometry::forward(s);
    let lanes = kernels.lanes;
    let panels = panels(lanes, g.groups, g.group_out());
    let rows = rows(&g, &panels);
    let depth = g.depth() * s.kernel()[0] * s.kernel()[1];
    // Small weights leave too few rows for the threads: then the batch is cut into parts, each with
    // sums of its own. How often sums are cut may depend on the shape, but not on the registers.
    let is_small = dw.len() < SMALL;
    let by_rows = if is_small { 1 } else { BLOCKS.min(rows.len()) };
    let per_part = if is_small { g.batch.div_ceil(BLOCKS) } else { g.batch };
    let parts = g.batch.div_ceil(per_part);
    let padded = g.is_padded().then(|| padded(on, &g, x));
    let x = padded.as_deref().unwrap_or(x);
    let widened = (!g.group_out().is_multiple_of(lanes)).then(|| widened(on, &g, &panels, lanes, dy));
    let vectors = panels.iter().map(|p| p.vectors).sum::<usize>();
    let dy = match &widened {
        Some(values) => Gradient { values, step: vectors * lanes, by_register: true },
        None => Gradient { values: dy, step: g.out_channels, by_register: false },
    };
    let size = vectors * lanes * depth;
    let mut sums = Buffer::<T>::scratch(parts * size);
    let start = SendPtr(sums.as_mut_ptr());
    on.for_each_block(parts * by_rows, |i| {
        let (part, cut) = (i / by_rows, i % by_rows);
        let images = part * per_part..((part + 1) * per_part).min(g.batch);
        let rows = &rows[cut * rows.len() / by_rows..(cut + 1) * rows.len() / by_rows];
        // SAFETY: `part < parts`, so the pointer stays inside `sums`.
        let sums = unsafe { start.get().add(part * size) };
        add_images(kernels, &g, x, &dy, images, rows, depth, sums);
    });
    let (sums, others) = sums.split_at_mut(size);
    add_parts(on, sums, others);
    unpack(on, s, &panels, lanes, sums, dw);
}

/// The rows of every panel, cut into runs of neighbors in the source.
fn rows(g: &Geometry, panels: &[Panel]) -> List<Rows> {
    let mut rows = List::new();
    for &panel in panels {
        let mut first = 0;
        for run in &g.runs(&g.phases[0], panel.group) {
            for at in (0..run.len).step_by(ROWS) {
                let count = ROWS.min(run.len - at);
                rows.push(Rows { panel, at: run.at + at, first: first + at, count });
            }
            first += run.len;
        }
    }
    rows
}

/// All images with zeros around them.
fn padded<T: Real>(on: &Threads, g: &Geometry, x: &[T]) -> Buffer<T> {
    let image = g.source[0] * g.source[1] * g.channels;
    let mut out = Buffer::scratch(g.batch * g.image());
    on.for_each_chunk(&mut out, g.image(), |i, out| {
        g.pad(&x[i * image..][..image], &(0..out.len() / g.row()), out);
    });
    out
}

/// The gradient of the output with zeros behind the channels of each panel, up to whole registers.
fn widened<T: Real>(on: &Threads, g: &Geometry, panels: &[Panel], lanes: usize, dy: &[T]) -> Buffer<T> {
    let width = panels.iter().map(|p| p.vectors).sum::<usize>() * lanes;
    let pixels = g.out[0] * g.out[1];
    let mut out = Buffer::scratch(g.batch * pixels * width);
    on.for_each_chunk(&mut out, pixels * width, |i, out| {
        let pixels = dy[i * pixels * g.out_channels..].chunks_exact(g.out_channels);
        for (out, pixel) in out.chunks_exact_mut(width).zip(pixels) {
            for p in panels {
                let (channels, rest) = out[p.start * lanes..][..p.vectors * lanes].split_at_mut(p.channels);
                channels.copy_from_slice(&pixel[p.first..][..p.channels]);
                rest.fill(T::ZERO);
            }
        }
    });
    out
}

/// Writes the sums of some rows of the weight over some images.
///
/// Pixels are taken in chains of whole rows of the result; chains are added in their order.
#[expect(clippy::too_many_arguments, reason = "the loop's bounds and operands, named by the caller")]
fn add_images<T: Real>(
    kernels: &Kernels<T>,
    g: &Geometry,
    x: &[T],
    dy: &Gradient<'_, T>,
    images: Range<usize>,
    rows: &[Rows],
    depth: usize,
    sums: *mut T,
) {
    let phase = &g.phases[0];
    let [height, width] = g.out;
    let mut lines = images.flat_map(|image| (0..height).map(move |i| (image, i))).peekable();
    let mut spans = List::with_capacity(CHAIN.div_ceil(width).min(g.batch * height));
    let mut first = true;
    while lines.peek().is_some() {
        spans.clear();
        spans.extend(lines.by_ref().take(CHAIN.div_ceil(width)).map(|(image, i)| Span {
            x: image * g.image() + i * phase.stride[0] * g.row(),
            y: (image * height + i) * width * dy.step,
            len: width,
        }));
        for r in rows {
            let p = &r.panel;
            let panel = if dy.by_register { p.start * kernels.lanes } else { p.first };
            let outer = Outer {
                x: x[r.at..].as_ptr(),
                x_step: phase.stride[1] * g.channels,
                y: dy.values[panel..].as_ptr(),
                y_step: dy.step,
                spans: &spans,
                rows: r.count,
                vectors: p.vectors,
                sums: sums.wrapping_add((p.start * depth + r.first * p.vectors) * kernels.lanes),
                first,
            };
            // SAFETY: the table belongs to this CPU. `x` holds all images with their zeros, so that
            // every row of the weight meets elements of it at every pixel; `dy` holds a whole panel
            // from each pixel on. The rows lie inside this part's sums, and no other block has them.
            unsafe { (kernels.outer)(&outer) };
        }
        first = false;
    }
}

/// Adds the other parts of the sums to the first one, in their order.
pub(super) fn add_parts<T: Real>(on: &Threads, first: &mut [T], others: &[T]) {
    let (size, one) = (first.len(), Threads::one());
    let on = if others.len() < FEW { &one } else { on };
    on.for_each_chunk(first, size.div_ceil(BLOCKS), |i, sums| {
        for part in others.chunks_exact(size) {
            let part = &part[i * size.div_ceil(BLOCKS)..][..sums.len()];
            sums.iter_mut().zip(part).for_each(|(sum, &x)| *sum += x);
        }
    });
}

/// Writes the sums row-major, `[out, in, rows, columns]`.
fn unpack<T: Real>(on: &Threads, s: &ConvShape, panels: &[Panel], lanes: usize, sums: &[T], dw: &mut [T]) {
    let [_, depth, rows, columns] = s.weight();
    let size = depth * rows * columns;
    let mut rest = &mut *dw;
    let mut parts: List<(&Panel, &mut [T])> = List::with_capacity(panels.len());
    for panel in panels {
        let (part, others) = rest.split_at_mut(panel.channels * size);
        parts.push((panel, part));
        rest = others;
    }
    let one = Threads::one();
    let on = if sums.len() < FEW { &one } else { on };
    on.for_each_chunk(&mut parts, 1, |_, parts| {
        let (panel, dw) = &mut parts[0];
        let width = panel.vectors * lanes;
        let sums = &sums[panel.start * lanes * size..][..width * size];
        let mut by_channel = Buffer::<T>::scratch(panel.channels * size);
        // SAFETY: the panel has `size` rows of `width` sums, of which the first are those of its channels; the buffer has
        // room for their transpose.
        unsafe { transpose(sums.as_ptr(), width, [size, panel.channels], by_channel.as_mut_ptr(), size) };
        taps_last(&by_channel, [rows * columns, depth], dw);
    });
}

/// Writes rows `[taps, depth]` of the weight as `[depth, taps]`.
pub(super) fn taps_last<T: Real>(rows: &[T], [taps, depth]: [usize; 2], out: &mut [T]) {
    let size = taps * depth;
    assert!(size > 0 && rows.len() == out.len(), "weight gradient: lengths of its two forms");
    for (row, out) in rows.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        // SAFETY: both are whole rows, `out` borrowed mutably.
        unsafe { transpose(row.as_ptr(), depth, [taps, depth], out.as_mut_ptr(), taps) }
    }
}
