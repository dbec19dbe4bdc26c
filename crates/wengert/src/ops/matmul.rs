//! # matmul
//!
//! Matrix product, of one pair or of a stack of pairs.
//!
//! $$ Y = A B, \qquad Y_{ij} = \sum_k A_{ik} B_{kj} $$
//!
//! | | |
//! |---|---|
//! | VJP | $ \bar A = \bar Y B^\top, \quad \bar B = A^\top \bar Y $ |
//! | JVP | $ \dot Y = \dot A B + A \dot B $ |
//! | shape | `[b…, m, k] × [b…, k, n] → [b…, m, n]`; `[k]` operands and broadcast stacks by the method |
//! | domain | all finite matrices; an inner size of 0 gives zeros |
//! | source | $\langle \bar Y, \dot A B \rangle = \langle \bar Y B^\top, \dot A \rangle$ and $\langle \bar Y, A \dot B \rangle = \langle A^\top \bar Y, \dot B \rangle$ |

use super::{Arity, Draw, Primitive, Sample, Special, elementwise::sum_of};
use crate::{Error, Float, Line, Pullback, Shape, Tensor, Threads, Var};
use wengert_kernels::gemm::batched_gemm;

/// `Y = A B` over the last two axes; the axes before them are equal.
#[derive(Clone, Copy, Debug)]
pub struct MatMul;

/// Batch sizes multiplied, then rows and columns.
fn stack_of(s: Shape) -> [usize; 3] {
    let (d, r) = (s.dims(), s.rank());
    [d[..r - 2].iter().product(), d[r - 2], d[r - 1]]
}

impl<F: Float> Tensor<F> {
    /// Every matrix of a stack as elements with row and column strides: a transposed matrix is not copied.
    fn matrices(&self) -> (Self, [isize; 2]) {
        let (rank, [rows, columns]) =
            (self.rank(), [-2_isize, -1].map(|a| self.dims()[(self.rank() as isize + a) as usize]));
        let flipped = self.transpose(-2, -1);
        if rank >= 2 && !self.is_contiguous() && flipped.is_contiguous() {
            (flipped, [1, rows as isize])
        } else {
            (self.contiguous(), [columns as isize, 1])
        }
    }
}

impl Primitive for MatMul {
    const NAME: &'static str = "matmul";
    const ARITY: Arity = Arity::Exactly(2);

    fn shape(&self, x: &[Shape]) -> Result<Shape, Error> {
        let (a, b) = (x[0].dims(), x[1].dims());
        let misfit =
            |expected| Error::ShapeMismatch { op: Self::NAME, lhs: a.into(), rhs: b.into(), expected };
        if a.len() < 2 || b.len() != a.len() || a[..a.len() - 2] != b[..b.len() - 2] {
            return Err(misfit("matrices, or stacks of equally many: [b…, m, k] and [b…, k, n]"));
        }
        let r = a.len();
        if a[r - 1] != b[r - 2] {
            return Err(misfit("as many columns on the left as rows on the right"));
        }
        Shape::new([&a[..r - 1], &b[r - 1..]].concat())
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let ([batch, m, k], n) = (stack_of(x[0].shape()), stack_of(x[1].shape())[2]);
        let ((a, sa), (b, sb)) = (x[0].matrices(), x[1].matrices());
        let (stack_a, stack_b) = ([(m * k) as isize, sa[0], sa[1]], [(k * n) as isize, sb[0], sb[1]]);
        Tensor::build(y, |out| {
            batched_gemm(on, batch, m, k, n, a.data(), stack_a, b.data(), stack_b, out, false)
        })
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [a, b] = at.x();
        [at.wants(0).then(|| ct.matmul(b.t())), at.wants(1).then(|| a.t().matmul(ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [a, b] = at.x();
        sum_of([dx[0].map(|da| da.matmul(b)), dx[1].map(|db| a.matmul(db))])
    }

    fn reference(&self, x: &[Tensor<f64>], y: Shape) -> Tensor<f64> {
        let (r, k) = (y.rank(), x[0].dims()[y.rank() - 1]);
        let element = |t: &Tensor<f64>, ix: &[usize], i, j| {
            t.get([&ix[..r - 2], &[i, j]].concat()).expect("within the operand")
        };
        Tensor::from_fn(y, |ix| {
            (0..k).map(|p| element(&x[0], ix, ix[r - 2], p) * element(&x[1], ix, p, ix[r - 1])).sum()
        })
    }

    fn samples(draw: &mut Draw) -> Vec<Sample<Self>> {
        let cases: [(&[usize], &[usize]); 6] = [
            (&[2, 3], &[3, 4]),
            (&[1, 1], &[1, 1]),
            (&[3, 1], &[1, 2]),
            (&[2, 0], &[0, 3]),
            (&[2, 2, 3], &[2, 3, 2]),
            (&[0, 2], &[2, 3]),
        ];
        let mut of = |(a, b): (&[usize], &[usize])| {
            Sample::of(Self, [draw.uniform(a, -2.0, 2.0), draw.uniform(b, -2.0, 2.0)])
        };
        cases.map(&mut of).into()
    }

    fn special() -> Vec<Special<Self>> {
        let (a, b) = ([[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]);
        let (da, db) = ([[11.0, 15.0], [11.0, 15.0]], [[4.0, 4.0], [6.0, 6.0]]);
        vec![Special::binary(Self, [a, b], [[19.0, 22.0], [43.0, 50.0]], [da, db])]
    }
}

impl<'t, F: Float> Var<'t, F> {
    /// The matrix product, as NumPy's `matmul`: vectors count as a row on the left and a column on the right, and the
    /// axes before the last two broadcast; see [`crate::ops::matmul`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] if the inner sizes differ, [`Error::Shape`] for a scalar, [`Error::Broadcast`],
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_matmul(self, b: Self) -> Result<Self, Error> {
        for v in [self, b] {
            if v.rank() == 0 {
                return Err(Error::Shape { op: "matmul", given: vec![], expected: "vectors or matrices" });
            }
        }
        let inner = (self.shape().dims()[self.rank() - 1], b.shape().dims()[b.rank().saturating_sub(2)]);
        if inner.0 != inner.1 {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            let expected = "as many columns on the left as rows on the right";
            return Err(Error::ShapeMismatch { op: "matmul", lhs, rhs, expected });
        }
        let (row, column) = (self.rank() == 1, b.rank() == 1);
        let a = if row { self.try_reshape([1, inner.0])? } else { self };
        let b = if column { b.try_reshape([inner.0, 1])? } else { b };
        let split = |v: Self| {
            let (shape, rank) = (v.shape(), v.rank());
            (Shape::of(&shape.dims()[..rank - 2]), [shape.dims()[rank - 2], shape.dims()[rank - 1]])
        };
        let ((stack_a, matrix_a), (stack_b, matrix_b)) = (split(a), split(b));
        let stack = Shape::broadcast("matmul", stack_a, stack_b)?;
        let a = a.try_broadcast_to([stack.dims(), &matrix_a].concat())?;
        let b = b.try_broadcast_to([stack.dims(), &matrix_b].concat())?;
        let y = self.tape.try_apply(MatMul, &[a, b])?;
        let rows = if row { &[][..] } else { &matrix_a[..1] };
        let columns = if column { &[][..] } else { &matrix_b[1..] };
        y.try_reshape([stack.dims(), rows, columns].concat())
    }

    /// As [`Var::try_matmul`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let (w, x) = (tape.leaf([[1.0, 2.0], [3.0, 4.0]]), tape.leaf([1.0, -1.0]));
    /// assert_eq!(w.matmul(x).value().to_vec(), [-1.0, -1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn matmul(self, b: Self) -> Self {
        self.try_matmul(b).unwrap_or_else(|e| panic!("{e}"))
    }
}
