//! What reductions share: the axis forms of their methods, cotangents spread back, line-by-line references.

use crate::{AxisSet, Error, Float, Shape, Tensor, Var};

impl<F: Float> Var<'_, F> {
    /// A reduced value repeated over the axes that were reduced away from `shape`.
    #[track_caller]
    pub(crate) fn spread(self, axes: AxisSet, shape: Shape) -> Self {
        self.reshape(axes.reduced(shape, true)).broadcast_to(shape)
    }

    /// The elements reduced into each output as a row, `[outputs, n]`, in row-major order.
    #[track_caller]
    pub(crate) fn lines(self, axes: AxisSet) -> Result<Self, Error> {
        let kept = (0..self.rank()).filter(|&k| !axes.contains(k));
        let order: Vec<isize> = kept.chain(axes.iter()).map(|k| k as isize).collect();
        let lines = if order.is_sorted() { self } else { self.try_permute(order)? };
        lines.try_reshape([axes.reduced(self.shape(), false).len(), axes.count(self.shape())])
    }
}

impl<F: Float> Tensor<F> {
    /// A reduced value repeated over the axes that were reduced away from `shape`, as a view.
    pub(crate) fn spread(&self, axes: AxisSet, shape: Shape) -> Self {
        self.reshape(axes.reduced(shape, true)).broadcast_view(shape)
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
                $crate::error::or_panic(self.$try_axes(axes $(, $arg)*))
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
                $crate::error::or_panic(self.$try_keepdim(axes $(, $arg)*))
            }
        }
    };
}

pub(crate) use axis_forms;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;

    const MANY: usize = if cfg!(debug_assertions) { 1_000_000 } else { 100_000_000 };

    #[test]
    fn a_sum_of_many_tenths_is_right_to_a_millionth_along_any_axis() {
        let tape = Tape::<f32>::new();
        let right = |y: Var<'_, f32>, n: usize| {
            let expected = n as f64 * f64::from(0.1_f32);
            let close = |s: &f32| (f64::from(*s) / expected - 1.0).abs() <= 1e-6;
            y.value().to_vec().iter().all(close)
        };
        let x = tape.constant(Tensor::full([MANY], 0.1));
        assert!(right(x.sum(), MANY));
        assert!(right(x.reshape([MANY / 2, 2]).sum_axes(0), MANY / 2));
        assert!(right(x.reshape([2, MANY / 2]).sum_axes(1), MANY / 2));
    }

    #[test]
    fn axes_may_come_in_any_order_and_from_either_end_but_once() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from_fn([2, 3, 4], |ix| (ix[0] * 12 + ix[1] * 4 + ix[2]) as f64));
        assert_eq!(x.mean_axes([2, 0]).value(), x.mean_axes([0, -1]).value());
        assert_eq!(x.mean_axes([2, 0]).value(), Tensor::from([7.5, 11.5, 15.5]));
        let list = Vec::from([0, 2]);
        assert_eq!(x.mean_axes(&list).value(), x.mean_axes(&list[..]).value());
        assert_eq!(x.mean_axes(list).value(), x.mean_axes([2, 0]).value());
        assert_eq!(x.sum_axes([]).value(), x.value()); // no axis, nothing to add
        assert_eq!(x.max_keepdim([-1, 0]).shape().dims(), [1, 3, 1]);
        assert_eq!(x.mean_keepdim([0, 2]).sum().backward(&[x])[0].to_vec(), [0.125; 24]);
        assert!(matches!(x.try_max_axes([0, -3]), Err(Error::RepeatedAxis { op: "max", axis: 0 })));
        assert!(matches!(x.try_logsumexp_axes(3), Err(Error::Axis { op: "logsumexp", axis: 3, rank: 3 })));
    }

    #[test]
    fn a_scalar_reduces_to_a_scalar() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(-3.0);
        let reduced = [x.mean(), x.max(), x.min(), x.logsumexp(), x.prod()];
        for y in reduced {
            assert_eq!((y.item(), y.rank(), y.backward(&[x])[0].item()), (-3.0, 0, 1.0));
        }
        assert_eq!((x.var(0).item(), x.std(0).item()), (0.0, 0.0));
    }
}
