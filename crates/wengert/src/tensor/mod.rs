//! Values off the tape: immutable strided views of shared, pooled storage.

mod argmax;
mod arithmetic;
mod combine;
mod convert;
mod format;
mod layout;
mod nonzero;
mod reduced;
mod rows;
mod searchsorted;
mod storage;
mod to_indices;
mod unique;
mod view;

pub use unique::Unique;

use crate::{Element, Error, Shape, Threads, error::or_panic};
use layout::Layout;
use std::borrow::Cow;
use storage::Storage;
pub use to_indices::ToIndex;
use wengert_kernels::{Buffer, strided};

/// An array of numbers with a shape; cloning shares the storage.
///
/// The storage is immutable while it is shared, so a view never changes under its owner; [`Tensor::make_mut`] copies
/// first unless it is the only owner. A gradient can only be asked for floating-point tensors on a tape: `Tensor<u32>`
/// holds indices.
///
/// ```
/// use wengert::Tensor;
/// let t = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(t.shape().dims(), [2, 3]);
/// assert_eq!(t[[1, 2]], 6.0);
/// assert_eq!(t.transpose(0, 1).to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// ```
#[derive(Clone)]
pub struct Tensor<T: Element> {
    buf: Storage<T>,
    layout: Layout,
    offset: usize,
}

impl<T: Element> Tensor<T> {
    /// A tensor over a buffer in row-major order.
    pub(crate) fn from_buffer(shape: Shape, buf: Buffer<T>) -> Self {
        debug_assert_eq!(shape.len(), buf.len());
        Self::over(shape, buf.into())
    }

    fn over(shape: Shape, buf: Storage<T>) -> Self {
        Self { buf, layout: Layout::row_major(&shape), offset: 0 }
    }

    /// A tensor without axes.
    pub(crate) fn scalar(value: T) -> Self {
        Self { buf: Storage::one(value), layout: Layout::SCALAR, offset: 0 }
    }

    /// The number that a tensor without axes is.
    #[inline]
    pub(crate) fn number(&self) -> Option<T> {
        match self.buf {
            Storage::One(value) if self.rank() == 0 => Some(value),
            _ => None,
        }
    }

    /// The block of memory that the elements lie in, whole; none if they lie in the tensor itself, or there are none.
    pub(crate) fn block(&self) -> Option<&[T]> {
        self.buf.block()
    }

    /// Builds the storage by letting `fill` write every element, in row-major order.
    pub(crate) fn build(shape: Shape, fill: impl FnOnce(&mut [T])) -> Self {
        let n = shape.len();
        if n == 1 {
            let mut one = T::default();
            fill(std::slice::from_mut(&mut one));
            return Self::over(shape, Storage::one(one));
        }
        let mut buf = Buffer::scratch(n);
        fill(&mut buf);
        Self::from_buffer(shape, buf)
    }

    /// Returns a tensor of this shape with these elements in row-major order.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if the values do not fill the shape; those of [`Shape::new`].
    pub fn new(shape: impl AsRef<[usize]>, values: impl AsRef<[T]>) -> Result<Self, Error> {
        let (shape, values) = (Shape::new(shape)?, values.as_ref());
        if shape.len() != values.len() {
            return Err(Error::Length { given: values.len(), shape: shape.dims().into() });
        }
        Ok(Self::from_buffer(shape, Buffer::from_slice(values)))
    }

    /// Returns a tensor with every element `value`.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn full(shape: impl AsRef<[usize]>, value: T) -> Self {
        let shape = Shape::of(shape.as_ref());
        match shape.len() {
            1 => Self::over(shape, Storage::one(value)),
            n => Self::from_buffer(shape, Buffer::filled(n, value)),
        }
    }

    /// Returns a tensor of zeros.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn zeros(shape: impl AsRef<[usize]>) -> Self {
        Self::full(shape, T::default())
    }

    /// Returns the tensor whose element at `ix` is `f(ix)`, asked in row-major order.
    ///
    /// # Panics
    ///
    /// If the shape is not one ([`Shape::new`]).
    #[track_caller]
    pub fn from_fn(shape: impl AsRef<[usize]>, mut f: impl FnMut(&[usize]) -> T) -> Self {
        let shape = Shape::of(shape.as_ref());
        Self::build(shape, |out| {
            let mut out = out.iter_mut();
            shape.for_each_index(|ix| {
                if let Some(o) = out.next() {
                    *o = f(ix);
                }
            });
        })
    }

    /// The sizes along the axes.
    pub fn shape(&self) -> Shape {
        Shape::known(self.dims())
    }

    /// The sizes along the axes, as a slice.
    pub fn dims(&self) -> &[usize] {
        self.layout.dims()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.dims().len()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.dims().iter().product()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.dims().contains(&0)
    }

    /// The distance in storage between neighbors along each axis, in elements.
    pub fn strides(&self) -> &[isize] {
        self.layout.strides()
    }

    /// Whether the elements lie in row-major order without gaps.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for (&d, &s) in self.dims().iter().zip(self.strides()).rev() {
            if d != 1 && s != expected {
                return self.is_empty();
            }
            expected *= d as isize;
        }
        true
    }

    /// Whether the shapes are equal.
    pub(crate) fn same_shape<U: Element>(&self, other: &Tensor<U>) -> bool {
        self.rank() == other.rank() && self.dims().iter().zip(other.dims()).all(|(a, b)| a == b)
    }

    /// Whether the elements lie without gaps in the order of some permutation of the axes.
    pub(crate) fn is_dense(&self) -> bool {
        if self.is_contiguous() {
            return true;
        }
        // Each axis must step over all that the axes of smaller steps span.
        let (mut span, mut left) = (1, self.dims().iter().filter(|&&d| d != 1).count());
        while left > 0 {
            let next = self.dims().iter().zip(self.strides()).find(|&(&d, &s)| d != 1 && s == span);
            let Some((&d, _)) = next else { return false };
            span *= d as isize;
            left -= 1;
        }
        true
    }

    /// Whether every element is the same cell of storage, as a broadcast scalar is.
    pub(crate) fn is_uniform(&self) -> bool {
        !self.is_empty() && self.dims().iter().zip(self.strides()).all(|(&d, &s)| d == 1 || s == 0)
    }

    /// The elements in row-major order, if they lie so in storage.
    pub fn as_slice(&self) -> Option<&[T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        self.is_contiguous().then(|| &self.buf[self.offset..self.offset + self.len()])
    }

    /// The elements in row-major order, copied only if they do not lie so.
    pub fn elements(&self) -> Cow<'_, [T]> {
        self.as_slice().map_or_else(|| Cow::Owned(self.to_vec()), Cow::Borrowed)
    }

    /// The elements in row-major order.
    pub fn to_vec(&self) -> Vec<T> {
        let mut out = vec![T::default(); self.len()];
        self.copy_to(&mut out);
        out
    }

    /// Returns the same values in row-major storage, shared if they lie so already.
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() { self.clone() } else { Self::build(self.shape(), |out| self.copy_to(out)) }
    }

    fn copy_to(&self, out: &mut [T]) {
        match self.as_slice() {
            Some(x) => out.copy_from_slice(x),
            None => {
                strided::copy_strided(
                    &Threads::one(),
                    &self.buf,
                    self.offset,
                    self.dims(),
                    self.strides(),
                    out,
                );
            }
        }
    }

    /// The only element.
    ///
    /// # Panics
    ///
    /// If there is not exactly one; see [`Tensor::try_item`].
    #[track_caller]
    pub fn item(&self) -> T {
        or_panic(self.try_item())
    }

    /// The only element, of a tensor of any rank.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there is not exactly one.
    pub fn try_item(&self) -> Result<T, Error> {
        if self.len() == 1 {
            return Ok(self.buf[self.offset]);
        }
        Err(Error::Shape { op: "item", given: self.dims().into(), expected: "exactly one element" })
    }

    /// The element at an index, one number per axis.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if the number of axes differs, [`Error::Index`] out of range.
    pub fn get(&self, index: impl AsRef<[usize]>) -> Result<T, Error> {
        self.position(index.as_ref()).map(|p| self.buf[p])
    }

    fn position(&self, index: &[usize]) -> Result<usize, Error> {
        if index.len() != self.rank() {
            return Err(Error::Shape {
                op: "index",
                given: self.dims().into(),
                expected: "one index per axis",
            });
        }
        let mut position = self.offset as isize;
        for ((&i, &size), &stride) in index.iter().zip(self.dims()).zip(self.strides()) {
            if i >= size {
                return Err(Error::Index { op: "index", index: i as i64, size });
            }
            position += i as isize * stride;
        }
        Ok(position as usize)
    }

    /// The elements for writing, in row-major order; copies first if storage is shared or strided.
    pub fn make_mut(&mut self) -> &mut [T] {
        if !self.is_contiguous() || self.offset != 0 || self.buf.len() != self.len() {
            *self = Self::build(self.shape(), |out| self.copy_to(out));
        }
        self.buf.make_mut()
    }

    /// Takes these elements, in row-major order, in place of its own; in the same memory if nothing else looks at it.
    pub(crate) fn refill(&mut self, elements: &[T]) {
        let is_whole = self.offset == 0 && self.buf.len() == elements.len() && self.is_contiguous();
        if is_whole && self.buf.is_unique() {
            self.buf.make_mut().copy_from_slice(elements);
        } else {
            *self = Self::build(self.shape(), |out| out.copy_from_slice(elements));
        }
    }

    /// Returns `f` of every element.
    pub fn map<U: Element>(&self, f: impl Fn(T) -> U) -> Tensor<U> {
        if self.is_uniform() {
            return Tensor::full([], f(self.buf[self.offset])).broadcast_view(self.shape());
        }
        let x = self.contiguous();
        Tensor::build(self.shape(), |out| out.iter_mut().zip(x.data()).for_each(|(o, &x)| *o = f(x)))
    }

    /// Returns `f` of every pair of elements of two tensors of one shape.
    ///
    /// # Panics
    ///
    /// If the shapes differ.
    #[track_caller]
    pub fn zip<U: Element, V: Element>(&self, other: &Tensor<U>, f: impl Fn(T, U) -> V) -> Tensor<V> {
        assert_eq!(self.dims(), other.dims(), "zip: shapes differ");
        let (a, b) = (self.contiguous(), other.contiguous());
        Tensor::build(self.shape(), |out| {
            out.iter_mut().zip(a.data()).zip(b.data()).for_each(|((o, &a), &b)| *o = f(a, b));
        })
    }

    /// The storage of a tensor known to be contiguous.
    pub(crate) fn data(&self) -> &[T] {
        self.as_slice().expect("made contiguous by the caller")
    }
}

impl<T: Element, const N: usize> std::ops::Index<[usize; N]> for Tensor<T> {
    type Output = T;

    #[track_caller]
    fn index(&self, index: [usize; N]) -> &T {
        let position = or_panic(self.position(&index));
        &self.buf[position]
    }
}

impl<T: Element> PartialEq for Tensor<T> {
    /// Same shape and equal elements; as for numbers, NaN differs from itself.
    fn eq(&self, other: &Self) -> bool {
        self.same_shape(other) && self.elements() == other.elements()
    }
}
