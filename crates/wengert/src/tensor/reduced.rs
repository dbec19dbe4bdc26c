//! A tensor as reductions take it: the axes reduced as one axis, with those before and after it.

use super::Tensor;
use crate::{AxisSet, Float, MAX_RANK, Shape, Threads};
use smallvec::SmallVec;
use wengert_kernels::reduce::{Order, View, mean, mean_view, sum, sum_view};

/// The axes of a tensor in some order.
type AxisOrder = SmallVec<[usize; MAX_RANK]>;

/// Sizes before, along and after a run of axes.
fn sizes(dims: &[usize], run: std::ops::Range<usize>) -> [usize; 3] {
    [&dims[..run.start], &dims[run.clone()], &dims[run.end..]].map(|d| d.iter().product())
}

/// Size and step of axes that run on from one another as a single one would, the last `count` of them that do.
fn run(axes: &[(usize, isize)]) -> (usize, (usize, isize)) {
    let Some((&last, before)) = axes.split_last() else { return (0, (1, 0)) };
    let mut run = last;
    let joined = before.iter().rev().take_while(|&&(size, step)| {
        let joins = step == run.1 * run.0 as isize;
        run.0 *= if joins { size } else { 1 };
        joins
    });
    (1 + joined.count(), run)
}

impl<F: Float> Tensor<F> {
    /// This tensor laid out so that the axes reduced are one axis of `[outer, n, inner]`, and those three sizes.
    pub(crate) fn around_axes(&self, axes: AxisSet) -> (Self, [usize; 3]) {
        let count = axes.iter().count();
        if axes.are_adjacent() {
            let first = axes.iter().next().unwrap_or(self.rank());
            return (self.contiguous(), sizes(self.dims(), first..first + count));
        }
        let x = self.permute_view(&self.reduced_last(axes)).contiguous();
        let sizes = sizes(x.dims(), self.rank() - count..self.rank());
        (x, sizes)
    }

    /// The axes kept, then the axes reduced.
    fn reduced_last(&self, axes: AxisSet) -> AxisOrder {
        (0..self.rank()).filter(|&k| !axes.contains(k)).chain(axes.iter()).collect()
    }

    /// A tensor of this one's shape, written by `fill` as `[outer, n, inner]` around the axes.
    pub(crate) fn map_lines(&self, axes: AxisSet, fill: impl FnOnce(&[F], [usize; 3], &mut [F])) -> Self {
        let (x, sizes) = self.around_axes(axes);
        let y = Self::build(x.shape(), |out| fill(x.data(), sizes, out));
        if axes.are_adjacent() {
            return y; // nothing was permuted
        }
        let order = self.reduced_last(axes);
        let mut inverse = [0; MAX_RANK];
        for (k, &a) in order.iter().enumerate() {
            inverse[a] = k;
        }
        y.permute_view(&inverse[..order.len()])
    }

    /// The sum over some axes, of shape `y`.
    pub(crate) fn sum_over(&self, axes: AxisSet, y: Shape, on: &Threads) -> Self {
        if let Some(view) = self.view_around(axes) {
            return Self::build(y, |out| sum_view(on, view, out));
        }
        let (x, sizes) = self.around_axes(axes);
        Self::build(y, |out| sum(on, sizes, x.data(), out))
    }

    /// The mean over some axes, of shape `y`.
    pub(crate) fn mean_over(&self, axes: AxisSet, y: Shape, on: &Threads) -> Self {
        if let Some(view) = self.view_around(axes) {
            return Self::build(y, |out| mean_view(on, view, out));
        }
        let (x, sizes) = self.around_axes(axes);
        Self::build(y, |out| mean(on, sizes, x.data(), out))
    }

    /// What a sum over the axes reads where it lies, if [`around_axes`](Tensor::around_axes) would copy it and there is
    /// no need: the axes kept end in elements side by side, as channels do that lie last, and those reduced are one.
    fn view_around(&self, axes: AxisSet) -> Option<View<'_, F>> {
        let is_in_place = axes.are_adjacent() && self.is_contiguous();
        if is_in_place || self.is_empty() || self.strides().iter().any(|&s| s < 0) {
            return None;
        }
        let lying = |reduced: bool| -> SmallVec<[(usize, isize); MAX_RANK]> {
            let of = |k: usize| (self.dims()[k], self.strides()[k]);
            (0..self.rank())
                .filter(|&k| axes.contains(k) == reduced)
                .map(of)
                .filter(|&(d, _)| d != 1)
                .collect()
        };
        let (kept, reduced) = (lying(false), lying(true));
        let (along, (n, step)) = run(&reduced);
        let (inside, (inner, one)) = run(&kept);
        let (outside, (outer, outer_step)) = run(&kept[..kept.len() - inside]);
        if along < reduced.len() || one != 1 || inside + outside < kept.len() {
            return None;
        }
        let end = axes.iter().next_back().map_or(self.rank(), |k| k + 1);
        let has_inner = axes.are_adjacent() && self.dims()[end..].iter().any(|&d| d != 1);
        let order = if has_inner { Order::Rows } else { Order::Lines };
        let (storage, first) = self.storage();
        let (outer_step, step) = (outer_step as usize, step as usize);
        Some(View { x: &storage[first..], dims: [outer, n, inner], outer_step, step, order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(dims: &[usize]) -> Tensor<f32> {
        let mut word = 1_u32;
        Tensor::from_fn(dims, |_| {
            word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            word as f32 / 4e9 - 0.5
        })
    }

    #[test]
    fn mapping_lines_keeps_the_shape_for_any_axes() {
        let x = filled(&[2, 3, 4]);
        for axes in [&[0_isize][..], &[1], &[2], &[0, 1], &[1, 2], &[0, 2], &[0, 1, 2], &[]] {
            let axes = AxisSet::new("test", axes, 3).expect("axes of the shape");
            let y = x.map_lines(axes, |x, sizes, out| {
                assert_eq!(sizes.iter().product::<usize>(), 24);
                out.copy_from_slice(x);
            });
            assert_eq!(y, x);
        }
    }

    #[test]
    fn sums_in_any_layout_have_the_bits_of_the_contiguous_tensor() {
        let on = Threads::new(2);
        let stored = filled(&[3, 20, 17, 5]);
        for order in [[0, 3, 1, 2], [0, 1, 2, 3], [3, 0, 1, 2], [1, 2, 3, 0], [2, 3, 0, 1], [0, 2, 1, 3]] {
            let views = [stored.permute(&order), stored.narrow(3, 1..4).permute(&order)];
            for (x, set) in views.iter().flat_map(|x| (0..16).map(move |set: u32| (x, set))) {
                let axes: Vec<isize> = (0..4).filter(|k| set >> k & 1 == 1).collect();
                let axes = AxisSet::new("test", &axes, 4).expect("axes of the shape");
                let (y, plain) = (axes.reduced(x.shape(), false), x.contiguous());
                let bits = |t: Tensor<f32>| t.to_vec().into_iter().map(f32::to_bits).collect::<Vec<_>>();
                let sums = [x, &plain].map(|x| bits(x.sum_over(axes, y, &on)));
                assert_eq!(sums[0], sums[1], "sum over {axes:?} of {order:?}");
                let means = [x, &plain].map(|x| bits(x.mean_over(axes, y, &on)));
                assert_eq!(means[0], means[1], "mean over {axes:?} of {order:?}");
            }
        }
    }

    #[test]
    fn channels_that_lie_last_are_summed_where_they_lie() {
        let images = filled(&[4, 6, 7, 8]).permute(&[0, 3, 1, 2]);
        let set = |axes: &[isize]| AxisSet::new("test", axes, 4).expect("axes of the shape");
        let view = images.view_around(set(&[0, 2, 3])).expect("one run of places, channels side by side");
        assert_eq!((view.dims, view.step, view.order), ([1, 168, 8], 8, Order::Lines));
        let view = images.view_around(set(&[2, 3])).expect("an image after the other");
        assert_eq!((view.dims, view.outer_step, view.order), ([4, 42, 8], 336, Order::Lines));
        assert!(images.view_around(set(&[1])).is_none());
        assert!(filled(&[4, 6]).view_around(AxisSet::all(2)).is_none());
    }
}
