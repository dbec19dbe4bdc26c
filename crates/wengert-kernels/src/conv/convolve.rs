//! The loop over images, panels and pixels around the tiles.

use super::geometry::Geometry;
use super::packed::{PackedWeights, Panel};
use super::pooled::squares::Squares;
use super::pooled::winners::Pool;
use super::tile::{Run, Tile};
use super::vector::COLUMNS;
use crate::buffer::Buffer;
use crate::list::List;
use crate::real::Real;
use crate::threads::{SendPtr, Threads};
use std::ops::Range;

/// Pixels of the tallest tile.
const TALLEST: usize = 12;

/// Blocks that a convolution is cut into, where it is large enough.
const BLOCKS: usize = 8;

/// Multiplications below which a block is not worth another thread.
const SMALL: usize = 1 << 17;

/// Elements of the source that a group of images fills: as much as stays in the first-level cache.
const CACHED: usize = 64 * 1024;

/// A convolution to be computed.
pub(super) struct Convolution<'a, T: Real> {
    /// Images.
    pub(super) batch: usize,
    pub(super) weights: &'a PackedWeights<T>,
    /// Images with their channels last.
    pub(super) x: &'a [T],
    /// A value for each channel of the result, or none.
    pub(super) bias: Option<&'a [T]>,
    /// Whether negative results become 0.
    pub(super) relu: bool,
}

/// A part of the result that one thread computes.
struct Block {
    images: Range<usize>,
    rows: Range<usize>,
    panels: Range<usize>,
}

/// Images as the loops find them: with zeros around them, and from some row on.
struct Source<T> {
    start: *const T,
    /// Elements from one image to the next.
    image: usize,
    /// Number of the first image.
    first: usize,
    /// Number of the first row.
    top: usize,
}

impl<T: Real> Convolution<'_, T> {
    fn geometry(&self) -> &Geometry {
        &self.weights.layout.geometry
    }

    /// Writes the result, `[batch, rows, columns, channels]`, to `y`.
    ///
    /// # Panics
    ///
    /// If a slice does not have the length that the geometry says.
    pub(super) fn run(&self, on: &Threads, y: &mut [T]) {
        let g = self.geometry();
        assert_eq!(
            y.len(),
            self.batch * g.out[0] * g.out[1] * g.out_channels,
            "convolution: length of the result"
        );
        self.check_operands();
        if self.x.is_empty() {
            return self.fill_empty(y);
        }
        if !g.covers() {
            y.fill(T::ZERO);
        }
        self.run_to(on, Target { size: g.out, y: SendPtr(y.as_mut_ptr()), pooling: None });
    }

    /// Writes the largest of each window of the result to `y`, and its place in the window to `winners`.
    ///
    /// # Panics
    ///
    /// If a slice does not have the length that the geometry and the window say.
    pub(super) fn run_pooled(
        &self,
        on: &Threads,
        window: [usize; 2],
        y: &mut [T],
        winners: Option<&mut [u8]>,
    ) {
        let g = self.geometry();
        let size = [g.out[0] / window[0], g.out[1] / window[1]];
        let len = self.batch * size[0] * size[1] * g.out_channels;
        assert_eq!(y.len(), len, "pooled convolution: length of the result");
        assert!(winners.as_ref().is_none_or(|w| w.len() == len), "pooled convolution: length of the winners");
        self.check_operands();
        if self.x.is_empty() {
            winners.into_iter().for_each(|winners| winners.fill(0));
            return self.fill_empty(y);
        }
        let winners = winners.map(|w| SendPtr(w.as_mut_ptr()));
        let pooling = Some(Pooling { window, winners });
        self.run_to(on, Target { size, y: SendPtr(y.as_mut_ptr()), pooling });
    }

    /// Refuses images or a bias that do not have the length that the geometry says.
    fn check_operands(&self) {
        let g = self.geometry();
        let images = self.batch * g.source[0] * g.source[1] * g.channels;
        assert_eq!(self.x.len(), images, "convolution: length of the images");
        assert!(self.bias.is_none_or(|bias| bias.len() == g.out_channels), "convolution: length of the bias");
    }

    /// The result of images without channels: sums of nothing, and what follows them.
    fn fill_empty(&self, y: &mut [T]) {
        y.fill(T::ZERO);
        let Some(bias) = self.bias.filter(|bias| !bias.is_empty()) else { return };
        for pixel in y.chunks_exact_mut(bias.len()) {
            for (y, &bias) in pixel.iter_mut().zip(bias) {
                *y = T::ZERO + bias;
                if self.relu && *y <= T::ZERO {
                    *y = T::ZERO;
                }
            }
        }
    }

    /// Writes the result to a target that the caller has checked to be large enough, as it has the operands.
    fn run_to(&self, on: &Threads, target: Target<T>) {
        let g = self.geometry();
        let (panels, lanes) = (&self.weights.layout.panels[..], self.weights.kernels.lanes);
        if self.x.is_empty() || panels.is_empty() || target.size.contains(&0) {
            return;
        }
        // Where every panel is full, the bias is padded as it is.
        let full = panels.iter().all(|panel| panel.channels == panel.vectors * lanes);
        let padded = self.bias.filter(|_| !full).map(|bias| padded_bias(bias, panels, lanes));
        let bias = padded.as_deref().or(self.bias);
        let blocks = Blocks::new(g, self.batch, target.size[0], panels.len());
        on.for_each_block(blocks.count(), |i| self.block(&blocks.get(i), bias, &target));
    }

    /// Computes one block, a few images at a time.
    fn block(&self, block: &Block, bias: Option<&[T]>, target: &Target<T>) {
        let g = self.geometry();
        let image = g.source[0] * g.source[1] * g.channels;
        let pixels = target.size[0] * target.size[1];
        let together = (CACHED / image).max((4 * TALLEST).div_ceil(pixels)).min(block.images.len());
        let seen = g.rows_seen(&target.rows_before_pooling(&block.rows));
        if seen.is_empty() {
            return;
        }
        let size = seen.len() * g.row();
        let mut padded = Buffer::scratch(if g.is_padded() { together * size } else { 0 });
        let mut tiles = None;
        for first in block.images.clone().step_by(together) {
            let images = first..(first + together).min(block.images.end);
            let source = if g.is_padded() {
                for (i, out) in images.clone().zip(padded.chunks_exact_mut(size)) {
                    g.pad(&self.x[i * image..][..image], &seen, out);
                }
                Source { start: padded.as_ptr(), image: size, first, top: seen.start }
            } else {
                Source { start: self.x.as_ptr(), image, first: 0, top: 0 }
            };
            for panel in &self.weights.layout.panels[block.panels.clone()] {
                match &target.pooling {
                    Some(pooling) if pooling.window == [2, 2] => {
                        self.squares(&source, &images, &block.rows, panel, bias, target, pooling);
                    }
                    _ => {
                        let tiles = tiles.get_or_insert_with(|| Tiles::new(self, bias, target));
                        for phase in 0..g.phases.len() {
                            tiles.panel(&source, &images, &block.rows, phase, panel);
                        }
                    }
                }
            }
        }
    }

    /// Computes one panel of the windows of two rows and two columns.
    #[expect(clippy::too_many_arguments, reason = "the loop's bounds and operands, named by the caller")]
    fn squares(
        &self,
        source: &Source<T>,
        images: &Range<usize>,
        rows: &Range<usize>,
        panel: &Panel,
        bias: Option<&[T]>,
        target: &Target<T>,
        pooling: &Pooling,
    ) {
        let (g, kernels) = (self.geometry(), self.weights.kernels);
        // Taps of the forward pass are in the order of the weights' rows, and none is left out.
        let (phase, runs) = (&g.phases[0], self.weights.layout.runs(0));
        let steps = [phase.stride[0] * g.row(), phase.stride[1] * g.channels];
        let bias = bias.map_or(std::ptr::null(), |bias| bias[panel.start * kernels.lanes..].as_ptr());
        let winners = pooling.winners.as_ref().map_or(std::ptr::null_mut(), SendPtr::get);
        for image in images.clone() {
            for row in rows.clone() {
                let x = (image - source.first) * source.image + 2 * row * steps[0] - source.top * g.row()
                    + panel.group * g.depth();
                let y = (image * target.size[0] + row) * target.size[1] * g.out_channels + panel.first;
                let args = Squares {
                    x: source.start.wrapping_add(x),
                    steps,
                    runs,
                    w: self.weights.panel(panel).as_ptr(),
                    vectors: panel.vectors,
                    bias,
                    relu: self.relu,
                    count: target.size[1],
                    y: target.y.get().wrapping_add(y),
                    winners: if winners.is_null() { winners } else { winners.wrapping_add(y) },
                    channels: panel.channels,
                    step: g.out_channels,
                };
                // The geometry puts what the pixels of a window meet inside the source with its zeros, of which the
                // rows seen are there; the weights have a row for each element, and the bias one for each panel.
                // SAFETY: the table belongs to this CPU, and what it reads is there, as just said. The target holds
                // this row of windows, whose panel is in one block alone.
                unsafe { (kernels.squares)(&args) };
            }
        }
    }
}

/// Where a result goes.
struct Target<T> {
    /// Rows and columns of an image.
    size: [usize; 2],
    /// `[batch, rows, columns, channels]`.
    y: SendPtr<T>,
    pooling: Option<Pooling>,
}

/// That only the largest of each window is wanted.
struct Pooling {
    /// Rows and columns of a window.
    window: [usize; 2],
    /// Where the place of each winner in its window goes.
    winners: Option<SendPtr<u8>>,
}

impl<T> Target<T> {
    /// Rows and columns of a window.
    fn window(&self) -> [usize; 2] {
        self.pooling.as_ref().map_or([1, 1], |pooling| pooling.window)
    }

    fn rows_before_pooling(&self, rows: &Range<usize>) -> Range<usize> {
        rows.start * self.window()[0]..rows.end * self.window()[0]
    }
}

/// How a convolution is cut into blocks: by images, and small batches by rows and panels also.
struct Blocks {
    /// Images of the batch, rows of the result, panels.
    of: [usize; 3],
    /// Images of a block.
    per_block: usize,
    /// Parts of each.
    by: [usize; 3],
}

impl Blocks {
    fn new(g: &Geometry, batch: usize, rows: usize, panels: usize) -> Blocks {
        let work = g.work().max(1);
        let per_block = batch.div_ceil(BLOCKS).max((SMALL / work).min(batch));
        let by_images = batch.div_ceil(per_block);
        let parts = if per_block == 1 { (work / SMALL).min(BLOCKS / by_images) } else { 1 };
        let by_panels = parts.clamp(1, panels);
        let by_rows = (parts / by_panels).clamp(1, rows);
        Blocks { of: [batch, rows, panels], per_block, by: [by_images, by_rows, by_panels] }
    }

    fn count(&self) -> usize {
        self.by.iter().product()
    }

    fn get(&self, block: usize) -> Block {
        let ([batch, rows, panels], [_, by_rows, by_panels]) = (self.of, self.by);
        let part = |i: usize, parts: usize, n: usize| i * n / parts..(i + 1) * n / parts;
        let first = block / by_panels / by_rows * self.per_block;
        Block {
            images: first..(first + self.per_block).min(batch),
            rows: part(block / by_panels % by_rows, by_rows, rows),
            panels: part(block % by_panels, by_panels, panels),
        }
    }
}

/// The bias as the panels have it, with zeros where they have no channel.
fn padded_bias<T: Real>(bias: &[T], panels: &[Panel], lanes: usize) -> Buffer<T> {
    let vectors = panels.iter().map(|p| p.vectors).sum::<usize>();
    let mut out = Buffer::zeroed(vectors * lanes);
    for p in panels {
        out[p.start * lanes..][..p.channels].copy_from_slice(&bias[p.first..][..p.channels]);
    }
    out
}

/// Collects pixels until they make a tile.
struct Tiles<'a, T: Real> {
    of: &'a Convolution<'a, T>,
    bias: Option<&'a [T]>,
    target: &'a Target<T>,
    /// Places of the pixels collected, in the source.
    x: List<*const T>,
    /// Places in the target: of pixels, or of windows when pooling.
    y: List<usize>,
    /// Where each pixel goes, then where each window goes.
    out: List<*mut T>,
    /// Where each window's winners go.
    winners: List<*mut u8>,
    /// A tile that does not go to the target directly, then its windows.
    tile: Buffer<T>,
    places: Buffer<u8>,
}

/// What stays the same for all tiles of a panel.
struct Sweep<'a, T> {
    runs: &'a [Run],
    panel: &'a Panel,
    weights: &'a [T],
}

impl<'a, T: Real> Tiles<'a, T> {
    fn new(of: &'a Convolution<'a, T>, bias: Option<&'a [T]>, target: &'a Target<T>) -> Self {
        let pixels = TALLEST.max(target.window()[0] * target.window()[1]);
        let width = COLUMNS * of.weights.kernels.lanes;
        Tiles {
            of,
            bias,
            target,
            x: List::with_capacity(pixels),
            y: List::with_capacity(pixels),
            out: List::with_capacity(pixels),
            winners: List::with_capacity(pixels),
            tile: Buffer::scratch(2 * pixels * width),
            places: Buffer::scratch(pixels * width),
        }
    }

    /// Computes one panel of the pixels of a phase, by its number.
    fn panel(
        &mut self,
        source: &Source<T>,
        images: &Range<usize>,
        rows: &Range<usize>,
        phase: usize,
        panel: &Panel,
    ) {
        let (g, window, weights) = (self.of.geometry(), self.target.window(), self.of.weights);
        let sweep = Sweep { runs: weights.layout.runs(phase), panel, weights: weights.panel(panel) };
        let phase = &g.phases[phase];
        let cells = if window == [1, 1] { None } else { Some(g.cells(phase, window)) };
        let cells = cells.as_deref().unwrap_or(&[0]);
        let (rows, columns) = match self.target.pooling {
            Some(_) => (rows.clone(), self.target.size[1]),
            None => (phase.rows(rows), phase.count[1]),
        };
        let windows = (TALLEST / cells.len()).max(1);
        let step = [window[0] * phase.stride[0], window[1] * phase.stride[1] * g.channels];
        for image in images.clone() {
            for i in rows.clone() {
                let top = (i * step[0]) as isize - source.top as isize;
                let first = (image - source.first) * source.image + panel.group * g.depth();
                let x = first as isize + top * g.row() as isize;
                let y =
                    (image * self.target.size[0] + phase.first[0] + i * phase.step[0]) * self.target.size[1];
                for j in 0..columns {
                    let x = x + (j * step[1]) as isize;
                    self.x.extend(cells.iter().map(|&cell| source.start.wrapping_offset(x + cell as isize)));
                    self.y.push((y + phase.first[1] + j * phase.step[1]) * g.out_channels + panel.first);
                    if self.y.len() == windows {
                        self.flush(&sweep);
                    }
                }
            }
        }
        self.flush(&sweep);
    }

    /// Computes the pixels collected so far.
    fn flush(&mut self, sweep: &Sweep<'_, T>) {
        let (kernels, panel) = (self.of.weights.kernels, sweep.panel);
        let width = panel.vectors * kernels.lanes;
        let (target, tile) = (self.target.y.get(), self.tile.as_mut_ptr());
        let (whole, pooling) = (panel.channels == width, self.target.pooling.as_ref());
        self.out.clear();
        if whole && pooling.is_none() {
            self.out.extend(self.y.iter().map(|&y| target.wrapping_add(y)));
        } else {
            self.out.extend((0..self.x.len()).map(|i| tile.wrapping_add(i * width)));
        }
        let args = Tile {
            x: &self.x,
            y: &self.out,
            runs: sweep.runs,
            w: sweep.weights.as_ptr(),
            vectors: panel.vectors,
            bias: self.bias.map_or(std::ptr::null(), |bias| bias[panel.start * kernels.lanes..].as_ptr()),
            relu: self.of.relu && pooling.is_none(),
        };
        // A pixel of a phase meets places of its source (with its zeros) alone: that is how the geometry chose phases
        // and padding. `x` has the length of these images, checked by `check_operands`, or is the padded copy of just
        // the rows seen; `weights` are all rows of the panel, which runs name; the bias has a row for each panel.
        // SAFETY: the table belongs to this CPU, and what it reads is there, as just said. It writes to places in the
        // target of whole panels, each in one block and so in one thread alone, or to rows of `tile`.
        unsafe { (kernels.tile)(&args) };
        let mut results = tile;
        if let Some(pooling) = pooling {
            results = tile.wrapping_add(self.x.len() * width);
            let places = self.places.as_mut_ptr();
            self.out.clear();
            self.winners.clear();
            if whole {
                self.out.extend(self.y.iter().map(|&y| target.wrapping_add(y)));
            } else {
                self.out.extend((0..self.y.len()).map(|i| results.wrapping_add(i * width)));
            }
            if let Some(winners) = &pooling.winners {
                if whole {
                    self.winners.extend(self.y.iter().map(|&y| winners.get().wrapping_add(y)));
                } else {
                    self.winners.extend((0..self.y.len()).map(|i| places.wrapping_add(i * width)));
                }
            }
            let area = self.x.len() / self.y.len().max(1);
            let pool = Pool {
                tile,
                area,
                vectors: panel.vectors,
                relu: self.of.relu,
                y: &self.out,
                winners: &self.winners,
            };
            // SAFETY: the tile was just written, and the windows and their winners go to places of
            // whole panels in the target, or to rows of `tile` behind it and of `places`.
            unsafe { (kernels.pool)(&pool) };
        }
        if !whole {
            let winners = pooling.and_then(|p| p.winners.as_ref());
            for (i, &y) in self.y.iter().enumerate() {
                // SAFETY: row `i` was written above, and the panel's channels of a pixel or window
                // lie inside the target, which this block alone accesses there.
                unsafe {
                    let row = results.add(i * width);
                    std::ptr::copy_nonoverlapping(row, target.add(y), panel.channels);
                    if let Some(winners) = winners {
                        let row = self.places[i * width..].as_ptr();
                        std::ptr::copy_nonoverlapping(row, winners.get().add(y), panel.channels);
                    }
                }
            }
        }
        self.x.clear();
        self.y.clear();
    }
}
