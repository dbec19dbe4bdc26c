//! # concat
//!
//! Pieces joined along one axis, in their order.
//!
//! $$ y = \begin{bmatrix} x_0 & x_1 & \cdots \end{bmatrix} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar x_k = $ the slice of $\bar y$ where $x_k$ went |
//! | JVP | $ \dot y = $ the same op of the $\dot x_k$ |
//! | shape | `[…, n₀, …] × […, n₁, …] × … → […, n₀ + n₁ + …, …]` |
//! | domain | everything; at least one piece; pieces may be empty |
//! | source | linearity: placement of each piece, whose transpose is selection |

use super::{Arity, Batch, Draw, Primitive, Sample, Special, indices::resized, slice::Slice};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var, axes::resolve, error::or_panic};
use wengert_kernels::pieces::{Place, place};

/// All operands joined along `axis`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concat {
    axis: usize,
}

impl Primitive for Concat {
    const NAME: &'static str = "concat";
    const ARITY: Arity = Arity::AtLeast(1);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let first = x[0];
        if self.axis >= first.rank() {
            return Err(Error::Axis { op: Self::NAME, axis: self.axis as isize, rank: first.rank() });
        }
        let mut size = 0_usize;
        for piece in x {
            if piece.rank() != first.rank() || piece.with(self.axis, first.dims()[self.axis]) != first {
                let (lhs, rhs) = (first.dims().into(), piece.dims().into());
                let expected = "equal sizes along every axis but the one joined";
                return Err(Error::ShapeMismatch { op: Self::NAME, lhs, rhs, expected });
            }
            size = size.saturating_add(piece.dims()[self.axis]);
        }
        resized(first, self.axis, size) // checked: views with stride 0 can be joined to more than memory holds
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, _: &Threads) -> Tensor<F> {
        let mut at = Place { size: y.dims()[self.axis], start: 0, step: 1 };
        Tensor::build(y, |out| {
            for piece in x {
                let piece = piece.contiguous();
                place(piece.data(), piece.shape().around(self.axis), at, out);
                at.start += piece.dims()[self.axis];
            }
        })
    }

    fn pullback_in_words(&self, k: usize, x: &[Shape]) -> String {
        let start: usize = x[..k].iter().map(|x| x.dims()[self.axis]).sum();
        let end = start + x[k].dims()[self.axis];
        format!("the slice of {{ct}} from {start} to {end} along axis {}", self.axis)
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let mut start = 0;
        let pulled = (0..at.arity()).map(|k| {
            let count = at.input(k).shape().dims()[self.axis];
            let part = Slice { axis: self.axis, start, count, step: 1 };
            start += count;
            at.wants(k).then(|| ct.op1(part))
        });
        pulled.collect()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let tape = dx.iter().flatten().next()?.tape();
        let zeros = |k| tape.constant(Tensor::full([], F::ZERO)).broadcast_to(at.input(k).shape());
        let pieces: Vec<_> = dx.iter().enumerate().map(|(k, dx)| dx.unwrap_or_else(|| zeros(k))).collect();
        Some(tape.apply(*self, &pieces))
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        at.apply(Self { axis: self.axis + 1 })
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        Tensor::from_fn(y, |ix| {
            let (mut source, mut piece) = (ix.to_vec(), 0);
            while source[self.axis] >= x[piece].dims()[self.axis] {
                source[self.axis] -= x[piece].dims()[self.axis];
                piece += 1;
            }
            x[piece].get(source).expect("within the piece")
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(usize, &[&[usize]]); 7] = [
            (0, &[&[3], &[2]]),
            (0, &[&[1, 3], &[0, 3], &[2, 3]]),
            (1, &[&[2, 1], &[2, 3]]),
            (1, &[&[2, 1, 2], &[2, 2, 2], &[2, 1, 2], &[2, 1, 2]]),
            (0, &[&[4]]),
            (1, &[&[0, 2], &[0, 1]]),
            (0, &[&[0], &[0]]),
        ];
        let of = |(axis, shapes): (usize, &[&[usize]])| {
            Sample::of(Self { axis }, shapes.iter().map(|s| draw.uniform(s, -2.0, 2.0)))
        };
        cases.map(of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let (a, b) = (Tensor::from([1.0, f64::NAN]), Tensor::from([f64::INFINITY]));
        let gradients = vec![Some([1.0, 1.0].into()), Some(Tensor::zeros([0])), Some([1.0].into())];
        let value = [1.0, f64::NAN, f64::INFINITY].into();
        vec![Special { op: Self { axis: 0 }, inputs: vec![a, Tensor::zeros([0]), b], value, gradients }]
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// Pieces joined along one axis, in their order; see [`crate::ops::concat`].
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] without any piece, [`Error::Axis`], [`Error::ShapeMismatch`] unless all sizes along the other
    /// axes are equal, [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_concat(pieces: &[Self], axis: isize) -> Result<Self, Error> {
        let Some(first) = pieces.first() else {
            return Err(Error::Arity { op: Concat::NAME, given: 0, expected: "one piece or more" });
        };
        let axis = resolve(Concat::NAME, axis, first.rank())?;
        first.tape.try_apply(Concat { axis }, pieces)
    }

    /// As [`Var::try_concat`].
    ///
    /// ```
    /// use wengert::{Tape, Var};
    /// let tape = Tape::<f64>::new();
    /// let (x, y) = (tape.leaf([1.0, 2.0]), tape.leaf([3.0]));
    /// assert_eq!(Var::concat(&[x, y], 0).value().to_vec(), [1.0, 2.0, 3.0]);
    /// assert_eq!(Var::concat(&[x, x], 0).sum().backward(&[x])[0].to_vec(), [2.0, 2.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn concat(pieces: &[Self], axis: isize) -> Self {
        or_panic(Self::try_concat(pieces, axis))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor, Var};

    #[test]
    fn both_halves_add_when_a_piece_is_joined_to_itself() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        let y = Var::concat(&[x, x], 0) * tape.constant([1.0, 2.0, 10.0, 20.0]);
        assert_eq!(y.sum().backward(&[x])[0].to_vec(), [11.0, 22.0]);
    }

    #[test]
    fn misfits_name_the_shapes() {
        let tape = Tape::<f64>::new();
        let (a, b, s) = (tape.leaf([[1.0, 2.0]]), tape.leaf([[1.0]]), tape.leaf(1.0));
        assert!(matches!(Var::try_concat(&[a, b], 0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(Var::try_concat(&[a, s], 0), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(Var::try_concat(&[s, s], 0), Err(Error::Axis { rank: 0, .. })));
        assert!(matches!(Var::<f64>::try_concat(&[], 0), Err(Error::Arity { given: 0, .. })));
        assert_eq!(Var::concat(&[a, b], -1).shape().dims(), [1, 3]);
        let huge = tape.constant(1.0).broadcast_to([1 << 59]);
        assert!(matches!(Var::try_concat(&[huge, huge], 0), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn many_pieces_cost_linear_time() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::from([1.0]));
        let y = Var::concat(&vec![x; 100_000], 0);
        assert_eq!(y.sum().backward(&[x])[0].item(), 1e5);
    }
}
