//! # softmax
//!
//! Exponentials divided by their sum over axes.
//!
//! $$ y_{ij} = \frac{e^{x_{ij}}}{\sum_k e^{x_{ik}}} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_{ij} = y_{ij} \left( \bar y_{ij} - \sum_k y_{ik} \bar y_{ik} \right) $ |
//! | JVP | $ \dot y_{ij} = y_{ij} \left( \dot x_{ij} - \sum_k y_{ik} \dot x_{ik} \right) $ |
//! | shape | `[d…] → [d…]` |
//! | domain | all reals; an element $-\infty$ gets 0, also its gradient; a line of $-\infty$ alone is NaN, or zeros when masked; elements $+\infty$ share 1 equally |
//! | numerics | $x - \max x$ keeps `exp` from overflowing; lines sum to 1 within $n$ roundings |
//! | source | the quotient rule; the Jacobian $\operatorname{diag}(y) - y y^\top$ is symmetric |

use super::reduction::line_by_line;
use super::{Arity, Batch, Draw, Mask, Primitive, Sample, Special, select::Select};
use crate::{
    AxisSet, Error, Float, Line, Pullback, Shape, Tensor, Threads, Var,
    error::{Within, or_panic},
};
use wengert_kernels::reduce::{self, AllMasked};

/// Softmax over some axes; `masked` turns a line without anything above $-\infty$ into zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax {
    pub(crate) axes: AxisSet,
    pub(crate) masked: bool,
}

impl Softmax {
    /// $y \odot (v - \sum y \odot v)$, the Jacobian, which is symmetric, times a vector.
    ///
    /// Zeros win on both sides: of the weights, at logits of $-\infty$, and of the vector, in a line that was masked out.
    #[track_caller]
    fn jacobian_times<'t, F: Float>(&self, y: Var<'t, F>, v: Var<'t, F>) -> Var<'t, F> {
        let dot = y.zero_product(v).sum_over(self.axes);
        y.zero_product(v - dot.spread(self.axes, y.shape()))
    }
}

impl Primitive for Softmax {
    const NAME: &'static str = "softmax";
    const ARITY: Arity = Arity::Exactly(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        Ok(x[0])
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], _: Shape, on: &Threads) -> Tensor<F> {
        let of_nothing = if self.masked { AllMasked::Zeros } else { AllMasked::Nan };
        x[0].map_lines(self.axes, |x, sizes, out| reduce::softmax(on, sizes, x, out, of_nothing))
    }

    fn pullback_in_words(&self, _: usize, _: &[Shape]) -> String {
        format!("{{y}} ⊙ ({{ct}} - Σ {{y}} ⊙ {{ct}}), the sum over axes {:?}", self.axes)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        [Some(self.jacobian_times(at.y(), ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        dx[0].map(|dx| self.jacobian_times(at.y(), dx))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axes: self.axes.behind_batch(), ..*self })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let sum = |line: &[f64]| line.iter().map(|v| v.exp()).sum();
        let sums = line_by_line(&x[0], self.axes, self.axes.reduced(y, true), sum);
        x[0].zip(&sums.broadcast_view(y), |x, sum| x.exp() / sum)
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[isize], bool); 9] = [
            (&[4], &[0], false),
            (&[2, 3], &[0], false),
            (&[2, 3], &[1], false),
            (&[2, 3], &[-1], true),
            (&[2, 3, 2], &[1], false),
            (&[2, 3, 2], &[0, 2], false),
            (&[], &[], false),
            (&[0, 2], &[1], false),
            (&[3, 1], &[1], true),
        ];
        let mut of = |(shape, axes, masked): (&[usize], &[isize], bool)| {
            let axes = AxisSet::new("softmax", axes, shape.len()).expect("axes of the shape");
            Sample::of(Self { axes, masked }, [draw.uniform(shape, -2.0, 2.0)])
        };
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        const INF: f64 = f64::INFINITY;
        const NAN: f64 = f64::NAN;
        let of = |masked, x: [f64; 2], y: [f64; 2], dx: [f64; 2]| {
            Special::unary(Self { axes: AxisSet::all(1), masked }, x, y, dx)
        };
        let none = Tensor::zeros([0]);
        vec![
            of(false, [1.0, 1.0], [0.5, 0.5], [0.0, 0.0]),
            of(false, [1.0, -INF], [1.0, 0.0], [0.0, 0.0]),
            of(false, [1.0, INF], [0.0, 1.0], [0.0, 0.0]),
            of(false, [INF, INF], [0.5, 0.5], [0.0, 0.0]),
            of(false, [-INF, -INF], [NAN, NAN], [NAN, NAN]),
            of(false, [NAN, 1.0], [NAN, NAN], [NAN, NAN]),
            of(false, [1e4, -1e4], [1.0, 0.0], [0.0, 0.0]),
            of(true, [-INF, -INF], [0.0, 0.0], [0.0, 0.0]),
            of(true, [NAN, -INF], [NAN, NAN], [NAN, NAN]),
            of(true, [-INF, 3.0], [0.0, 1.0], [0.0, 0.0]),
            Special::unary(Self { axes: AxisSet::all(1), masked: false }, none.clone(), none.clone(), none),
        ]
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The weights $e^{x}$ over the axes, normalized; zeros in a line of $-\infty$ alone. For rules.
    #[track_caller]
    pub(crate) fn weights_over(self, axes: AxisSet) -> Self {
        self.op1(Softmax { axes, masked: true })
    }

    /// Exponentials along an axis divided by their sum; see [`crate::ops::softmax`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range.
    #[track_caller]
    pub fn try_softmax(self, axis: isize) -> Result<Self, Error> {
        let axes = AxisSet::new("softmax", &[axis], self.rank())?;
        self.tape.try_apply(Softmax { axes, masked: false }, &[self])
    }

    /// As [`Var::try_softmax`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[0.0, 0.0], [1000.0, 0.0]]);
    /// assert_eq!(x.softmax(-1).value().to_vec(), [0.5, 0.5, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn softmax(self, axis: isize) -> Self {
        or_panic(self.try_softmax(axis))
    }

    /// Softmax along an axis over the elements where `mask` holds; zeros elsewhere, and where it holds nowhere.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`] out of range, [`Error::Broadcast`] or [`Error::ShapeMismatch`] if the mask does not broadcast to
    /// this shape, [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_masked_softmax(self, axis: isize, mask: Mask<'t, F>) -> Result<Self, Error> {
        let axes = AxisSet::new("masked_softmax", &[axis], self.rank())?;
        let (mask, shape) = (mask.node(), self.shape());
        mask.shape().check_repeats_to("masked_softmax", shape)?;
        let never = self.constant(f64::NEG_INFINITY).try_broadcast_to(shape)?;
        let allowed = self
            .tape
            .try_apply(Select, &[mask.try_broadcast_to(shape)?, self, never])
            .within("masked_softmax")?;
        self.tape.try_apply(Softmax { axes, masked: true }, &[allowed])
    }

    /// As [`Var::try_masked_softmax`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let scores = tape.leaf([[1.0, 1.0, 9.0], [1.0, 2.0, 3.0]]);
    /// let seen = tape.constant([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).gt(0.0);
    /// let weights = scores.masked_softmax(-1, seen);
    /// assert_eq!(weights.value().to_vec(), [0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn masked_softmax(self, axis: isize, mask: Mask<'t, F>) -> Self {
        or_panic(self.try_masked_softmax(axis, mask))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn lines_sum_to_one_at_logits_of_any_size() {
        let tape = Tape::<f32>::new();
        for scale in [1.0, 100.0, 1e4] {
            let x = Tensor::from_fn([8, 100], |ix| {
                scale * ((ix[0] * 31 + ix[1] * 17) % 23) as f32 / 23.0 - scale
            });
            let sums = tape.constant(x).softmax(1).value().cast::<f64>().to_vec();
            for row in sums.chunks(100) {
                let error = (row.iter().sum::<f64>() - 1.0).abs();
                assert!(error <= 100.0 * f64::from(f32::EPSILON), "off by {error} at {scale}");
            }
        }
    }

    #[test]
    fn a_masked_line_sends_back_zeros_at_every_order() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, f64::NAN], [2.0, f64::INFINITY]]);
        let seen = tape.constant([[1.0, 0.0], [0.0, 0.0]]).gt(0.0);
        let y = x.masked_softmax(1, seen);
        assert_eq!(y.value().to_vec(), [1.0, 0.0, 0.0, 0.0]);
        let g = (y * y).sum().grad(&[x])[0];
        assert_eq!(g.value().to_vec(), [0.0; 4]);
        assert_eq!((g * g).sum().backward(&[x])[0].to_vec(), [0.0; 4]);
    }

    #[test]
    fn a_mask_of_another_shape_is_refused() {
        let tape = Tape::<f64>::new();
        let (x, mask) = (tape.leaf([1.0, 2.0]), tape.constant([[1.0], [0.0]]).gt(0.0));
        let refused = x.try_masked_softmax(0, mask);
        assert!(matches!(refused, Err(Error::ShapeMismatch { op: "masked_softmax", .. })));
        assert!(matches!(x.try_softmax(1), Err(Error::Axis { op: "softmax", axis: 1, rank: 1 })));
    }
}
