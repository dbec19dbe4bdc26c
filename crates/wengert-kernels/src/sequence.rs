//! Small kernels one after the other, over values that lie in one memory.
//!
//! Over a few numbers, a kernel takes less time than finding its operands, asking for memory and cutting the work. A
//! [`Sequence`] settles all that once: every value has its place in one [`Memory`], and a run goes from kernel to kernel
//! on the caller's thread. Each kernel writes behind everything that it reads. Results have the bits of the same kernels
//! called alone.

use crate::buffer::Buffer;
use crate::gemm::gemm_bias;
use crate::lanes::Level;
use crate::program::{Program, Settled, padded};
use crate::real::Real;
use crate::reduce::{mean, sum};
use crate::strided::copy_strided;
use crate::threads::Threads;
use smallvec::SmallVec;
use std::ops::Range;

/// A value of a [`Sequence`]: numbers side by side in its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    at: usize,
    len: usize,
}

impl Value {
    /// How many numbers it is.
    pub fn count(self) -> usize {
        self.len
    }

    fn range(self) -> Range<usize> {
        self.at..self.at + self.len
    }
}

/// A value seen as a tensor: element `[i, j, …]` is `offset + i * strides[0] + j * strides[1] + …` in it.
#[derive(Clone, Debug)]
pub struct View {
    /// What is viewed.
    pub value: Value,
    /// Position of the first element.
    pub offset: usize,
    /// Sizes of the axes.
    pub dims: SmallVec<[usize; 4]>,
    /// Distances of neighbors along the axes.
    pub strides: SmallVec<[isize; 4]>,
}

impl View {
    /// The rows and columns of a matrix: its sizes, where it starts in memory, and its strides.
    fn matrix(&self) -> ([usize; 2], Range<usize>, [isize; 2]) {
        assert_eq!((self.dims.len(), self.strides.len()), (2, 2), "a matrix has two axes");
        let Range { start, end } = self.value.range();
        ([self.dims[0], self.dims[1]], start + self.offset..end, [self.strides[0], self.strides[1]])
    }
}

/// Small kernels in an order, with the places of what they read and write.
///
/// ```
/// use wengert_kernels::sequence::{Sequence, View};
///
/// let mut s = Sequence::<f32>::new();
/// let row = s.value(2);
/// let matrix = s.constant(&[1.0, 2.0, 3.0, 4.0]);
/// let view = |value, dims: [usize; 2], strides: [isize; 2]| View {
///     value,
///     offset: 0,
///     dims: dims.into_iter().collect(),
///     strides: strides.into_iter().collect(),
/// };
/// let product = s.product(&view(row, [1, 2], [2, 1]), &view(matrix, [2, 2], [1, 2]), None, false);
/// let sum = s.sum([1, 2, 1], product, false);
///
/// let mut memory = s.memory();
/// memory.write(row, &[1.0, 10.0]);
/// s.run(&mut memory);
/// assert_eq!((memory.read(product), memory.read(sum)), (&[21.0, 43.0][..], &[64.0][..]));
/// ```
#[derive(Debug)]
pub struct Sequence<T: Real> {
    size: usize,
    steps: Vec<Step<T>>,
    constants: Vec<(Value, Buffer<T>)>,
}

/// One kernel: what it reads lies before what it writes.
#[derive(Debug)]
enum Step<T> {
    Copy {
        x: View,
        y: Value,
    },
    Product {
        sizes: [usize; 3],
        a: (Range<usize>, [isize; 2]),
        b: (Range<usize>, [isize; 2]),
        bias: Option<Value>,
        relu: bool,
        y: Value,
    },
    Sum {
        dims: [usize; 3],
        x: Value,
        y: Value,
        is_mean: bool,
    },
    Program(Settled<T>),
}

/// The memory of one run of a [`Sequence`] at a time.
#[derive(Debug)]
pub struct Memory<T: Real>(Buffer<T>);

impl<T: Real> Memory<T> {
    /// Sets the numbers of a value.
    ///
    /// # Panics
    ///
    /// If they are not as many, or the value is of a larger memory.
    pub fn write(&mut self, value: Value, numbers: &[T]) {
        self.0[value.range()].copy_from_slice(numbers);
    }

    /// The numbers of a value.
    ///
    /// # Panics
    ///
    /// If the value is of a larger memory.
    pub fn read(&self, value: Value) -> &[T] {
        &self.0[value.range()]
    }
}

impl<T: Real> Default for Sequence<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Sequence<T> {
    /// No kernel and no value.
    pub fn new() -> Self {
        Self { size: 0, steps: Vec::new(), constants: Vec::new() }
    }

    /// The numbers that its memory holds.
    pub fn size(&self) -> usize {
        self.size
    }

    /// A value of `len` numbers that is written before each run.
    pub fn value(&mut self, len: usize) -> Value {
        let at = self.size;
        self.size += padded(len);
        Value { at, len }
    }

    /// A value that is the same at every run.
    pub fn constant(&mut self, numbers: &[T]) -> Value {
        let value = self.value(numbers.len());
        self.constants.push((value, Buffer::from_slice(numbers)));
        value
    }

    /// The elements of a view, in row-major order.
    ///
    /// # Panics
    ///
    /// If the view reaches outside its value, once it is run.
    pub fn copy(&mut self, x: &View) -> Value {
        let y = self.value(x.dims.iter().product());
        self.steps.push(Step::Copy { x: x.clone(), y });
        y
    }

    /// The product of two matrices, with a bias for each column if given, rectified if asked; see [`gemm_bias`].
    ///
    /// # Panics
    ///
    /// If these are no matrices or their inner sizes differ; where [`gemm_bias`] does, once it is run.
    pub fn product(&mut self, a: &View, b: &View, bias: Option<Value>, relu: bool) -> Value {
        let (([m, k], a, a_strides), ([inner, n], b, b_strides)) = (a.matrix(), b.matrix());
        assert_eq!(k, inner, "product: columns on the left and rows on the right");
        let y = self.value(m * n);
        self.steps.push(Step::Product {
            sizes: [m, k, n],
            a: (a, a_strides),
            b: (b, b_strides),
            bias,
            relu,
            y,
        });
        y
    }

    /// The sums, or means, along the middle axis of `[outer, n, inner]`.
    pub fn sum(&mut self, dims: [usize; 3], x: Value, is_mean: bool) -> Value {
        let y = self.value(dims[0] * dims[2]);
        self.steps.push(Step::Sum { dims, x, y, is_mean });
        y
    }

    /// The results of a program over the elements of values of one length, not zero; those in `is_summed` are the sum
    /// of all elements.
    ///
    /// # Panics
    ///
    /// If the operands differ in length or are not as many as the program takes.
    pub fn program(
        &mut self,
        program: &Program<T>,
        n: usize,
        x: &[Value],
        is_summed: impl Fn(usize) -> bool,
    ) -> SmallVec<[Value; 2]> {
        assert!(x.iter().all(|x| x.len == n), "program: an operand has not {n} elements");
        let starts: SmallVec<[usize; 4]> = x.iter().map(|x| x.at).collect();
        let (settled, places) = Settled::new(program, n, &starts, &is_summed, self.size);
        self.size = settled.own().end.next_multiple_of(padded(1));
        self.steps.push(Step::Program(settled));
        let value = |(k, at)| Value { at, len: if is_summed(k) { 1 } else { n } };
        places.into_iter().enumerate().map(value).collect()
    }

    /// The memory of one run at a time.
    pub fn memory(&self) -> Memory<T> {
        // Behind the elements of a value are ones, at which every function of a program is quick.
        let mut memory = Buffer::filled(self.size, T::ONE);
        for (value, numbers) in &self.constants {
            memory[value.range()].copy_from_slice(numbers);
        }
        for step in &self.steps {
            if let Step::Program(settled) = step {
                settled.prepare(&mut memory);
            }
        }
        Memory(memory)
    }

    /// Runs every kernel.
    ///
    /// # Panics
    ///
    /// If the memory is that of a smaller sequence.
    pub fn run(&self, Memory(memory): &mut Memory<T>) {
        let (level, on) = (Level::of_machine(), Threads::one());
        for step in &self.steps {
            match step {
                Step::Program(settled) => settled.run(level, memory),
                Step::Copy { x, y } => {
                    let (before, y) = split(memory, *y);
                    copy_strided(&on, &before[x.value.range()], x.offset, &x.dims, &x.strides, y);
                }
                Step::Sum { dims, x, y, is_mean } => {
                    let (before, y) = split(memory, *y);
                    let along = if *is_mean { mean } else { sum };
                    along(&on, *dims, &before[x.range()], y);
                }
                Step::Product { sizes: [m, k, n], a: (a, a_strides), b: (b, b_strides), bias, relu, y } => {
                    let (before, y) = split(memory, *y);
                    let (a, b) = (&before[a.clone()], &before[b.clone()]);
                    let bias = bias.map(|bias| &before[bias.range()]);
                    gemm_bias(&on, *m, *k, *n, a, *a_strides, b, *b_strides, bias, *relu, y);
                }
            }
        }
    }
}

/// What lies before a value, and the value.
fn split<T>(memory: &mut [T], y: Value) -> (&[T], &mut [T]) {
    let (before, y) = memory[..y.at + y.len].split_at_mut(y.at);
    (before, y)
}
