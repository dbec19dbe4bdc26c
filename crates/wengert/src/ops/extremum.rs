//! From an extreme value to a primitive: what `max` and `min` share.

use super::{Draw, Primitive, Sample, sum::reduction_cases};
use crate::{AxisSet, Error, Float, Shape, Tensor, Threads};
use std::fmt::Debug;

/// A reduction to one of the elements reduced.
pub trait Extremum: Copy + Debug + Send + Sync + 'static {
    /// The op's name.
    const NAME: &'static str;
    /// Whether it is the largest element and not the smallest.
    const LARGEST: bool;
    /// The op over these axes.
    fn over(axes: AxisSet, keepdim: bool) -> Self;
    /// The more extreme of two numbers, for the reference.
    fn better(a: f64, b: f64) -> f64;
}

/// Refuses to choose among no elements.
pub(crate) fn nonempty(op: &'static str, axes: AxisSet, x: Shape) -> Result<(), Error> {
    if axes.count(x) == 0 {
        return Err(Error::EmptyReduction { op, shape: x.dims().into() });
    }
    Ok(())
}

/// The largest or smallest element over the axes.
pub(crate) fn extreme<F: Float>(
    x: &Tensor<F>,
    axes: AxisSet,
    largest: bool,
    y: Shape,
    on: &Threads,
) -> Tensor<F> {
    use wengert_kernels::reduce::{max, min};
    let (x, sizes) = x.around_axes(axes);
    let kernel = if largest { max } else { min };
    Tensor::build(y, |out| kernel(on, sizes, x.data(), out))
}

pub(crate) fn extremum_samples<E: Extremum + Primitive>(draw: &mut Draw) -> Vec<Sample<E>> {
    let of =
        |(shape, axes, keepdim): (Shape, _, _)| Sample::of(E::over(axes, keepdim), [draw.distinct(shape)]);
    reduction_cases().into_iter().map(of).collect()
}

/// Makes an [`Extremum`] a [`Primitive`] whose points of known value are `$special`.
///
/// `extremum_primitive!(Max, max_special)` expands to an `impl Primitive for Max` whose VJP is the share of each
/// element (op `ties`) times the cotangent, and whose JVP is the sum of shares times tangents.
macro_rules! extremum_primitive {
    ($Op:ident, $special:ident) => {
        impl $crate::ops::Primitive for $Op {
            const NAME: &'static str = <$Op as $crate::ops::extremum::Extremum>::NAME;
            const ARITY: $crate::ops::Arity = $crate::ops::Arity::Exactly(1);

            fn shape(&self, x: &[$crate::Shape]) -> Result<$crate::Shape, $crate::Error> {
                $crate::ops::extremum::nonempty(<Self as $crate::ops::Primitive>::NAME, self.axes, x[0])?;
                Ok(self.axes.reduced(x[0], self.keepdim))
            }

            fn eval<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                y: $crate::Shape,
                on: &$crate::Threads,
            ) -> $crate::Tensor<F> {
                $crate::ops::extremum::extreme(x[0], self.axes, Self::LARGEST, y, on)
            }

            fn pullback_in_words(&self, _: usize, _: &[$crate::Shape]) -> String {
                format!(
                    "{{ct}} to the {}est elements over axes {:?}, in equal shares, and 0 to others",
                    if Self::LARGEST { "larg" } else { "small" },
                    self.axes
                )
            }

            fn vjp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                ct: $crate::Var<'t, F>,
            ) -> $crate::Pullback<'t, F> {
                let [x] = at.x();
                [Some(x.shares(self.axes, Self::LARGEST).chain(ct.spread(self.axes, x.shape())))].into()
            }

            fn jvp<'t, F: $crate::Float>(
                &self,
                at: &$crate::Line<'t, F>,
                dx: &[Option<$crate::Var<'t, F>>],
            ) -> Option<$crate::Var<'t, F>> {
                let ([x], shape) = (at.x(), at.y().shape());
                let sum =
                    |dx| x.shares(self.axes, Self::LARGEST).chain(dx).sum_over(self.axes).reshape(shape);
                dx[0].map(sum)
            }

            fn vjp_fused<F: $crate::Float>(
                &self,
                x: &[&$crate::Tensor<F>],
                y: &$crate::Tensor<F>,
                at: &mut $crate::ops::Fused<'_, F>,
            ) -> bool {
                let shares = $crate::ops::ties::shares_in(x[0], y, self.axes, at.threads());
                let ct = at.ct().spread(self.axes, x[0].shape());
                let x_bar = $crate::ops::chain::product(&shares, &ct, at.threads());
                at.send(0, x_bar);
                true
            }

            fn batch<'t, F: $crate::Float>(
                &self,
                at: &$crate::Batch<'t, F>,
            ) -> Result<$crate::Var<'t, F>, $crate::Error> {
                at.apply(Self { axes: self.axes.behind_batch(), ..*self })
            }

            fn reference(&self, x: &[$crate::Tensor<f64>], y: $crate::Shape) -> $crate::Tensor<f64> {
                let best = |line: &[f64]| {
                    let nan = line.iter().copied().find(|v| v.is_nan());
                    nan.unwrap_or_else(|| line.iter().copied().reduce(Self::better).unwrap_or(f64::NAN))
                };
                $crate::ops::reduction::line_by_line(&x[0], self.axes, y, best)
            }

            fn samples(draw: &mut $crate::ops::Draw) -> Vec<$crate::Sample<Self>> {
                $crate::ops::extremum::extremum_samples(draw)
            }

            fn special() -> Vec<$crate::Special<Self>> {
                $special()
            }
        }
    };
}

pub(crate) use extremum_primitive;
