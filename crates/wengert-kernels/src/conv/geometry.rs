//! Which elements of its source each pixel of a convolution's result is summed from.

use super::shape::ConvShape;
use super::tile::Run;
use crate::list::List;
use std::ops::Range;

/// A convolution, or the transpose of one, as sums over places of a source image.
///
/// The pixels of the result fall into phases; in a phase all pixels see their source alike. In the
/// forward pass all do, as the source gets zeros around it. In the transpose a pixel near the border
/// is summed from fewer places, of which zeros would make more: it has a phase without them.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// Images.
    pub(super) batch: usize,
    /// Rows and columns of a source image.
    pub(super) source: [usize; 2],
    /// Channels of a source image.
    pub(super) channels: usize,
    /// Rows and columns of an image of the result.
    pub(super) out: [usize; 2],
    /// Channels of the result.
    pub(super) out_channels: usize,
    /// Groups of channels that do not mix.
    pub(super) groups: usize,
    /// The phases that are summed from something.
    pub(super) phases: List<Phase>,
    /// Zeros that the phases see before and behind the source: `[axis][side]`.
    pub(super) padding: [[usize; 2]; 2],
}

/// Pixels of the result at equal distances.
#[derive(Debug, Clone)]
pub(super) struct Phase {
    /// Row and column of the first pixel.
    pub(super) first: [usize; 2],
    /// Rows and columns from one pixel to the next.
    pub(super) step: [usize; 2],
    /// Rows and columns of pixels.
    pub(super) count: [usize; 2],
    /// Rows and columns of the source from what one pixel sees to what the next one sees.
    pub(super) stride: [usize; 2],
    /// The taps in the order of the sum: down the source, then along its rows.
    pub(super) taps: List<Tap>,
}

/// One element of the kernel in a phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Row and column of the source that the first pixel sees; negative in the padding.
    pub(super) at: [isize; 2],
    /// Place in the order of all taps.
    pub(super) weight: usize,
}

/// Pixels of one axis of a phase, and the taps as `(place in the source, place in the order of taps)`.
struct AxisPhase {
    first: usize,
    step: usize,
    count: usize,
    stride: usize,
    taps: List<(isize, usize)>,
}

impl AxisPhase {
    /// Adds the same pixels in phases that see nothing outside the `size` places of the source.
    fn without_padding(&self, size: usize, phases: &mut List<AxisPhase>) {
        let places = |at: isize| [-at, size as isize - at].map(|i| i.clamp(0, self.count as isize) as usize);
        let mut cuts: List<usize> =
            self.taps.iter().flat_map(|&(at, _)| places(at)).chain([0, self.count]).collect();
        cuts.sort_unstable();
        let part = |i: usize, end: usize| {
            let inside = |&(at, k): &(isize, usize)| {
                let at = at + i as isize;
                (0..size as isize).contains(&at).then_some((at, k))
            };
            let taps: List<_> = self.taps.iter().filter_map(inside).collect();
            let first = self.first + i * self.step;
            (!taps.is_empty()).then_some(AxisPhase { first, count: end - i, taps, ..*self })
        };
        phases.extend(cuts.windows(2).filter(|cut| cut[0] < cut[1]).filter_map(|cut| part(cut[0], cut[1])));
    }
}

impl Geometry {
    /// The sums of the forward pass over the images.
    pub(super) fn forward(s: &ConvShape) -> Geometry {
        let axis = |a: usize| {
            let taps = (0..s.kernel()[a])
                .map(|k| ((k * s.dilation()[a]) as isize - s.padding()[a] as isize, k))
                .collect();
            let count = s.out_size()[a];
            // A single pixel has no next one, and its stride may be beyond any size.
            let stride = if count > 1 { s.stride()[a] } else { 0 };
            [AxisPhase { first: 0, step: 1, count, stride, taps }].into_iter().collect()
        };
        let [batch, channels, height, width] = s.input();
        let (source, sizes) = (([height, width], channels), (s.out_size(), s.output()[1]));
        Geometry::new(batch, source, sizes, s.groups(), [axis(0), axis(1)], s.kernel()[1])
    }

    /// The sums of the input gradient over the gradient of the output.
    ///
    /// A pixel at row $i$ meets row $o$ of the output in tap $k$ where $i + a = o s + k d$: which taps
    /// it meets depends on $i$ modulo the stride $s$ and on how near it is to the border.
    pub(super) fn input_grad(s: &ConvShape) -> Geometry {
        let [batch, channels, height, width] = s.input();
        let size = [height, width];
        let axis = |a: usize| {
            let (stride, padding) = (s.stride()[a], s.padding()[a] as isize);
            let mut phases = List::new();
            for first in 0..stride.min(size[a]) {
                let meets = |k: usize| {
                    let at = first as isize + padding - (k * s.dilation()[a]) as isize;
                    let stride = isize::try_from(stride).unwrap_or(isize::MAX);
                    (at.rem_euclid(stride) == 0).then(|| (at.div_euclid(stride), s.kernel()[a] - 1 - k))
                };
                let taps = (0..s.kernel()[a]).rev().filter_map(meets).collect();
                let count = (size[a] - first).div_ceil(stride);
                AxisPhase { first, step: stride, count, stride: 1, taps }
                    .without_padding(s.out_size()[a], &mut phases);
            }
            phases
        };
        let source = (s.out_size(), s.output()[1]);
        Geometry::new(batch, source, (size, channels), s.groups(), [axis(0), axis(1)], s.kernel()[1])
    }

    fn new(
        batch: usize,
        (source, channels): ([usize; 2], usize),
        (out, out_channels): ([usize; 2], usize),
        groups: usize,
        axes: [List<AxisPhase>; 2],
        taps_across: usize,
    ) -> Geometry {
        let pairs = axes[0].iter().flat_map(|rows| axes[1].iter().map(move |columns| [rows, columns]));
        let phases = pairs.map(|pair| Phase {
            first: pair.map(|p| p.first),
            step: pair.map(|p| p.step),
            count: pair.map(|p| p.count),
            stride: pair.map(|p| p.stride),
            taps: (pair[0].taps.iter())
                .flat_map(|&(i, p)| {
                    pair[1].taps.iter().map(move |&(j, q)| Tap { at: [i, j], weight: p * taps_across + q })
                })
                .collect(),
        });
        let padding = [0, 1].map(|a| {
            let taps = || axes[a].iter().flat_map(|p| p.taps.iter().map(move |&(at, _)| (p, at)));
            let before = taps().map(|(_, at)| -at).fold(0, isize::max);
            let last = taps().map(|(p, at)| ((p.count - 1) * p.stride) as isize + at + 1);
            [before, (last.fold(0, isize::max) - source[a] as isize).max(0)].map(|p| p as usize)
        });
        let phases = phases.collect();
        Geometry { batch, source, channels, out, out_channels, groups, phases, padding }
    }

    /// Input channels that one pixel of the result is summed over.
    pub(super) fn depth(&self) -> usize {
        self.channels / self.groups
    }

    /// Output channels of a group.
    pub(super) fn group_out(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Whether the source must be copied with zeros around it.
    pub(super) fn is_padded(&self) -> bool {
        self.padding != [[0; 2]; 2]
    }

    /// Whether each pixel of the result is summed from something.
    pub(super) fn covers(&self) -> bool {
        self.phases.iter().map(|p| p.count[0] * p.count[1]).sum::<usize>() == self.out[0] * self.out[1]
    }

    /// Elements of a row of the source with its zeros.
    pub(super) fn row(&self) -> usize {
        (self.padding[1][0] + self.source[1] + self.padding[1][1]) * self.channels
    }

    /// Elements of an image of the source with its zeros.
    pub(super) fn image(&self) -> usize {
        self.row() * (self.padding[0][0] + self.source[0] + self.padding[0][1])
    }

    /// Multiplications for one image.
    pub(super) fn work(&self) -> usize {
        let pixels = self.phases.iter().map(|p| p.count[0] * p.count[1] * p.taps.len()).sum::<usize>();
        pixels.saturating_mul(self.depth()).saturating_mul(self.out_channels)
    }

    /// The runs of a phase for a group of channels, neighbors joined.
    pub(super) fn runs(&self, phase: &Phase, group: usize) -> List<Run> {
        let mut runs = List::new();
        self.add_runs(phase, group, &mut runs);
        runs
    }

    /// Adds the runs of a phase for a group of channels, neighbors joined, behind others.
    pub(super) fn add_runs(&self, phase: &Phase, group: usize, runs: &mut List<Run>) {
        let (len, others) = (self.depth(), runs.len());
        for tap in &phase.taps {
            let [row, column] = [0, 1].map(|a| (tap.at[a] + self.padding[a][0] as isize) as usize);
            let at = row * self.row() + column * self.channels + group * len;
            let weight = tap.weight * len;
            match runs[others..].last_mut() {
                Some(run) if (run.at, run.weight) == (at.wrapping_sub(run.len), weight - run.len) => {
                    run.len += len
                }
                _ => runs.push(Run { at, weight, len }),
            }
        }
    }

    /// Places of the pixels of a window in the source, from the first one's, in scan order.
    pub(super) fn cells(&self, phase: &Phase, [height, width]: [usize; 2]) -> List<usize> {
        let step = [phase.stride[0] * self.row(), phase.stride[1] * self.channels];
        (0..height).flat_map(|p| (0..width).map(move |q| p * step[0] + q * step[1])).collect()
    }

    /// The rows of the source, zeros included, that some rows of the result are summed from.
    pub(super) fn rows_seen(&self, rows: &Range<usize>) -> Range<usize> {
        let (mut start, mut end) = (usize::MAX, 0);
        for phase in &self.phases {
            let part = phase.rows(rows);
            let (Some(first), Some(last)) = (phase.taps.first(), phase.taps.last()) else { continue };
            if !part.is_empty() {
                let place = |i: usize, tap: &Tap| {
                    (i * phase.stride[0]).wrapping_add_signed(tap.at[0] + self.padding[0][0] as isize)
                };
                start = start.min(place(part.start, first));
                end = end.max(place(part.end - 1, last) + 1);
            }
        }
        start.min(end)..end
    }

    /// Writes rows `rows` of a source image with its zeros to `out`.
    pub(super) fn pad<T: Copy + Default>(&self, image: &[T], rows: &Range<usize>, out: &mut [T]) {
        let [[above, _], [left, right]] = self.padding;
        let zero = T::default();
        for (i, line) in rows.clone().zip(out.chunks_exact_mut(self.row())) {
            let width = self.source[1] * self.channels;
            match i.checked_sub(above).filter(|&i| i < self.source[0]) {
                None => line.fill(zero),
                Some(i) => {
                    line[..left * self.channels].fill(zero);
                    line[left * self.channels..][..width].copy_from_slice(&image[i * width..][..width]);
                    let end = line.len() - right * self.channels;
                    line[end..].fill(zero);
                }
            }
        }
    }

    /// Writes a source image without the zeros around it, or what else stands there.
    pub(super) fn unpad<T: Copy>(&self, padded: &[T], image: &mut [T]) {
        let width = self.source[1] * self.channels;
        let lines = padded.chunks_exact(self.row()).skip(self.padding[0][0]);
        for (line, out) in lines.zip(image.chunks_exact_mut(width)) {
            out.copy_from_slice(&line[self.padding[1][0] * self.channels..][..width]);
        }
    }
}

impl Phase {
    /// Which of the phase's rows of pixels lie in these rows of the result.
    pub(super) fn rows(&self, rows: &Range<usize>) -> Range<usize> {
        let before = |row: usize| row.saturating_sub(self.first[0]).div_ceil(self.step[0]).min(self.count[0]);
        before(rows.start)..before(rows.end)
    }
}
