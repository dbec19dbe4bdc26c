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

use super::{Arity, Batch, Draw, Fused, Primitive, Sample, Special, elementwise::sum_of};
use crate::{
    Error, Float, Line, MAX_RANK, Pullback, Shape, Tensor, Threads, Var, error::or_panic, shape::joined,
};
use std::borrow::Cow;
use wengert_kernels::gemm::{batched_gemm, gemm_bias};

/// `Y = A B` over the last two axes; the axes before them are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatMul;

/// A stack of matrices as the kernels take it: its elements, and the distances of matrices, rows and columns.
struct Stack<'a, F: Float> {
    x: Cow<'a, Tensor<F>>,
    strides: [isize; 3],
}

impl<'a, F: Float> Stack<'a, F> {
    /// The matrices of `x` where they lie, in whatever order; copied only if no three distances reach them all.
    fn of(x: &'a Tensor<F>) -> Self {
        let (d, s, r) = (x.dims(), x.strides(), x.rank());
        // The axes before the matrices must run on from one another, as one axis would.
        let (mut step, mut next) = (0, None);
        for (&d, &s) in d[..r - 2].iter().zip(s).rev().filter(|&(&d, _)| d != 1) {
            if next.is_some_and(|next| next != s) {
                return Self::copied(x);
            }
            step = if next.is_none() { s } else { step };
            next = Some(s * d as isize);
        }
        let strides = [step, s[r - 2], s[r - 1]];
        if strides.iter().any(|&s| s < 0) { Self::copied(x) } else { Self { x: Cow::Borrowed(x), strides } }
    }

    fn copied(x: &Tensor<F>) -> Self {
        let [_, rows, columns] = stack_of(x.shape());
        let strides = [(rows * columns) as isize, columns as isize, 1];
        Self { x: Cow::Owned(x.contiguous()), strides }
    }

    fn values(&self) -> &[F] {
        let (storage, first) = self.x.storage();
        if self.x.is_empty() { &[] } else { &storage[first..] }
    }
}

/// Batch sizes multiplied, then rows and columns.
fn stack_of(s: Shape) -> [usize; 3] {
    let (d, r) = (s.dims(), s.rank());
    [d[..r - 2].iter().product(), d[r - 2], d[r - 1]]
}

/// The view of a stack with each matrix transposed.
fn transposed<F: Float>(x: &Tensor<F>) -> Tensor<F> {
    let mut order: [usize; MAX_RANK] = std::array::from_fn(|k| k);
    order.swap(x.rank() - 2, x.rank() - 1);
    x.permute_view(&order[..x.rank()])
}

/// `a b + bias`, rectified if asked, of two matrices and a bias per column, with the bits of separate ops.
pub(crate) fn affine<F: Float>(
    a: &Tensor<F>,
    b: &Tensor<F>,
    bias: &[F],
    relu: bool,
    on: &Threads,
) -> Tensor<F> {
    let ([m, k], n) = ([a.dims()[0], a.dims()[1]], b.dims()[1]);
    let (a, b) = (Stack::of(a), Stack::of(b));
    let matrix = |s: &Stack<'_, F>| [s.strides[1], s.strides[2]];
    Tensor::build(Shape::of(&[m, n]), |out| {
        gemm_bias(on, m, k, n, a.values(), matrix(&a), b.values(), matrix(&b), Some(bias), relu, out);
    })
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
        Shape::new(joined(&[&a[..r - 1], &b[r - 1..]]))
    }

    fn eval<F: Float>(&self, x: &[&Tensor<F>], y: Shape, on: &Threads) -> Tensor<F> {
        let ([batch, m, k], n) = (stack_of(x[0].shape()), stack_of(x[1].shape())[2]);
        let (a, b) = (Stack::of(x[0]), Stack::of(x[1]));
        Tensor::build(y, |out| {
            batched_gemm(on, batch, m, k, n, a.values(), a.strides, b.values(), b.strides, out, false);
        })
    }

    fn pullback_in_words(&self, k: usize, _: &[Shape]) -> String {
        if k == 0 { "{ct} {1}ᵀ" } else { "{0}ᵀ {ct}" }.into()
    }

    fn vjp<'t, F: Float>(&self, at: &Line<'t, F>, ct: Var<'t, F>) -> Pullback<'t, F> {
        let [a, b] = at.x();
        [at.wants(0).then(|| ct.matmul(b.t())), at.wants(1).then(|| a.t().matmul(ct))].into()
    }

    fn jvp<'t, F: Float>(&self, at: &Line<'t, F>, dx: &[Option<Var<'t, F>>]) -> Option<Var<'t, F>> {
        let [a, b] = at.x();
        sum_of([dx[0].map(|da| da.matmul(b)), dx[1].map(|db| a.matmul(db))])
    }

    fn vjp_fused<F: Float>(&self, x: &[&Tensor<F>], _: &Tensor<F>, at: &mut Fused<'_, F>) -> bool {
        let on = at.threads();
        let ct = at.take();
        if at.wants(0) {
            at.send(0, self.eval(&[&ct, &transposed(x[1])], x[0].shape(), on));
        }
        if at.wants(1) {
            at.send(1, self.eval(&[&transposed(x[0]), &ct], x[1].shape(), on));
        }
        true
    }

    fn batch<'t, F: Float>(&self, at: &Batch<'t, F>) -> Result<Var<'t, F>, Error> {
        let (a, b) = (at.x(0), at.x(1));
        let (rows, columns) = (a.shape().dims()[a.rank() - 2], b.shape().dims()[b.rank() - 1]);
        let of = |a: Var<'t, F>, b| a.tape.try_apply(*self, &[a, b]);
        match (at.varies(0), at.varies(1)) {
            (true, true) => at.apply(*self),
            // One matrix for all: the rows of all examples make one product, ...
            (true, false) => of(a.beside_rows()?, b)?.rows_apart(at.size(), rows),
            // ... and so do the columns.
            (false, _) => of(a, b.beside_columns()?)?.columns_apart(at.size(), columns),
        }
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

impl<F: Float> Var<'_, F> {
    /// `[n, b…, m, k]` as `[b…, n m, k]`: the rows of all examples in one matrix.
    #[track_caller]
    fn beside_rows(self) -> Result<Self, Error> {
        let x = self.try_movedim(0, -3)?;
        let (shape, r) = (x.shape(), x.rank());
        let (stack, [n, m, k]) = (&shape.dims()[..r - 3], last(shape));
        x.try_reshape(joined(&[stack, &[n * m, k]]))
    }

    /// `[b…, n m, k]` as `[n, b…, m, k]`.
    #[track_caller]
    fn rows_apart(self, n: usize, m: usize) -> Result<Self, Error> {
        let (shape, r) = (self.shape(), self.rank());
        self.try_reshape(joined(&[&shape.dims()[..r - 2], &[n, m], &shape.dims()[r - 1..]]))?
            .try_movedim(-3, 0)
    }

    /// `[n, b…, k, p]` as `[b…, k, n p]`: the columns of all examples in one matrix.
    #[track_caller]
    fn beside_columns(self) -> Result<Self, Error> {
        let x = self.try_movedim(0, -2)?;
        let (shape, r) = (x.shape(), x.rank());
        let (stack, [k, n, p]) = (&shape.dims()[..r - 3], last(shape));
        x.try_reshape(joined(&[stack, &[k, n * p]]))
    }

    /// `[b…, m, n p]` as `[n, b…, m, p]`.
    #[track_caller]
    fn columns_apart(self, n: usize, p: usize) -> Result<Self, Error> {
        let (shape, r) = (self.shape(), self.rank());
        self.try_reshape(joined(&[&shape.dims()[..r - 1], &[n, p]]))?.try_movedim(-2, 0)
    }
}

/// The last three sizes.
fn last(s: Shape) -> [usize; 3] {
    std::array::from_fn(|k| s.dims()[s.rank() - 3 + k])
}

impl<'t, F: Float> Var<'t, F> {
    /// The matrix product, as NumPy's `matmul`: vectors count as a row on the left and a column on the right, and the
    /// axes before the last two broadcast; see [`crate::ops::matmul`].
    ///
    /// # Errors
    ///
    /// [`Error::ShapeMismatch`] if the inner sizes differ or the stacks do not broadcast, [`Error::Shape`] for a scalar,
    /// [`Error::DifferentTapes`].
    #[track_caller]
    pub fn try_matmul(self, b: Self) -> Result<Self, Error> {
        for v in [self, b] {
            if v.rank() == 0 {
                return Err(Error::Shape {
                    op: "matmul",
                    given: vec![],
                    expected: "vectors or matrices (a number scales with *)",
                });
            }
        }
        let inner = (self.shape().dims()[self.rank() - 1], b.shape().dims()[b.rank().saturating_sub(2)]);
        if inner.0 != inner.1 {
            let (lhs, rhs) = (self.shape().dims().into(), b.shape().dims().into());
            let expected =
                "as many columns on the left as rows on the right (t() turns one that lies the other way)";
            return Err(Error::ShapeMismatch { op: "matmul", lhs, rhs, expected });
        }
        let (given_a, given_b) = (self.shape(), b.shape());
        let (row, column) = (self.rank() == 1, b.rank() == 1);
        let a = if row { self.try_reshape([1, inner.0])? } else { self };
        let b = if column { b.try_reshape([inner.0, 1])? } else { b };
        let split = |v: Self| {
            let (shape, rank) = (v.shape(), v.rank());
            (Shape::of(&shape.dims()[..rank - 2]), [shape.dims()[rank - 2], shape.dims()[rank - 1]])
        };
        let ((stack_a, matrix_a), (stack_b, matrix_b)) = (split(a), split(b));
        if stack_b.rank() == 0 && stack_a.rank() > 0 && !column {
            // One matrix for a whole stack: all rows of the stack make one product, and its gradient one sum.
            let rows = stack_a.len() * matrix_a[0];
            let y = self.tape.try_apply(MatMul, &[a.try_reshape([rows, matrix_a[1]])?, b])?;
            return y.try_reshape([stack_a.dims(), &matrix_a[..1], &matrix_b[1..]].concat());
        }
        let stack = Shape::broadcast("matmul", stack_a, stack_b).map_err(|_| {
            let (lhs, rhs) = (given_a.dims().into(), given_b.dims().into());
            let expected = "stacks (all axes but the last two) that broadcast: sizes equal or 1";
            Error::ShapeMismatch { op: "matmul", lhs, rhs, expected }
        })?;
        let a = a.try_broadcast_to(joined(&[stack.dims(), &matrix_a]))?;
        let b = b.try_broadcast_to(joined(&[stack.dims(), &matrix_b]))?;
        let y = self.tape.try_apply(MatMul, &[a, b])?;
        let rows = if row { &[][..] } else { &matrix_a[..1] };
        let columns = if column { &[][..] } else { &matrix_b[1..] };
        y.try_reshape(joined(&[stack.dims(), rows, columns]))
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
        or_panic(self.try_matmul(b))
    }
}
