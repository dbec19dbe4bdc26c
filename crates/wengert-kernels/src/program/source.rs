//! Where operands come from and results go.

use crate::real::Real;
use crate::view::{View, lies_inside, merged};

/// An operand of a program over `n` elements.
///
/// ```
/// use wengert_kernels::Threads;
/// use wengert_kernels::program::{Builder, Code, Sink, Source, run};
///
/// let mut b = Builder::new(2);
/// let sum = b.push(Code::Add, &[b.input(0), b.input(1)]);
/// let add = b.finish(&[sum]);
/// // a row of two added to each row of a transposed matrix
/// let transposed = Source::Strided { data: &[1.0, 2.0, 3.0, 4.0], offset: 0, dims: &[2, 2], strides: &[1, 2] };
/// let row = Source::Strided { data: &[10.0, 20.0], offset: 0, dims: &[2, 2], strides: &[0, 1] };
/// let mut y = [0.0; 4];
/// run(&Threads::one(), &add, 4, &[transposed, row], &mut [Sink::Store(&mut y)]);
/// assert_eq!(y, [11.0, 23.0, 12.0, 24.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Source<'a, T> {
    /// The elements, in order.
    Dense(&'a [T]),
    /// One number for all elements.
    Uniform(T),
    /// A view, walked in row-major order: element `[i, j, …]` is `data[offset + i * strides[0] + j * strides[1] + …]`.
    Strided {
        /// What is viewed.
        data: &'a [T],
        /// Position of the first element.
        offset: usize,
        /// Sizes of the axes; their product is `n`.
        dims: &'a [usize],
        /// Distances of neighbors along the axes, also zero or negative.
        strides: &'a [isize],
    },
}

/// Where a result of a program over `n` elements goes.
///
/// ```
/// use wengert_kernels::Threads;
/// use wengert_kernels::program::{Builder, Code, Sink, Source, run};
///
/// let mut b = Builder::new(1);
/// let square = b.push(Code::Mul, &[b.input(0), b.input(0)]);
/// let p = b.finish(&[square, square]);
/// let (mut squares, mut sum) = ([0.0; 3], 0.0);
/// let x = [Source::Dense(&[1.0, 2.0, 3.0])];
/// run(&Threads::one(), &p, 3, &x, &mut [Sink::Store(&mut squares), Sink::Sum(&mut sum)]);
/// assert_eq!((squares, sum), ([1.0, 4.0, 9.0], 14.0));
/// ```
#[derive(Debug)]
pub enum Sink<'a, T> {
    /// The elements, in order.
    Store(&'a mut [T]),
    /// Their sum, with the bits of [`reduce::sum`](crate::reduce::sum) over all of them.
    Sum(&'a mut T),
}

impl<T: Real> Source<'_, T> {
    /// The element of an operand known to have one.
    #[inline]
    pub(super) fn single(&self) -> T {
        match *self {
            Source::Uniform(c) => c,
            Source::Dense(x) => {
                assert_eq!(x.len(), 1, "a dense operand of a program over 1 element");
                x[0]
            }
            Source::Strided { data, offset, dims, strides } => {
                check_view(data.len(), offset, dims, strides, 1);
                data[offset]
            }
        }
    }
}

/// A checked operand in its simplest form.
pub(super) enum Feed<'a, T> {
    Dense(&'a [T]),
    Uniform(T),
    Strided(View<'a, T>),
}

impl<'a, T: Real> Feed<'a, T> {
    /// The operand, known to have `n` elements, not none.
    pub(super) fn of(source: &Source<'a, T>, n: usize) -> Feed<'a, T> {
        match *source {
            Source::Uniform(c) => Feed::Uniform(c),
            Source::Dense(x) => {
                assert_eq!(x.len(), n, "a dense operand of a program over {n} elements");
                if let [c] = x { Feed::Uniform(*c) } else { Feed::Dense(x) }
            }
            Source::Strided { data, offset, dims, strides } => {
                check_view(data.len(), offset, dims, strides, n);
                let axes = merged(dims, strides);
                match *axes {
                    [] | [(_, 0)] => Feed::Uniform(data[offset]),
                    [(_, 1)] => Feed::Dense(&data[offset..][..n]),
                    _ => Feed::Strided(View { data, offset, axes }),
                }
            }
        }
    }
}

/// Refuses a view that does not have `n` elements, not none, or reaches outside `len` numbers.
fn check_view(len: usize, offset: usize, dims: &[usize], strides: &[isize], n: usize) {
    assert_eq!(dims.len(), strides.len(), "dims {dims:?} and strides {strides:?} differ in rank");
    let count = dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    assert_eq!(count, Some(n), "a view of dims {dims:?} in a program over {n} elements");
    let inside = lies_inside(len, offset, dims, strides);
    assert!(inside, "dims {dims:?}, strides {strides:?}, offset {offset} reach outside {len} elements");
}
