//! Weights laid out for the kernels.

use super::geometry::Geometry;
use super::kernels::Kernels;
use super::layout::Layout;
use super::shape::ConvShape;
use super::vector::COLUMNS;
use crate::buffer::Buffer;
use crate::element::Element;
use crate::list::List;
use crate::real::Real;
use crate::threads::Threads;
use crate::transpose::transpose;
use crate::view::lies_inside;

/// Weights below which packing stays on the calling thread.
const SMALL: usize = 1 << 16;

/// Weights `[out channels, channels / groups, rows, columns]` in any order of memory.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, T> {
    values: &'a [T],
    offset: usize,
    shape: [usize; 4],
    strides: [isize; 4],
}

impl<'a, T: Element> Weights<'a, T> {
    /// The weights whose element `[o, c, p, q]` is `values[offset + o * strides[0] + c * strides[1] + ...]`.
    ///
    /// # Panics
    ///
    /// If an element would lie outside `values`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wengert_kernels::conv::Weights;
    /// let transposed = Weights::new(&[1.0, 2.0, 3.0, 4.0], 0, [1, 1, 2, 2], [4, 4, 1, 2]);
    /// # let _ = transposed;
    /// ```
    pub fn new(values: &'a [T], offset: usize, shape: [usize; 4], strides: [isize; 4]) -> Self {
        assert!(
            shape.contains(&0) || lies_inside(values.len(), offset, &shape, &strides),
            "weights: shape {shape:?}, strides {strides:?}, offset {offset} reach outside {} elements",
            values.len()
        );
        Weights { values, offset, shape, strides }
    }

    /// The weights of a convolution in row-major order.
    ///
    /// # Panics
    ///
    /// If `values` does not hold just these weights.
    ///
    /// # Examples
    ///
    /// ```
    /// use wengert_kernels::conv::{ConvShape, Weights};
    /// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
    /// let w = Weights::row_major(&s, &[1.0, -1.0]);
    /// # let _ = w;
    /// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
    /// ```
    pub fn row_major(s: &ConvShape, values: &'a [T]) -> Self {
        let shape = s.weight();
        assert_eq!(values.len(), shape.iter().product::<usize>(), "weights: elements of shape {shape:?}");
        let [_, c, p, q] = shape.map(|n| n as isize);
        Weights::new(values, 0, shape, [c * p * q, p * q, q, 1])
    }
}

impl<T: Element> Weights<'_, T> {
    /// Writes them with a row for each output channel: `[out channels, rows, columns, channels / groups]`.
    fn write_rows(&self, out: &mut [T]) {
        let [_, depth, rows, columns] = self.shape;
        let [o, c, p, q] = self.strides;
        let taps = rows * columns;
        for (i, row) in out.chunks_exact_mut((depth * taps).max(1)).enumerate() {
            let start = self.offset as isize + i as isize * o;
            if q == 1 && p == columns as isize && c > 0 {
                // SAFETY: the taps of a channel are neighbors and channels `c` apart, each inside `values`, as `new` has
                // checked; `row` has a line of `depth` elements for each tap.
                unsafe {
                    let x = self.values.as_ptr().offset(start);
                    transpose(x, c as usize, [depth, taps], row.as_mut_ptr(), depth);
                }
                continue;
            }
            for (tap, line) in row.chunks_exact_mut(depth).enumerate() {
                let at = start + (tap / columns) as isize * p + (tap % columns) as isize * q;
                for (channel, y) in line.iter_mut().enumerate() {
                    *y = self.values[(at + channel as isize * c) as usize];
                }
            }
        }
    }
}

/// Which of the two convolutions with one weight is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// From images to their result.
    Forward,
    /// From the gradient of the result to that of the images.
    InputGrad,
}

/// Weights in the order in which [`forward`](super::forward) or [`input_grad`](super::input_grad) reads them.
///
/// Panels of output channels, each a row of whole registers for every tap and input channel. Pack
/// once and use for any number of images of the size given.
///
/// # Examples
///
/// ```
/// use wengert_kernels::{Threads, conv::{ConvShape, PackedWeights, Weights}};
///
/// let on = Threads::one();
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let mut w = PackedWeights::forward(&on, &s, Weights::row_major(&s, &[1.0, -1.0]));
/// w.repack(&on, Weights::row_major(&s, &[0.5, -0.5]));
/// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PackedWeights<T: Real> {
    pub(super) kernels: &'static Kernels<T>,
    side: Side,
    shape: ConvShape,
    /// Rows of a panel: input channels of a group for each tap.
    depth: usize,
    pub(super) layout: Layout,
    values: Buffer<T>,
}

/// One panel of output channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    /// The group that it belongs to.
    pub(super) group: usize,
    /// Its first channel, counted in the result.
    pub(super) first: usize,
    /// Channels in it.
    pub(super) channels: usize,
    /// Registers that hold them.
    pub(super) vectors: usize,
    /// Registers of all panels before it.
    pub(super) start: usize,
}

/// The panels that the channels of a result are cut into.
pub(super) fn panels(lanes: usize, groups: usize, group_out: usize) -> List<Panel> {
    let mut start = 0;
    let mut panels = List::with_capacity(groups * group_out.div_ceil(COLUMNS * lanes));
    for group in 0..groups {
        for at in (0..group_out).step_by(COLUMNS * lanes) {
            let channels = (group_out - at).min(COLUMNS * lanes);
            let vectors = channels.div_ceil(lanes);
            panels.push(Panel { group, first: group * group_out + at, channels, vectors, start });
            start += vectors;
        }
    }
    panels
}

impl<T: Real> PackedWeights<T> {
    /// Weights for the forward pass.
    ///
    /// # Panics
    ///
    /// If `w` has another shape than the weights of `s`.
    pub fn forward(on: &Threads, s: &ConvShape, w: Weights<'_, T>) -> Self {
        PackedWeights::with(Kernels::best(), on, s, Side::Forward, w)
    }

    /// Weights for the input gradient.
    ///
    /// # Panics
    ///
    /// If `w` has another shape than the weights of `s`.
    pub fn input_grad(on: &Threads, s: &ConvShape, w: Weights<'_, T>) -> Self {
        PackedWeights::with(Kernels::best(), on, s, Side::InputGrad, w)
    }

    pub(super) fn with(
        kernels: &'static Kernels<T>,
        on: &Threads,
        s: &ConvShape,
        side: Side,
        w: Weights<'_, T>,
    ) -> Self {
        let layout = Layout::new(side.geometry(&s.without_batch()), kernels.lanes);
        let depth = layout.geometry.depth() * s.kernel()[0] * s.kernel()[1];
        let vectors = layout.panels.last().map_or(0, |last| last.start + last.vectors);
        let values = Buffer::scratch(vectors * kernels.lanes * depth);
        let mut packed = PackedWeights { kernels, side, shape: *s, depth, layout, values };
        packed.repack(on, w);
        packed
    }

    /// Replaces the weights by others of the same shape, in the same memory.
    ///
    /// # Panics
    ///
    /// If `w` has another shape.
    pub fn repack(&mut self, on: &Threads, w: Weights<'_, T>) {
        assert_eq!(w.shape, self.shape.weight(), "packed weights: shape of the weights");
        if self.values.is_empty() {
            return;
        }
        let Layout { geometry, panels, .. } = &self.layout;
        let (side, lanes, depth) = (self.side, self.kernels.lanes, geometry.depth());
        let mut rows = Buffer::scratch(self.shape.weight().iter().product());
        w.write_rows(&mut rows);
        // A chunk is a panel, or, where groups end in narrower panels, a group of them.
        let per_chunk = if geometry.groups == 1 { 1 } else { panels.len() / geometry.groups };
        let vectors = panels[..per_chunk].iter().map(|p| p.vectors).sum::<usize>();
        let one = Threads::one();
        let on = if self.values.len() < SMALL { &one } else { on };
        on.for_each_chunk(&mut self.values, vectors * lanes * self.depth, |chunk, mut values| {
            for panel in panels[chunk * per_chunk..].iter().take(per_chunk) {
                let (part, rest) = values.split_at_mut(panel.vectors * lanes * self.depth);
                match side {
                    Side::Forward => pack_columns(&rows, self.depth, panel, part),
                    Side::InputGrad => {
                        pack_lines(&rows, [self.depth / depth, depth, geometry.group_out()], panel, part)
                    }
                }
                values = rest;
            }
        });
    }

    /// Refuses weights that were packed for the other side or another convolution.
    ///
    /// # Panics
    ///
    /// If they were.
    pub(super) fn check(&self, side: Side, s: &ConvShape) {
        assert!(
            side == self.side && s.without_batch() == self.shape.without_batch(),
            "convolution: weights packed for the {:?} side of {:?} cannot serve the {side:?} side of {s:?}",
            self.side,
            self.shape
        );
    }

    /// The weights of a panel.
    pub(super) fn panel(&self, panel: &Panel) -> &[T] {
        let row = panel.vectors * self.kernels.lanes;
        &self.values[self.depth * panel.start * self.kernels.lanes..][..self.depth * row]
    }
}

/// Weights with a row for each output channel, as the backward pass of [`pooled`](super::pooled) reads them.
///
/// # Examples
///
/// ```
/// use wengert_kernels::conv::{ConvShape, RowWeights, Weights};
///
/// let s = ConvShape::new([1, 1, 1, 5], 1, [1, 2], [1, 2], [0, 0], [1, 1], 1)?;
/// let mut w = RowWeights::new(&s, Weights::row_major(&s, &[1.0, -1.0]));
/// w.repack(Weights::row_major(&s, &[0.5, -0.5]));
/// # Ok::<(), wengert_kernels::conv::ConvShapeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowWeights<T: Real> {
    shape: [usize; 4],
    /// `[out channels, rows, columns, channels / groups]`.
    values: Buffer<T>,
}

impl<T: Real> RowWeights<T> {
    /// The weights of a convolution.
    ///
    /// # Panics
    ///
    /// If `w` has another shape than the weights of `s`.
    pub fn new(s: &ConvShape, w: Weights<'_, T>) -> Self {
        let shape = s.weight();
        let mut rows = RowWeights { shape, values: Buffer::scratch(shape.iter().product()) };
        rows.repack(w);
        rows
    }

    /// Replaces the weights by others of the same shape, in the same memory.
    ///
    /// # Panics
    ///
    /// If `w` has another shape.
    pub fn repack(&mut self, w: Weights<'_, T>) {
        assert_eq!(w.shape, self.shape, "row weights: shape of the weights");
        w.write_rows(&mut self.values);
    }

    /// The rows, `[out channels, rows, columns, channels / groups]`.
    ///
    /// # Panics
    ///
    /// If they are not of this convolution's shape.
    pub(super) fn rows(&self, s: &ConvShape) -> &[T] {
        assert_eq!(self.shape, s.weight(), "row weights: shape of the convolution's weights");
        &self.values
    }
}

impl Side {
    fn geometry(self, s: &ConvShape) -> Geometry {
        match self {
            Side::Forward => Geometry::forward(s),
            Side::InputGrad => Geometry::input_grad(s),
        }
    }
}

/// Writes a panel of the forward pass: for each place in a row of weights, one element of every output channel.
fn pack_columns<T: Element>(rows: &[T], size: usize, panel: &Panel, out: &mut [T]) {
    let width = out.len() / size;
    let rows = &rows[panel.first * size..][..panel.channels * size];
    // SAFETY: `rows` are `channels` rows of `size` elements; `out` has `size` rows of `width` elements, of which the
    // panel's channels are the first, and is borrowed mutably.
    unsafe { transpose(rows.as_ptr(), size, [panel.channels, size], out.as_mut_ptr(), width) }
    fill_rest(panel, width, out);
}

/// Writes a panel of the input gradient: for each tap, from the last on, a line for each of `depth` output channels.
fn pack_lines<T: Element>(rows: &[T], [taps, depth, group_out]: [usize; 3], panel: &Panel, out: &mut [T]) {
    let first = panel.first - panel.group * group_out;
    let width = out.len() / (depth * taps);
    for (i, line) in out.chunks_exact_mut(width).enumerate() {
        let (tap, channel) = (taps - 1 - i / depth, panel.group * depth + i % depth);
        let from = (channel * taps + tap) * group_out + first;
        line[..panel.channels].copy_from_slice(&rows[from..][..panel.channels]);
    }
    fill_rest(panel, width, out);
}

/// Fills what is behind the channels of a panel with zeros.
fn fill_rest<T: Element>(panel: &Panel, width: usize, out: &mut [T]) {
    if panel.channels < width {
        out.chunks_exact_mut(width).for_each(|line| line[panel.channels..].fill(T::default()));
    }
}
