//! Where operands come from and results go.

use crate::real::Real;
use smallvec::SmallVec;

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

/// Sizes and strides of axes.
type Axes = SmallVec<[(usize, isize); 8]>;

/// Size and stride of each axis, without axes of size 1 and with neighbors joined where they run on.
fn merged(dims: &[usize], strides: &[isize]) -> Axes {
    let mut axes = Axes::new();
    for (&size, &stride) in dims.iter().zip(strides) {
        match axes.last_mut() {
            _ if size == 1 => {}
            Some(last) if last.1 == stride * size as isize => *last = (last.0 * size, stride),
            _ => axes.push((size, stride)),
        }
    }
    axes
}

/// Refuses a view that does not have `n` elements, not none, or reaches outside `len` numbers.
fn check_view(len: usize, offset: usize, dims: &[usize], strides: &[isize], n: usize) {
    assert_eq!(dims.len(), strides.len(), "dims {dims:?} and strides {strides:?} differ in rank");
    let count = dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    assert_eq!(count, Some(n), "a view of dims {dims:?} in a program over {n} elements");
    let ends =
        dims.iter().zip(strides).try_fold((offset as isize, offset as isize), |(low, high), (&d, &s)| {
            let reach = isize::try_from(d - 1).ok()?.checked_mul(s)?;
            Some((low.checked_add(reach.min(0))?, high.checked_add(reach.max(0))?))
        });
    let inside = ends.is_some_and(|(low, high)| low >= 0 && high >= 0 && (high as usize) < len);
    assert!(inside, "dims {dims:?}, strides {strides:?}, offset {offset} reach outside {len} elements");
}

/// A view whose axes are joined where they run on; at least one is left.
pub(super) struct View<'a, T> {
    data: &'a [T],
    offset: usize,
    axes: Axes,
}

/// A place in the row-major order of a view.
pub(super) struct Walk {
    /// Position in the data of the start of the row.
    row: isize,
    /// Index along the last axis.
    column: usize,
    /// Indices along the other axes.
    index: SmallVec<[usize; 8]>,
}

impl<T: Real> View<'_, T> {
    /// Whether each row of `n` elements is the same.
    pub(super) fn repeats(&self, n: usize) -> bool {
        let inner: usize = self.axes[1..].iter().map(|&(size, _)| size).product();
        self.axes[0].1 == 0 && inner == n
    }

    /// The place of element number `first`.
    pub(super) fn at(&self, first: usize) -> Walk {
        let mut row = self.offset as isize;
        let Some((&(width, _), outer)) = self.axes.split_last() else { unreachable!("a view has an axis") };
        let (mut left, column) = (first / width, first % width);
        let mut index: SmallVec<[usize; 8]> = SmallVec::from_elem(0, outer.len());
        for (i, &(size, stride)) in index.iter_mut().zip(outer).rev() {
            *i = left % size;
            left /= size;
            row += *i as isize * stride;
        }
        Walk { row, column, index }
    }

    /// Copies the elements from `walk` on and moves it behind them.
    pub(super) fn copy(&self, walk: &mut Walk, mut out: &mut [T]) {
        let Some((&(width, step), outer)) = self.axes.split_last() else {
            unreachable!("a view has an axis")
        };
        while !out.is_empty() {
            let (run, rest) = out.split_at_mut((width - walk.column).min(out.len()));
            let at = walk.row + walk.column as isize * step;
            match step {
                1 => run.copy_from_slice(&self.data[at as usize..][..run.len()]),
                0 => run.fill(self.data[at as usize]),
                _ => {
                    let mut at = at;
                    for y in run.iter_mut() {
                        *y = self.data[at as usize];
                        at += step;
                    }
                }
            }
            walk.column += run.len();
            out = rest;
            if walk.column == width {
                walk.column = 0;
                walk.row += advance(outer, &mut walk.index);
            }
        }
    }
}

/// Moves to the next index, in row-major order, and returns how far that is in the data.
fn advance(axes: &[(usize, isize)], index: &mut [usize]) -> isize {
    let mut moved = 0;
    for (i, &(size, stride)) in index.iter_mut().zip(axes).rev() {
        *i += 1;
        moved += stride;
        if *i < size {
            break;
        }
        *i = 0;
        moved -= size as isize * stride;
    }
    moved
}
