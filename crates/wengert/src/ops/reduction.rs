//! What reductions share: the axis forms of their methods, cotangents spread back, line-by-line references.

use crate::{AxisSet, Float, Shape, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// A reduced value repeated over the axes that were reduced away from `shape`.
    #[track_caller]
    pub(crate) fn spread(self, axes: AxisSet, shape: Shape) -> Self {
        self.reshape(axes.reduced(shape, true)).broadcast_to(shape)
    }
}

impl<F: Float> Tensor<F> {
    /// A reduced value repeated over the axes that were reduced away from `shape`, as a view.
    pub(crate) fn spread(&self, axes: AxisSet, shape: Shape) -> Self {
        self.reshape(axes.reduced(shape, true)).broadcast_view(shape)
    }

    /// A tensor of this one's shape, written by `fill` as `[outer, n, inner]` around the axes.
    pub(crate) fn map_lines(&self, axes: AxisSet, fill: impl FnOnce(&[F], [usize; 3], &mut [F])) -> Self {
        let (x, sizes) = self.around_axes(axes);
        let y = Self::build(x.shape(), |out| fill(x.data(), sizes, out));
        let order: Vec<usize> = (0..self.rank()).filter(|&k| !axes.contains(k)).chain(axes.iter()).collect();
        if x.shape() == self.shape() && axes.iter().zip(axes.iter().skip(1)).all(|(a, b)| b == a + 1) {
            return y; // the axes were adjacent: nothing was permuted
        }
        let mut inverse = vec![0; order.len()];
        for (k, &a) in order.iter().enumerate() {
            inverse[a] = k;
        }
        y.permute_view(&inverse)
    }
}

/// Applies `f` to the elements reduced into each output, in row-major order: the reference of a reduction.
pub(crate) fn line_by_line(
    x: &Tensor<f64>,
    axes: AxisSet,
    y: Shape,
    f: impl Fn(&[f64]) -> f64,
) -> Tensor<f64> {
    let kept = axes.reduced(x.shape(), true);
    let strides = kept.strides();
    let mut lines = vec![Vec::new(); kept.len()];
    x.shape().for_each_index(|ix| {
        let at = |k: usize| if axes.contains(k) { 0 } else { ix[k] * strides[k] as usize };
        lines[(0..ix.len()).map(at).sum::<usize>()].push(x.get(ix).expect("within the operand"));
    });
    let values: Vec<f64> = lines.iter().map(|line| f(line)).collect();
    Tensor::new(y, values).expect("one value per line")
}

/// Adds the axis forms of a reduction to `Var`.
///
/// `axis_forms! { "mean", "The mean", try_mean_axes, mean_axes, try_mean_keepdim, mean_keepdim, mean_over, () }` expands
/// to four methods that resolve `axes` and call `self.mean_over(axes, keepdim)`, which returns a `Result`: over some
/// axes dropped, over some axes kept with size 1, each with its `try_` twin. Arguments in the last parentheses, as
/// `(correction: usize)`, follow `axes` in every method. The last string adds to what the errors say.
macro_rules! axis_forms {
    (
        $name:literal, $what:literal, $try_axes:ident, $axes:ident, $try_keepdim:ident, $keepdim:ident,
        $over:ident, ($($arg:ident : $Arg:ty),*), $errors:literal
    ) => {
        impl<F: $crate::Float> $crate::Var<'_, F> {
            #[doc = concat!($what, " over some axes, which the result no longer has.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("[`Error::Axis`](crate::Error::Axis), [`Error::RepeatedAxis`](crate::Error::RepeatedAxis)", $errors, ".")]
            #[track_caller]
            pub fn $try_axes(self, axes: impl $crate::Axes $(, $arg: $Arg)*) -> Result<Self, $crate::Error> {
                let axes = $crate::AxisSet::new($name, axes.as_axes(), self.rank())?;
                self.$over(axes, false $(, $arg)*)
            }

            #[doc = concat!("As [`Var::", stringify!($try_axes), "`](crate::Var::", stringify!($try_axes), ").")]
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn $axes(self, axes: impl $crate::Axes $(, $arg: $Arg)*) -> Self {
                self.$try_axes(axes $(, $arg)*).unwrap_or_else(|e| panic!("{e}"))
            }

            #[doc = concat!($what, " over some axes, which keep size 1, so that the result broadcasts against the operand.")]
            ///
            /// # Errors
            ///
            #[doc = concat!("[`Error::Axis`](crate::Error::Axis), [`Error::RepeatedAxis`](crate::Error::RepeatedAxis)", $errors, ".")]
            #[track_caller]
            pub fn $try_keepdim(self, axes: impl $crate::Axes $(, $arg: $Arg)*) -> Result<Self, $crate::Error> {
                let axes = $crate::AxisSet::new($name, axes.as_axes(), self.rank())?;
                self.$over(axes, true $(, $arg)*)
            }

            #[doc = concat!("As [`Var::", stringify!($try_keepdim), "`](crate::Var::", stringify!($try_keepdim), ").")]
            ///
            /// # Panics
            ///
            /// Where that fails.
            #[track_caller]
            pub fn $keepdim(self, axes: impl $crate::Axes $(, $arg: $Arg)*) -> Self {
                self.$try_keepdim(axes $(, $arg)*).unwrap_or_else(|e| panic!("{e}"))
            }
        }
    };
}

pub(crate) use axis_forms;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_lines_keeps_the_shape_for_any_axes() {
        let x = Tensor::from_fn([2, 3, 4], |ix| (ix[0] * 100 + ix[1] * 10 + ix[2]) as f64);
        for axes in [&[0_isize][..], &[1], &[2], &[0, 1], &[1, 2], &[0, 2], &[0, 1, 2], &[]] {
            let axes = AxisSet::new("test", axes, 3).expect("axes of the shape");
            let y = x.map_lines(axes, |x, sizes, out| {
                assert_eq!(sizes.iter().product::<usize>(), 24);
                out.copy_from_slice(x);
            });
            assert_eq!(y, x);
        }
    }
}
