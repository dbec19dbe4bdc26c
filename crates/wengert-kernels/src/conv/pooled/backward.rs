//! The backward pass: parts of the batch, and in each a few images at a time.

use super::lists::{Group, Lists, winners_are_below};
use super::rows::WIDTHS;
use super::sparse::{Gather, Scatter, Spread};
use super::winners::Masked;
use super::{Gradients, Pooled, PooledShape};
use crate::buffer::Buffer;
use crate::conv::geometry::Geometry;
use crate::conv::kernels::Kernels;
use crate::conv::tile::Run;
use crate::conv::weight_grad::{add_parts, taps_last};
use crate::list::List;
use crate::real::Real;
use crate::threads::{SendPtr, Threads};
use crate::transpose::transpose;
use std::ops::Range;

/// Partial sums of the weight and bias gradients: a fixed number, so that bits do not depend on threads.
const PARTS: usize = 8;

/// Windows that one chain of a sum has at least, where there are so many.
const CHAIN: usize = 32;

/// What all parts share.
struct Backward<'a, T: Real> {
    kernels: &'static Kernels<T>,
    s: &'a PooledShape,
    g: Geometry,
    after: Pooled<'a, T>,
    /// Images, for the gradient of the weights.
    x: Option<&'a [T]>,
    /// Rows of weights, for the gradient of the images.
    w: Option<&'a [T]>,
    dx: SendPtr<T>,
    /// The runs of each group of channels.
    runs: List<List<Run>>,
    /// Where the windows of the images taken together see the source, and their pixels from there.
    windows: List<u32>,
    cells: List<u32>,
    /// Images taken together.
    together: usize,
    /// Whether the weight gradient's sums lie with the output channels side by side.
    spread: bool,
    /// Neighboring taps of a row, if windows and taps are as [`rows`](super::rows::rows) has them.
    in_rows: Option<usize>,
}

/// Writes the gradients that are wanted.
pub(super) fn backward<T: Real>(
    kernels: &'static Kernels<T>,
    on: &Threads,
    s: &PooledShape,
    after: Pooled<'_, T>,
    mut into: Gradients<'_, T>,
) {
    let (len, [input, weight]) =
        (s.len(), [s.conv.input(), s.conv.weight()].map(|s| s.iter().product::<usize>()));
    assert!(
        after.dy.len() == len && after.winners.len() == len,
        "pooled convolution: lengths of gradient and winners"
    );
    assert!(after.y.is_none_or(|y| y.len() == len), "pooled convolution: length of the result");
    assert!(
        into.input.as_ref().is_none_or(|(_, dx)| dx.len() == input),
        "pooled convolution: length of the input gradient"
    );
    assert!(
        into.weight.as_ref().is_none_or(|(x, dw)| x.len() == input && dw.len() == weight),
        "pooled convolution: lengths of images and weight gradient"
    );
    let channels = s.conv.weight()[0];
    assert!(
        into.bias.as_ref().is_none_or(|db| db.len() == channels),
        "pooled convolution: length of the bias gradient"
    );
    if len == 0 || input == 0 {
        into.input.into_iter().for_each(|(_, dx)| dx.fill(T::ZERO));
        into.weight.into_iter().for_each(|(_, dw)| dw.fill(T::ZERO));
        return into.bias.into_iter().for_each(|db| db.fill(T::ZERO));
    }
    let dx = into.input.as_mut().map_or(std::ptr::null_mut(), |(_, dx)| dx.as_mut_ptr());
    let of = Backward::new(
        kernels,
        s,
        after,
        into.weight.as_ref().map(|(x, _)| *x),
        into.input.as_ref().map(|(w, _)| w.rows(&s.conv)),
        SendPtr(dx),
    );
    let per_part = of.g.batch.div_ceil(PARTS);
    let parts = of.g.batch.div_ceil(per_part);
    let size = if into.weight.is_some() { weight } else { 0 };
    let mut dw = Buffer::scratch(parts * size);
    let mut db = Buffer::zeroed(parts * channels);
    let mut places: List<_> = dw
        .chunks_exact_mut(size.max(1))
        .map(Some)
        .chain(std::iter::repeat_with(|| None))
        .zip(db.chunks_exact_mut(channels))
        .collect();
    on.for_each_chunk(&mut places, 1, |i, places| {
        let (dw, db) = &mut places[0];
        of.part(i * per_part..((i + 1) * per_part).min(of.g.batch), dw.as_deref_mut(), db);
    });
    drop(places);
    if let Some((_, out)) = into.weight {
        let (sums, others) = dw.split_at_mut(size);
        add_parts(on, sums, others);
        of.unpack(sums, out);
    }
    if let Some(out) = into.bias {
        out.fill(T::ZERO);
        for part in db.chunks_exact(channels) {
            out.iter_mut().zip(part).for_each(|(out, &part)| *out += part);
        }
    }
}

impl<'a, T: Real> Backward<'a, T> {
    fn new(
        kernels: &'static Kernels<T>,
        s: &'a PooledShape,
        after: Pooled<'a, T>,
        x: Option<&'a [T]>,
        w: Option<&'a [T]>,
        dx: SendPtr<T>,
    ) -> Self {
        let g = Geometry::forward(&s.conv);
        let [.., height, width] = s.output();
        let phase = &g.phases[0];
        let together = CHAIN.div_ceil(height * width).min(g.batch);
        let step = [s.window[0] * phase.stride[0] * g.row(), s.window[1] * phase.stride[1] * g.channels];
        let windows = (0..together)
            .flat_map(|image| (0..height).map(move |i| (image, i)))
            .flat_map(|(image, i)| (0..width).map(move |j| (image, i, j)))
            .map(|(image, i, j)| (image * g.image() + i * step[0] + j * step[1]) as u32)
            .collect();
        let cells: List<u32> = g.cells(phase, s.window).iter().map(|&cell| cell as u32).collect();
        let runs: List<_> = (0..g.groups).map(|group| g.runs(phase, group)).collect();
        // Registers along a run are full of its elements, or else registers across output channels
        // are busy for one cell of the window at a time. Both give the same bits.
        let longest = runs[0].iter().map(|run| run.len).max().unwrap_or(0);
        let in_rows = s.window == [2, 2]
            && cells[1] == 1
            && WIDTHS.contains(&longest)
            && runs[0].iter().all(|run| run.len == longest);
        let spread = g.groups == 1
            && g.out_channels.is_multiple_of(kernels.lanes)
            && (in_rows || longest * cells.len() < kernels.lanes);
        let in_rows = in_rows.then_some(longest);
        Backward { kernels, s, g, after, x, w, dx, runs, windows, cells, together, spread, in_rows }
    }

    /// Elements of the result of one image.
    fn image_out(&self) -> usize {
        self.s.len() / self.g.batch
    }

    /// Elements of a row of weights.
    fn row(&self) -> usize {
        self.s.conv.weight()[1..].iter().product()
    }

    /// Backward pass of some images: sums to `dw` and `db`, the gradient of the images to its place.
    fn part(&self, images: Range<usize>, mut dw: Option<&mut [T]>, db: &mut [T]) {
        let (g, image_out) = (&self.g, self.image_out());
        let mut through = Buffer::scratch(self.together * image_out);
        let mut lists = Lists::new(self.windows.len(), g.group_out(), self.cells.len());
        let padded = if g.is_padded() { self.together * g.image() } else { 0 };
        let mut source = Buffer::scratch(padded);
        let first = images.start;
        for start in images.clone().step_by(self.together) {
            let images = start..(start + self.together).min(images.end);
            let part = images.start * image_out..images.end * image_out;
            let winners = &self.after.winners[part.clone()];
            assert!(
                winners_are_below(winners, self.cells.len()),
                "pooled convolution: a winner outside its window"
            );
            let through = &mut through[..part.len()];
            let y = self.after.y.map_or(&[][..], |y| &y[part.clone()]);
            let mut masked = Masked { dy: &self.after.dy[part], y, through, sums: db };
            // SAFETY: the table belongs to this CPU.
            unsafe { (self.kernels.mask)(&mut masked) };
            if let (Some(x), Some(dw)) = (self.x, dw.as_deref_mut()) {
                let x = self.source(x, &images, &mut source);
                self.weights(x, through, winners, &mut lists, dw, start == first);
            }
            if let Some(w) = self.w {
                for (i, image) in images.enumerate() {
                    let part = i * image_out..(i + 1) * image_out;
                    self.image(w, image, &through[part.clone()], &winners[part], &mut lists, &mut source);
                }
            }
        }
    }

    /// Windows as the group of channels from `channel` on sees them.
    fn group<'b>(
        &'b self,
        windows: &'b [u32],
        through: &'b [T],
        winners: &'b [u8],
        channel: usize,
    ) -> Group<'b, T> {
        Group {
            values: &through[channel..],
            winners: &winners[channel..],
            step: self.g.out_channels,
            channels: self.g.group_out(),
            windows,
            cells: &self.cells,
        }
    }

    /// The images with their zeros, in `padded` where they have any.
    fn source<'b>(&self, x: &'b [T], images: &Range<usize>, padded: &'b mut [T]) -> &'b [T] {
        let g = &self.g;
        let image = g.source[0] * g.source[1] * g.channels;
        let x = &x[images.start * image..images.end * image];
        if !g.is_padded() {
            return x;
        }
        for (x, out) in x.chunks_exact(image).zip(padded.chunks_exact_mut(g.image())) {
            g.pad(x, &(0..out.len() / g.row()), out);
        }
        padded
    }

    /// Adds the weight gradient of the images taken together.
    fn weights(
        &self,
        x: &[T],
        through: &[T],
        winners: &[u8],
        lists: &mut Lists<T>,
        dw: &mut [T],
        first: bool,
    ) {
        let (g, row) = (&self.g, self.row());
        let windows = &self.windows[..through.len() / g.out_channels];
        if self.spread {
            let taps: List<u32> =
                self.runs[0].iter().flat_map(|r| (r.at..r.at + r.len).map(|at| at as u32)).collect();
            let spread = Spread {
                x: x.as_ptr(),
                windows,
                cells: &self.cells,
                taps: &taps,
                g: through,
                winners,
                channels: g.out_channels,
                sums: dw.as_mut_ptr(),
                first,
            };
            // SAFETY: the table belongs to this CPU. `x` holds all images that the windows lie in,
            // with their zeros, and the geometry puts all cells and taps inside them. There is a row
            // of sums for each tap.
            return unsafe {
                match self.in_rows {
                    Some(width) => (self.kernels.rows)(&spread, width),
                    None => (self.kernels.spread)(&spread),
                }
            };
        }
        let group_out = g.group_out();
        for (group, runs) in self.runs.iter().enumerate() {
            let channels = group * group_out..(group + 1) * group_out;
            let of = self.group(windows, through, winners, channels.start);
            // SAFETY: the table belongs to this CPU.
            unsafe { (self.kernels.by_channel)(&of, lists) };
            let gather = Gather {
                x: x.as_ptr(),
                runs,
                entries: lists.entries(),
                counts: lists.counts(),
                capacity: lists.capacity(),
                sums: dw[channels.start * row..].as_mut_ptr(),
                row,
                first,
            };
            // SAFETY: the table belongs to this CPU. An entry is a cell of a window of the images in
            // `x`, from which the geometry puts all runs inside them; together the runs have the
            // elements of a row, and there is a row of sums for each channel.
            unsafe { (self.kernels.gather)(&gather) };
        }
    }

    /// Writes the gradient of one image.
    fn image(
        &self,
        w: &[T],
        image: usize,
        through: &[T],
        winners: &[u8],
        lists: &mut Lists<T>,
        padded: &mut [T],
    ) {
        let g = &self.g;
        let size = g.source[0] * g.source[1] * g.channels;
        // SAFETY: `dx` was given together with `w` and has the length of the images; the caller
        // borrows it mutably for the whole pass, and each image is in one part.
        let dx = unsafe { std::slice::from_raw_parts_mut(self.dx.get().add(image * size), size) };
        let is_padded = g.is_padded();
        let target = if is_padded { &mut padded[..g.image()] } else { &mut *dx };
        target.fill(T::ZERO);
        let windows = through.len() / g.out_channels;
        for (group, runs) in self.runs.iter().enumerate() {
            let (channel, row) = (group * g.group_out(), self.row());
            let of = self.group(&self.windows[..windows], through, winners, channel);
            // Weights of pooled convolutions have fewer elements than a `u32` counts: see `PooledShape::new`.
            // SAFETY: the table belongs to this CPU.
            unsafe { (self.kernels.by_window)(&of, [channel * row, row].map(|n| n as u32), lists) };
            let scatter = Scatter {
                dx: target.as_mut_ptr(),
                runs,
                w: w.as_ptr(),
                entries: lists.entries(),
                lists: lists.ends(),
            };
            // SAFETY: the table belongs to this CPU. A list is a cell of a window of one image, from
            // which the geometry puts all runs inside the image with its zeros; an entry is the start
            // of a channel's row of weights, whose elements are those of the runs.
            unsafe { (self.kernels.scatter)(&scatter) };
        }
        if is_padded {
            g.unpad(padded, dx);
        }
    }

    /// Writes the weight gradient row-major.
    fn unpack(&self, sums: &[T], out: &mut [T]) {
        let [channels, depth, rows, columns] = self.s.conv.weight();
        if self.spread {
            let row = self.row();
            let mut by_channel = Buffer::<T>::scratch(sums.len());
            // SAFETY: there is a row of sums for each element of a channel's weights; the buffer has room for their
            // transpose.
            unsafe { transpose(sums.as_ptr(), channels, [row, channels], by_channel.as_mut_ptr(), row) };
            taps_last(&by_channel, [rows * columns, depth], out);
        } else {
            taps_last(sums, [rows * columns, depth], out);
        }
    }
}
